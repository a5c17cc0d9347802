/** Partners' newest positions in a shard; who was told nothing yet has none. */
export async function readHeads(
  database: D1Database,
  partners: readonly string[],
): Promise<Map<string, number>> {
  const { results } = await database
    .prepare(
      `SELECT partner, pos FROM positions WHERE partner IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(partners))
    .all<{ partner: string; pos: number }>();
  return new Map(results.map(({ partner, pos }) => [partner, pos]));
}

/** A partner's newest position in a shard; 0 where it was told nothing yet. */
export async function readHead(database: D1Database, partner: string): Promise<number> {
  // Not by readHeads: whoever waits for events asks this each second, and a list reads three rows.
  const row = await database
    .prepare(`SELECT pos FROM positions WHERE partner = ?1`)
    .bind(partner)
    .first<{ pos: number }>();
  return row?.pos ?? 0;
}

/**
 * The position before the first event that is not older than an instant; the head where all are.
 * Positions are in the order of our knowing, not of Meta's clock, so this walks from the oldest.
 *
 * @param since epoch ms
 */
export async function positionBefore(
  database: D1Database,
  partner: string,
  since: number,
): Promise<number> {
  const row = await database
    .prepare(`SELECT pos FROM events WHERE partner = ?1 AND pos > 0 AND at >= ?2
       ORDER BY pos LIMIT 1`)
    .bind(partner, since)
    .first<{ pos: number }>();
  return row === null ? readHead(database, partner) : row.pos - 1;
}

/** Partners that something was told to since then (epoch ms, by our clock), in this shard. */
export async function listActivePartners(
  database: D1Database,
  since: number,
  limit: number,
): Promise<string[]> {
  const { results } = await database
    .prepare(`SELECT partner FROM positions WHERE at >= ?1 ORDER BY partner LIMIT ?2`)
    .bind(since, limit)
    .all<{ partner: string }>();
  return results.map(({ partner }) => partner);
}
