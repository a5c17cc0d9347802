import { SET_BACK_MS } from "./wrong-clock.ts";

/** Of so many places in a row one is kept for queued sends while there are some. */
const RESERVED_EVERY = 4;
/** A kept place this near was not wanted by the queue, which asks a second ahead: it is anybody's. */
const KEPT_UNTIL_MS = 100;

/** How far ahead places are handed to queued sends, and how far a stored mark may run ahead. */
export const AHEAD_MS = 1_000;

/** Beyond the 60 s that a caller can wait at most and what is kept of the past, times 20. */
const MANY = 6_000;
/**
 * Past places still matter: the next must keep its distance, also by a clock that is behind. That
 * takes seconds; the minutes before are for operators to look at.
 */
const PAST_MS = 180_000;

/** A caller waits no longer for its place: nothing that was given lies further ahead. */
export const GIVEN_AHEAD_MS = 61_000;

/** Who a place is for: a caller who waits, or the queue. */
export type Lane = "waiting" | "queued";

/**
 * Hands out places: the instants at which a sender may start a message. Any two lie at least an
 * interval apart, so a number never has more than 20 in any 1,000 ms (interval 50 ms), whoever asks
 * and however often the object restarts; a number at rest gives the very instant it is asked at.
 * Pure: time is an argument.
 *
 * Source of the rate: 20 messages a second for coexistence numbers (protocol.md 3.5).
 */
export class Pacer {
  #intervalMs: number;
  /** Places given, in the order of time. */
  readonly #taken: number[];
  #floor: number;
  #mark: number;
  #latest = 0;
  /** The queue goes short: until then some places are its own (epoch ms). */
  #reservedUntil = 0;

  /**
   * @param mark no place before it may be given: what an earlier life of the object may have used
   * @param taken places given in an earlier life, of which rows are left (epoch ms)
   */
  constructor(intervalMs: number, mark: number, taken: Iterable<number> = []) {
    this.#intervalMs = intervalMs;
    this.#floor = mark;
    this.#mark = mark;
    this.#taken = [...new Set(taken)].toSorted((left, right) => left - right);
  }

  /** Milliseconds from one place to the next. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** The first place that is free at or after both instants; nothing is taken yet. */
  firstFree(now: number, notBefore = 0, lane: Lane = "queued"): number {
    const clock = this.#clock(now);
    const leavesSome = lane === "waiting" && clock < this.#reservedUntil;
    let at = Math.max(clock, notBefore, this.#floor);
    let next = this.#indexFrom(at - this.#intervalMs + 1);
    for (;;) {
      const near = this.#taken[next];
      if (near !== undefined && near < at + this.#intervalMs) {
        at = near + this.#intervalMs;
        next += 1;
      } else if (leavesSome && at > clock + KEPT_UNTIL_MS && this.#isReserved(at)) {
        at += this.#intervalMs; // exactly one place is left out
      } else {
        return at;
      }
    }
  }

  /**
   * There is a queue: callers who wait leave it every fourth place, so that it is never starved.
   * Lasts until `until`, so a queue that is gone reserves nothing.
   */
  reserveForQueue(until: number): void {
    this.#reservedUntil = until;
  }

  /** Another pace from here on. What was given keeps its place; new ones keep the new distance. */
  changeInterval(intervalMs: number): void {
    this.#intervalMs = intervalMs;
  }

  /**
   * Takes a place that `firstFree` named.
   *
   * @returns a new mark to store before anything leaves, or null while the stored one covers this
   *   place. Places further ahead than a second need none: their rows are in the outbox.
   */
  take(at: number, now: number): number | null {
    const clock = this.#clock(now);
    this.#taken.splice(this.#indexFrom(at), 0, at);
    if (this.#taken.length > MANY) this.#taken.splice(0, this.#indexFrom(clock - PAST_MS));
    // The mark lies an interval behind what it covers: the next life may begin right there.
    if (at <= this.#mark - this.#intervalMs || at > clock + AHEAD_MS) return null;
    this.#mark = at + AHEAD_MS;
    return this.#mark;
  }

  /** How many places lie in each second before `now`, the oldest first: memory alone, no row. */
  usedBySecond(now: number, seconds: number): number[] {
    const from = now - seconds * 1_000;
    const counts = Array.from({ length: seconds }, () => 0);
    for (const at of this.#taken.slice(this.#indexFrom(from), this.#indexFrom(now))) {
      const second = Math.floor((at - from) / 1_000);
      counts[second] = (counts[second] ?? 0) + 1;
    }
    return counts;
  }

  /** Gives back a place whose send was withdrawn before its time. */
  release(at: number): void {
    const index = this.#indexFrom(at);
    if (this.#taken[index] === at) this.#taken.splice(index, 1);
  }

  /**
   * A live message from a customer counts towards Meta's 20 as well: it uses up the next free
   * place, within a second at most, since it is over by the time we hear of it.
   *
   * @returns a new mark to store, as `take`
   */
  countInbound(now: number): number | null {
    const at = this.firstFree(now);
    if (at > this.#clock(now) + AHEAD_MS) return null;
    return this.take(at, now);
  }

  /** Meta refused for pace (130429): no place before `until`. */
  holdUntil(until: number): void {
    this.#floor = Math.max(this.#floor, until);
  }

  /**
   * A clock that steps back would give past places again, so time stands still until it is where it
   * was. Of one that was wrong by minutes nobody would live to see that: then everything moves.
   */
  #clock(now: number): number {
    const seen = Math.max(this.#latest, this.#mark - 2 * AHEAD_MS);
    if (seen - now > SET_BACK_MS) this.#setBack(seen - now, now);
    this.#latest = Math.max(this.#latest, now);
    return this.#latest;
  }

  /**
   * Who carries a send waits for a duration, not for an instant: the places that were given are as
   * far ahead as they were, or nearer, and the next one lies behind all of them.
   */
  #setBack(byMs: number, now: number): void {
    for (const [index, at] of this.#taken.entries()) this.#taken[index] = at - byMs;
    const last = this.#taken[this.#indexFrom(now + GIVEN_AHEAD_MS) - 1] ?? 0;
    this.#floor = Math.max(this.#floor - byMs, last + this.#intervalMs);
    this.#mark = now; // what is stored is an instant of the wrong clock: the next place replaces it
    this.#latest = now;
    this.#reservedUntil = 0;
  }

  #isReserved(at: number): boolean {
    return Math.floor(at / this.#intervalMs) % RESERVED_EVERY === 0;
  }

  /** Where the first place at or after `at` stands. */
  #indexFrom(at: number): number {
    let [low, high] = [0, this.#taken.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#taken[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
