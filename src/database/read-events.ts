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
}

/** A partner's events in one shard behind a position, oldest first. */
export async function listEvents(
  database: D1Database,
  partner: string,
  afterPos: number,
  limit: number,
  senderId: string | undefined,
): Promise<StoredEvent[]> {
  const { results } = await database
    .prepare(
      `SELECT pos, sender_id AS senderId, seq, id, type, at, data FROM events
       WHERE partner = ?1 AND pos > ?2 AND (?4 IS NULL OR sender_id = ?4)
       ORDER BY pos LIMIT ?3`,
    )
    .bind(partner, afterPos, limit, senderId ?? null)
    .all<StoredEvent>();
  return results;
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
      `SELECT pos, sender_id AS senderId, seq, id, type, at, data FROM events
       WHERE sender = ?1 AND seq < ?2 AND ${LIFE_EVENTS}
       ORDER BY seq DESC LIMIT ?3`,
    )
    .bind(sender, before ?? Number.MAX_SAFE_INTEGER, limit)
    .all<StoredEvent>();
  return results;
}
