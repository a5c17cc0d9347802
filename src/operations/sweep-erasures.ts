import { listDueErasures } from "../database/erasures.ts";
import { runErasure } from "./run-erasure.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 5;

/** Goes on with erasures that are due: under way, or cut short. @returns how many */
export async function sweepErasures(services: Services): Promise<number> {
  const due = await listDueErasures(services.registry, services.now(), AT_ONCE);
  for (const id of due) await runErasure(services, id);
  return due.length;
}
