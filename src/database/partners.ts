import { drizzle } from "drizzle-orm/d1";
import { and, eq, isNull } from "drizzle-orm";
import { apiKeys, partners } from "./schema.ts";

const PROFILE = {
  id: partners.id,
  name: partners.name,
  logoUrl: partners.logoUrl,
  mediaRetentionDays: partners.mediaRetentionDays,
};

export async function insertPartner(
  registry: D1Database,
  partner: PartnerProfile & { createdAt: number },
): Promise<void> {
  await drizzle(registry).insert(partners).values(partner);
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

export interface PartnerProfile {
  id: string;
  name: string;
  logoUrl: string | null;
  mediaRetentionDays: number | null;
}

export async function findPartner(
  registry: D1Database,
  id: string,
): Promise<PartnerProfile | null> {
  const [row] = await drizzle(registry).select(PROFILE).from(partners).where(eq(partners.id, id));
  return row ?? null;
}

/** Changes what is given. @returns the partner as it is now, or null where there is none */
export async function updatePartner(
  registry: D1Database,
  id: string,
  changes: Partial<Omit<PartnerProfile, "id">>,
): Promise<PartnerProfile | null> {
  const [row] = await drizzle(registry)
    .update(partners)
    .set(changes)
    .where(eq(partners.id, id))
    .returning(PROFILE);
  return row ?? null;
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
