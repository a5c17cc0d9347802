/**
 * Remembers answers for a while, in this isolate's memory: pages that look every few seconds share
 * one read of what changes slowly. Values, not promises: in a Worker a promise belongs to the
 * request that made it.
 */
export class ShortCache {
  readonly #kept = new Map<string, { until: number; value: unknown }>();
  readonly #max: number;

  constructor(max = 500) {
    this.#max = max;
  }

  async get<T>(key: string, ms: number, now: number, load: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    if (known !== undefined && known.until > now) return known.value as T;
    const value = await load();
    if (this.#kept.size >= this.#max) this.#kept.clear();
    this.#kept.set(key, { until: now + ms, value });
    return value;
  }

  /** The next question is answered anew: what was remembered is known to be over. */
  forget(key: string): void {
    this.#kept.delete(key);
  }
}
