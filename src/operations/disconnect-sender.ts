import { log } from "../lib/log.ts";
import { requestIdNow } from "../lib/request-id.ts";
import { revokeCredit } from "./revoke-credit.ts";
import type { Sender } from "../database/senders.ts";
import type { CreditRevocation } from "./revoke-credit.ts";
import type { Doubt } from "../durable/sender-state.ts";
import type { Services } from "../services.ts";

/**
 * Ends a connection: the gate closes, the token is erased, what was queued is cancelled, and credit
 * that we shared with the account is taken back. What is stored stays readable.
 *
 * @param about the doubt that this answers; one that is over by now ends nothing
 * @returns what became of the credit, or null where the connection was not ended now
 */
export async function disconnectSender(
  services: Services,
  sender: Sender,
  reason: string,
  about?: Doubt,
): Promise<CreditRevocation | null> {
  const phone = services.phone(sender.phoneNumberId);
  const ended = await phone.moveTo(
    "disconnected",
    reason,
    "sender.disconnected",
    about,
    requestIdNow(),
  );
  if (!ended) return null;
  log.info("sender.disconnected", { sender: sender.key, reason });
  await phone.flushed(); // others ask the registry who is connected
  return revokeCredit(services, sender);
}
