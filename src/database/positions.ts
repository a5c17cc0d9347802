/** A partner's newest position in a shard; 0 where it was told nothing yet. */
export async function readHead(database: D1Database, partner: string): Promise<number> {
  const row = await database
    .prepare(`SELECT pos FROM positions WHERE partner = ?1`)
    .bind(partner)
    .first<{ pos: number }>();
  return row?.pos ?? 0;
}
