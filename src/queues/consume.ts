import { errorKind, log } from "../lib/log.ts";
import { lettered } from "./bodies.ts";
import type * as z from "zod";

const BACKOFF_MAX_S = 900;

/**
 * The only consumer loop: each message stands or falls alone and ends in exactly one ack or retry.
 * After the last retry the platform moves it to the dead letters.
 *
 * @param done told of the dead letter that a message did over, once its work is done; never rejects
 */
export async function consume<T extends z.ZodType>(
  batch: MessageBatch,
  schema: T,
  handle: (body: z.infer<T>, message: Message) => Promise<void>,
  done?: (letter: string) => Promise<void>,
): Promise<void> {
  for (const message of batch.messages) {
    try {
      await handle(schema.parse(message.body), message);
      const again = lettered.safeParse(message.body);
      if (done !== undefined && again.success) await done(again.data.letter);
      message.ack();
    } catch (err) {
      log.warn("queue.retry", {
        queue: batch.queue,
        attempts: message.attempts,
        error: errorKind(err),
      });
      message.retry({ delaySeconds: backoffSeconds(message.attempts) });
    }
  }
}

/** 1, 2, 4, … seconds, a quarter of an hour at most (a queue allows 12 h). */
export function backoffSeconds(attempts: number): number {
  return Math.min(2 ** Math.max(0, attempts - 1), BACKOFF_MAX_S);
}
