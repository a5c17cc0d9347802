import { LIFE_EVENTS } from "./life-events.ts";

/** An event as it is read. */
export interface StoredEvent {
  pos: number;
  senderId: string;
  seq: number;
  id: string;
  type: string;
  at: number;
  data: string;
  /** What it came by, where that is known. */
  requestId: string | null;
}

/** Which events of a partner are wanted of a shard. */
export interface EventsQuery {
  partner: string;
  /** The position behind which to begin; what was forgotten is passed over. */
  after: number;
  /** null: all. */
  types: readonly string[] | null;
  /** phone_number_ids; null: all. */
  senders: readonly string[] | null;
  /** None of these. */
  except?: readonly string[];
  /** No position behind this one. */
  upTo?: number;
  limit: number;
  /** Longer data (characters) is left out: "" stands for it. */
  dataMax?: number;
}

export interface EventsRead {
  events: StoredEvent[];
  /** Up to here nothing that is wanted is left unread. */
  reached: number;
  /** The newest position of the partner in this shard. */
  head: number;
  /** Up to here events were forgotten. */
  pruned: number;
}

/** However few are wanted, a read looks at no more positions than this. */
const SCAN_MAX = 5_000;

/** Where a read begins. Events of a sender's life outlive their place in the log, for the timeline. */
const BEGIN = `max(?2, coalesce((SELECT pruned FROM positions WHERE partner = ?1), 0))`;

/** A partner's events in one shard behind a position, oldest first. */
export async function readEvents(
  database: D1Database,
  { partner, after, types, senders, except = [], upTo, limit, dataMax }: EventsQuery,
): Promise<EventsRead> {
  const [marks, found] = await database.batch([
    database.prepare(`SELECT pos, pruned FROM positions WHERE partner = ?1`).bind(partner),
    database
      .prepare(
        `SELECT pos, sender_id AS senderId, seq, id, type, at,
           iif(length(data) > ?6, '', data) AS data, request_id AS requestId FROM events
         WHERE partner = ?1 AND pos > ${BEGIN} AND pos <= ${BEGIN} + ${SCAN_MAX}
           AND (?3 IS NULL OR type IN (SELECT value FROM json_each(?3)))
           AND (?4 IS NULL OR sender_id IN (SELECT value FROM json_each(?4)))
           AND (?7 IS NULL OR sender_id NOT IN (SELECT value FROM json_each(?7)))
           AND (?8 IS NULL OR pos <= ?8)
         ORDER BY pos LIMIT ?5`,
      )
      .bind(
        partner,
        after,
        types === null ? null : JSON.stringify(types),
        senders === null ? null : JSON.stringify(senders),
        limit,
        dataMax ?? null,
        except.length === 0 ? null : JSON.stringify(except),
        upTo ?? null,
      ),
  ]);
  const [mark] = (marks?.results ?? []) as { pos: number; pruned: number }[];
  const events = (found?.results ?? []) as unknown as StoredEvent[];
  const { pos: head, pruned } = mark ?? { pos: 0, pruned: 0 };
  const last = events.at(-1);
  const begin = Math.max(after, pruned);
  const isFull = last !== undefined && events.length >= limit;
  return {
    events,
    reached: isFull ? last.pos : Math.max(begin, Math.min(begin + SCAN_MAX, head)),
    head,
    pruned,
  };
}

/**
 * What happened to a sender itself, newest first: no messages.
 *
 * @param before the seq to go on below, or null for the newest
 */
export async function listLifeEvents(
  database: D1Database,
  sender: number,
  before: number | null,
  limit: number,
): Promise<StoredEvent[]> {
  const { results } = await database
    .prepare(
      `SELECT pos, sender_id AS senderId, seq, id, type, at, data,
         request_id AS requestId FROM events
       WHERE sender = ?1 AND seq < ?2 AND ${LIFE_EVENTS}
       ORDER BY seq DESC LIMIT ?3`,
    )
    .bind(sender, before ?? Number.MAX_SAFE_INTEGER, limit)
    .all<StoredEvent>();
  return results;
}
