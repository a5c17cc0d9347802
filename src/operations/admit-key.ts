import { findKeyProof, rehashKey } from "../database/api-keys.ts";
import { errorKind, log } from "../lib/log.ts";
import { keyDigest, peppersOf, sameSecret } from "../lib/secrets.ts";
import { readInForce } from "./note-secrets.ts";
import type { ApiKey, KeyProof } from "../database/api-keys.ts";
import type { Services } from "../services.ts";

/** A revoked or changed key is known as such within this time everywhere. */
const CACHE_MS = 30_000;
const CACHE_MAX = 1_000;
const cache = new Map<string, KeyProof & { at: number }>();

/**
 * The key that a caller shows, `tdm_<id>_<secret>`, or null where none such is in force. What was
 * read of it holds for 30 s in this isolate; its end by time is exact.
 */
export async function admitKey(services: Services, shown: string): Promise<ApiKey | null> {
  const [, id, secret] = /^tdm_([0-9a-z]+)_([0-9a-z]+)$/.exec(shown) ?? [];
  if (id === undefined || secret === undefined) return null;
  const now = services.now();
  // One for each pepper that holds, the present one's first.
  const digests = peppersOf(services.settings).map((pepper) => keyDigest(pepper, secret));
  const name = cacheName(services, id);
  const known = cache.get(name);
  // Another secret than the known ones is looked up: it may be that of a rotation a moment ago.
  if (known !== undefined && known.at + CACHE_MS > now && proof(known, digests, now) !== null) {
    return known.key;
  }
  const found = await findKeyProof(services.registry, id);
  if (found === null) {
    cache.delete(name);
    return null;
  }
  if (cache.size >= CACHE_MAX) cache.clear();
  cache.set(name, { ...found, at: now });
  const proven = proof(found, digests, now);
  if (proven === null) return null;
  const [present] = digests;
  if (present !== undefined && proven !== present) {
    await rehash(services, found.key, proven, present);
  }
  return found.key;
}

/** What this isolate knows of a key is over: it was changed here. */
export function forgetKey(services: Services, id: string): void {
  cache.delete(cacheName(services, id));
}

/** The stored digest that one of the shown ones proves; null where none does, or the key is over. */
function proof(
  { key, digest, previousDigest }: KeyProof,
  shown: readonly string[],
  now: number,
): string | null {
  if (key.expiresAt !== null && key.expiresAt <= now) return null;
  const overlaps = previousDigest !== null && (key.previousUntil ?? 0) > now;
  const holding = overlaps ? [digest, previousDigest] : [digest];
  return holding.find((held) => shown.some((one) => sameSecret(held, one))) ?? null;
}

/**
 * The pepper is being rotated, and only who shows a secret lets us store it under the new one. Once:
 * what is stored moves on from what was read. A failure refuses nobody: the next use tries again.
 */
async function rehash(services: Services, key: ApiKey, from: string, to: string): Promise<void> {
  try {
    const { isSettled } = (await readInForce(services)).API_KEY_PEPPER;
    if (!isSettled) return;
    await rehashKey(services.registry, key.id, from, to);
    forgetKey(services, key.id);
  } catch (err) {
    log.warn("key.not_rehashed", { partner: key.partner, key: key.id, error: errorKind(err) });
  }
}

/** Isolates live across databases in the tests, so the pepper is part of the name. */
function cacheName(services: Services, id: string): string {
  return `${services.settings.API_KEY_PEPPER}:${id}`;
}
