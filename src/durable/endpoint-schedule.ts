const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** After the first attempt: the wait before each further one. */
const RETRY_WAITS = [5_000, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
/** An endpoint that is down is tried at these intervals, and then at the last one. */
const PROBE_WAITS = [5_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE];
/** Each wait is up to so much shorter or longer: many events that failed at once come back apart. */
const JITTER = 0.1;
const LOOK_EVERY_PROBES = 6;

/** So long nothing got through: the endpoint is disabled. */
export const DISABLE_AFTER_MS = 5 * 24 * HOUR;
/** An event that failed so often has had its first retry: nobody waits for it any longer. */
export const OWN_WAY_FROM = 2;
/** An event that failed so often is given up. */
export const FAILURES_MAX = RETRY_WAITS.length + 1;

/** What an event's failure leads to. */
export interface Retry {
  state: "waiting" | "retrying" | "failed";
  /** Until the next attempt; null: there is none. */
  waitMs: number | null;
}

/**
 * Design section 3: now, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h; then it has failed. Only the
 * first retry holds back what comes behind.
 *
 * @param failures attempts of the schedule that failed so far, 1 at least
 * @param timeScale the waits are so many times as short
 * @param random 0 to 1, for the jitter
 */
export function afterFailure(failures: number, timeScale: number, random: number): Retry {
  const wait = RETRY_WAITS[failures - 1];
  if (wait === undefined) return { state: "failed", waitMs: null };
  const waitMs = (wait * (1 - JITTER + 2 * JITTER * random)) / timeScale;
  return { state: failures < OWN_WAY_FROM ? "waiting" : "retrying", waitMs };
}

/**
 * Whether another event is tried beside the oldest: at first, when it may well be the oldest alone
 * that cannot be told, and then each half hour. In the moment that an outage ends such a look may
 * come before the oldest, so there are few of them.
 *
 * @param probes how often it was tried since it went down
 */
export function isLookDue(probes: number): boolean {
  return probes <= LOOK_EVERY_PROBES || probes % LOOK_EVERY_PROBES === 0;
}

/** Until an endpoint that is down is tried again. @param probes how often it was, since it went down */
export function probeWaitMs(probes: number, timeScale: number): number {
  const wait = PROBE_WAITS[Math.min(probes, PROBE_WAITS.length - 1)] ?? 0;
  return wait / timeScale;
}
