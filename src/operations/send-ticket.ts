import { errorKind, log } from "../lib/log.ts";
import type { Services } from "../services.ts";

/** Asks for a drainer. A ticket that cannot be sent is no failure: the object's alarm renews it. */
export async function sendTicket(services: Services, phoneNumberId: string): Promise<void> {
  try {
    await services.queues.sends.send({ phoneNumberId });
  } catch (err) {
    log.warn("queue.retry", { queue: "tandem-sends", error: errorKind(err) });
  }
}
