import type { Refusal } from "./refusal.ts";

/**
 * What one number has sent and received lately. A coexistence number has 20 messages a second for
 * both directions together (protocol.md 3.5); how Meta cuts the second is not known, so the width is
 * a setting, by default a little under a second: no gateway is punished for jitter on the way here.
 */
export class Throughput {
  readonly #limit: number;
  readonly #windowMs: number;
  #instants: number[] = [];

  /** @param windowMs real milliseconds */
  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Counts a message that cannot be refused: one that a customer wrote. `now` in real ms. */
  count(now: number): void {
    this.#forget(now);
    this.#instants.push(now);
  }

  /** Counts a send, or refuses it with 130429; a refused one takes no place. `now` in real ms. */
  admit(now: number): Refusal | null {
    const refusal = this.peek(now);
    if (!refusal) this.#instants.push(now);
    return refusal;
  }

  /** Whether a send would be refused now; counts nothing. */
  peek(now: number): Refusal | null {
    this.#forget(now);
    if (this.#instants.length < this.#limit) return null;
    return {
      code: 130429,
      details: `More than ${this.#limit} messages in ${this.#windowMs} ms, in and out, on this number`,
    };
  }

  #forget(now: number): void {
    const from = this.#instants.findIndex((at) => now - at < this.#windowMs);
    if (from > 0) this.#instants.splice(0, from);
    else if (from < 0) this.#instants = [];
  }
}
