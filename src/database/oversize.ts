/** So many are looked into at once: each is up to 3 MB. */
const AT_ONCE = 100;

/** Items of a sender that were too large or too deep for a row: where the archive has them. */
export async function findOversize(
  database: D1Database,
  sender: number,
): Promise<{ id: string; archiveKey: string }[]> {
  const { results } = await database
    .prepare(
      `SELECT id, raw->>'archive_key' AS archiveKey FROM unrouted
       WHERE sender = ?1 AND reason IN ('too_large', 'too_deep')
         AND raw->>'archive_key' IS NOT NULL LIMIT ${AT_ONCE}`,
    )
    .bind(sender)
    .all<{ id: string; archiveKey: string }>();
  return results;
}

/** The archive has it no more. */
export async function forgetOversize(database: D1Database, id: string): Promise<void> {
  await database.prepare(`DELETE FROM unrouted WHERE id = ?1`).bind(id).run();
}
