import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { mediaKey } from "../../src/operations/archive-keys.ts";
import { sweepMessageRetention } from "../../src/operations/sweep-message-retention.ts";
import { customersIn, messageFrom } from "../support/customers.ts";
import { call, deliver, seedPartner, seedSender, services } from "../support/seed.ts";
import { DAY, historySettled, rowsOf, setClock } from "../support/storage.ts";
import { historyChunk, textMessage, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const [ANNA, BEN] = ["15550188001", "15550188002"];

const keepFor = async (partner: Partner, days: number | null) => {
  const response = await call(`/v1/admin/partners/${partner.id}`, {
    method: "PATCH",
    headers: {
      authorization: "Bearer test-operator-token",
      "content-type": "application/json",
    },
    body: JSON.stringify({ message_retention_days: days }),
  });
  expect(response.status).toBe(200);
};

/** Anna wrote long ago and lately, Ben only long ago. */
async function seedTalk(partner: Partner) {
  const { number } = await seedSender({ partner });
  const old = (from: string, days: number) => textMessage({ from, at: Date.now() - days * DAY });
  await webhook(
    historyChunk(number, { [ANNA]: [old(ANNA, 100), old(ANNA, 20)], [BEN]: [old(BEN, 90)] }),
  );
  await historySettled(number);
  await deliver(number, messageFrom(number, { phone: ANNA }, { wamid: "wamid.now" }));
  return number;
}

const daysOf = async (number: TestNumber) =>
  (await rowsOf(number, "messages"))
    .map(({ at }) => Math.round((Date.now() - Number(at)) / DAY))
    .toSorted((a, b) => a - b);

it("deletes messages past their partner's days, and conversations of which none is left", async () => {
  const partner = await seedPartner();
  const kept = await seedTalk(await seedPartner());
  const number = await seedTalk(partner);
  await keepFor(partner, 30);
  expect(await sweepMessageRetention(services())).toBe(2);
  expect(await daysOf(number)).toEqual([0, 20]);
  expect(await customersIn(number, "conversations")).toEqual([ANNA]);
  const [head] = await rowsOf(number, "conversations");
  expect(head).toMatchObject({ last_wamid: "wamid.now" });
  expect(await daysOf(kept)).toEqual([0, 20, 90, 100]);
});

it("goes on where a run ended, and begins anew a day later", async () => {
  const partner = await seedPartner();
  const numbers = [await seedTalk(partner), await seedTalk(partner)];
  await keepFor(partner, 30);
  const runs: number[] = [];
  for (let run = 0; run < 4; run++) runs.push(await sweepMessageRetention(services(), 1));
  expect(runs).toEqual([2, 2, 0, 0]);
  setClock(Date.now() + 15 * DAY);
  expect(await sweepMessageRetention(services())).toBe(2);
  for (const number of numbers) expect(await rowsOf(number, "messages")).toHaveLength(1);
});

it("deletes their files with them", async () => {
  const partner = await seedPartner();
  const number = await seedTalk(partner);
  await keepFor(partner, 30);

  const rows = await rowsOf(number, "messages");
  for (const { sender, wamid } of rows) {
    await env.ARCHIVE.put(mediaKey(Number(sender), String(wamid)), "a file");
  }
  await sweepMessageRetention(services());
  const { objects } = await env.ARCHIVE.list({ prefix: "media/" });
  expect(objects).toHaveLength(2);
});
