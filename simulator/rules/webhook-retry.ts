/** After this long without a 2xx Meta gives a webhook up (protocol.md 2.1). */
export const GIVE_UP_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

const MINUTE_MS = 60_000;
// "At once, then less and less often" is all that is documented; the steps are ours.
const STEPS_MS = [
  0,
  5_000,
  15_000,
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  60 * MINUTE_MS,
  120 * MINUTE_MS,
];
const LAST_STEP_MS = 4 * 60 * MINUTE_MS;

/**
 * How long to wait before the next attempt (protocol.md 2.1).
 *
 * @param attempts how many have failed, 1 or more
 * @param ageMs simulated ms since the first attempt
 * @returns simulated ms, or null when the next attempt would be later than 7 days: give up
 */
export function nextAttemptIn(attempts: number, ageMs: number): number | null {
  const waitMs = STEPS_MS[attempts - 1] ?? LAST_STEP_MS;
  return ageMs + waitMs > GIVE_UP_AFTER_MS ? null : waitMs;
}
