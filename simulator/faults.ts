import { z } from "zod";
import type { Random } from "./random.ts";

/**
 * What goes wrong with one call.
 * - `acceptThenDrop`: it counts, and the connection breaks without an answer
 * - `acceptThen500`: it counts, and the answer is a 500
 * - `refuse500`: it does not count, answer 500
 * - `refuse503`: it does not count, answer 503
 * - `drop`: it does not count, and the connection breaks
 * - `rateLimit`: 130429; `refuse`: any `code` you name
 * - `none`: nothing, for a place in a `next` list
 */
export const FAULT_KINDS = [
  "acceptThenDrop",
  "acceptThen500",
  "refuse500",
  "refuse503",
  "drop",
  "rateLimit",
  "refuse",
  "none",
] as const;

const share = z.number().min(0).max(1);
const plannedFault = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  code: z.number().int().optional(),
  subcode: z.number().int().optional(),
  latencyMs: z.number().min(0).optional(),
});
const endpointFaults = z.strictObject({
  latencyMs: z.number().min(0).optional(),
  acceptThenDrop: share.optional(),
  acceptThen500: share.optional(),
  refuse500: share.optional(),
  refuse503: share.optional(),
  drop: share.optional(),
  rateLimit: share.optional(),
  next: z.array(plannedFault).optional(),
});

/** Faults as data: per endpoint shares (0 to 1) and a list for the next calls; latency in real ms. */
export const faultsSchema = z.strictObject({
  latencyMs: z.number().min(0).optional(),
  messages: endpointFaults.optional(),
  media: endpointFaults.optional(),
  mediaDownload: endpointFaults.optional(),
  smbAppData: endpointFaults.optional(),
  oauth: endpointFaults.optional(),
  credit: endpointFaults.optional(),
  datasets: endpointFaults.optional(),
  conversions: endpointFaults.optional(),
  debugToken: endpointFaults.optional(),
  subscribedApps: endpointFaults.optional(),
  subscriptions: endpointFaults.optional(),
  nodes: endpointFaults.optional(),
  templates: endpointFaults.optional(),
});

export type Faults = z.infer<typeof faultsSchema>;
export type PlannedFault = z.infer<typeof plannedFault>;
export type FaultyEndpoint = Exclude<keyof Faults, "latencyMs">;

const SHARED_KINDS = [
  "acceptThenDrop",
  "acceptThen500",
  "refuse500",
  "refuse503",
  "drop",
  "rateLimit",
] as const;

/** Decides the fault of each call: first the planned ones in their order, then by share. */
export class FaultBox {
  readonly #random: Random;
  #faults: Faults = {};

  constructor(random: Random) {
    this.#random = random;
  }

  /** Replaces all faults; `{}` means none. */
  set(faults: Faults): void {
    this.#faults = structuredClone(faults);
  }

  next(endpoint: FaultyEndpoint): PlannedFault & { latencyMs: number } {
    const faults = this.#faults[endpoint];
    const latencyMs = faults?.latencyMs ?? this.#faults.latencyMs ?? 0;
    const planned = faults?.next?.shift();
    if (planned) return { ...planned, latencyMs: planned.latencyMs ?? latencyMs };
    for (const kind of SHARED_KINDS) {
      if (this.#random.chance(faults?.[kind] ?? 0)) return { kind, latencyMs };
    }
    return { kind: "none", latencyMs };
  }
}
