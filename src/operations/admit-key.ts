import { findKeyProof } from "../database/api-keys.ts";
import { keyDigest, sameSecret } from "../lib/secrets.ts";
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
  const digest = keyDigest(services.settings.API_KEY_PEPPER, secret);
  const name = cacheName(services, id);
  const known = cache.get(name);
  // Another secret than the known ones is looked up: it may be that of a rotation a moment ago.
  if (known !== undefined && known.at + CACHE_MS > now && proves(known, digest, now)) {
    return known.key;
  }
  const found = await findKeyProof(services.registry, id);
  if (found === null) {
    cache.delete(name);
    return null;
  }
  if (cache.size >= CACHE_MAX) cache.clear();
  cache.set(name, { ...found, at: now });
  return proves(found, digest, now) ? found.key : null;
}

/** What this isolate knows of a key is over: it was changed here. */
export function forgetKey(services: Services, id: string): void {
  cache.delete(cacheName(services, id));
}

function proves({ key, digest, previousDigest }: KeyProof, shown: string, now: number): boolean {
  if (key.expiresAt !== null && key.expiresAt <= now) return false;
  if (sameSecret(digest, shown)) return true;
  const overlaps = previousDigest !== null && (key.previousUntil ?? 0) > now;
  return overlaps && sameSecret(previousDigest, shown);
}

/** Isolates live across databases in the tests, so the pepper is part of the name. */
function cacheName(services: Services, id: string): string {
  return `${services.settings.API_KEY_PEPPER}:${id}`;
}
