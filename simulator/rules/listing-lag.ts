/**
 * What was just granted may be missing from `debug_token` and from `phone_numbers` for a moment
 * (protocol.md 1.5, 1.7). Counted in reads, so that a test says how long without a clock.
 *
 * @param lag how many more reads are to miss it; counts down
 * @returns whether this read sees it
 */
export function seesGrant(lag: { reads: number }): boolean {
  if (lag.reads <= 0) return true;
  lag.reads--;
  return false;
}
