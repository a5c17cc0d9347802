export interface PartnerProfile {
  id: string;
  name: string;
  logoUrl: string | null;
  mediaRetentionDays: number | null;
  messageRetentionDays: number | null;
}

const PROFILE = `id, name, logo_url AS logoUrl, media_retention_days AS mediaRetentionDays,
  message_retention_days AS messageRetentionDays`;

export async function insertPartner(
  registry: D1Database,
  partner: PartnerProfile & { createdAt: number },
): Promise<void> {
  const { id, name, logoUrl, mediaRetentionDays, messageRetentionDays, createdAt } = partner;
  await registry
    .prepare(
      `INSERT INTO partners (id, name, logo_url, media_retention_days, message_retention_days,
         created_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .bind(id, name, logoUrl, mediaRetentionDays, messageRetentionDays, createdAt)
    .run();
}

/** Senders whose partner keeps files for so many days only, by key; former ones among them. */
export async function listRetaining(
  registry: D1Database,
  afterKey: number,
  limit: number,
): Promise<{ key: number; days: number }[]> {
  const { results } = await registry
    .prepare(
      `SELECT s.key, p.media_retention_days AS days
       FROM senders s JOIN partners p ON p.id = s.partner
       WHERE s.key > ?1 AND p.media_retention_days IS NOT NULL ORDER BY s.key LIMIT ?2`,
    )
    .bind(afterKey, limit)
    .all<{ key: number; days: number }>();
  return results;
}

/** The same for messages. */
export async function listRetainingMessages(
  registry: D1Database,
  afterKey: number,
  limit: number,
): Promise<{ key: number; days: number }[]> {
  const { results } = await registry
    .prepare(
      `SELECT s.key, p.message_retention_days AS days
       FROM senders s JOIN partners p ON p.id = s.partner
       WHERE s.key > ?1 AND p.message_retention_days IS NOT NULL AND s.erased_at IS NULL
       ORDER BY s.key LIMIT ?2`,
    )
    .bind(afterKey, limit)
    .all<{ key: number; days: number }>();
  return results;
}

export function findPartner(registry: D1Database, id: string): Promise<PartnerProfile | null> {
  return registry
    .prepare(`SELECT ${PROFILE} FROM partners WHERE id = ?`)
    .bind(id)
    .first<PartnerProfile>();
}

/** Changes what is given. @returns the partner as it is now, or null where there is none */
export function updatePartner(
  registry: D1Database,
  id: string,
  changes: Partial<Omit<PartnerProfile, "id">>,
): Promise<PartnerProfile | null> {
  // One statement whatever changes: what is not named among the changes keeps its value.
  return registry
    .prepare(
      `UPDATE partners SET
         name = iif(?2 ->> 'name' IS NULL, name, ?2 ->> 'name'),
         logo_url = iif(json_type(?2, '$.logoUrl') IS NULL, logo_url, ?2 ->> 'logoUrl'),
         media_retention_days = iif(json_type(?2, '$.mediaRetentionDays') IS NULL,
           media_retention_days, ?2 ->> 'mediaRetentionDays'),
         message_retention_days = iif(json_type(?2, '$.messageRetentionDays') IS NULL,
           message_retention_days, ?2 ->> 'messageRetentionDays')
       WHERE id = ?1 RETURNING ${PROFILE}`,
    )
    .bind(id, JSON.stringify(changes))
    .first<PartnerProfile>();
}

export async function partnerExists(registry: D1Database, id: string): Promise<boolean> {
  const row = await registry.prepare(`SELECT 1 FROM partners WHERE id = ?`).bind(id).first();
  return row !== null;
}
