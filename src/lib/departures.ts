/** Who is ready so long before the last one was has a clock that was set back. */
const SET_BACK_MS = 5_000;
/** Whose last departure is longer ago has no connection to Meta any more, and its next one opens it. */
const COLD_AFTER_MS = 30_000;
/** So many numbers are remembered; of one that has not sent for a while there is nothing to know. */
const NUMBERS_MAX = 1_000;

interface Clock {
  now: () => number;
  sleep: (ms: number) => Promise<unknown>;
}

/**
 * Keeps what leaves this isolate for one number apart. Places are the object's to give, 50 ms from
 * one another; but where the machine stands still for a moment, all whose places came meanwhile would
 * leave together, and Meta refuses the 21st of a second (130429). They leave one after another
 * instead, a little closer than places are, so that the delay is made up for.
 */
export class Departures {
  readonly #placeMs: number;
  /** By number: when the next one may leave, and when the last one was ready. */
  readonly #lines = new Map<string, { nextAt: number; readyAt: number }>();

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
    const line = this.#lines.get(phoneNumberId);
    const wait = line === undefined ? Number.NEGATIVE_INFINITY : line.nextAt - readyAt;
    const isSetBack = line !== undefined && readyAt < line.readyAt - SET_BACK_MS;
    const waitMs = isSetBack ? 0 : Math.max(0, wait);
    // A first one is long on its way: whoever follows at its place would come to Meta right behind it.
    const apartMs = this.#placeMs * (wait < -COLD_AFTER_MS ? 2 : 0.995);
    this.#lines.delete(phoneNumberId); // the latest ones stand last
    this.#lines.set(phoneNumberId, { nextAt: readyAt + waitMs + apartMs, readyAt });
    if (this.#lines.size > NUMBERS_MAX) this.#forgetOldest();
    return waitMs;
  }

  /**
   * Waits for the next departure of a number. Who missed it by a place or more books anew: the
   * machine stood still once more, and all whose departures came meanwhile would leave together.
   *
   * @param placeAt its place (epoch ms)
   */
  async wait(clock: Clock, phoneNumberId: string, placeAt: number): Promise<void> {
    let lateMs = Number.POSITIVE_INFINITY;
    for (let readyAt = Math.max(clock.now(), placeAt); lateMs > this.#placeMs;) {
      const waitMs = this.book(phoneNumberId, readyAt);
      if (waitMs === 0) return;
      await clock.sleep(waitMs);
      lateMs = clock.now() - readyAt - waitMs;
      readyAt = clock.now();
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#lines.keys();
    if (oldest !== undefined) this.#lines.delete(oldest);
  }
}
