/** Where a sweep left off, by name. */
export async function readMark(registry: D1Database, name: string): Promise<string | null> {
  const row = await registry
    .prepare(`SELECT value FROM marks WHERE name = ?1`)
    .bind(name)
    .first<{ value: string }>();
  return row?.value ?? null;
}

/**
 * Moves a mark on from what was read of it (null: there was none): of two that do at once, one does.
 *
 * @returns whether it was this one
 */
export async function moveMark(
  registry: D1Database,
  name: string,
  from: string | null,
  to: string,
): Promise<boolean> {
  const { meta } = await registry
    .prepare(
      `INSERT INTO marks (name, value) SELECT ?1, ?3
       WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM marks WHERE name = ?1)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE marks.value = ?2`,
    )
    .bind(name, from, to)
    .run();
  return meta.changes > 0;
}

export async function writeMark(registry: D1Database, name: string, value: string): Promise<void> {
  await registry
    .prepare(
      `INSERT INTO marks (name, value) VALUES (?1, ?2)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE marks.value != excluded.value`,
    )
    .bind(name, value)
    .run();
}

/** Marks whose name begins so. @param prefix ends with a point */
export async function listMarks(
  registry: D1Database,
  prefix: string,
): Promise<{ name: string; value: string }[]> {
  const { results } = await registry
    .prepare(`SELECT name, value FROM marks WHERE name >= ?1 AND name < ?2`)
    .bind(prefix, `${prefix.slice(0, -1)}/`) // what comes after the point
    .all<{ name: string; value: string }>();
  return results;
}

export async function deleteMark(registry: D1Database, name: string): Promise<void> {
  await registry.prepare(`DELETE FROM marks WHERE name = ?1`).bind(name).run();
}
