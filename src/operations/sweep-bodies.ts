import { requestIdField } from "../lib/request-id.ts";
import { arrivalOfKey } from "./archive-keys.ts";
import { listOpenBodies } from "./list-open-bodies.ts";
import type { Services } from "../services.ts";

/** A pointer that is on its way gets this long before it counts as lost. */
export const LOST_AFTER_MS = 30_000;

/**
 * Points again at raw history bodies that no consumer has stored to the end: their pointer was lost,
 * or they wait for their number to be connected.
 */
export async function sweepBodies(services: Services): Promise<number> {
  const before = services.now() - LOST_AFTER_MS;
  const open = await listOpenBodies(services);
  const stranded = open.filter(({ key }) => arrivalOfKey(key) < before);
  for (const { key } of stranded) await services.queues.history.send({ key, ...requestIdField() });
  return stranded.length;
}
