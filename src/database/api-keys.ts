export const SCOPES = ["send", "read", "manage"] as const;
export type Scope = (typeof SCOPES)[number];

/** What a key may do, and for how long. */
export interface KeyGrant {
  scopes: Scope[];
  /** phone_number_ids that it is for; null: all of the partner's. */
  senders: string[] | null;
  /** Epoch ms; null: until it is revoked. */
  expiresAt: number | null;
}

/** A key without its secret. Times are epoch ms. */
export interface ApiKey extends KeyGrant {
  id: string;
  partner: string;
  name: string | null;
  createdAt: number;
  /** To the ten minutes or so. */
  lastUsedAt: number | null;
  /** After a rotation the secret before holds until then. */
  previousUntil: number | null;
  revokedAt: number | null;
}

/** What a caller is compared with: HMACs of the secrets that hold. */
export interface KeyProof {
  key: ApiKey;
  digest: string;
  previousDigest: string | null;
}

/** What of a key is changed; what is left out stays. */
export type KeyChange = Partial<KeyGrant & { name: string }>;

interface KeyRow extends Omit<ApiKey, "scopes" | "senders"> {
  scopes: string;
  senders: string | null;
}

const COLUMNS = `id, partner, name, scopes, senders, created_at AS createdAt,
  expires_at AS expiresAt, last_used_at AS lastUsedAt, previous_until AS previousUntil,
  revoked_at AS revokedAt`;
/** ?1 is the key's id, ?2 its partner, ?3 the time. */
const IN_FORCE = `id = ?1 AND partner = ?2 AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > ?3)`;
/** Another key in force that can make keys: one for the whole partner, with `manage`. */
const ANOTHER_MANAGES = `EXISTS (SELECT 1 FROM api_keys other
  WHERE other.partner = ?2 AND other.id != ?1 AND other.revoked_at IS NULL
    AND (other.expires_at IS NULL OR other.expires_at > ?3) AND other.senders IS NULL
    AND other.scopes LIKE '%"manage"%')`;

/** ?1 is the present pepper's mark, ?2 the time. A digest begins with its pepper's mark. */
const NEEDED_PEPPERS = `WITH needed AS (SELECT id, partner, name, last_used_at,
  CASE WHEN substr(digest, 1, 8) != ?1 THEN substr(digest, 1, 8)
    WHEN previous_until > ?2 THEN substr(previous_digest, 1, 8) ELSE ?1 END AS pepper
  FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2))`;

/** Stores a new key. @returns false where its partner has `max` keys in force already */
export async function insertApiKey(
  registry: D1Database,
  key: Pick<ApiKey, "id" | "partner" | "name" | "createdAt"> & KeyGrant,
  digest: string,
  max: number,
): Promise<boolean> {
  const { meta } = await registry
    .prepare(
      `INSERT INTO api_keys (id, partner, name, digest, scopes, senders, expires_at, created_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
       WHERE (SELECT count(*) FROM api_keys WHERE partner = ?2 AND revoked_at IS NULL
         AND (expires_at IS NULL OR expires_at > ?8)) < ?9
         AND EXISTS (SELECT 1 FROM partners WHERE id = ?2)`,
    )
    .bind(
      key.id,
      key.partner,
      key.name,
      digest,
      JSON.stringify(key.scopes),
      key.senders === null ? null : JSON.stringify(key.senders),
      key.expiresAt,
      key.createdAt,
      max,
    )
    .run();
  return meta.changes > 0;
}

/** A key that was not revoked, whoever's: what it may do, and what proves it. */
export async function findKeyProof(registry: D1Database, id: string): Promise<KeyProof | null> {
  const row = await registry
    .prepare(
      `SELECT ${COLUMNS}, digest, previous_digest AS previousDigest FROM api_keys
       WHERE id = ?1 AND revoked_at IS NULL`,
    )
    .bind(id)
    .first<KeyRow & { digest: string; previousDigest: string | null }>();
  if (row === null) return null;
  const { digest, previousDigest, ...key } = row;
  return { key: readKey(key), digest, previousDigest };
}

/** A partner's key that is in force. */
export async function findApiKey(
  registry: D1Database,
  partner: string,
  id: string,
  now: number,
): Promise<ApiKey | null> {
  const row = await registry
    .prepare(`SELECT ${COLUMNS} FROM api_keys WHERE ${IN_FORCE}`)
    .bind(id, partner, now)
    .first<KeyRow>();
  return row === null ? null : readKey(row);
}

