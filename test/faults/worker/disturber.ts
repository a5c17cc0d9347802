import type { Disturbance, FaultPlan, Hits } from "./plan.ts";

let plan: FaultPlan = {};
let hits: Hits = {};
let state = 1;

/** Puts another plan into force. @returns how often the one before was felt, by kind */
export function changePlan(next: FaultPlan): Hits {
  const felt = hits;
  plan = next;
  hits = {};
  state = next.seed ?? 1;
  return felt;
}

export const currentPlan = (): FaultPlan => plan;

/** True in about `share` of the calls; the same in every run with the same seed and calls. */
export function happens(share: number | undefined, kind: string): boolean {
  if (share === undefined || share <= 0 || random() >= share) return false;
  hits[kind] = (hits[kind] ?? 0) + 1;
  return true;
}

/**
 * Does some work as a disturbance wants it: late, not at all, or with its answer lost.
 *
 * @throws what `failure` makes, before the work or after it
 */
export async function pass<T>(
  kind: string,
  disturbance: Disturbance | undefined,
  failure: () => Error,
  work: () => PromiseLike<T>,
): Promise<T> {
  if (disturbance === undefined) return work();
  const { before, after, slowMs } = disturbance;
  if (slowMs !== undefined && happens(1, `${kind}.slow`)) await scheduler.wait(random() * slowMs);
  if (happens(before, `${kind}.before`)) throw failure();
  const result = await work();
  if (happens(after, `${kind}.after`)) throw failure();
  return result;
}

/** A number in [0, 1). */
export function random(): number {
  // Weyl's sequence through the finalizer of MurmurHash3: a few lines, and even enough.
  state = (state + 0x9e3779b9) | 0;
  let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
