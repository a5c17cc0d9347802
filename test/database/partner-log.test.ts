import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { partnerKey, tellPartner } from "../../src/database/partner-log.ts";
import { deliver, seedPartner, seedSender } from "../support/seed.ts";
import { inbound, textMessage } from "../support/webhooks.ts";

const notice = (id: string) =>
  ({
    id,
    type: "endpoint.disabled",
    at: 1_790_000_000_000,
    data: { endpoint_id: "endpoint_1", reason: "gone", failing_since: null },
  }) as const;

it("tells a partner what concerns no sender, with a seq of its own, once per id", async () => {
  const { partner, number } = await seedSender();
  expect(await tellPartner(env.DB, partner.id, [notice(`${partner.id}.1`)])).toBe(true);
  await deliver(number, inbound(number, textMessage()));
  expect(await tellPartner(env.DB, partner.id, [notice(`${partner.id}.2`)])).toBe(true);
  expect(await tellPartner(env.DB, partner.id, [notice(`${partner.id}.1`)])).toBe(false);
  const events = await partner.events();
  const own = events.filter(({ sender_id }) => sender_id === null);
  expect(own.map(({ id, seq }) => [id, seq])).toEqual([
    [`${partner.id}.1`, 1],
    [`${partner.id}.2`, 2],
  ]);
  const senders = events.filter(({ sender_id }) => sender_id === number.id);
  expect(senders.map(({ seq }) => seq)).toEqual([1, 2]);
});

it("tells it to no other partner", async () => {
  const [partner, other] = [await seedPartner(), await seedPartner()];
  await tellPartner(env.DB, partner.id, [notice(`${partner.id}.1`)]);
  expect(await other.events()).toEqual([]);
});

it("keys partners below every sender, apart, and within what a number holds exactly", () => {
  const keys = Array.from({ length: 1_000 }, (_, n) => partnerKey(`partner_${n}`));
  expect(new Set(keys).size).toBe(1_000);
  for (const key of keys) {
    expect(key).toBeLessThan(0);
    expect(Number.isSafeInteger(key)).toBe(true);
  }
  expect(partnerKey("partner_1")).toBe(keys[1]);
});
