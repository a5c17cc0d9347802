import { errorKind, log } from "./log.ts";
import { requestIdField } from "./request-id.ts";

/** `sendBatch` takes 100 messages. */
const AT_ONCE = 100;

/**
 * Points a queue at work, which goes by the request id in force unless a pointer has its own.
 *
 * @param delayMs at most 12 h
 * @throws what the queue threw; the pointers of the calls before it are sent
 */
export async function sendAllPointers<T>(
  queue: Queue<T>,
  pointers: readonly T[],
  delayMs = 0,
): Promise<void> {
  for (let from = 0; from < pointers.length; from += AT_ONCE) {
    const some = pointers
      .slice(from, from + AT_ONCE)
      .map((pointer) => ({ body: { ...requestIdField(), ...pointer } }));
    await queue.sendBatch(some, { delaySeconds: Math.ceil(delayMs / 1_000) });
  }
}

/** The same for work that a sweep would find too. Never rejects: what is lost is time. */
export async function sendPointers<T>(
  queue: Queue<T>,
  pointers: readonly T[],
  delayMs = 0,
): Promise<void> {
  try {
    await sendAllPointers(queue, pointers, delayMs);
  } catch (err) {
    log.warn("queue.not_pointed", { count: pointers.length, error: errorKind(err) });
  }
}
