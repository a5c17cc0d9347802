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
