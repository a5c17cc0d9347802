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

/**
 * The allocation was taken back: for each number of the account that lived on it. One that is erased
 * kept the account's id for that alone.
 */
export async function clearAllocation(
  registry: D1Database,
  wabaId: string,
  allocationConfigId: string,
): Promise<void> {
  await registry
    .prepare(
      `UPDATE senders SET allocation_config_id = NULL, waba_id = iif(erased_at IS NULL, waba_id, '')
       WHERE waba_id = ?1 AND allocation_config_id = ?2`,
    )
    .bind(wabaId, allocationConfigId)
    .run();
}

/** What was shared with an account already, for whichever of its numbers. */
export async function findAllocationOfAccount(
  registry: D1Database,
  wabaId: string,
): Promise<string | null> {
  const row = await registry
    .prepare(
      `SELECT allocation_config_id AS id FROM senders
       WHERE waba_id = ?1 AND allocation_config_id IS NOT NULL ORDER BY key DESC LIMIT 1`,
    )
    .bind(wabaId)
    .first<{ id: string }>();
  return row?.id ?? null;
}

export async function findAllocationOf(registry: D1Database, key: number): Promise<string | null> {
  const row = await registry
    .prepare(`SELECT allocation_config_id AS id FROM senders WHERE key = ?1`)
    .bind(key)
    .first<{ id: string | null }>();
  return row?.id ?? null;
}
