/** The credit line that was shared with a sender's account, by Meta's id; null where none is. */
export async function findAllocationOf(registry: D1Database, key: number): Promise<string | null> {
  const row = await registry
    .prepare(`SELECT allocation_config_id AS id FROM senders WHERE key = ?1`)
    .bind(key)
    .first<{ id: string | null }>();
  return row?.id ?? null;
}

/** Nothing is to be taken back of this sender any more. */
export async function clearAllocation(registry: D1Database, key: number): Promise<void> {
  await registry
    .prepare(`UPDATE senders SET allocation_config_id = NULL WHERE key = ?1`)
    .bind(key)
    .run();
}

/** How many other connected numbers of the account live on the same line. */
export async function countFunded(
  registry: D1Database,
  allocation: string,
  { key, wabaId }: { key: number; wabaId: string },
): Promise<number> {
  const row = await registry
    .prepare(
      `SELECT count(*) AS count FROM senders
       WHERE waba_id = ?1 AND allocation_config_id = ?2 AND key != ?3
         AND superseded_at IS NULL AND state != 'disconnected'`,
    )
    .bind(wabaId, allocation, key)
    .first<{ count: number }>();
  return row?.count ?? 0;
}
