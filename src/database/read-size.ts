/** How large a D1 is, in bytes, as it says itself with every answer. Reads no row. */
export async function readSize(database: D1Database): Promise<number> {
  const { meta } = await database.prepare(`SELECT 1`).all();
  return meta.size_after;
}
