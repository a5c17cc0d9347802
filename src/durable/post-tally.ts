import { writePoint } from "../lib/metrics.ts";
import type { Attempt, EndpointConfig } from "./endpoint-types.ts";

/** Of a run: an invocation writes 25 points at most. */
const ENDS_MAX = 8;

interface Posts {
  count: number;
  repeats: number;
  ms: number;
}

/** Adds up the posts of a run of an endpoint, so that it writes a point for each kind of end. */
export class PostTally {
  #ends = new Map<string, Posts>();

  add({ n, ms, failure }: Attempt): void {
    const end = failure ?? "taken";
    const key = this.#ends.has(end) || this.#ends.size < ENDS_MAX ? end : "failed";
    const { count, repeats, ms: sum } = this.#ends.get(key) ?? { count: 0, repeats: 0, ms: 0 };
    this.#ends.set(key, { count: count + 1, repeats: repeats + (n > 1 ? 1 : 0), ms: sum + ms });
  }

  /** Writes the points, and begins anew. */
  write(env: Env, { id, partner, format }: EndpointConfig): void {
    for (const [outcome, posts] of this.#ends) {
      writePoint(env.METRICS, "deliveries", id, { outcome, partner, format, ...posts });
    }
    this.#ends = new Map();
  }
}
