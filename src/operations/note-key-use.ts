import { noteKeyUse as saveUse } from "../database/api-keys.ts";
import { errorKind, log } from "../lib/log.ts";
import type { ApiKey } from "../database/api-keys.ts";
import type { Services } from "../services.ts";

const EVERY_MS = 10 * 60_000;
const NOTED_MAX = 5_000;
/** When this isolate last wrote one. */
const noted = new Map<string, number>();

/**
 * Notes that a key is used, at most once in ten minutes a key and isolate.
 *
 * @returns a promise for `waitUntil` that never rejects, or null where there is nothing to note
 */
export function noteKeyUse(services: Services, key: ApiKey): Promise<void> | null {
  const now = services.now();
  const last = Math.max(noted.get(key.id) ?? 0, key.lastUsedAt ?? 0);
  if (last > now - EVERY_MS) return null;
  if (noted.size >= NOTED_MAX) noted.clear();
  noted.set(key.id, now);
  return saveUse(services.registry, key.id, now, now - EVERY_MS).catch((err: unknown) => {
    noted.delete(key.id);
    log.warn("key.use_not_noted", { partner: key.partner, error: errorKind(err) });
  });
}
