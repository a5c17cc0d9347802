import { claimErasure, saveErasure } from "../database/erasures.ts";
import { errorKind, log } from "../lib/log.ts";
import { CUSTOMER_STEPS } from "./erase-customer-steps.ts";
import { SENDER_STEPS } from "./erase-sender-steps.ts";
import type { Erasure } from "../database/erasures.ts";
import type { Services } from "../services.ts";

/** What a turn of a step came to. */
export interface Turn {
  /** Rows, files and facts that are gone by it, by place. */
  counts?: Record<string, number>;
  /** Where the next turn goes on; null: the step is done. */
  next: string | null;
  /** Nothing can be done before then (ms from now), and why. */
  wait?: { ms: number; for: string };
}

/** A step of an erasure. Each turn is bounded, and may run again. */
export interface ErasureStep {
  name: string;
  turn: (services: Services, erasure: Erasure) => Promise<Turn>;
}

/** Longer than an invocation lasts. */
const LEASE_MS = 16 * 60_000;
const RETRY_MAX_MS = 3_600_000;
/** From here on somebody should look. */
const ATTEMPTS_QUIET = 5;

/**
 * Goes on with an erasure that is due, some turns of it. Whoever comes second finds it taken; what a
 * crash cut short goes on from its last turn. Never throws: what fails is tried again later.
 *
 * @param turns so many at most
 * @param endsAt epoch ms from which on no turn begins
 */
export async function runErasure(
  services: Services,
  id: string,
  turns: number,
  endsAt: number,
): Promise<void> {
  const now = services.now();
  const erasure = await claimErasure(services.registry, id, now, now + LEASE_MS);
  if (erasure === null) return;
  const { sender, kind } = erasure;
  try {
    const waitMs = await takeTurns(services, erasure, turns, endsAt);
    const dueAt = erasure.state === "done" ? null : services.now() + waitMs;
    await saveErasure(services.registry, { ...erasure, attempts: 0 }, dueAt);
  } catch (err) {
    const attempts = erasure.attempts + 1;
    const fields = { sender, action: kind, reason: erasure.step, attempts, error: errorKind(err) };
    if (attempts > ATTEMPTS_QUIET) log.error("erasure.stuck", fields);
    else log.warn("erasure.failed", fields);
    const waitMs = Math.min(5_000 * 2 ** attempts, RETRY_MAX_MS);
    await saveErasure(services.registry, { ...erasure, attempts }, services.now() + waitMs);
  }
}

/** @returns how long nothing is to be done (ms) */
async function takeTurns(
  services: Services,
  erasure: Erasure,
  turns: number,
  endsAt: number,
): Promise<number> {
  const steps = erasure.kind === "customer" ? CUSTOMER_STEPS : SENDER_STEPS;
  for (let turn = 0; turn < turns && services.now() < endsAt; turn++) {
    const at = steps.findIndex(({ name }) => name === erasure.step);
    const step = steps[at];
    if (step === undefined) throw new Error(`An erasure has no step ${erasure.step}.`);
    const { counts = {}, next, wait } = await step.turn(services, erasure);
    for (const [place, count] of Object.entries(counts)) {
      erasure.counts[place] = (erasure.counts[place] ?? 0) + count;
    }
    erasure.place = next;
    erasure.waitsFor = wait?.for ?? null;
    if (wait !== undefined) return wait.ms;
    if (next !== null) continue;
    const { sender, kind } = erasure;
    log.info("erasure.advanced", { sender, action: kind, reason: step.name });
    const following = steps[at + 1];
    if (following === undefined) {
      Object.assign(erasure, { state: "done", names: null, endedAt: services.now() });
      log.info("erasure.done", { sender, action: kind });
      return 0;
    }
    erasure.step = following.name;
    // What a step is to go by must be kept before the next one has destroyed where it came from.
    await saveErasure(services.registry, erasure, services.now() + LEASE_MS);
  }
  return 0;
}
