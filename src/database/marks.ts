/** Where a sweep left off, by name. */
export async function readMark(registry: D1Database, name: string): Promise<string | null> {
  const row = await registry
    .prepare(`SELECT value FROM marks WHERE name = ?1`)
    .bind(name)
    .first<{ value: string }>();
  return row?.value ?? null;
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
