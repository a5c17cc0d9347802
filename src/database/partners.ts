import { drizzle } from "drizzle-orm/d1";
import { and, eq, isNull } from "drizzle-orm";
import { apiKeys, partners } from "./schema.ts";

export async function insertPartner(
  registry: D1Database,
  partner: { id: string; name: string; createdAt: number },
): Promise<void> {
  await drizzle(registry).insert(partners).values(partner);
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
