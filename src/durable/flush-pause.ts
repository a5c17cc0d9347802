/** Below this a flush's duration says nothing about the shard (ms). */
const LEAST_MS = 2;
/** What a fact costs of itself (bench row 1): a full batch is no busy shard. */
const FACT_MS = 0.1;
/** A shard that moved is slower for good: what was its best is forgotten little by little. */
const FORGET = 1.01;

/**
 * How long a number leaves its shard alone after a flush. A shard is one thread for many numbers:
 * when flushes take longer than the best one did, the others are busy too, and all write fewer and
 * fuller batches instead of standing in line.
 */
export class FlushPause {
  readonly #leastMs: number;
  readonly #mostMs: number;
  #best: number | null = null;
  #usual = 0;

  /** @param leastMs on a shard at its best @param mostMs on one that is overrun */
  constructor(leastMs: number, mostMs: number) {
    this.#leastMs = leastMs;
    this.#mostMs = mostMs;
  }

  /** A flush of so many facts took this long (ms). */
  took(ms: number, facts: number): void {
    const counted = Math.max(ms - facts * FACT_MS, LEAST_MS);
    this.#usual = this.#best === null ? counted : (this.#usual + counted) / 2;
    this.#best = Math.min(counted, (this.#best ?? counted) * FORGET);
  }

  get ms(): number {
    if (this.#best === null) return this.#leastMs;
    const slower = Math.max(1, this.#usual / this.#best);
    return Math.min(this.#leastMs * slower, this.#mostMs);
  }
}
