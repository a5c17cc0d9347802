/*
 * What operators are told of, as far as D1 knows it. Each list ends at its limit: beyond it a kind
 * is told as one.
 */

export async function countDeadLettersBySource(
  registry: D1Database,
): Promise<{ source: string; count: number; since: number }[]> {
  const { results } = await registry
    .prepare(
      `SELECT source, count(*) AS count, min(at) AS since FROM dead_letters GROUP BY source LIMIT 50`,
    )
    .all<{ source: string; count: number; since: number }>();
  return results;
}

/**
 * Imports of history that stand still, the longest first; also those of onboardings that are over.
 * Contacts are none of them: of an empty address book nothing ever comes.
 */
export async function listStalledSyncs(
  database: D1Database,
  limit: number,
): Promise<{ sender: number; generation: number; since: number }[]> {
  const { results } = await database
    .prepare(
      `SELECT sender, generation, coalesce(last_at, requested_at, generation) AS since
       FROM syncs WHERE state = 'stalled' AND kind = 'history' ORDER BY since LIMIT ?1`,
    )
    .bind(limit)
    .all<{ sender: number; generation: number; since: number }>();
  return results;
}

/** Endpoints whose object gave them up. */
export async function listGivenUpEndpoints(
  registry: D1Database,
  limit: number,
): Promise<{ id: string; partner: string; reason: string; since: number }[]> {
  const { results } = await registry
    .prepare(
      `SELECT id, partner, state_reason AS reason, coalesce(failing_since, state_at) AS since
       FROM endpoints WHERE state = 'disabled' AND state_reason IN ('gone', 'failing')
       ORDER BY state_at DESC LIMIT ?1`,
    )
    .bind(limit)
    .all<{ id: string; partner: string; reason: string; since: number }>();
  return results;
}

/** When the file that is due for longest was due (epoch ms). */
export async function oldestDueMedia(database: D1Database): Promise<number | null> {
  const row = await database
    .prepare(`SELECT min(due_at) AS at FROM media WHERE due_at IS NOT NULL`)
    .first<{ at: number | null }>();
  return row?.at ?? null;
}
