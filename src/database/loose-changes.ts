/**
 * Forgets edits and revokes that were noted before `before` (epoch ms) and whose message never came.
 * The stub under their own wamid stays, hidden: a message of that very wamid still takes them.
 *
 * @param limit how many at most
 * @returns how many
 */
export async function pruneLooseChanges(
  database: D1Database,
  before: number,
  limit: number,
): Promise<number> {
  const { meta } = await database
    .prepare(
      `DELETE FROM loose_changes WHERE (sender, wamid) IN (
         SELECT sender, wamid FROM loose_changes WHERE noted_at < ?1 LIMIT ?2)`,
    )
    .bind(before, limit)
    .run();
  return meta.changes;
}
