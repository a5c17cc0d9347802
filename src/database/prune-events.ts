import { LIFE_EVENTS } from "./life-events.ts";

/** So many positions are looked at in one stroke. */
const CHUNK = 1_000;

/**
 * Partners whose oldest kept event in this shard came into the log before `before` (epoch ms), those
 * that are longest overdue first: a few that always have some would keep the others from their turn.
 *
 * @param limit how many at most
 */
export async function listPrunable(
  database: D1Database,
  before: number,
  limit: number,
): Promise<string[]> {
  const { results } = await database
    .prepare(
      `SELECT partner FROM (SELECT p.partner, (SELECT e.appended_at FROM events e
           WHERE e.partner = p.partner AND e.pos > p.pruned ORDER BY e.pos LIMIT 1) AS oldest
         FROM positions p WHERE p.pruned < p.pos)
       WHERE oldest < ?1 ORDER BY oldest LIMIT ?2`,
    )
    .bind(before, limit)
    .all<{ partner: string }>();
  return results.map(({ partner }) => partner);
}

/**
 * Forgets a partner's oldest events, up to the first that came into the log at `before` (epoch ms)
 * or later: a chunk at most. Events of a sender's life stay for its timeline, but no cursor reaches
 * them any more.
 *
 * @returns how many are gone
 */
export async function pruneEvents(
  database: D1Database,
  partner: string,
  before: number,
): Promise<number> {
  const [, gone] = await database.batch([
    database
      .prepare(
        `UPDATE positions SET pruned = coalesce(
           (SELECT min(e.pos) - 1 FROM events e
             WHERE e.partner = ?1 AND e.pos > positions.pruned
               AND e.pos <= positions.pruned + ${CHUNK} AND e.appended_at >= ?2),
           min(positions.pos, positions.pruned + ${CHUNK}))
         WHERE partner = ?1`,
      )
      .bind(partner, before),
    database
      .prepare(
        `DELETE FROM events WHERE partner = ?1
           AND pos <= (SELECT pruned FROM positions WHERE partner = ?1)
           AND pos > max((SELECT pruned FROM positions WHERE partner = ?1) - ${CHUNK}, 0)
           AND NOT ${LIFE_EVENTS}`,
      )
      .bind(partner),
  ]);
  return gone?.meta.changes ?? 0;
}
