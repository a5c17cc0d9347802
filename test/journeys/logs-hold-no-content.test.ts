import { describe, expect, it } from "vitest";
import { FIXTURES, fixture, PEOPLE } from "../support/fixtures.ts";
import { findLeaks, noteBody, noteContent } from "../support/known-content.ts";
import { endLogs, loggedLines, loggedOf } from "../support/quiet-logs.ts";
import { asOperator, importNumber, newNumber, seedPartner, services } from "../support/seed.ts";
import { breakObject, historyStored, mendObject, runSql } from "../support/storage.ts";
import { inbound, textMessage, webhook } from "../support/webhooks.ts";

/*
 * Every test of the Worker ends with a look at what it logged (support/quiet-logs.ts). Here are a
 * flow with all that can go wrong in it, and the proof that the look finds what it looks for.
 */

it("invariant 9: logs hold no content, over a whole flow with its failures", async () => {
  const partner = await seedPartner();
  const number = newNumber();
  await importNumber(partner, number);
  for (const name of FIXTURES) {
    expect((await webhook(fixture(name, number))).status).toBe(200);
  }
  await services().phone(number.id).flushed();
  await historyStored(number, 4);

  // What goes wrong must not speak either: a dead fact, an overflow, refusals, a failed send.
  const poison = textMessage({ wamid: "wamid.poison-of-420777123456", body: "do not log me" });
  await runSql(
    number,
    `CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.wamid = '${poison.id}'
     BEGIN SELECT RAISE(ABORT, 'do not log me'); END`,
  );
  await webhook(inbound(number, poison));
  await services().phone(number.id).flushed();
  await breakObject(number);
  await webhook(inbound(number, textMessage({ body: "do not log me" })));
  await mendObject(number);
  await webhook(inbound(number, poison), { secret: "wrong" });
  await webhook("{ do not log me");
  await partner.get(`/v1/senders/${PEOPLE.customer}/messages?customer=${PEOPLE.customer}`);
  await partner.post(`/v24.0/${number.id}/messages`, {
    messaging_product: "whatsapp",
    to: PEOPLE.customer,
    type: "text",
    text: { body: "do not log me" },
  });
  await asOperator("/v1/admin/senders", { access_token: "do not log me" });

  expect(loggedLines().length).toBeGreaterThan(50);
  expect(loggedOf("flush.dead_fact")).toHaveLength(1);
  expect(loggedOf("webhook.overflowed")).toHaveLength(1);
  const withoutNames = [number.phone, partner.key, `token-of-${number.id}`, "do not log me"];
  const leaks = loggedLines().filter((line) => withoutNames.some((value) => line.includes(value)));
  expect(leaks).toEqual([]);
  expect(findLeaks(loggedLines())).toEqual([]);
});

describe("the look at the lines of each test", () => {
  const line = (fields: Record<string, unknown>) =>
    JSON.stringify({ level: "info", event: "flush.done", at: new Date().toISOString(), ...fields });
  const kinds = (...fields: Record<string, unknown>[]) =>
    findLeaks(fields.map(line)).map(({ kind }) => kind);

  it("fails a test that logs a number", () => {
    const { phone } = newNumber();
    console.log(line({ sender: phone }));
    expect(() => endLogs()).toThrow(`a number: ${line({ sender: phone }).slice(0, 30)}`);
    expect(loggedLines()).toEqual([]); // and the next one begins anew
  });

  it("fails it for lines of objects and of consumers, too", async () => {
    const number = newNumber();
    await importNumber(await seedPartner(), number);
    await services().phone(number.id).flushed();
    // What those lines do hold is somebody's from here on.
    const requestId = String(loggedOf("flush.done")[0]?.["requestIds"]?.toString());
    noteContent("token", requestId);
    expect(() => endLogs()).toThrow(/a token: .*flush\.done/);
  });

  it("finds what a webhook, a call or Graph brought, whatever is around it", async () => {
    const number = newNumber();
    noteBody({ messages: [{ from: "+420 601 234 567", text: { body: 'Is it "ready" yet?' } }] });
    noteBody({ profile: { name: "Zdeňka" }, text: { body: "Kachlíčky" }, name: "Bartholomew" });
    noteBody({ user_id: "CZ.10000000000000000077", url: "https://shop.example/hook?k=1" });
    expect(
      kinds(
        { customer: "420601234567" },
        { reason: "from:420601234567:in" },
        { error: `Is it "ready" yet?` },
        { reason: "Bartholomew" },
        { customer: "CZ.10000000000000000077" },
        { endpoint: "https://shop.example/hook?k=1" },
        { message: "wamid.of-nobody-we-know" },
        { sender: number.phone },
      ),
    ).toEqual(["number", "number", "text", "text", "person", "address", "wamid", "number"]);
  });

  it("finds words that nobody noted: no field of a line has a space", () => {
    expect(
      kinds({ error: "UNIQUE constraint failed" }, { reason: "ß" }, { reason: "a\nb" }),
    ).toEqual(["text", "text", "text"]);
  });

  it("lets pass what lines are for: ids, counts, names of ours", () => {
    noteBody({ text: { body: "failed" }, name: "order_ready", from: "12345678" });
    expect(
      kinds(
        { outcome: "failed", reason: "order_ready", bytes: 12_345_678, ms: 123_456 },
        { requestId: crypto.randomUUID(), eventId: "evt_4YfQ1-x_2bC3dE4fG5hI6j", sender: 310 },
        { queue: "media", error: "Error:SQLITE_CONSTRAINT", operator: "ada" },
      ),
    ).toEqual([]);
  });
});
