import { readMark, writeMark } from "../database/marks.ts";
import { errorKind, log } from "../lib/log.ts";
import type { Services } from "../services.ts";

const MARK = "secrets.app_previous_seen";
/** A mark is a billed row: noted at most so often an isolate. */
const EVERY_MS = 10 * 60_000;
/** When this isolate noted it last, by app secret: isolates live across databases in the tests. */
const noted = new Map<string, number>();

/**
 * Notes that Meta still signs with the app secret before, so that an operator knows when it may go.
 *
 * @returns a promise for `waitUntil` that never rejects, or null where there is nothing to note
 */
export function noteOldAppSecret(services: Services): Promise<void> | null {
  const now = services.now();
  const { META_APP_SECRET_PREVIOUS: previous = "" } = services.settings;
  if ((noted.get(previous) ?? 0) > now - EVERY_MS) return null;
  noted.set(previous, now);
  return writeMark(services.registry, MARK, String(now)).catch((err: unknown) => {
    noted.delete(previous);
    log.warn("secret.not_noted", { reason: "app_secret", error: errorKind(err) });
  });
}

/** When a webhook was signed with the app secret before, to within ten minutes; null for never. */
export async function whenOldAppSecretSeen({ registry }: Services): Promise<number | null> {
  const text = await readMark(registry, MARK);
  return text === null ? null : Number(text);
}
