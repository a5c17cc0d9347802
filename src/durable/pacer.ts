/** How far ahead places are handed to queued sends, and how far a stored mark may run ahead. */
export const AHEAD_MS = 1_000;

/**
 * Hands out places: the instants at which a sender may start a message. Places lie on a fixed
 * grid and each is given once, so a number never has more than 20 in any 1,000 ms (grid of 50 ms),
 * whoever asks and however often the object restarts. Pure: time is an argument.
 *
 * Source of the rate: 20 messages a second for coexistence numbers (protocol.md 3.5).
 */
export class Pacer {
  readonly #intervalMs: number;
  readonly #taken = new Set<number>();
  #floor: number;
  #mark: number;
  #latest = 0;

  /**
   * @param mark no place before it may be given: what an earlier life of the object may have used
   * @param taken places given in an earlier life whose time is yet to come (epoch ms)
   */
  constructor(intervalMs: number, mark: number, taken: Iterable<number> = []) {
    this.#intervalMs = intervalMs;
    this.#floor = mark;
    this.#mark = mark;
    for (const at of taken) this.#taken.add(at);
  }

  /** The first place that is free at or after both instants; nothing is taken yet. */
  firstFree(now: number, notBefore = 0): number {
    const from = Math.max(this.#clock(now), notBefore, this.#floor);
    let at = Math.ceil(from / this.#intervalMs) * this.#intervalMs;
    while (this.#taken.has(at)) at += this.#intervalMs;
    return at;
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
