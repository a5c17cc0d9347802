import { errorKind, log } from "../lib/log.ts";
import type * as z from "zod";

const BACKOFF_MAX_S = 900;

/**
 * The only consumer loop: each message stands or falls alone and ends in exactly one ack or retry.
 * After the last retry the platform moves it to the dead letters.
 */
export async function consume<T extends z.ZodType>(
  batch: MessageBatch,
  schema: T,
  handle: (body: z.infer<T>) => Promise<void>,
): Promise<Consumed> {
  const consumed: Consumed = { done: 0, retried: 0, attempts: 0 };
  for (const message of batch.messages) {
    consumed.attempts = Math.max(consumed.attempts, message.attempts);
    try {
      await handle(schema.parse(message.body));
      message.ack();
      consumed.done += 1;
    } catch (err) {
      log.warn("queue.retry", {
        queue: batch.queue,
        attempts: message.attempts,
        error: errorKind(err),
      });
      message.retry({ delaySeconds: backoffSeconds(message.attempts) });
      consumed.retried += 1;
    }
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
