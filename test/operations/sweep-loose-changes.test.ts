import { expect, it } from "vitest";
import { sweepLooseChanges } from "../../src/operations/sweep-loose-changes.ts";
import { deliver, seedSender, services } from "../support/seed.ts";
import { DAY, rowsOf, runSql, senderOf } from "../support/storage.ts";
import { inbound, newWamid, textMessage } from "../support/webhooks.ts";
import { buildWamid } from "../support/wamids.ts";
import type { TestNumber } from "../support/seed.ts";

const WRITER = "15550188001";
const wamidOf = (place: number) => buildWamid(WRITER, `C0FFEE${String(place).padStart(12, "0")}`);

/** A revoke, by now, of a message that nobody has. */
const revokeOf = (number: TestNumber, place: number) =>
  inbound(number, {
    ...textMessage({ from: WRITER, wamid: newWamid("revoke") }),
    type: "revoke",
    text: undefined,
    revoke: { original_message_id: wamidOf(place) },
  });

const waiting = async (number: TestNumber) =>
  (await rowsOf(number, "loose_changes")).map(({ wamid }) => wamid);

it("forgets changes whose message has not come in 30 days, looking once a day", async () => {
  const { number } = await seedSender();
  const now = Date.now();
  const sweepAt = (at: number) => sweepLooseChanges({ ...services(), now: () => at });
  await deliver(number, revokeOf(number, 1));
  // Meta's time of it does not count: history brings changes that are months old.
  await runSql(number, `UPDATE loose_changes SET at = ${now - 100 * DAY}`);
  expect(await sweepAt(now + 29 * DAY)).toBe(0);
  expect(await waiting(number)).toEqual([wamidOf(1)]);
  await deliver(number, revokeOf(number, 2));
  await runSql(
    number,
    `UPDATE loose_changes SET noted_at = noted_at + ${20 * DAY} WHERE wamid = '${wamidOf(2)}'`,
  );
  expect(await sweepAt(now + 29 * DAY + 60_000)).toBe(0);
  expect(await sweepAt(now + 31 * DAY)).toBe(1);
  expect(await waiting(number)).toEqual([wamidOf(2)]);
});

it("goes on at once where there are more than it takes, and leaves other senders' in peace", async () => {
  const [one, other] = [await seedSender(), await seedSender()];
  for (const place of [1, 2, 3]) await deliver(one.number, revokeOf(one.number, place));
  await deliver(other.number, revokeOf(other.number, 1));
  const { key } = await senderOf(one.number);
  await runSql(
    one.number,
    `UPDATE loose_changes SET noted_at = noted_at - ${31 * DAY} WHERE sender = ${key}`,
  );
  const sweep = () => sweepLooseChanges(services(), 2);
  expect([await sweep(), await sweep(), await sweep()]).toEqual([2, 1, 0]);
  expect(await waiting(one.number)).toEqual([]);
  expect(await waiting(other.number)).toEqual([wamidOf(1)]);
});

it("leaves what a forgotten change said to a message of that very wamid", async () => {
  const { number } = await seedSender();
  await deliver(number, revokeOf(number, 1));
  await sweepLooseChanges({ ...services(), now: () => Date.now() + 31 * DAY });
  expect(await waiting(number)).toEqual([]);
  await deliver(number, inbound(number, textMessage({ from: WRITER, wamid: wamidOf(1) })));
  expect(await rowsOf(number, "messages")).toMatchObject([
    { wamid: wamidOf(1), type: "text", revoked_at: expect.any(Number) as number },
  ]);
});
