import type { StoredEvent } from "./read-events.ts";

const COLUMNS = `pos, sender_id AS senderId, seq, id, type, at, data,
  request_id AS requestId`;
/** However few are wanted, a read looks at no more positions than this. */
const SCAN_MAX = 10_000;

/** The event at a position; null when it was forgotten. */
export function readEventAt(
  database: D1Database,
  partner: string,
  pos: number,
): Promise<StoredEvent | null> {
  return database
    .prepare(`SELECT ${COLUMNS} FROM events WHERE partner = ?1 AND pos = ?2`)
    .bind(partner, pos)
    .first<StoredEvent>();
}

/** A fact can be stamped so much later than we came to know of it: clocks differ. */
const CLOCKS_DIFFER_MS = 3_600_000;

/**
 * A position behind which every event lies that is stamped at an instant or later: what a replay of
 * a time begins behind. Positions are in the order of our knowing, and nothing is known long before
 * it happens; so by halves, one row a step, instead of a walk from the start of the log.
 *
 * @param since epoch ms, by the events' own time
 * @param upTo the last position that counts
 */
export async function positionSince(
  database: D1Database,
  partner: string,
  since: number,
  upTo: number,
): Promise<number> {
  const row = await database
    .prepare(
      `WITH RECURSIVE half (low, high) AS (
         SELECT 0, CAST(?2 AS INTEGER) -- D1 binds numbers as REAL, which have halves without end
         UNION ALL
         SELECT iif(e.appended_at < ?3, (low + high) / 2, low),
           iif(e.appended_at < ?3, high, (low + high) / 2)
         FROM half LEFT JOIN events e ON e.partner = ?1 AND e.pos = (SELECT min(f.pos)
           FROM events f WHERE f.partner = ?1 AND f.pos >= (low + high) / 2)
         WHERE high - low > 1)
       SELECT max(low) AS pos FROM half`,
    )
    .bind(partner, upTo, since - CLOCKS_DIFFER_MS)
    .first<{ pos: number }>();
  return row?.pos ?? 0;
}

export interface SpanQuery {
  partner: string;
  /** The position behind which to begin, and the last one that counts. */
  after: number;
  upTo: number;
  /** Of the events' own time; epoch ms, from (in) to (out). */
  since: number;
  until: number;
  /** null: all. */
  types: readonly string[] | null;
  senders: readonly string[] | null;
  limit: number;
}

/** Events of a time, oldest position first. @returns them and the position that was looked up to */
export async function readSpan(
  database: D1Database,
  { partner, after, upTo, since, until, types, senders, limit }: SpanQuery,
): Promise<{ events: StoredEvent[]; reached: number }> {
  const end = Math.min(upTo, after + SCAN_MAX);
  const { results } = await database
    .prepare(
      `SELECT ${COLUMNS} FROM events
       WHERE partner = ?1 AND pos > ?2 AND pos <= ?3 AND at >= ?4 AND at < ?5
         AND (?6 IS NULL OR type IN (SELECT value FROM json_each(?6)))
         AND (?7 IS NULL OR sender_id IN (SELECT value FROM json_each(?7)))
       ORDER BY pos LIMIT ?8`,
    )
    .bind(
      partner,
      after,
      end,
      since,
      until,
      types === null ? null : JSON.stringify(types),
      senders === null ? null : JSON.stringify(senders),
      limit,
    )
    .all<StoredEvent>();
  const last = results.at(-1);
  return {
    events: results,
    reached: last !== undefined && results.length >= limit ? last.pos : end,
  };
}
