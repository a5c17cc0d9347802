import { AppError } from "../errors.ts";

/** A backend polls from a few places; each that waits asks the database once a second. */
const WAITS_MAX = 20;
/** So much later than it said a call is over, whatever became of it. */
const LATE_MS = 5_000;
/** Of each key, until when its calls wait in this isolate (epoch ms), by the call. */
const waiting = new Map<string, Map<symbol, number>>();

/**
 * Holds a call that waits for something to happen, if its key has not too many of them open: the
 * rate of calls does not bound how many there are at once.
 *
 * @param key whose calls are counted together
 * @param times now and how long it may wait: where a caller hangs up, the runtime may stop the call
 *   before its end could be counted
 * @throws AppError too_many_requests
 */
export async function limitWaits<T>(
  key: string,
  { now, waitMs }: { now: number; waitMs: number },
  wait: () => Promise<T>,
): Promise<T> {
  const open = waiting.get(key) ?? new Map<symbol, number>();
  for (const [call, until] of open) if (until <= now) open.delete(call);
  if (open.size >= WAITS_MAX) {
    throw new AppError(
      "too_many_requests",
      `wait: ${WAITS_MAX} calls of this key wait already; let one of them end first.`,
      { field: "wait", retryAfterS: 1 },
    );
  }
  const call = Symbol("call");
  waiting.set(key, open.set(call, now + waitMs + LATE_MS));
  try {
    return await wait();
  } finally {
    open.delete(call);
    if (open.size === 0 && waiting.get(key) === open) waiting.delete(key);
  }
}
