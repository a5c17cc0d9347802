import { listDueErasures } from "../database/erasures.ts";
import { ERASURE_TURNS, runErasure } from "./run-erasure.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 5;

/**
 * Goes on with erasures that are due: under way, or cut short. They share the turns of one, as they
 * share the queries of an invocation.
 *
 * @returns how many
 */
export async function sweepErasures(services: Services): Promise<number> {
  const due = await listDueErasures(services.registry, services.now(), AT_ONCE);
  const turns = Math.ceil(ERASURE_TURNS / due.length);
  for (const id of due) await runErasure(services, id, turns);
  return due.length;
}