/** A partner's keys, all of those in force first, then the ended ones; of each the newest first. */
export async function listApiKeys(
  registry: D1Database,
  partner: string,
  now: number,
): Promise<ApiKey[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${COLUMNS} FROM api_keys WHERE partner = ?1
       ORDER BY revoked_at IS NOT NULL OR ifnull(expires_at <= ?2, 0), created_at DESC, id
       LIMIT 1000`,
    )
    .bind(partner, now)
    .all<KeyRow>();
  return results.map(readKey);
}

/**
 * Gives a key another secret under the same id.
 *
 * @param overlapUntil the one before holds until then (epoch ms); not in the future: it ends now
 * @returns false where the partner has no such key in force
 */
export async function replaceKeySecret(
  registry: D1Database,
  key: { partner: string; id: string },
  digest: string,
  times: { now: number; overlapUntil: number },
): Promise<boolean> {
  const { meta } = await registry
    .prepare(
      `UPDATE api_keys SET digest = ?4,
         previous_digest = CASE WHEN ?5 > ?3 THEN digest END,
         previous_until = CASE WHEN ?5 > ?3 THEN ?5 END
       WHERE ${IN_FORCE}`,
    )
    .bind(key.id, key.partner, times.now, digest, times.overlapUntil)
    .run();
  return meta.changes > 0;
}

/**
 * Changes what a key may do.
 *
 * @param keepsManager whether another key must be there that can make keys
 * @returns false where the partner has no such key in force, or there is no other such key
 */
export async function updateApiKey(
  registry: D1Database,
  key: { partner: string; id: string },
  change: KeyChange,
  options: { now: number; keepsManager: boolean },
): Promise<boolean> {
  const set = (column: string, field: keyof KeyChange) =>
    `${column} = CASE WHEN json_type(?4, '$.${field}') IS NULL THEN ${column}
       ELSE json_extract(?4, '$.${field}') END`;
  const { meta } = await registry
    .prepare(
      `UPDATE api_keys SET ${set("name", "name")}, ${set("scopes", "scopes")},
         ${set("senders", "senders")}, ${set("expires_at", "expiresAt")}
       WHERE ${IN_FORCE} ${options.keepsManager ? `AND ${ANOTHER_MANAGES}` : ""}`,
    )
    .bind(key.id, key.partner, options.now, JSON.stringify(change))
    .run();
  return meta.changes > 0;
}

/** Ends a partner's key, both of its secrets. @see updateApiKey for `keepsManager` and the answer */
export async function revokeApiKey(
  registry: D1Database,
  key: { partner: string; id: string },
  options: { now: number; keepsManager: boolean },
): Promise<boolean> {
  const { meta } = await registry
    .prepare(
      `UPDATE api_keys SET revoked_at = ?3
       WHERE ${IN_FORCE} ${options.keepsManager ? `AND ${ANOTHER_MANAGES}` : ""}`,
    )
    .bind(key.id, key.partner, options.now)
    .run();
  return meta.changes > 0;
}

/** The same secret, hashed with another pepper. Changes nothing where it is not as it was read. */
export async function rehashKey(
  registry: D1Database,
  id: string,
  from: string,
  to: string,
): Promise<void> {
  await registry
    .prepare(
      `UPDATE api_keys SET digest = iif(digest = ?2, ?3, digest),
         previous_digest = iif(previous_digest = ?2, ?3, previous_digest)
       WHERE id = ?1 AND (digest = ?2 OR previous_digest = ?2)`,
    )
    .bind(id, from, to)
    .run();
}

/** A key in force that another pepper than the present one hashed. */
export type PepperedKey = Pick<ApiKey, "id" | "partner" | "name" | "lastUsedAt">;

/**
 * Keys in force by the pepper that they need, and those that need another than `present`, the most
 * recently used first. In the overlap of a rotation a key needs that of its secret before, too.
 *
 * @param present the mark of the pepper in force (lib/secrets.ts)
 */
export async function listKeysByPepper(
  registry: D1Database,
  present: string,
  now: number,
): Promise<{ counts: Map<string, number>; waiting: PepperedKey[] }> {
  const [counted, waiting] = await registry.batch<Record<string, unknown>>([
    registry
      .prepare(`${NEEDED_PEPPERS} SELECT pepper, count(*) AS count FROM needed GROUP BY pepper`)
      .bind(present, now),
    registry
      .prepare(
        `${NEEDED_PEPPERS} SELECT id, partner, name, last_used_at AS lastUsedAt FROM needed
         WHERE pepper != ?1 ORDER BY last_used_at IS NULL, last_used_at DESC, id LIMIT 100`,
      )
      .bind(present, now),
  ]);
  return {
    counts: new Map(counted?.results.map((row) => [String(row["pepper"]), Number(row["count"])])),
    waiting: (waiting?.results ?? []) as unknown as PepperedKey[],
  };
}

/** Notes a use, unless one since `after` is noted: each is a billed row. */
export async function noteKeyUse(
  registry: D1Database,
  id: string,
  at: number,
  after: number,
): Promise<void> {
  await registry
    .prepare(
      `UPDATE api_keys SET last_used_at = ?2
       WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at <= ?3)`,
    )
    .bind(id, at, after)
    .run();
}

function readKey(row: KeyRow): ApiKey {
  return {
    ...row,
    scopes: JSON.parse(row.scopes) as Scope[],
    senders: row.senders === null ? null : (JSON.parse(row.senders) as string[]),
  };
}
