import { savePace } from "../database/senders.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/**
 * Gives a sender another pace: less than 20 a second leaves room for the phone. Repeatable; what
 * was given a place before keeps it.
 */
export async function changePace(services: Services, sender: Sender, mps: number): Promise<void> {
  await savePace(services.registry, sender.key, mps);
  await services.phone(sender.phoneNumberId).changePace(sender.partner, mps);
}
