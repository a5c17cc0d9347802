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
  const queue = readName(batch.queue);
  const consumed = await consumeBy(queue, batch.messages, services);
  services.measure("queue", queue.name, {
    ...consumed,
    ms: services.now() - startedAt,
  });
}

interface Queue {
  /** `sends`, `sends-dead`: without the installation's name, so that logs and figures are alike. */
  name: string;
  source: QueueName;
  takesDeadLetters: boolean;
}

/** An installation puts its own name before that of each queue: `tandem-eu-sends-dead`. */
function readName(queue: string): Queue {
  const [name, source, dead] = /(?<=-)(history|sends|media|overflow)(-dead)?$/.exec(queue) ?? [];
  if (name === undefined) throw new Error(`There is no consumer for the queue ${queue}.`);
  return { name, source: source as QueueName, takesDeadLetters: dead !== undefined };
}

function consumeBy(
  { name: queue, source, takesDeadLetters }: Queue,
  messages: readonly Message[],
  services: Services,
): Promise<Consumed> {
  const batch = { queue, messages };
  if (takesDeadLetters) {
    return consume(batch, anyBody, (_, message) => keepDeadLetter(services, source, message));
  }
  const done = (letter: string) => forgetDoneLetter(services, letter);
  switch (source) {
    case "history":
      return consume(batch, historyPointer, ({ key }) => storeHistoryBody(services, key), done);
    case "sends":
      return consume(
        batch,
        sendTicket,
        // One that failed comes again, though it began: nobody else may be at it.
        ({ phoneNumberId, sentAt }, { attempts }) =>
          drainSends(services, phoneNumberId, attempts === 1 ? sentAt : undefined),
        done,
      );
    case "media":
      return consume(batch, mediaPointer, (pointer) => keepMedia(services, pointer), done);
    case "overflow":
      return consume(batch, overflowPointer, ({ key }) => deliverOverflow(services, key), done);
  }
}
