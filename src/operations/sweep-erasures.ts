import { listDueErasures } from "../database/erasures.ts";
import { runErasure } from "./run-erasure.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 5;
/** A turn takes up to a dozen of the 1,000 queries that an invocation may make. */
const TURNS = 40;
/**
 * Behind an answer (begin-erasures.ts) a run is cut after 30 s (platform.md 1.1), and what it was at
 * would rest for a lease: with this the longest turn has as long again.
 */
const RUN_MS = 15_000;

/**
 * Goes on with erasures that are due: under way, or cut short. They share the turns of one and its
 * time, as they share an invocation; who gets none of it is due first at the next call.
 *
 * @returns how many
 */
export async function sweepErasures(services: Services): Promise<number> {
  const endsAt = services.now() + RUN_MS;
  const due = await listDueErasures(services.registry, services.now(), AT_ONCE);
  const turns = Math.ceil(TURNS / due.length);
  for (const id of due) {
    if (services.now() < endsAt) await runErasure(services, id, turns, endsAt);
  }
  return due.length;
}
