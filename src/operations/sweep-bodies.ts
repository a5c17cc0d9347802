import { readMark, writeMark } from "../database/marks.ts";
import { arrivalOfKey, INBOX } from "./archive-keys.ts";
import type { Services } from "../services.ts";

/** A pointer that is on its way gets this long before it counts as lost. */
const LOST_AFTER_MS = 30_000;
/** A put can come to its end after a later one: the start only moves over what is older. */
const SETTLED_AFTER_MS = 10 * 60_000;
const A_LIST = 500;
const LISTS_AT_ONCE = 10;
const MARK = "sweep.bodies";

/**
 * Finds raw history bodies that no consumer has split to the end: their pointer was lost, or they
 * wait for their number to be connected. Starts where everything before is done.
 */
export async function sweepBodies(services: Services): Promise<number> {
  let startAfter = await readMark(services.registry, MARK);
  let reached = startAfter;
  let allDone = true;
  let found = 0;
  for (let list = 0; list < LISTS_AT_ONCE; list++) {
    const { objects, truncated } = await services.archive.list({
      prefix: INBOX,
      limit: A_LIST,
      ...(startAfter === null ? {} : { startAfter }),
    });
    const keys = objects.map((object) => object.key);
    const done = await listDone(services, keys);
    for (const key of keys) {
      const age = services.now() - arrivalOfKey(key);
      if (!done.has(key)) {
        allDone = false;
        if (age < LOST_AFTER_MS) continue;
        await services.queues.history.send({ key });
        found += 1;
      } else if (allDone && age > SETTLED_AFTER_MS) {
        reached = key;
      }
    }
    startAfter = keys.at(-1) ?? startAfter;
    if (!truncated) break;
  }
  if (reached !== null) await writeMark(services.registry, MARK, reached);
  return found;
}

async function listDone(services: Services, keys: string[]): Promise<Set<string>> {
  const { results } = await services.registry
    .prepare(`SELECT key FROM history_bodies WHERE key IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(keys))
    .all<{ key: string }>();
  return new Set(results.map((row) => row.key));
}
