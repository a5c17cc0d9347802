import { deliverOverflow } from "../operations/deliver-overflow.ts";
import { drainSends } from "../operations/drain-sends.ts";
import { keepDeadLetter } from "../operations/keep-dead-letter.ts";
import { keepMedia } from "../operations/keep-media.ts";
import { storeHistoryBody } from "../operations/store-history-body.ts";
import { servicesOf } from "../services.ts";
import { historyPointer, mediaPointer, overflowPointer, sendTicket } from "./bodies.ts";
import { consume } from "./consume.ts";
import type { Services } from "../services.ts";
import type { Consumed } from "./consume.ts";

/** Consumes a batch, and measures it. @throws Error for a queue that nobody here knows */
export async function consumeQueue(batch: MessageBatch, env: Env): Promise<void> {
  const services = servicesOf(env);
  const startedAt = services.now();
  const consumed = await consumeBy(batch, services);
  services.measure("queue", batch.queue, {
    ...consumed,
    ms: services.now() - startedAt,
  });
}

/** Queue name to consumer. */
async function consumeBy(batch: MessageBatch, services: Services): Promise<Consumed> {
  switch (batch.queue) {
    case "tandem-history":
      return consume(batch, historyPointer, ({ key }) => storeHistoryBody(services, key));
    case "tandem-sends":
      return consume(batch, sendTicket, ({ phoneNumberId }) => drainSends(services, phoneNumberId));
    case "tandem-media":
      return consume(batch, mediaPointer, (pointer) => keepMedia(services, pointer));
    case "tandem-overflow":
      return consume(batch, overflowPointer, ({ key }) => deliverOverflow(services, key));
    case "tandem-dead-letters":
      for (const message of batch.messages) await keepDeadLetter(services, message);
      return { done: batch.messages.length, retried: 0, attempts: 1 };
    default:
      throw new Error(`There is no consumer for the queue ${batch.queue}.`);
  }
}
