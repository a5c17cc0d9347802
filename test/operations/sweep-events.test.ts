import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { flushFacts } from "../../src/durable/flush.ts";
import { sweepEvents } from "../../src/operations/sweep-events.ts";
import { deliver, importNumber, newNumber, seedSender, services } from "../support/seed.ts";
import { recordStatements } from "../support/recording-database.ts";
import { configOf, DAY, HOUR, rowsOf, senderOf, setClock } from "../support/storage.ts";
import { change, CUSTOMER, inbound, newWamid, statuses, textMessage } from "../support/webhooks.ts";
import type { JournalRow } from "../../src/durable/journal.ts";
import type { ShardName } from "../../src/database/shards.ts";
import type { TestNumber } from "../support/seed.ts";

/** A sweep with a retention in days, by the clock of the test; `atOnce` chunks of each shard. */
const sweep = (days = 9, atOnce?: number) => {
  const settings = { ...services().settings, EVENT_RETENTION_DAYS: days };
  return sweepEvents({ ...services(), settings }, atOnce);
};

const message = (at = Date.now()) => textMessage({ at });

const edit = (target: string) => ({
  ...textMessage(),
  id: newWamid("edit"),
  type: "edit",
  text: undefined,
  edit: {
    original_message_id: target,
    message: { type: "text", text: { body: "a later thought" } },
  },
});

const notice = (number: TestNumber) =>
  change(number, "message_template_quality_update", {
    previous_quality_score: "GREEN",
    new_quality_score: "RED",
    message_template_id: 770_011,
    message_template_name: "pickup_reminder",
    message_template_language: "en_US",
  });

const settled = (n: number): JournalRow => ({
  n,
  receivedAt: Date.now(),
  fact: {
    kind: "settled",
    key: "x:send_kept",
    send: "send_kept",
    at: Date.now(),
    customer: { phone: CUSTOMER },
    outcome: "refused",
    type: "text",
    body: { text: { body: "late" } },
    error: { code: 131026, message: "Undeliverable" },
  },
  derived: { customer: CUSTOMER },
});

it("forgets what has been in the log for so many days, by our clock and not by the fact's", async () => {
  const start = Date.now();
  const { partner, number } = await seedSender();
  await deliver(number, inbound(number, message()));
  setClock(start + 5 * DAY);
  // Meta told it late: it is old, and news.
  await deliver(number, inbound(number, message(start)));
  setClock(start + 8 * DAY);
  expect(await sweep()).toBe(0);
  setClock(start + 9 * DAY + HOUR);
  expect(await sweep()).toBe(1);
  const events = await partner.events();
  expect(events.map(({ type, seq }) => ({ type, seq }))).toEqual([
    { type: "message.received", seq: 3 },
  ]);
  // The first message is in the conversation as ever.
  expect(await rowsOf(number, "messages")).toHaveLength(2);
});

it("keeps a sender's life for its timeline, though no cursor reaches it", async () => {
  const start = Date.now();
  const { partner, number } = await seedSender();
  await deliver(number, notice(number));
  await deliver(number, inbound(number, message()));
  setClock(start + 10 * DAY);
  expect(await sweep()).toBe(1);
  expect(await partner.events()).toEqual([]);
  const timeline = await partner.read<{ data: { type: string }[] }>(
    `/v1/senders/${number.id}/timeline`,
  );
  expect(timeline.data.map(({ type }) => type)).toEqual(["account.notice", "sender.connected"]);
});

it("goes on with the seq and the positions where they were", async () => {
  const start = Date.now();
  const { partner, number } = await seedSender();
  await deliver(number, inbound(number, message(), message()));
  setClock(start + 10 * DAY);
  expect(await sweep()).toBe(2);
  await deliver(number, inbound(number, message()));
  const page = await partner.page();
  expect(page.data.map(({ seq }) => seq)).toEqual([4]);
  expect((await partner.page(`after=${page.next_cursor}`)).data).toEqual([]);
});

it("answers a cursor from before that with 410, since when events are kept, and how to go on", async () => {
  const start = Date.now();
  const { partner, number } = await seedSender();
  const fresh = await partner.page("limit=1");
  await deliver(number, inbound(number, message()));
  const whole = await partner.page();
  setClock(start + 10 * DAY);
  await deliver(number, inbound(number, message()));
  setClock(start + 10 * DAY + HOUR);
  await sweep();

  const refused = await partner.get(`/v1/events?after=${fresh.next_cursor}`);
  expect(refused.status).toBe(410);
  const problem = await refused.json<Record<string, string>>();
  expect(problem).toMatchObject({ code: "cursor_expired", field: "after" });
  expect(problem["kept_since"]).toMatch(/^\d{4}-\d\d-\d\dT/);
  const on = await partner.page(`after=${problem["next_cursor"]}`);
  expect(on.data.map(({ seq }) => seq)).toEqual([3]);
  // Whoever had read all that was forgotten has missed nothing; whoever is new begins there.
  expect((await partner.page(`after=${whole.next_cursor}`)).data.map(({ seq }) => seq)).toEqual([
    3,
  ]);
  expect((await partner.page()).data.map(({ seq }) => seq)).toEqual([3]);
});

