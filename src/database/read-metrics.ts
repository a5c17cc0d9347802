/*
 * Figures of the whole gateway, for operators. Registry tables are walked through whole: they have a
 * row a sender, an endpoint or a partner. What has a row a message is counted along an index, and up
 * to a limit.
 */

/** Counts of what may be many end here. */
const COUNT_MAX = 10_000;

export interface SenderCount {
  state: string;
  /** Why Meta lets nothing through; null where nothing is blocked. */
  blocked: string | null;
  held: number;
  count: number;
}

export async function countSenders(registry: D1Database): Promise<SenderCount[]> {
  const { results } = await registry
    .prepare(
      `SELECT state, blocked->>'kind' AS blocked, held IS NOT NULL AS held, count(*) AS count
       FROM senders WHERE superseded_at IS NULL GROUP BY 1, 2, 3`,
    )
    .all<SenderCount>();
  return results;
}

/** Connected senders to be looked at: those in trouble first, then the newest. */
export async function listToLookAt(
  registry: D1Database,
  limit: number,
): Promise<{ partner: string; phoneNumberId: string }[]> {
  const { results } = await registry
    .prepare(
      `SELECT partner, phone_number_id AS phoneNumberId FROM senders
       WHERE superseded_at IS NULL AND state != 'disconnected'
       ORDER BY state = 'active' AND blocked IS NULL AND held IS NULL, key DESC LIMIT ?1`,
    )
    .bind(limit)
    .all<{ partner: string; phoneNumberId: string }>();
  return results;
}

export interface EndpointCount {
  state: string;
  failing: number;
  count: number;
}

export async function countEndpoints(registry: D1Database): Promise<EndpointCount[]> {
  const { results } = await registry
    .prepare(
      `SELECT state, failing_since IS NOT NULL AS failing, count(*) AS count
       FROM endpoints WHERE state != 'removing' GROUP BY 1, 2`,
    )
    .all<EndpointCount>();
  return results;
}

/** Enabled endpoints to be looked at: those that get nothing first, then the newest. */
export async function listEndpointsToLookAt(
  registry: D1Database,
  limit: number,
): Promise<{ id: string; partner: string }[]> {
  const { results } = await registry
    .prepare(
      `SELECT id, partner FROM endpoints WHERE state = 'enabled'
       ORDER BY failing_since IS NULL, failing_since, created_at DESC LIMIT ?1`,
    )
    .bind(limit)
    .all<{ id: string; partner: string }>();
  return results;
}

export async function countSyncs(
  database: D1Database,
): Promise<{ kind: string; state: string; count: number }[]> {
  const { results } = await database
    .prepare(`SELECT kind, state, count(*) AS count FROM syncs GROUP BY kind, state`)
    .all<{ kind: string; state: string; count: number }>();
  return results;
}

export interface MediaCount {
  wanted: number;
  overdue: number;
  oldestDueAt: number | null;
  unavailable: number;
}

/** Files of a shard that are to be fetched, those whose turn has come, and those given up. */
export async function countMediaWork(database: D1Database, now: number): Promise<MediaCount> {
  const row = await database
    .prepare(
      `SELECT
         (SELECT count(*) FROM (SELECT 1 FROM media WHERE due_at IS NOT NULL LIMIT ?2)) AS wanted,
         (SELECT count(*) FROM (SELECT 1 FROM media WHERE due_at <= ?1 LIMIT ?2)) AS overdue,
         (SELECT min(due_at) FROM media WHERE due_at IS NOT NULL) AS oldestDueAt,
         (SELECT count(*) FROM (SELECT 1 FROM media INDEXED BY media_unavailable
           WHERE state = 'unavailable' LIMIT ?2)) AS unavailable`,
    )
    .bind(now, COUNT_MAX)
    .first<MediaCount>();
  return row ?? { wanted: 0, overdue: 0, oldestDueAt: null, unavailable: 0 };
}

export async function countUnrouted(database: D1Database): Promise<number> {
  const row = await database
    .prepare(`SELECT count(*) AS count FROM (SELECT 1 FROM unrouted LIMIT ?1)`)
    .bind(COUNT_MAX)
    .first<{ count: number }>();
  return row?.count ?? 0;
}

/**
 * How many events came into a shard's log since two instants, of the partners that were told
 * something last. By halving: each partner's part of the log is in the order of its positions, so a
 * few dozen rows of each are read, however long it is.
 *
 * @param since epoch ms, by our clock
 * @param partners so many at most
 * @returns `more`: there are other partners that were told something
 */
export async function countEventsSince(
  database: D1Database,
  since: { hour: number; day: number },
  partners: number,
): Promise<{ hour: number; day: number; more: boolean }> {
  const { results } = await database
    .prepare(
      `WITH RECURSIVE
         told AS (SELECT partner, pos, pruned FROM positions WHERE at >= ?2
           ORDER BY at DESC LIMIT ?3 + 1),
         since (name, at) AS (VALUES ('hour', ?1), ('day', ?2)),
         -- Up to "below" everything is older, from "from" on nothing is.
         halves (partner, head, name, at, below, "from") AS (
           SELECT partner, pos, name, since.at, pruned, pos + 1 FROM told, since
           UNION ALL
           SELECT h.partner, head, name, h.at,
             iif(e.appended_at < h.at, (below + "from") / 2, below),
             iif(e.appended_at < h.at, "from", (below + "from") / 2)
           FROM halves h LEFT JOIN events e ON e.partner = h.partner AND e.pos =
             (SELECT m.pos FROM events m WHERE m.partner = h.partner
               AND m.pos >= (below + "from") / 2 AND m.pos < "from" ORDER BY m.pos LIMIT 1)
           WHERE "from" - below > 1)
       SELECT name, sum(head + 1 - "from") AS count, (SELECT count(*) FROM told) > ?3 AS more
       FROM halves WHERE "from" - below <= 1 GROUP BY name`,
    )
    .bind(since.hour, since.day, partners)
    .all<{ name: "hour" | "day"; count: number; more: number }>();
  const of = (name: "hour" | "day") => results.find((row) => row.name === name)?.count ?? 0;
  return { hour: of("hour"), day: of("day"), more: results[0]?.more === 1 };
}
