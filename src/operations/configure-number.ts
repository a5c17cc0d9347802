import { requestIdNow } from "../lib/request-id.ts";
import { claimUnrouted } from "./claim-unrouted.ts";
import type { Sender } from "../database/senders.ts";
import type { SenderConfig } from "../durable/sender-state.ts";
import type { Sealed } from "../lib/seal.ts";
import type { Services } from "../services.ts";

/** Tells a number's object who it belongs to. Repeatable: the same configuration changes nothing. */
export async function configureNumber(
  services: Services,
  sender: Sender,
  token: Sealed,
): Promise<void> {
  const config: SenderConfig = {
    partner: sender.partner,
    senderKey: sender.key,
    shard: sender.shard,
    phoneNumberId: sender.phoneNumberId,
    wabaId: sender.wabaId,
    displayPhone: sender.displayPhoneNumber,
    timezone: sender.timezone,
    generation: sender.generation,
    broughtBy: sender.broughtBy,
    mps: sender.mps,
    token,
  };
  await services.phone(sender.phoneNumberId).configure(config, requestIdNow());
  await claimUnrouted(services, sender);
}
