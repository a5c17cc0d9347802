/** Of the grid's places, one in so many is kept for queued sends while they go short. */
const RESERVED_EVERY = 4;

/** How far ahead places are handed to queued sends, and how far a stored mark may run ahead. */
export const AHEAD_MS = 1_000;

/** Who a place is for: a caller who waits, or the queue. */
export type Lane = "waiting" | "queued";

/**
 * Hands out places: the instants at which a sender may start a message. Places lie on a fixed
 * grid and each is given once, so a number never has more than 20 in any 1,000 ms (grid of 50 ms),
 * whoever asks and however often the object restarts. Pure: time is an argument.
 *
 * Source of the rate: 20 messages a second for coexistence numbers (protocol.md 3.5).
 */
export class Pacer {
  #intervalMs: number;
  readonly #taken = new Set<number>();
  #floor: number;
  #mark: number;
  #latest = 0;
  /** The queue goes short: until then some places are its own (epoch ms). */
  #reservedUntil = 0;

  /**
   * @param mark no place before it may be given: what an earlier life of the object may have used
   * @param taken places given in an earlier life whose time is yet to come (epoch ms)
   */
  constructor(intervalMs: number, mark: number, taken: Iterable<number> = []) {
    this.#intervalMs = intervalMs;
    this.#floor = mark;
    this.#mark = mark;
    for (const at of taken) this.#taken.add(at);
    // Places of another pace lie between this grid's: nothing may be put in among them.
    const strange = [...this.#taken].filter((at) => at % intervalMs !== 0);
    if (strange.length > 0) this.#floor = Math.max(mark, Math.max(...strange) + intervalMs);
  }

  /** Milliseconds from one place to the next. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** The first place that is free at or after both instants; nothing is taken yet. */
  firstFree(now: number, notBefore = 0, lane: Lane = "queued"): number {
    const clock = this.#clock(now);
    const from = Math.max(clock, notBefore, this.#floor);
    const reserved = lane === "waiting" && clock < this.#reservedUntil ? RESERVED_EVERY : Infinity;
    let n = Math.ceil(from / this.#intervalMs);
    while (this.#taken.has(n * this.#intervalMs) || n % reserved === 0) n += 1;
    return n * this.#intervalMs;
  }

  /**
   * The queue found no place within its horizon: callers who wait leave it every fourth, so that
   * it is never starved. Lasts until `until`, so a queue that is gone reserves nothing.
   */
  reserveForQueue(until: number): void {
    this.#reservedUntil = until;
  }

  /**
   * Another pace from here on. The new grid begins an interval behind every place of the old one,
   * so that no second holds more than either allows.
   */
  changeInterval(intervalMs: number): void {
    if (intervalMs === this.#intervalMs) return;
    const last = Math.max(this.#floor, ...this.#taken);
    this.#floor = Math.max(this.#floor, last + Math.max(intervalMs, this.#intervalMs));
    this.#intervalMs = intervalMs;
  }

  /**
   * Takes a place that `firstFree` named.
   *
   * @returns a new mark to store before anything leaves, or null while the stored one covers this
   *   place. Places further ahead than a second need none: their rows are in the outbox.
   */
  take(at: number, now: number): number | null {
    this.#taken.add(at);
    const clock = this.#clock(now);
    if (this.#taken.size > 1_000) this.#forget(clock);
    if (at < this.#mark || at > clock + AHEAD_MS) return null;
    this.#mark = at + AHEAD_MS;
    return this.#mark;
  }

  /** Gives back a place whose send was withdrawn before its time. */
  release(at: number): void {
    this.#taken.delete(at);
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

  /** A clock that steps back would give past places again. */
  #clock(now: number): number {
    this.#latest = Math.max(this.#latest, now);
    return this.#latest;
  }

  #forget(clock: number): void {
    for (const at of this.#taken) if (at < clock) this.#taken.delete(at);
  }
}
