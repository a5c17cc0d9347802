/** Which of these raw history bodies, by their keys, are stored to their end or given up. */
export async function listStoredBodies(
  registry: D1Database,
  keys: readonly string[],
): Promise<Set<string>> {
  const { results } = await registry
    .prepare(`SELECT key FROM history_bodies WHERE key IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(keys))
    .all<{ key: string }>();
  return new Set(results.map(({ key }) => key));
}
