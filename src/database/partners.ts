import { drizzle } from "drizzle-orm/d1";
import { and, eq, isNull } from "drizzle-orm";
import { apiKeys, partners } from "./schema.ts";

export async function insertPartner(
  registry: D1Database,
  partner: { id: string; name: string; createdAt: number; mediaRetentionDays: number | null },
): Promise<void> {
  await drizzle(registry).insert(partners).values(partner);
}

/** @param days how long files are kept; null: until they are deleted @returns false if unknown */
export async function saveMediaRetention(
  registry: D1Database,
  partner: string,
  days: number | null,
): Promise<boolean> {
  const changed = await drizzle(registry)
    .update(partners)
    .set({ mediaRetentionDays: days })
    .where(eq(partners.id, partner))
    .returning({ id: partners.id });
  return changed.length > 0;
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

/** How owners see a partner. @returns false if unknown */
export async function savePartner(
  registry: D1Database,
  partner: string,
  look: { name: string; logoUrl: string | null },
): Promise<boolean> {
  const changed = await drizzle(registry)
    .update(partners)
    .set(look)
    .where(eq(partners.id, partner))
    .returning({ id: partners.id });
  return changed.length > 0;
}

export async function partnerExists(registry: D1Database, id: string): Promise<boolean> {
  const rows = await drizzle(registry)
    .select({ id: partners.id })
    .from(partners)
    .where(eq(partners.id, id));
  return rows.length > 0;
}

export async function insertApiKey(
  registry: D1Database,
  key: { id: string; partner: string; name: string | null; digest: string; createdAt: number },
): Promise<void> {
  await drizzle(registry).insert(apiKeys).values(key);
}

/** The partner and digest of a key that was not revoked. */
export async function findApiKey(
  registry: D1Database,
  id: string,
): Promise<{ partner: string; digest: string } | null> {
  const [row] = await drizzle(registry)
    .select({ partner: apiKeys.partner, digest: apiKeys.digest })
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)));
  return row ?? null;
}

/** Ends a partner's key. @returns false where it has none with this id in force */
export async function revokeApiKey(
  registry: D1Database,
  partner: string,
  id: string,
  now: number,
): Promise<boolean> {
  const revoked = await drizzle(registry)
    .update(apiKeys)
    .set({ revokedAt: now })
    .where(and(eq(apiKeys.id, id), eq(apiKeys.partner, partner), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  return revoked.length > 0;
}
