import { readMark, writeMark } from "../database/marks.ts";
import { arrivalOfKey, INBOX } from "./archive-keys.ts";
import type { Services } from "../services.ts";

/** A pointer that is on its way gets this long before it counts as lost. */
const LOST_AFTER_MS = 30_000;
const AT_ONCE = 500;
const MARK = "sweep.bodies";

/**
 * Finds raw history bodies that no consumer has split to the end: their pointer was lost, or they
 * wait for their number to be connected. Starts where everything before is done.
 */
export async function sweepBodies(services: Services): Promise<number> {
  const startAfter = await readMark(services.registry, MARK);
  const { objects } = await services.archive.list({
    prefix: INBOX,
    limit: AT_ONCE,
    ...(startAfter === null ? {} : { startAfter }),
  });
  const keys = objects.map((object) => object.key);
  const done = await listDone(services, keys);
  const before = services.now() - LOST_AFTER_MS;
  const stranded = keys.filter((key) => !done.has(key) && arrivalOfKey(key) < before);
  for (const key of stranded) await services.queues.history.send({ key });
  // Everything up to the first that is not done needs no second look.
  const firstOpen = keys.findIndex((key) => !done.has(key));
  const reached = firstOpen === -1 ? keys.at(-1) : keys[firstOpen - 1];
  if (reached !== undefined) await writeMark(services.registry, MARK, reached);
  return stranded.length;
}

async function listDone(services: Services, keys: string[]): Promise<Set<string>> {
  const { results } = await services.registry
    .prepare(`SELECT key FROM history_bodies WHERE key IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(keys))
    .all<{ key: string }>();
  return new Set(results.map((row) => row.key));
}