it("tells nothing twice that Meta repeats on the eighth day: edits, notices, settled sends", async () => {
  const start = Date.now();
  const { partner, number } = await seedSender();
  const first = message();
  const bodies = [
    inbound(number, first),
    inbound(number, edit(first.id)),
    notice(number),
    statuses(number, { id: newWamid("out"), status: "failed" }),
  ];
  for (const body of bodies) await deliver(number, body);
  await flushFacts(env, await configOf(number), [settled(1_000)]);
  const once = await partner.events();
  expect(once.map(({ type }) => type).toSorted()).toEqual([
    "account.notice",
    "message.edited",
    "message.received",
    "message.status",
    "send.settled",
    "sender.connected",
  ]);
  setClock(start + 8 * DAY);
  await sweep();
  for (const body of bodies) await deliver(number, body);
  await flushFacts(env, await configOf(number), [settled(2_000)]);
  expect(await partner.events()).toEqual(once);
});

it("leaves other partners and shards in peace, and looks once an hour", async () => {
  const start = Date.now();
  const [old, other] = [await seedSender(), await seedSender()];
  await deliver(old.number, inbound(old.number, message()));
  setClock(start + 9 * DAY);
  await deliver(other.number, inbound(other.number, message()));
  setClock(start + 9 * DAY + 10 * 60_000);
  expect(await sweep()).toBe(1);
  await deliver(old.number, inbound(old.number, message()));
  setClock(start + 9 * DAY + 30 * 60_000);
  expect(await sweep(0)).toBe(0);
  expect((await other.partner.events()).map(({ type }) => type)).toEqual(["message.received"]);
  setClock(start + 9 * DAY + 3 * HOUR);
  expect(await sweep(0)).toBe(2);
});

it("takes chunks of a thousand, and goes on at the next call where there are more", async () => {
  const start = Date.now();
  const { partner, number } = await seedSender();
  const second = newNumber();
  await importNumber(partner, second);
  const { key, shard } = await senderOf(number);
  const database = services().shard(shard);
  const head = await database
    .prepare(`SELECT pos FROM positions WHERE partner = ?1`)
    .bind(partner.id)
    .first<{ pos: number }>();
  const from = head?.pos ?? 0;
  await database
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
       INSERT INTO events (partner, pos, sender, sender_id, seq, id, type, at, data, appended_at)
       SELECT ?1, ?2 + i, ?3, ?4, i + 1, 'e' || i, 'contact.updated', 1, '{"customer":{}}', ?5 FROM n`,
    )
    .bind(partner.id, from, key, number.id, start)
    .run();
  await database
    .prepare(`UPDATE positions SET pos = pos + 2500 WHERE partner = ?1`)
    .bind(partner.id)
    .run();
  setClock(start + 10 * DAY);
  const runs = [await sweep(9, 1), await sweep(9, 1), await sweep(9, 1), await sweep(9, 1)];
  expect(runs.reduce((sum, count) => sum + count, 0)).toBe(2_500);
  expect(Math.max(...runs)).toBeLessThanOrEqual(1_000);
  expect(await partner.events()).toEqual([]);
});

it("gives those their turn first who are longest overdue, however much the others have", async () => {
  const start = Date.now();
  const partners = ["a", "b", "c", "d"];
  for (const [turn, partner] of partners.entries()) {
    await env.DB.batch([
      env.DB.prepare(`INSERT INTO positions (partner, pos, at) VALUES (?1, 1, 1)`).bind(partner),
      env.DB.prepare(
        `INSERT INTO events (partner, pos, sender, sender_id, seq, id, type, at, data, appended_at)
         VALUES (?1, 1, ?2, ?1, 1, ?1, 'contact.updated', 1, '{"customer":{}}', ?3)`,
      ).bind(partner, turn, start - turn * HOUR),
    ]);
  }
  setClock(start + 20 * DAY);
  const left = async () => {
    const { results } = await env.DB.prepare(`SELECT partner FROM events ORDER BY partner`).all<{
      partner: string;
    }>();
    return results.map(({ partner }) => partner);
  };
  for (const count of [3, 2, 1, 0]) {
    await sweep(9, 1);
    expect(await left()).toEqual(partners.slice(0, count));
  }
});

it("asks no more of D1 than one call may, however many shards there are", async () => {
  const start = Date.now();
  const { partner, number } = await seedSender();
  const { key, shard } = await senderOf(number);
  // An event a chunk, so that a few rows are work for hundreds of queries.
  const real = services().shard(shard);
  await real
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
       INSERT INTO events (partner, pos, sender, sender_id, seq, id, type, at, data, appended_at)
       SELECT ?1, i * 1000, ?2, ?3, i + 1, 'e' || i, 'contact.updated', 1, '{"customer":{}}', ?4
       FROM n`,
    )
    .bind(partner.id, key, number.id, start)
    .run();
  await real.prepare(`UPDATE positions SET pos = 500000 WHERE partner = ?1`).bind(partner.id).run();
  setClock(start + 10 * DAY);
  const { database, statements } = recordStatements(real);
  const sweepWide = () =>
    sweepEvents({
      ...services(),
      settings: { ...services().settings, EVENT_RETENTION_DAYS: 9 },
      shards: Array.from({ length: 100 }, (): ShardName => "DB"),
      shard: () => database,
    });
  expect(await sweepWide()).toBeGreaterThan(150);
  expect(statements.length).toBeLessThan(990);
  while ((await sweepWide()) > 0);
  expect(await partner.events()).toEqual([]);
});
