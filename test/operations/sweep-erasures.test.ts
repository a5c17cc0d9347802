import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { eraseCustomer } from "../../src/operations/erase-customer.ts";
import { sweepErasures } from "../../src/operations/sweep-erasures.ts";
import { finishErasure } from "../support/erasures.ts";
import { deliver, seedSender, services } from "../support/seed.ts";
import { rowsOf, senderOf, setClock } from "../support/storage.ts";
import { inbound, textMessage } from "../support/webhooks.ts";

const CUSTOMERS = ["15550188101", "15550188102"];
/** More than half of what a run behind an answer has before it is cut. */
const LOOK_MS = 10_000;

it("a run of slow turns ends before it would be cut, and leaves its work due, not taken", async () => {
  const { number } = await seedSender();
  for (const from of CUSTOMERS) await deliver(number, inbound(number, textMessage({ from })));
  const sender = await senderOf(number);
  const ids: string[] = [];
  for (const customer of CUSTOMERS) {
    ids.push((await eraseCustomer(services(), sender, customer, "partner")).id);
  }

  let now = Date.now();
  const startedAt = now;
  const slow = { ...services(), now: () => (now += LOOK_MS) };
  expect(await sweepErasures(slow)).toBe(2);
  expect(now - startedAt).toBeLessThan(80_000);
  const { results } = await env.DB.prepare(`SELECT state, due_at FROM erasures`).all();
  expect(results).toHaveLength(2);
  for (const { state, due_at } of results) {
    expect(state).toBe("running");
    expect(due_at).toBeLessThanOrEqual(now);
  }

  setClock(now);
  await sweepErasures(services());
  for (const id of ids) await finishErasure(id);
  expect(await rowsOf(number, "messages")).toEqual([]);
});
