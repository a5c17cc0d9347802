import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Stage } from "./stage.ts";

const MAIN = join(import.meta.dirname, "../../examples/typed-client/main.ts");

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.strike());

it("the typed client lists the number, sends a text and reads that it was sent", async () => {
  const business = await stage.importBusiness(1);
  const [customer] = business.customers;
  const run = promisify(execFile)(process.execPath, [MAIN, `+${customer?.phone}`], {
    env: { ...process.env, TANDEM_URL: stage.serve.url, TANDEM_KEY: stage.key },
  });
  const { stdout } = await run;
  const [first, sent = "", ...events] = stdout.trim().split("\n");
  expect(first).toContain("is active");
  const wamid = sent.replace("sent ", "");
  expect(wamid).toMatch(/^wamid\./);
  expect(stage.simulator.ledger.sends.map((each) => each.wamid)).toEqual([wamid]);
  expect(events.join("\n")).toMatch(/Z \d+ (sender\.connected|message\.status|send\.settled)/);
});

it("it stops with the problem's own words where the key is none", async () => {
  const run = promisify(execFile)(process.execPath, [MAIN], {
    env: { ...process.env, TANDEM_URL: stage.serve.url, TANDEM_KEY: "tdm_none" },
  });
  await expect(run).rejects.toThrow(/unauthorized: Send a partner key/);
});
