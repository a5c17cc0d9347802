/** An account's dataset at Meta, which conversions are reported to (protocol.md 5.1). */
export interface Dataset {
  dataset: string;
  /** When our system user got its tasks on it (epoch ms); null: it has none of us. */
  assignedAt: number | null;
}

export function findDataset(
  registry: D1Database,
  partner: string,
  wabaId: string,
): Promise<Dataset | null> {
  return registry
    .prepare(
      `SELECT dataset, assigned_at AS assignedAt FROM datasets WHERE partner = ?1 AND waba_id = ?2`,
    )
    .bind(partner, wabaId)
    .first<Dataset>();
}

/** Remembers an account's dataset. */
export async function saveDataset(
  registry: D1Database,
  partner: string,
  wabaId: string,
  { dataset, assignedAt }: Dataset,
): Promise<void> {
  await registry
    .prepare(
      `INSERT INTO datasets (partner, waba_id, dataset, assigned_at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (partner, waba_id) DO UPDATE SET dataset = excluded.dataset,
         assigned_at = excluded.assigned_at`,
    )
    .bind(partner, wabaId, dataset, assignedAt)
    .run();
}
