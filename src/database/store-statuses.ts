import type { MessageStatus } from "./message-status.ts";

/** A step of the ladder, with its rank (message-status.ts). */
export interface Rung {
  status: MessageStatus;
  rank: number;
}

/** What a batch tells of one message's statuses. */
export interface StatusRow {
  n: number;
  wamid: string;
  customer: string;
  at: number;
  /** What they come to for a message that D1 does not know as delivered. */
  reached: Rung;
  /** What they come to for one that it does: a `failed` cannot undo that. */
  climbed?: Rung;
  /** The earliest time of each status among them, epoch ms. */
  steps: Partial<Record<MessageStatus, number>>;
  errors?: unknown[];
  /** Meta's pricing object, with `conversation` in it where that came. */
  pricing?: Record<string, unknown>;
  /** The earliest time that tells of the delivery, and its day on the sender's calendar. */
  deliveredAt?: number;
  day?: string;
}

/**
 * Where every message of the batch stands and where it is going. `new_pricing` holds, beside Meta's
 * own fields, `counted_on`: the day under which `usage` counts the message. So the cell it is in is
 * known from its row alone, whatever becomes of its price or of the sender's time zone.
 *
 * A later status's price stands over an earlier one's; one that moves nothing only fills in.
 * Materialized, or SQLite works the steps out anew for every column that is made from them.
 */
const MOVED = `
  WITH known AS (
    SELECT t.value AS told, m.wamid IS NOT NULL AS found, m.status, m.status_rank, m.status_at,
      m.errors, m.steps, m.pricing,
      CASE WHEN m.status_rank BETWEEN 2 AND 8 THEN t.value->'climbed' ELSE t.value->'reached' END
        AS target
    FROM json_each(?2) t LEFT JOIN messages m ON m.sender = ?1 AND m.wamid = t.value->>'wamid'
    WHERE t.value->>'n' > (SELECT fence FROM heads WHERE sender = ?1)),
  stepped AS MATERIALIZED (
    SELECT *, coalesce(target->>'rank', 0) > coalesce(status_rank, 0) AS moves,
      (SELECT json_group_object(status, at) FROM (
        SELECT key AS status, min(value) AS at FROM (
          SELECT key, value FROM json_each(known.steps)
          UNION ALL SELECT key, value FROM json_each(known.told, '$.steps'))
        GROUP BY key)) AS new_steps,
      json_patch(coalesce(pricing, '{}'), coalesce(told->'pricing', '{}')) AS price
    FROM known),
  priced AS (
    SELECT *, iif(moves, target->>'status', status) AS new_status,
      iif(moves, target->>'rank', status_rank) AS new_rank,
      iif(moves, price, json_patch(price, coalesce(pricing, '{}'))) AS new_price
    FROM stepped),
  moved AS MATERIALIZED (
    SELECT *, CASE
      WHEN new_rank BETWEEN 2 AND 8 AND told->>'deliveredAt' = (
        SELECT min(value) FROM json_each(new_steps) WHERE key IN ('delivered', 'read', 'played'))
        THEN json_set(new_price, '$.counted_on', told->>'day')
      ELSE nullif(new_price, '{}') END AS new_pricing
    FROM priced)`;

/**
 * Counts messages that are known to be delivered: each in one cell. One whose price or day turns out
 * to be another leaves the cell it is in. Runs before the rows themselves change.
 */
export const COUNT_USAGE = `${MOVED}
  INSERT INTO usage (sender, day, category, type, delivered)
  SELECT ?1, day, category, type, sum(change) FROM (
    SELECT pricing->>'counted_on' AS day, coalesce(pricing->>'category', 'unknown') AS category,
      coalesce(pricing->>'type', 'unknown') AS type, -1 AS change FROM moved
    UNION ALL SELECT new_pricing->>'counted_on', coalesce(new_pricing->>'category', 'unknown'),
      coalesce(new_pricing->>'type', 'unknown'), 1 FROM moved)
  WHERE day IS NOT NULL GROUP BY day, category, type HAVING sum(change) != 0
  ON CONFLICT (sender, day, category, type) DO UPDATE SET
    delivered = usage.delivered + excluded.delivered`;

/**
 * Moves messages up the ladder and notes the time of every status, also of one that comes too late
 * to move anything. What is known already writes no row.
 */
export const STORE_STATUSES = `${MOVED}
  INSERT INTO messages (sender, wamid, customer, at, status, status_rank, status_at, errors, steps,
    pricing)
  SELECT ?1, told->>'wamid', told->>'customer', told->>'at', new_status, new_rank,
    coalesce(new_steps->>new_status, status_at), coalesce(errors, told->'errors'), new_steps,
    new_pricing
  FROM moved
  WHERE NOT found OR moves OR new_steps IS NOT steps OR new_pricing IS NOT pricing
    OR (errors IS NULL AND told->'errors' IS NOT NULL)
  ON CONFLICT (sender, wamid) DO UPDATE SET status = excluded.status,
    status_rank = excluded.status_rank, status_at = excluded.status_at, errors = excluded.errors,
    steps = excluded.steps, pricing = excluded.pricing`;
