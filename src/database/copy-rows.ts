import { sha256Hex } from "../lib/ids.ts";
import { LIFE_EVENTS } from "./life-events.ts";
import { SHUT } from "./erase-sender-rows.ts";
import { shardTables } from "./sender-tables.ts";
import type { SenderTable } from "./sender-tables.ts";

type Row = Record<string, string | number | null>;

/** Tables whose rows go along, but for the heads, which go last. */
export const MOVED_TABLES = shardTables(({ moves, name }) => moves && name !== "heads");

/** Rows of a few hundred bytes, 64 kB in the worst talk; what came raw can be a megabyte. */
const ROWS_AT_ONCE = 250;
const RAW_ROWS_AT_ONCE = 5;
/** A value of a statement holds 2 MB (platform.md 2.1). */
const PIECE_MAX = 800_000;
const EVENTS_AT_ONCE = 2_000;

/**
 * Copies some of a sender's rows of a table, and reads them back.
 *
 * @param after the key behind which to go on, as JSON
 * @returns how many, where to go on (null: that was all), and how many queries it took
 * @throws Error where the copy is not what was read
 */
export async function copyRows(
  from: D1Database,
  to: D1Database,
  table: SenderTable,
  sender: number,
  after: string | null,
): Promise<{ copied: number; next: string | null; queries: number }> {
  const limit = table.content === null ? ROWS_AT_ONCE : RAW_ROWS_AT_ONCE;
  const rows = await readRows(from, table, sender, { after, upTo: null, limit });
  const last = rows.at(-1);
  if (last === undefined) return { copied: 0, next: null, queries: 1 };
  const columns = Object.keys(last);
  let queries = 2;
  for (const piece of piecesOf(rows)) {
    queries += 1;
    await to
      .prepare(
        `INSERT OR REPLACE INTO ${table.name} (${columns.join(", ")})
         SELECT ${columns.map((column) => `value->>'${column}'`).join(", ")} FROM json_each(?1)`,
      )
      .bind(piece)
      .run();
  }
  const key = JSON.stringify(table.key.map((column) => last[column]));
  const copied = await readRows(to, table, sender, { after, upTo: key, limit });
  if (digestOf(copied) !== digestOf(rows)) {
    throw new Error(`Rows of ${table.name} are not the same in the new shard.`);
  }
  return { copied: rows.length, next: rows.length < limit ? null : key, queries };
}

async function readRows(
  database: D1Database,
  { name, sender: column, key }: SenderTable,
  sender: number,
  page: { after: string | null; upTo: string | null; limit: number },
): Promise<Row[]> {
  const columns = key.join(", ");
  const values = (parameter: string) => key.map((_, at) => `${parameter}->>${at}`).join(", ");
  // Each only where it is needed: SQLite seeks by no condition that may be left out.
  const after = page.after === null ? "" : `AND (${columns}) > (${values("?2")})`;
  const upTo = page.upTo === null ? "" : `AND (${columns}) <= (${values("?3")})`;
  const { results } = await database
    .prepare(
      `SELECT * FROM ${name} WHERE ${column} = ?1 ${after} ${upTo} AND ?2 IS ?2 AND ?3 IS ?3
       ORDER BY ${columns} LIMIT ?4`,
    )
    .bind(sender, page.after, page.upTo, page.limit)
    .all<Row>();
  return results;
}

function* piecesOf(rows: readonly Row[]): Generator<string> {
  let piece: string[] = [];
  let size = 0;
  for (const row of rows) {
    const json = JSON.stringify(row);
    if (size + json.length > PIECE_MAX && piece.length > 0) {
      yield `[${piece.join(",")}]`;
      piece = [];
      size = 0;
    }
    piece.push(json);
    size += json.length;
  }
  yield `[${piece.join(",")}]`;
}

