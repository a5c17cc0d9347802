import * as z from "zod";
import { deliverOverflow } from "../operations/deliver-overflow.ts";
import { drainSends } from "../operations/drain-sends.ts";
import { forgetDoneLetter } from "../operations/forget-done-letter.ts";
import { keepDeadLetter } from "../operations/keep-dead-letter.ts";
import { keepMedia } from "../operations/keep-media.ts";
import { storeHistoryBody } from "../operations/store-history-body.ts";
import { servicesOf } from "../services.ts";
import { historyPointer, mediaPointer, overflowPointer, sendTicket } from "./bodies.ts";
import { consume } from "./consume.ts";
import type { QueueName } from "./bodies.ts";
import type { Services } from "../services.ts";
import type { Consumed } from "./consume.ts";

/** Of a dead letter only whom it was for is read; the rest is kept as it came. */
const anyBody = z.object({ requestId: z.string().optional() }).catch({});

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
  const done = (letter: string) => forgetDoneLetter(services, letter);
  const bury = (source: QueueName) =>
    consume(batch, anyBody, (_, message) => keepDeadLetter(services, source, message));
  switch (batch.queue) {
    case "tandem-history":
      return consume(batch, historyPointer, ({ key }) => storeHistoryBody(services, key), done);
    case "tandem-sends":
      return consume(
        batch,
        sendTicket,
        ({ phoneNumberId }) => drainSends(services, phoneNumberId),
        done,
      );
    case "tandem-media":
      return consume(batch, mediaPointer, (pointer) => keepMedia(services, pointer), done);
    case "tandem-overflow":
      return consume(batch, overflowPointer, ({ key }) => deliverOverflow(services, key), done);
    case "tandem-history-dead":
      return bury("history");
    case "tandem-sends-dead":
      return bury("sends");
    case "tandem-media-dead":
      return bury("media");
    case "tandem-overflow-dead":
      return bury("overflow");
    default:
      throw new Error(`There is no consumer for the queue ${batch.queue}.`);
  }
}
