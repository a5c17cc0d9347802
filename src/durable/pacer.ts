/** Of the grid's places, one in so many is kept for queued sends while they go short. */
const RESERVED_EVERY = 4;

/** How far ahead places are handed to queued sends, and how far a stored mark may run ahead. */
export const AHEAD_MS = 1_000;

/** Beyond the 60 s that a caller can wait at most, times 20. */
const MANY = 2_000;
/** Past places still matter: the next must keep its distance, also by a clock that is behind. */
const PAST_MS = 2 * AHEAD_MS;

/** Who a place is for: a caller who waits, or the queue. */
export type Lane = "waiting" | "queued";

/**
 * Hands out places: the instants at which a sender may start a message. Places lie on a fixed grid,
 * each is given once, and places of another pace keep their distance; so a number never has more
 * than 20 in any 1,000 ms (grid of 50 ms), whoever asks and however often the object restarts.
 * Pure: time is an argument.
 *
 * Source of the rate: 20 messages a second for coexistence numbers (protocol.md 3.5).
 */
export class Pacer {
  #intervalMs: number;
  readonly #taken = new Set<number>();
  /** Lines of the grid that lie nearer than an interval to a taken place, by number. */
  readonly #barred = new Set<number>();
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
    for (const at of taken) this.#note(at);
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
    while (this.#barred.has(n) || n % reserved === 0) n += 1;
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
   * Another pace from here on. What was given keeps its place, and the new grid keeps its distance
   * to each of them: one that is far ahead holds nobody up.
   */
  changeInterval(intervalMs: number): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    this.#drawGrid();
  }

  /**
   * Takes a place that `firstFree` named.
   *
   * @returns a new mark to store before anything leaves, or null while the stored one covers this
   *   place. Places further ahead than a second need none: their rows are in the outbox.
   */
  take(at: number, now: number): number | null {
    this.#note(at);
    const clock = this.#clock(now);
    if (this.#taken.size > MANY) this.#forget(clock);
    // The mark lies an interval behind what it covers: also a grid of another pace may begin there.
    if (at <= this.#mark - this.#intervalMs || at > clock + AHEAD_MS) return null;
    this.#mark = at + AHEAD_MS;
    return this.#mark;
  }

  /** Gives back a place whose send was withdrawn before its time. */
  release(at: number): void {
    if (this.#taken.delete(at)) this.#drawGrid();
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

  #note(at: number): void {
    this.#taken.add(at);
    this.#bar(at);
  }

  /** On a line of the grid a place bars that one; between two lines it is too near to either. */
  #bar(at: number): void {
    this.#barred.add(Math.floor(at / this.#intervalMs));
    this.#barred.add(Math.ceil(at / this.#intervalMs));
  }

  #drawGrid(): void {
    this.#barred.clear();
    for (const at of this.#taken) this.#bar(at);
  }

  #forget(clock: number): void {
    for (const at of this.#taken) if (at < clock - PAST_MS) this.#taken.delete(at);
    this.#drawGrid();
  }
}
