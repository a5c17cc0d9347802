/**
 * Remembers answers for a while, in this isolate's memory: pages that look every few seconds share
 * one read of what changes slowly. Failures are not remembered.
 */
export class ShortCache {
  readonly #kept = new Map<string, { until: number; value: Promise<unknown> }>();
  readonly #max: number;

  constructor(max = 500) {
    this.#max = max;
  }

  get<T>(key: string, ms: number, now: number, load: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    if (known !== undefined && known.until > now) return known.value as Promise<T>;
    if (this.#kept.size >= this.#max) this.#kept.clear();
    const value = load();
    this.#kept.set(key, { until: now + ms, value });
    value.catch(() => this.#kept.delete(key));
    return value;
  }
}
