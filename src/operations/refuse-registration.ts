import { findHeldSender } from "../database/senders.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { absent } from "./graph-answer.ts";
import type { SenderFilter } from "../lib/sender-filter.ts";
import type { Services } from "../services.ts";
import type { GraphRefusal } from "./graph-answer.ts";

/**
 * `register` and `deregister` of a number that lives on the phone too never reach Meta: they can
 * throw the app off the number (protocol.md 1.7, 4.1). Meta names no code for it. 100 it is, which
 * no SDK repeats and nobody reads as an expired token (131005) or a wrong PIN (133005).
 */
export async function refuseRegistration(
  services: Services,
  input: { partner: string; senders: SenderFilter; id: string },
): Promise<GraphRefusal> {
  const sender = await findHeldSender(services.registry, input.partner, input.id);
  if (sender === null || !coversSender(input.senders, input.id)) return absent(input.id);
  return {
    status: 400,
    code: 100,
    title: "Numbers on the WhatsApp Business app are not registered or deregistered",
    details:
      "The number is registered already and stays on the owner's phone: send with it as it is. To end the connection, the owner opens WhatsApp Business > Settings > Account > Business Platform > Disconnect; to connect it again, open a new signup session.",
    transient: false,
  };
}
