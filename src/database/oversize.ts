const AT_ONCE = 100;

/**
 * Items of senders that were too large or too deep for a row: where the archive has them.
 *
 * @param former only those of the time before they had the number
 * @param after the id behind which to go on
 */
export async function listOversize(
  database: D1Database,
  senders: readonly number[],
  former: boolean,
  after: string,
): Promise<{ id: string; archiveKey: string }[]> {
  const { results } = await database
    .prepare(
      `SELECT id, archiveKey FROM (SELECT id, CASE WHEN json_valid(raw)
           THEN coalesce(raw->>'archive_key', raw->>'$.raw.archive_key') END AS archiveKey
         FROM unrouted WHERE sender IN (SELECT value FROM json_each(?1)) AND id > ?3
           AND (?2 = 0 OR reason = 'former_partner'))
       WHERE archiveKey IS NOT NULL ORDER BY id LIMIT ${AT_ONCE}`,
    )
    .bind(JSON.stringify(senders), former ? 1 : 0, after)
    .all<{ id: string; archiveKey: string }>();
  return results;
}

/** The archive has it no more. */
export async function forgetOversize(database: D1Database, id: string): Promise<void> {
  await database.prepare(`DELETE FROM unrouted WHERE id = ?1`).bind(id).run();
}
