/** Who would have to wait longer than this goes at once: the clock was set back, or the wait is no use. */
const WAIT_MAX_MS = 5_000;
/** Whose last departure is longer ago has no connection to Meta any more, and its next one opens it. */
const COLD_AFTER_MS = 30_000;
/** So many numbers are remembered; of one that has not sent for a while there is nothing to know. */
const NUMBERS_MAX = 1_000;

/**
 * Keeps what leaves this isolate for one number apart. Places are the object's to give, 50 ms from
 * one another; but where the machine stands still for a moment, all whose places came meanwhile would
 * leave together, and Meta refuses the 21st of a second (130429). They leave one after another
 * instead, a little closer than places are, so that the delay is made up for.
 */
export class Departures {
  readonly #placeMs: number;
  readonly #nextAt = new Map<string, number>();

  /** @param placeMs from one place of a number to the next */
  constructor(placeMs: number) {
    this.#placeMs = placeMs;
  }

  /**
   * Books the next departure of a number.
   *
   * @param readyAt when it could leave: now, and not before its place (epoch ms)
   * @returns how long to wait from then on (ms); 0 for whoever comes at its place
   */
  book(phoneNumberId: string, readyAt: number): number {
    const wait = (this.#nextAt.get(phoneNumberId) ?? Number.NEGATIVE_INFINITY) - readyAt;
    const waitMs = wait > WAIT_MAX_MS ? 0 : Math.max(0, wait);
    // A first one is long on its way: whoever follows at its place would come to Meta right behind it.
    const apartMs = this.#placeMs * (wait < -COLD_AFTER_MS ? 2 : 0.995);
    this.#nextAt.delete(phoneNumberId); // the latest ones stand last
    this.#nextAt.set(phoneNumberId, readyAt + waitMs + apartMs);
    if (this.#nextAt.size > NUMBERS_MAX) this.#forgetOldest();
    return waitMs;
  }

  #forgetOldest(): void {
    const [oldest] = this.#nextAt.keys();
    if (oldest !== undefined) this.#nextAt.delete(oldest);
  }
}
