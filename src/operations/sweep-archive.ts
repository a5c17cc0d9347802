import { listStoredBodies } from "../database/history-bodies.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { wasLately } from "../lib/was-lately.ts";
import { arrivalOfKey, INBOX } from "./archive-keys.ts";
import type { Services } from "../services.ts";

/** An import ends 7 days after its first chunk at the latest; its raw parts stay for 7 days more. */
const KEEP_MS = 15 * 24 * 3_600_000;
/** R2 deletes up to 1,000 keys a call. */
const AT_ONCE = 500;
/** A list of R2 has its price, and nothing here is urgent. */
const LOOK_EVERY_MS = 10 * 60_000;
const LOOK_MARK = "sweep.archive.at";

/**
 * Deletes raw history bodies of imports that are long over: what is stored, what nobody claimed in 8
 * days, and what nobody can read (it is in `oversize/`). A body that is still to be stored never is.
 *
 * @returns how many objects are gone
 */
export async function sweepArchive(services: Services): Promise<number> {
  const now = services.now();
  const last = Number(await readMark(services.registry, LOOK_MARK));
  if (wasLately(last, now, LOOK_EVERY_MS)) return 0;
  await writeMark(services.registry, LOOK_MARK, String(now));
  const before = now - KEEP_MS;
  const { objects } = await services.archive.list({ prefix: INBOX, limit: AT_ONCE });
  const old = objects.map(({ key }) => key).filter((key) => arrivalOfKey(key) < before);
  if (old.length === 0) return 0;
  const done = [...(await listStoredBodies(services.registry, old))];
  if (done.length === 0) return 0;
  // Bodies first: one without its note would be stored once more, a note without its body is nothing.
  await services.archive.delete(done);
  await services.registry
    .prepare(`DELETE FROM history_bodies WHERE key IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(done))
    .run();
  return done.length;
}
