import { saveHold } from "../database/senders.ts";
import { AppError } from "../errors.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/**
 * Stops a sender's sends by hand: callers who wait are refused with the reason, what is queued
 * waits. Repeatable; a hold that is there keeps its operator and reason.
 *
 * @param by the operator's name, and the reason as partners read it
 * @throws AppError when another partner holds the number by now
 */
export async function holdSends(
  services: Services,
  sender: Sender,
  by: { operator: string; reason: string },
): Promise<void> {
  const phone = services.phone(sender.phoneNumberId);
  const hold = await phone.holdSends(sender.partner, by.operator, by.reason);
  if (hold === null) throw new AppError("conflict", "This partner holds the number no more.");
  await saveHold(services.registry, sender.key, hold);
}

/** Lets a held sender's sends go on; what waited goes at once. Repeatable. */
export async function releaseSends(services: Services, sender: Sender): Promise<void> {
  await services.phone(sender.phoneNumberId).releaseSends(sender.partner);
  await saveHold(services.registry, sender.key, null);
}
