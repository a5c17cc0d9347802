import { errorKind, log } from "../lib/log.ts";
import { newWorkId, underRequestId } from "../lib/request-id.ts";
import { lettered } from "./bodies.ts";
import type * as z from "zod";

const BACKOFF_MAX_S = 900;

/**
 * The only consumer loop: each message stands or falls alone and ends in exactly one ack or retry.
 * After the last retry the platform moves it to the dead letters. What is done for a message goes by
 * the request id in it, or by one of its own.
 *
 * @param batch its messages, and the queue's name for the log
 * @param done told of the dead letter that a message did over, once its work is done; never rejects
 */
export async function consume<T extends z.ZodType<{ requestId?: string | undefined }>>(
  batch: { queue: string; messages: readonly Message[] },
  schema: T,
  handle: (body: z.infer<T>, message: Message) => Promise<void>,
  done?: (letter: string) => Promise<void>,
): Promise<Consumed> {
  const consumed: Consumed = { done: 0, retried: 0, attempts: 0 };
  for (const message of batch.messages) {
    consumed.attempts = Math.max(consumed.attempts, message.attempts);
    const body = schema.safeParse(message.body);
    await underRequestId(body.data?.requestId ?? newWorkId("queue"), async () => {
      try {
        if (!body.success) throw body.error;
        await handle(body.data, message);
        const again = lettered.safeParse(message.body);
        if (done !== undefined && again.success) await done(again.data.letter);
        message.ack();
        consumed.done += 1;
      } catch (err) {
        const { attempts } = message;
        log.warn("queue.retry", { queue: batch.queue, attempts, error: errorKind(err) });
        message.retry({ delaySeconds: backoffSeconds(attempts) });
        consumed.retried += 1;
      }
    });
  }
  return consumed;
}

/** What became of a batch; attempts: the most that one of its messages had. */
export interface Consumed {
  done: number;
  retried: number;
  attempts: number;
}

/** 1, 2, 4, … seconds, a quarter of an hour at most (a queue allows 12 h). */
export function backoffSeconds(attempts: number): number {
  return Math.min(2 ** Math.max(0, attempts - 1), BACKOFF_MAX_S);
}
