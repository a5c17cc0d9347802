import { wholeSecond } from "../lib/erased-names.ts";
import type { ErasureNames } from "./erasures.ts";

/*
 * What a customer leaves in D1, and how it goes. Every statement may run again. Whoever writes after
 * `until` is somebody new, under the same names: what is of that time stays.
 */

/** SQL: whether a message `m` is of the erased time. ?2 keys, ?3 wamids, ?4 until. */
const IS_ERASED = `m.customer IN (SELECT value FROM json_each(?2))
  AND (m.at < ?4 OR m.wamid IN (SELECT value FROM json_each(?3)))`;

/**
 * Wamids of messages whose stamp is not older than the erasure: they cannot be told by their time.
 *
 * @param upTo epoch ms; left out: also what is stamped ahead
 */
export async function listFreshWamids(
  database: D1Database,
  sender: number,
  keys: readonly string[],
  until: number,
  upTo = Number.MAX_SAFE_INTEGER,
): Promise<string[]> {
  const { results } = await database
    .prepare(
      `SELECT wamid FROM messages m INDEXED BY messages_conversation WHERE m.sender = ?1
         AND m.customer IN (SELECT value FROM json_each(?2)) AND m.at BETWEEN ?3 AND ?4`,
    )
    .bind(sender, JSON.stringify(keys), wholeSecond(until), upTo)
    .all<{ wamid: string }>();
  return results.map(({ wamid }) => wamid);
}

/** Phone and BSUID that a customer's profiles name beside their keys. */
export async function listProfileNames(
  database: D1Database,
  sender: number,
  keys: readonly string[],
): Promise<string[]> {
  const list = JSON.stringify(keys);
  const results = await database.batch<{ phone: string | null; bsuid: string | null }>(
    ["customers", "contacts"].map((table) =>
      database
        .prepare(
          `SELECT phone, bsuid FROM ${table}
           WHERE sender = ?1 AND customer IN (SELECT value FROM json_each(?2))`,
        )
        .bind(sender, list),
    ),
  );
  return results.flatMap((each) =>
    each.results.flatMap(({ bsuid }) => (bsuid === null ? [] : [bsuid])),
  );
}

/**
 * Takes the content out of a customer's events, some positions at a time: id, seq and position stay,
 * so that nobody loses their place and nothing is told twice. What somebody else wrote is theirs,
 * whomever it names. In the very second of the erasure wamids tell of messages what was there; the
 * news of a file can be younger, and goes with its message.
 *
 * @param after the position behind which to go on
 * @returns how many lost their content, and where to go on; null where that was all
 */
export async function eraseCustomerEvents(
  database: D1Database,
  whose: { partner: string; sender: number; until: number; at: number },
  { keys, names, wamids }: ErasureNames,
  after: number,
): Promise<{ erased: number; next: number | null }> {
  const upTo = await chunkEnd(database, whose.partner, after);
  if (upTo === null) return { erased: 0, next: null };
  const texts = names.map(({ name, from, until }) => ({ text: JSON.stringify(name), from, until }));
  const { meta } = await database
    .prepare(
      `UPDATE events SET type = 'event.erased', data = ?8
       WHERE partner = ?5 AND pos > ?6 AND pos <= ?7 AND sender = ?1
         AND type NOT IN ('event.erased', 'customer.erased')
         AND (EXISTS (SELECT 1 FROM json_each(?9) n
             WHERE instr(coalesce(events.data->>'customer', events.data), n.value->>'text') > 0
               AND events.at >= n.value->>'from' AND iif(events.type GLOB 'media.*' AND NOT EXISTS (
                 SELECT 1 FROM messages m WHERE m.sender = ?1 AND m.wamid = events.data->>'wamid'),
                 1, events.at <= n.value->>'until' AND (events.at < ?4 OR events.type NOT GLOB 'message.*')))
           OR data->>'wamid' IN (SELECT value FROM json_each(?3))
           OR EXISTS (SELECT 1 FROM messages m WHERE m.sender = ?1
             AND m.wamid = events.data->>'wamid' AND ${IS_ERASED}))`,
    )
    .bind(
      whose.sender,
      JSON.stringify(keys),
      JSON.stringify(wamids),
      wholeSecond(whose.until),
      whose.partner,
      after,
      upTo,
      erasedData(whose.at),
      JSON.stringify(texts),
    )
    .run();
  return { erased: meta.changes, next: upTo };
}