function digestOf(rows: readonly Row[]): string {
  const sorted = rows.map((row) => Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return sha256Hex(JSON.stringify(sorted));
}

/** How many rows of each table that goes along a shard has of a sender. */
export async function countRows(
  database: D1Database,
  sender: number,
): Promise<Record<string, number>> {
  const results = await database.batch<{ count: number }>(
    MOVED_TABLES.map(({ name, sender: column }) =>
      database.prepare(`SELECT count(*) AS count FROM ${name} WHERE ${column} = ?1`).bind(sender),
    ),
  );
  return Object.fromEntries(
    MOVED_TABLES.map(({ name }, at) => [name, results[at]?.results[0]?.count ?? 0]),
  );
}

/** How far a shard is with a sender: the last fact of the flush, and the last event. */
export function readHead(
  database: D1Database,
  sender: number,
): Promise<{ fence: number; seq: number } | null> {
  return database.prepare(`SELECT fence, seq FROM heads WHERE sender = ?1`).bind(sender).first();
}

export async function writeHead(
  database: D1Database,
  sender: number,
  head: { fence: number; seq: number },
): Promise<void> {
  await database
    .prepare(`INSERT OR REPLACE INTO heads (sender, fence, seq) VALUES (?1, ?2, ?3)`)
    .bind(sender, head.fence, head.seq)
    .run();
}

/** The shard takes facts of the sender again, from where it had come to. */
export async function openSender(
  database: D1Database,
  sender: number,
  fence: number,
): Promise<void> {
  await database
    .prepare(`UPDATE heads SET fence = ?2 WHERE sender = ?1 AND fence = ${SHUT}`)
    .bind(sender, fence)
    .run();
}

/** Known by their rows wherever those are: their events need no copy to be told only once. */
const KNOWN_BY_ROWS = `type IN ('message.received', 'message.echoed', 'message.unsupported',
  'message.status', 'contact.updated', 'contact.removed', 'media.stored', 'media.unavailable',
  'media.deleted', 'event.erased')`;

/**
 * A sender's past events stay where they are, under their positions: readers come past them there.
 * Copied are those of its life, for its timeline, and ids of the others that could be told once more
 * if Meta repeated them; under positions below zero, where no reader looks.
 *
 * @param after the position in the former shard behind which to go on
 * @param since epoch ms from which on Meta may repeat what was told
 */
export async function copyEventMarks(
  from: D1Database,
  to: D1Database,
  whose: { partner: string; sender: number; since: number },
  after: number,
): Promise<{ copied: number; next: number | null }> {
  const { partner, sender, since } = whose;
  const [chunk] = (
    await from
      .prepare(
        `SELECT max(pos) AS pos FROM (SELECT pos FROM events
           WHERE partner = ?1 AND pos > ?2 ORDER BY pos LIMIT ${EVENTS_AT_ONCE})`,
      )
      .bind(partner, after)
      .all<{ pos: number | null }>()
  ).results;
  if (chunk?.pos == null) return { copied: 0, next: null };
  const { results } = await from
    .prepare(
      `SELECT sender_id, seq, id, type, at, appended_at, iif(${LIFE_EVENTS}, data, '{}') AS data
       FROM events WHERE partner = ?1 AND pos > ?2 AND pos <= ?3 AND sender = ?4
         AND (${LIFE_EVENTS} OR (appended_at >= ?5 AND NOT ${KNOWN_BY_ROWS}))
       ORDER BY pos`,
    )
    .bind(partner, after, chunk.pos, sender, since)
    .all<Row>();
  for (const piece of results.length === 0 ? [] : piecesOf(results)) {
    await to
      .prepare(
        `INSERT OR IGNORE INTO events (partner, pos, sender, sender_id, seq, id, type, at, data,
           appended_at)
         SELECT ?1, min(0, coalesce((SELECT min(pos) FROM events WHERE partner = ?1), 0)) - 1 - key,
           ?2, value->>'sender_id', value->>'seq', value->>'id', value->>'type', value->>'at',
           value->>'data', value->>'appended_at'
         FROM json_each(?3)`,
      )
      .bind(partner, sender, piece)
      .run();
  }
  return { copied: results.length, next: chunk.pos };
}

/** Meta repeats nothing any more that is older: ids that came along for that are forgotten. */
export async function forgetEventMarks(
  database: D1Database,
  partner: string,
  sender: number,
  before: number,
): Promise<void> {
  await database
    .prepare(
      `DELETE FROM events WHERE partner = ?1 AND pos < 0 AND sender = ?2 AND appended_at < ?3
         AND NOT ${LIFE_EVENTS}`,
    )
    .bind(partner, sender, before)
    .run();
}
