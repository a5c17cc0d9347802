import { findApiKey, replaceKeySecret } from "../database/api-keys.ts";
import { AppError } from "../errors.ts";
import { newKeyText } from "../lib/api-key-text.ts";
import { forgetKey } from "./admit-key.ts";
import { outlives, refuseScopesBeyond } from "./check-grant.ts";
import type { ApiKey } from "../database/api-keys.ts";
import type { Services } from "../services.ts";

/**
 * Gives a key a new secret under the same id; the one before holds for the overlap.
 *
 * @param by the key that asks; null for an operator
 * @returns the key with its new secret, the only time that it is seen
 * @throws AppError not_found; forbidden where the key may do more than `by`, which would get hold
 *   of it
 */
export async function rotateApiKey(
  services: Services,
  input: { partner: string; id: string; overlapMs: number },
  by: ApiKey | null,
): Promise<{ text: string; key: ApiKey }> {
  const now = services.now();
  const { partner, id } = input;
  const key = await findApiKey(services.registry, partner, id, now);
  if (key === null) throw noKey();
  if (by !== null) {
    refuseScopesBeyond(key.scopes, by);
    if (outlives(key.expiresAt, by.expiresAt)) {
      throw new AppError("forbidden", "This key holds longer than the one you are calling with.");
    }
  }
  const { text, digest } = newKeyText(services.settings.API_KEY_PEPPER, id);
  const overlapUntil = now + input.overlapMs;
  const done = await replaceKeySecret(services.registry, input, digest, { now, overlapUntil });
  if (!done) throw noKey();
  forgetKey(services, id);
  return { text, key: { ...key, previousUntil: input.overlapMs > 0 ? overlapUntil : null } };
}

export function noKey(): AppError {
  return new AppError("not_found", "There is no key with this id in force.");
}