/** The same for all events of a sender. */
export async function eraseSenderEvents(
  database: D1Database,
  whose: { partner: string; sender: number; at: number },
  after: number,
): Promise<{ erased: number; next: number | null }> {
  const upTo = await chunkEnd(database, whose.partner, after);
  if (upTo === null) return { erased: 0, next: null };
  const { meta } = await database
    .prepare(
      `UPDATE events SET type = 'event.erased', data = ?5
       WHERE partner = ?1 AND pos > ?2 AND pos <= ?3 AND sender = ?4
         AND type NOT IN ('event.erased', 'sender.erased')`,
    )
    .bind(whose.partner, after, upTo, whose.sender, erasedData(whose.at))
    .run();
  return { erased: meta.changes, next: upTo };
}

function erasedData(at: number): string {
  return JSON.stringify({ erased_at: new Date(at).toISOString() });
}

const EVENTS_AT_ONCE = 2_000;

async function chunkEnd(
  database: D1Database,
  partner: string,
  after: number,
): Promise<number | null> {
  const row = await database
    .prepare(
      `SELECT max(pos) AS pos FROM (SELECT pos FROM events
         WHERE partner = ?1 AND pos > ?2 ORDER BY pos LIMIT ${EVENTS_AT_ONCE})`,
    )
    .bind(partner, after)
    .first<{ pos: number | null }>();
  return row?.pos ?? null;
}

/** Some of a customer's messages that are still there. */
export async function listErasable(
  database: D1Database,
  sender: number,
  { keys, wamids }: ErasureNames,
  until: number,
  limit: number,
): Promise<string[]> {
  const { results } = await database
    .prepare(
      `SELECT m.wamid FROM messages m INDEXED BY messages_conversation
       WHERE m.sender = ?1 AND ${IS_ERASED} LIMIT ?5`,
    )
    .bind(sender, JSON.stringify(keys), JSON.stringify(wamids), wholeSecond(until), limit)
    .all<{ wamid: string }>();
  return results.map(({ wamid }) => wamid);
}

/**
 * Deletes messages, with what else is kept by their wamids. A file that somebody may be fetching at
 * this moment keeps its row, without a name, until they must be done: it tells them to drop it.
 *
 * @param leaseMs how long a fetch may last
 */
export async function deleteMessages(
  database: D1Database,
  sender: number,
  wamids: readonly string[],
  now: number,
  leaseMs: number,
): Promise<{ messages: number; media: number }> {
  const list = JSON.stringify(wamids);
  const theirs = `sender = ?1 AND wamid IN (SELECT value FROM json_each(?2))`;
  const [files, , , gone] = await database.batch([
    database
      .prepare(
        `UPDATE media SET state = 'deleted', reason = 'erased', filename = NULL, sha256 = NULL,
           stored_at = NULL, due_at = min(due_at, ?3 + ?4) WHERE ${theirs}`,
      )
      .bind(sender, list, now, leaseMs),
    database
      .prepare(`DELETE FROM media WHERE ${theirs} AND coalesce(due_at, 0) <= ?3`)
      .bind(sender, list, now),
    database.prepare(`DELETE FROM loose_changes WHERE ${theirs}`).bind(sender, list),
    database.prepare(`DELETE FROM messages WHERE ${theirs}`).bind(sender, list),
  ]);
  return { messages: gone?.meta.changes ?? 0, media: files?.meta.changes ?? 0 };
}

/** Files of erased messages whose fetching may still be under way. */
export async function listErasedFiles(
  database: D1Database,
  sender: number,
  limit: number,
): Promise<{ wamid: string; dueAt: number | null }[]> {
  const { results } = await database
    .prepare(
      `SELECT wamid, due_at AS dueAt FROM media
       WHERE sender = ?1 AND state = 'deleted' AND reason = 'erased' LIMIT ?2`,
    )
    .bind(sender, limit)
    .all<{ wamid: string; dueAt: number | null }>();
  return results;
}

export async function deleteFileRows(
  database: D1Database,
  sender: number,
  wamids: readonly string[],
): Promise<void> {
  await database
    .prepare(
      `DELETE FROM media WHERE sender = ?1 AND wamid IN (SELECT value FROM json_each(?2))
         AND state = 'deleted'`,
    )
    .bind(sender, JSON.stringify(wamids))
    .run();
}

/**
 * Deletes what is kept once per customer, and what names them: behind the messages, since who has
 * some left is somebody new by now.
 *
 * @returns how many rows, by table
 */
