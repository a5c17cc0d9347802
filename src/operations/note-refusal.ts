import { addRefusals } from "../database/refusals.ts";
import { errorKind, log } from "../lib/log.ts";
import type { RefusalDoor } from "../database/refusals.ts";
import type { Services } from "../services.ts";

/** Anybody can be refused as often as they like, and a row costs us: at most one in so long. */
const EVERY_MS = 60_000;
const waiting = new Map<RefusalDoor, { count: number; savedAt: number }>();

/**
 * Counts somebody who was refused at an operators' door: written at once, then once a minute a door
 * and isolate. Of an isolate that ends, the last minute's may be missing. Never throws.
 */
export async function noteRefusal(services: Services, door: RefusalDoor): Promise<void> {
  const now = services.now();
  const { count = 0, savedAt = 0 } = waiting.get(door) ?? {};
  if (savedAt > now - EVERY_MS) {
    waiting.set(door, { count: count + 1, savedAt });
    return;
  }
  waiting.set(door, { count: 0, savedAt: now });
  try {
    await addRefusals(services.registry, door, count + 1, now);
  } catch (err) {
    log.warn("operator.not_counted", { reason: door, error: errorKind(err) });
  }
}
