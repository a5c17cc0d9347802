import { createHash } from "node:crypto";
import { appendEvents } from "./append-events.ts";
import type { NewEvent } from "./append-events.ts";

/** The key under which a partner's own events have their `seq`: negative, no sender has it. */
export function partnerKey(partner: string): number {
  const digest = createHash("sha256").update(partner).digest();
  return -1 - digest.readUIntBE(0, 6);
}

/** Tells a partner what concerns itself and none of its senders. Twice is once. */
export async function tellPartner(
  registry: D1Database,
  partner: string,
  events: readonly NewEvent[],
): Promise<void> {
  const owner = { partner, sender: partnerKey(partner), senderId: "" };
  await registry.batch(appendEvents(registry, owner, events));
}
