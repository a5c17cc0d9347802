import { requestIdNow } from "../lib/request-id.ts";
import type { EventData, EventType } from "../events/index.ts";

/** An event to be told to a partner, unless what it tells is already known. */
export type NewEvent = { [Type in EventType]: NewEventOf<Type> }[EventType];

/** A new event of a type, with the data of that type. */
export interface NewEventOf<Type extends EventType> {
  /** From the sender and the fact (lib/ids.ts): an id that was told is not told again. */
  id: string;
  type: Type;
  /** Epoch ms of what happened. */
  at: number;
  data: EventData<Type>;
  /** The journal row it comes from; rows at or below the sender's fence are old. */
  n?: number;
  /** Of what it came by; left out: the one under which it is appended. */
  requestId?: string;
  /**
   * What D1 must not know yet for this to be news. Events are pruned after a while, messages are
   * not: a webhook that Meta repeats for days must not be told again.
   */
  news?:
    | { of: "message"; wamid: string; unsupported?: boolean }
    | { of: "status"; wamid: string; rank: number; ifDelivered?: boolean }
    | { of: "contact"; customer: string }
    /** Always news; the event names the customer of the message, where D1 knows it. */
    | { of: "detection"; wamid: string }
    /** The state that the message's file comes to with this batch. */
    | { of: "media"; wamid: string; to: "stored" | "unavailable" | "deleted" };
}

export interface EventsOwner {
  partner: string;
  sender: number;
  /** The public id: Meta's phone_number_id. */
  senderId: string;
}

const APPEND = `
  INSERT INTO events (partner, pos, sender, sender_id, seq, id, type, at, data, appended_at,
    request_id)
  SELECT ?1, p.pos + row_number() OVER (ORDER BY e.key), ?2, ?3,
    h.seq + row_number() OVER (ORDER BY e.key),
    e.value->>'id', e.value->>'type', e.value->>'at',
    CASE WHEN e.value->>'$.news.of' = 'status' THEN json_set(e.value->'data',
      '$.biz_opaque_callback_data', coalesce(e.value->>'$.data.biz_opaque_callback_data',
        (SELECT m.callback FROM messages m
          WHERE m.sender = ?2 AND m.wamid = e.value->>'$.news.wamid')))
    WHEN e.value->>'$.news.of' = 'detection' THEN json_patch(e.value->'data', coalesce(
      (SELECT json_object('customer', json_object(
          'phone', coalesce(c.phone, iif(instr(w.key, '.') > 0, NULL,
            substr(w.key, 1, instr(w.key || '~', '~') - 1))),
          'bsuid', coalesce(c.bsuid, iif(instr(w.key, '.') > 0, w.key, NULL))))
        FROM (SELECT coalesce(k.customer, m.customer) AS key FROM messages m
          LEFT JOIN customer_keys k ON k.sender = m.sender AND k.alias = m.customer
          WHERE m.sender = ?2 AND m.wamid = e.value->>'$.news.wamid') w
        LEFT JOIN customers c ON c.sender = ?2 AND c.customer = w.key), '{}'))
    ELSE e.value->'data' END, ?5, coalesce(e.value->>'requestId', ?6)
  FROM json_each(?4) e, positions p, heads h
  WHERE p.partner = ?1 AND h.sender = ?2
    AND coalesce(e.value->>'n', h.fence + 1) > h.fence
    AND NOT EXISTS (SELECT 1 FROM events t WHERE t.id = e.value->>'id')
    AND CASE e.value->>'$.news.of'
      WHEN 'message' THEN NOT EXISTS (SELECT 1 FROM messages m
        WHERE m.sender = ?2 AND m.wamid = e.value->>'$.news.wamid'
          AND m.type IS NOT NULL AND m.historical = 0
          AND (m.type != 'unsupported' OR e.value->>'$.news.unsupported' = 1))
      WHEN 'status' THEN NOT EXISTS (SELECT 1 FROM messages m
        WHERE m.sender = ?2 AND m.wamid = e.value->>'$.news.wamid'
          AND (m.status_rank >= e.value->>'$.news.rank'
            OR (e.value->>'$.news.rank' = 9 AND m.status_rank >= 2)))
        AND (e.value->>'$.news.ifDelivered' IS NULL OR EXISTS (SELECT 1 FROM messages m
          WHERE m.sender = ?2 AND m.wamid = e.value->>'$.news.wamid'
            AND m.status_rank BETWEEN 2 AND 8))
      WHEN 'contact' THEN NOT EXISTS (SELECT 1 FROM contacts c
        WHERE c.sender = ?2 AND c.customer = e.value->>'$.news.customer'
          AND (c.at > e.value->>'at' OR (c.at = e.value->>'at'
            AND c.removed = (e.value->>'type' = 'contact.removed'))))
      WHEN 'media' THEN EXISTS (SELECT 1 FROM media f
        WHERE f.sender = ?2 AND f.wamid = e.value->>'$.news.wamid'
          AND iif(e.value->>'$.news.to' = 'deleted', f.state != 'deleted', f.state = 'wanted'))
      ELSE true END`;

// Between the insert and the last statement, what lies behind the stored position is what is new.
const ADDED = `(SELECT count(*) FROM events WHERE partner = ?1
  AND pos > (SELECT pos FROM positions WHERE partner = ?1))`;

/** What else a batch writes beside its events. */
export interface BatchRest {
  /** The facts themselves: behind the events, so that "is it news?" is asked of what was before. */
  writes?: D1PreparedStatement[];
  /** The last journal number of a flush: what is at or below it is never written again. */
  fence?: number;
}

/**
 * The whole batch that appends events and writes what they tell: the only way into the log, for
 * flush, pages, media and sweeps. D1 assigns `seq` (gapless per sender) and `pos` (per partner and
 * shard), and moves the fence in the same stroke.
 */
export function appendEvents(
  database: D1Database,
  owner: EventsOwner,
  events: readonly NewEvent[],
  rest: BatchRest = {},
): D1PreparedStatement[] {
  const writes = rest.writes ?? [];
  const now = Date.now();
  return [
    database
      .prepare(`INSERT INTO positions (partner, pos, at) VALUES (?1, 0, 0) ON CONFLICT DO NOTHING`)
      .bind(owner.partner),
    database
      .prepare(`INSERT INTO heads (sender, fence, seq) VALUES (?1, 0, 0) ON CONFLICT DO NOTHING`)
      .bind(owner.sender),
    ...(events.length === 0
      ? []
      : [
          database
            .prepare(APPEND)
            .bind(
              owner.partner,
              owner.sender,
              owner.senderId,
              JSON.stringify(events),
              now,
              requestIdNow() ?? null,
            ),
        ]),
    ...writes,
    database
      .prepare(
        `UPDATE heads SET seq = seq + ${ADDED}, fence = max(fence, ?3)
         WHERE sender = ?2 AND (${ADDED} > 0 OR fence < ?3)`,
      )
      .bind(owner.partner, owner.sender, rest.fence ?? 0),
    database
      .prepare(
        `UPDATE positions SET pos = (SELECT max(pos) FROM events WHERE partner = ?1), at = ?2
         WHERE partner = ?1 AND ${ADDED} > 0`,
      )
      .bind(owner.partner, now),
  ];
}

/** Whether a batch of `appendEvents` told anything: its last statement moves the position only then. */
export function hasAdded(results: readonly D1Result[]): boolean {
  return (results.at(-1)?.meta.changes ?? 0) > 0;
}
