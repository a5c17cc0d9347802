/*
 * Charts from the tail of the events log: it has what is needed, so no message pays a row for them.
 * The log is ordered by partner and position, so a tail is read along its key; how far back in time
 * it reaches depends on how much the partner's other senders in the shard say.
 */

/** So many of the partner's last events are looked at. */
export const TAIL = 10_000;
const HOUR_MS = 3_600_000;

const IN_TAIL = `partner = ?1
  AND pos > max(coalesce((SELECT pos FROM positions WHERE partner = ?1), 0) - ${TAIL}, 0)`;

export type TrafficSide = "in" | "out" | "echo";

export interface TrafficHour {
  /** Epoch ms at which the hour begins. */
  hour: number;
  side: TrafficSide;
  count: number;
}

/**
 * Messages by hour and side since `since` (epoch ms), as far as the tail reaches.
 *
 * @returns `cutAt`: the log has more, and the tail begins behind this instant; null: it is all there is
 */
export async function readTraffic(
  database: D1Database,
  partner: string,
  sender: number,
  since: number,
): Promise<{ hours: TrafficHour[]; cutAt: number | null }> {
  const [hours, before] = await database.batch([
    database
      .prepare(
        `SELECT at / ${HOUR_MS} * ${HOUR_MS} AS hour,
           CASE type WHEN 'send.settled' THEN 'out' WHEN 'message.echoed' THEN 'echo' ELSE 'in' END
             AS side,
           count(*) AS count
         FROM events WHERE ${IN_TAIL} AND sender = ?2 AND at >= ?3
           AND type IN ('message.received', 'message.unsupported', 'message.echoed', 'send.settled')
           AND (type != 'send.settled' OR data->>'outcome' = 'accepted')
         GROUP BY 1, 2`,
      )
      .bind(partner, sender, since),
    // Only where there is more than the tail: what lies before it is not counted.
    database
      .prepare(
        `SELECT at FROM events WHERE partner = ?1
           AND pos = (SELECT pos FROM positions WHERE partner = ?1) - ${TAIL}`,
      )
      .bind(partner),
  ]);
  const [cut] = (before?.results ?? []) as { at: number }[];
  return { hours: (hours?.results ?? []) as TrafficHour[], cutAt: cut?.at ?? null };
}

export interface Delivery {
  /** When it was delivered (epoch ms, whole seconds: Meta's own). */
  at: number;
  /** From Meta's `sent` to its `delivered`. */
  ms: number;
}

/** How long the last deliveries took, oldest first; those of which Meta told both instants. */
export async function readDeliveries(
  database: D1Database,
  partner: string,
  sender: number,
  limit: number,
): Promise<Delivery[]> {
  const { results } = await database
    .prepare(
      `SELECT m.steps->>'delivered' AS at, m.steps->>'delivered' - m.steps->>'sent' AS ms
       FROM (SELECT pos, data->>'wamid' AS wamid FROM events
         WHERE ${IN_TAIL} AND sender = ?2 AND type = 'message.status'
           AND data->>'status' = 'delivered' ORDER BY pos DESC LIMIT ?3) e
       CROSS JOIN messages m ON m.sender = ?2 AND m.wamid = e.wamid
       WHERE m.steps->>'sent' IS NOT NULL AND m.steps->>'delivered' IS NOT NULL
       ORDER BY at`,
    )
    .bind(partner, sender, limit)
    .all<Delivery>();
  return results;
}

export interface ToldEvent {
  id: string;
  type: string;
  at: number;
  data: string;
}

/** Sends and messages that failed, the newest first. */
export function listFailures(
  database: D1Database,
  partner: string,
  sender: number,
  limit: number,
): Promise<ToldEvent[]> {
  return listTail(
    database,
    `((type = 'send.settled' AND data->>'outcome' IN ('refused', 'unknown', 'expired'))
      OR (type = 'message.status' AND data->>'status' = 'failed')
      OR type IN ('media.unavailable', 'message.unsupported'))`,
    [partner, sender, limit],
  );
}

async function listTail(
  database: D1Database,
  condition: string,
  values: [partner: string, sender: number, limit: number],
): Promise<ToldEvent[]> {
  const { results } = await database
    .prepare(
      `SELECT id, type, at, data FROM events WHERE ${IN_TAIL} AND sender = ?2 AND ${condition}
       ORDER BY pos DESC LIMIT ?3`,
    )
    .bind(...values)
    .all<ToldEvent>();
  return results;
}
