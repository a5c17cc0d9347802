import { errorKind, log } from "../lib/log.ts";
import { requestIdField } from "../lib/request-id.ts";
import type { Services } from "../services.ts";

/** Asks for a drainer. A ticket that cannot be sent is no failure: the object's alarm renews it. */
export async function sendTicket(services: Services, phoneNumberId: string): Promise<void> {
  try {
    const sentAt = services.now();
    await services.queues.sends.send({ phoneNumberId, sentAt, ...requestIdField() });
  } catch (err) {
    log.warn("queue.not_pointed", { queue: "sends", count: 1, error: errorKind(err) });
  }
}