export async function deleteCustomerRows(
  database: D1Database,
  sender: number,
  { keys, names }: ErasureNames,
  until: number,
): Promise<Record<string, number>> {
  const list = JSON.stringify(keys);
  const texts = JSON.stringify(names.map(({ name }) => JSON.stringify(name)));
  const theirs = (column = "customer") =>
    `sender = ?1 AND ${column} IN (SELECT value FROM json_each(?2))`;
  /** @param key with its table: a bare name would be the message's own. */
  const isNew = (key: string) => `EXISTS (SELECT 1 FROM messages m INDEXED BY messages_conversation
    WHERE m.sender = ?1 AND m.customer = ${key} AND m.at >= ?3)`;
  const mentions = (column: string) =>
    `EXISTS (SELECT 1 FROM json_each(?2) n WHERE instr(${column}, n.value) > 0)`;
  const from = wholeSecond(until);
  const statements: [table: string, sql: string, list: string][] = [
    ["loose_changes", `DELETE FROM loose_changes WHERE ${theirs()} AND at < ?3`, list],
    [
      "conversations",
      `DELETE FROM conversations WHERE ${theirs()} AND NOT ${isNew("conversations.customer")}`,
      list,
    ],
    [
      "conversations",
      `UPDATE conversations SET last_human_reply_at = NULL
       WHERE ${theirs()} AND last_human_reply_at < ?3`,
      list,
    ],
    ["contacts", `DELETE FROM contacts WHERE ${theirs()} AND at < ?3`, list],
    ["preferences", `DELETE FROM preferences WHERE ${theirs()} AND at < ?3`, list],
    ["conversions", `DELETE FROM conversions WHERE ${theirs()} AND created_at <= ?3 + 999`, list],
    [
      "customers",
      `DELETE FROM customers WHERE ${theirs()} AND NOT ${isNew("customers.customer")}`,
      list,
    ],
    ...["alias", "customer"].map((column): [string, string, string] => [
      "customer_keys",
      `DELETE FROM customer_keys WHERE ${theirs(column)} AND NOT ${isNew("customer_keys.customer")}`,
      list,
    ]),
    [
      "notices",
      `DELETE FROM notices WHERE sender = ?1 AND at <= ?3 + 999 AND ${mentions("data")}`,
      texts,
    ],
    [
      "unrouted",
      // What came in by an import is older than the order, whenever it was stored.
      `DELETE FROM unrouted WHERE sender = ?1 AND (at <= ?3 + 999 OR field = 'history')
         AND ${mentions("raw")}`,
      texts,
    ],
  ];
  const results = await database.batch(
    statements.map(([, sql, values]) => database.prepare(sql).bind(sender, values, from)),
  );
  const counts: Record<string, number> = {};
  for (const [index, [table]] of statements.entries()) {
    counts[table] = (counts[table] ?? 0) + (results[index]?.meta.changes ?? 0);
  }
  return counts;
}

/** What later holders of the number keep raw of the time before, where it names the customer. */
export async function deleteKeptByOthers(
  database: D1Database,
  others: readonly number[],
  { names }: ErasureNames,
  until: number,
): Promise<number> {
  const texts = JSON.stringify(names.map(({ name }) => JSON.stringify(name)));
  const { meta } = await database
    .prepare(
      `DELETE FROM unrouted WHERE reason = 'former_partner'
         AND sender IN (SELECT value FROM json_each(?1)) AND at <= ?3 + 999
         AND EXISTS (SELECT 1 FROM json_each(?2) n WHERE instr(raw, n.value) > 0)`,
    )
    .bind(JSON.stringify(others), texts, wholeSecond(until))
    .run();
  return meta.changes;
}

/** What failed for good, or was for nobody, in the registry: where it names the customer. */
export async function deleteLeftOver(
  registry: D1Database,
  sender: number,
  senderId: string,
  { names }: ErasureNames,
): Promise<Record<string, number>> {
  const texts = JSON.stringify(names.map(({ name }) => JSON.stringify(name)));
  const mentions = (column: string) =>
    `EXISTS (SELECT 1 FROM json_each(?2) n WHERE instr(${column}, n.value) > 0)`;
  const [letters, unrouted] = await registry.batch([
    registry
      .prepare(`DELETE FROM dead_letters WHERE sender = ?1 AND ${mentions("body")}`)
      .bind(sender, texts),
    registry
      .prepare(
        `DELETE FROM unrouted WHERE (sender = ?1 OR (sender IS NULL AND id GLOB ?3))
           AND ${mentions("raw")}`,
      )
      .bind(sender, texts, `${senderId}:*`),
  ]);
  return { dead_letters: letters?.meta.changes ?? 0, unrouted: unrouted?.meta.changes ?? 0 };
}
