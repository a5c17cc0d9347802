import { createHash } from "node:crypto";
import { appendEvents, hasAdded } from "./append-events.ts";
import type { EventsOwner, NewEvent } from "./append-events.ts";

/** The shard that holds the events which concern a partner itself. */
export const PARTNER_SHARD = "DB";

/**
 * The internal sender key of events that concern a partner itself and no sender: below zero, where no
 * sender's key is, and 48 bits of a hash, so that two partners never meet.
 */
export function partnerKey(partner: string): number {
  const hash = createHash("sha256").update(`partner|${partner}`).digest();
  return -(hash.readUIntBE(0, 6) + 1);
}

/** Whose the events are that concern the partner itself: they have a seq of their own. */
export function ownerOfPartner(partner: string): EventsOwner {
  return { partner, sender: partnerKey(partner), senderId: "" };
}

/**
 * Tells a partner something that concerns no sender of its. Told again under the same id, it is
 * told once.
 *
 * @param registry the database of `PARTNER_SHARD`
 * @returns whether it was news: then the partner's endpoints want a ring
 */
export async function tellPartner(
  registry: D1Database,
  partner: string,
  events: readonly NewEvent[],
): Promise<boolean> {
  return hasAdded(await registry.batch(appendEvents(registry, ownerOfPartner(partner), events)));
}
