import { spawnSync } from "node:child_process";
import { expect, it, onTestFinished, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { noteContent } from "../support/known-content.ts";
import { Stage, textTo } from "./stage.ts";

it("what the process logs follows a request, prints by npm run tail, and is held to invariant 9", async () => {
  const stage = await Stage.set();
  let isStruck = false;
  onTestFinished(() => (isStruck ? undefined : stage.strike()));
  const business = await stage.importBusiness(1);
  const [customer] = business.customers;
  stage.simulator.customerWrites(business, { from: customer?.phone ?? "" });
  const lines = () =>
    stage.serve.logged
      .filter((line) => line.startsWith('{"level"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const flushed = await vi.waitFor(
    () => {
      const accepted = lines().find(({ event, count }) => event === "webhook.accepted" && count);
      const requestId = String(accepted?.["requestId"]);
      const flush = lines().find(({ requestIds }) => requestIds?.toString().includes(requestId));
      if (flush === undefined) throw new Error("Not flushed yet.");
      return { requestId, flush };
    },
    { timeout: 20_000, interval: 100 },
  );
  expect(flushed.flush).toMatchObject({ event: "flush.done", level: "info" });

  const response = await fetch(`${stage.serve.url}/v24.0/${business.phoneNumberId}/messages`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${stage.key}`,
      "content-type": "application/json",
      "x-request-id": "a-send-of-ours",
    },
    body: JSON.stringify(textTo(customer?.phone ?? "")),
  });
  expect(response.headers.get("x-request-id")).toBe("a-send-of-ours");
  await eventually(
    () =>
      expect(lines()).toContainEqual(
        expect.objectContaining({ event: "send.settled", requestId: "a-send-of-ours" }),
      ),
    100,
  );

  const tail = spawnSync(
    process.execPath,
    ["scripts/tail.ts", "--stdin", "--request", "a-send-of-ours"],
    { input: stage.serve.logged.join("\n"), encoding: "utf8" },
  );
  expect(tail.stdout).toMatch(
    / info {2}send\.settled +send=snd_\S+ outcome=accepted requestId=a-send/,
  );

  // What this stage logged is somebody's from here on: striking it has to find that.
  noteContent("token", flushed.requestId);
  isStruck = true;
  await expect(stage.strike()).rejects.toThrow(/Invariant 9.*\n {2}a token: .*webhook\.accepted/);
});
