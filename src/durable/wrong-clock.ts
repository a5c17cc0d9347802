/** Clocks of machines differ by less: one that goes back by more was ahead before. */
export const SET_BACK_MS = 10_000;

/**
 * Whether an instant lies further ahead than any such can: a clock named it that was ahead, and what
 * waits for it would wait for as long as that one was wrong.
 *
 * @param at epoch ms
 * @param mostMs how far ahead one may lie that a right clock named
 */
export function isOfWrongClock(at: number, mostMs: number, now: number): boolean {
  return at > now + mostMs + SET_BACK_MS;
}
