import { isOfWrongClock } from "./wrong-clock.ts";

/**
 * The first hold, four places long: sends that bunched up on their way look to Meta like one too
 * many, and a longer one would cost more than it saves. Each that follows on it doubles.
 */
const FIRST_MS = 200;
const MAX_MS = 60_000;
/** From the third hold in a row on the pace is an eighth slower each time, 40 % of it at the worst. */
const SLOWER = 9 / 8;
const PATIENCE = 2;
const MAX_STEPS = 10;
/** After so long without a refusal, one step faster again. */
const RECOVER_MS = 10_000;

/** What Meta's refusals for pace (130429) did to a number. */
export interface Hold {
  /** No place before this (epoch ms). */
  until: number;
  /** How many holds in a row: the next is longer, and the pace slower meanwhile. */
  steps: number;
}

/** A hold as it counts now; one of a wrong clock is over. */
export function readHold(hold: Hold, now: number): Hold {
  return isOfWrongClock(hold.until, lengthOf(hold.steps), now) ? { ...hold, until: now } : hold;
}

export const NO_HOLD: Hold = { until: 0, steps: 0 };

/**
 * Meta refused a send whose place was at `placeAt`. All that were on their way when the hold began
 * say the same thing: only what left after it makes it longer. Pure: time is an argument.
 */
export function extendHold(hold: Hold, placeAt: number, now: number): Hold {
  if (placeAt < hold.until) return hold;
  const steps = Math.min(hold.steps + 1, MAX_STEPS);
  return { until: now + lengthOf(steps), steps };
}

/** Milliseconds. */
function lengthOf(steps: number): number {
  return Math.min(FIRST_MS * 2 ** (steps - 1), MAX_MS);
}

/** Meta took a send: after a while without a refusal the number gets its pace back, by steps. */
export function easeHold(hold: Hold, now: number): Hold {
  if (hold.steps === 0 || now < hold.until + RECOVER_MS) return hold;
  return { until: now, steps: hold.steps - 1 };
}

/** Milliseconds between places while a hold is remembered. */
export function slowedInterval(intervalMs: number, hold: Hold): number {
  return Math.ceil(intervalMs * SLOWER ** Math.max(0, hold.steps - PATIENCE));
}
