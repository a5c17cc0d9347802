/** What stands of a key: an HMAC of its secret, and what it may do. */
export interface StoredApiKey {
  id: string;
  partner: string;
  name: string | null;
  digest: string;
  scopes: string[];
  createdAt: number;
}

export async function insertApiKey(registry: D1Database, key: StoredApiKey): Promise<void> {
  await registry
    .prepare(
      `INSERT INTO api_keys (id, partner, name, digest, scopes, created_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .bind(key.id, key.partner, key.name, key.digest, JSON.stringify(key.scopes), key.createdAt)
    .run();
}

/** The partner and digest of a key that was not revoked. */
export function findApiKey(
  registry: D1Database,
  id: string,
): Promise<{ partner: string; digest: string } | null> {
  return registry
    .prepare(`SELECT partner, digest FROM api_keys WHERE id = ? AND revoked_at IS NULL`)
    .bind(id)
    .first<{ partner: string; digest: string }>();
}

/** Ends a partner's key. @returns false where it has none with this id in force */
export async function revokeApiKey(
  registry: D1Database,
  partner: string,
  id: string,
  now: number,
): Promise<boolean> {
  const { meta } = await registry
    .prepare(
      `UPDATE api_keys SET revoked_at = ?3 WHERE id = ?1 AND partner = ?2 AND revoked_at IS NULL`,
    )
    .bind(id, partner, now)
    .run();
  return meta.changes > 0;
}
