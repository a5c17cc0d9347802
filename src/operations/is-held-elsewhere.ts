import { findCurrentSender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/** Whether a number is connected, or may still be, through another partner. */
export async function isHeldElsewhere(
  services: Services,
  partner: string,
  phoneNumberId: string,
): Promise<boolean> {
  const current = await findCurrentSender(services.registry, phoneNumberId);
  return current !== null && current.partner !== partner && current.state !== "disconnected";
}
