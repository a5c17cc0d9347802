import { AppError } from "../errors.ts";

/** A backend polls from a few places; each that waits asks the database once a second. */
const WAITS_MAX = 20;
/** How many calls of a key wait in this isolate now. */
const waiting = new Map<string, number>();

/**
 * Holds a call that waits for something to happen, if its key has not too many of them open: the
 * rate of calls does not bound how many there are at once.
 *
 * @param key whose calls are counted together
 * @throws AppError too_many_requests
 */
export async function limitWaits<T>(key: string, wait: () => Promise<T>): Promise<T> {
  const open = waiting.get(key) ?? 0;
  if (open >= WAITS_MAX) {
    throw new AppError(
      "too_many_requests",
      `wait: ${WAITS_MAX} calls of this key wait already; let one of them end first.`,
      { field: "wait", retryAfterS: 1 },
    );
  }
  waiting.set(key, open + 1);
  try {
    return await wait();
  } finally {
    const left = (waiting.get(key) ?? 1) - 1;
    if (left > 0) waiting.set(key, left);
    else waiting.delete(key);
  }
}
