import { insertApiKey, SCOPES } from "../database/api-keys.ts";
import { AppError } from "../errors.ts";
import { newKeyText } from "../lib/api-key-text.ts";
import { checkGrant } from "./check-grant.ts";
import type { ApiKey, KeyGrant } from "../database/api-keys.ts";
import type { Services } from "../services.ts";

/** In force at once. Few enough to look through: nobody can hide a key among others. */
const KEYS_MAX = 100;

/**
 * Makes a key of a partner, `tdm_<id>_<secret>`.
 *
 * @param input what is left out: every scope, all senders, no end; of a key that makes another,
 *   what it has itself
 * @param by the key that makes it; null for an operator
 * @returns the key, the only time that its secret is seen: what is stored is an HMAC of it
 * @throws AppError where it would have more than `by` has, or the partner has too many
 */
export async function createApiKey(
  services: Services,
  input: { id: string; partner: string; name: string | null } & Partial<KeyGrant>,
  by: ApiKey | null = null,
): Promise<{ text: string; key: ApiKey }> {
  const grant: KeyGrant = {
    scopes: input.scopes ?? [...(by?.scopes ?? SCOPES)],
    senders: input.senders ?? null,
    expiresAt: input.expiresAt === undefined ? (by?.expiresAt ?? null) : input.expiresAt,
  };
  await checkGrant(services, input.partner, grant, by);
  const { id } = input;
  const { text, digest } = newKeyText(services.settings.API_KEY_PEPPER, id);
  const key = { id, partner: input.partner, name: input.name, createdAt: services.now(), ...grant };
  if (!(await insertApiKey(services.registry, key, digest, KEYS_MAX))) {
    throw new AppError(
      "conflict",
      `A partner may have ${KEYS_MAX} keys in force: end those that are not used any more.`,
    );
  }
  return { text, key: { ...key, lastUsedAt: null, previousUntil: null, revokedAt: null } };
}
