/** The credit lines that were shared with senders' accounts; ids only (protocol.md 1.7). */
export async function saveAllocation(
  registry: D1Database,
  key: number,
  allocationConfigId: string,
): Promise<void> {
  await registry
    .prepare(`UPDATE senders SET allocation_config_id = ?2 WHERE key = ?1`)
    .bind(key, allocationConfigId)
    .run();
}

export async function clearAllocation(registry: D1Database, key: number): Promise<void> {
  await registry
    .prepare(`UPDATE senders SET allocation_config_id = NULL WHERE key = ?1`)
    .bind(key)
    .run();
}

export async function findAllocationOf(registry: D1Database, key: number): Promise<string | null> {
  const row = await registry
    .prepare(`SELECT allocation_config_id AS id FROM senders WHERE key = ?1`)
    .bind(key)
    .first<{ id: string | null }>();
  return row?.id ?? null;
}
