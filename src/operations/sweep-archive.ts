import { listUnstoredChunks } from "../database/history.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { findSenderByKey } from "../database/senders.ts";
import { arrivalOfKey, chunkOfPagesKey, INBOX, PAGES } from "./archive-keys.ts";
import type { Services } from "../services.ts";

/** An import ends 7 days after its first chunk at the latest; its raw parts stay for 7 days more. */
const KEEP_MS = 15 * 24 * 3_600_000;
/** R2 deletes up to 1,000 keys a call. */
const AT_ONCE = 500;
/** A list of R2 has its price, and nothing here is urgent. */
const LOOK_EVERY_MS = 10 * 60_000;
const LOOK_MARK = "sweep.archive.at";
const PAGES_MARK = "sweep.archive.pages";

/**
 * Deletes raw history bodies, and pages cut from them, of imports that are long over: what is split
 * and stored, what nobody claimed in 8 days, and what nobody can read (it is in `oversize/`). A body
 * that is still to be split is never deleted, nor a page that is still to be stored.
 *
 * @returns how many objects are gone
 */
export async function sweepArchive(services: Services): Promise<number> {
  const now = services.now();
  if (now < Number(await readMark(services.registry, LOOK_MARK)) + LOOK_EVERY_MS) return 0;
  await writeMark(services.registry, LOOK_MARK, String(now));
  const before = now - KEEP_MS;
  return (await deleteBodies(services, before)) + (await deletePages(services, before));
}

async function deleteBodies(services: Services, before: number): Promise<number> {
  const { objects } = await services.archive.list({ prefix: INBOX, limit: AT_ONCE });
  const old = objects.map(({ key }) => key).filter((key) => arrivalOfKey(key) < before);
  if (old.length === 0) return 0;
  const { results } = await services.registry
    .prepare(`SELECT key FROM history_bodies WHERE key IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(old))
    .all<{ key: string }>();
  const done = results.map(({ key }) => key);
  if (done.length === 0) return 0;
  // Bodies first: one without its note would be split once more, a note without its body is nothing.
  await services.archive.delete(done);
  await services.registry
    .prepare(`DELETE FROM history_bodies WHERE key IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(done))
    .run();
  return done.length;
}

/** Their keys tell no time, so all are walked through, some at each look. */
async function deletePages(services: Services, before: number): Promise<number> {
  const startAfter = await readMark(services.registry, PAGES_MARK);
  const { objects, truncated } = await services.archive.list({
    prefix: PAGES,
    limit: AT_ONCE,
    ...(startAfter === null || startAfter === "" ? {} : { startAfter }),
  });
  await writeMark(services.registry, PAGES_MARK, truncated ? (objects.at(-1)?.key ?? "") : "");
  const old = objects.filter(({ uploaded }) => uploaded.getTime() < before);
  const bySender = Map.groupBy(old, ({ key }) => chunkOfPagesKey(key).sender);
  let deleted = 0;
  for (const [key, some] of bySender) {
    const sender = await findSenderByKey(services.registry, key);
    const chunks = some.map((object) => chunkOfPagesKey(object.key).chunk);
    const unstored = new Set(
      sender === null
        ? []
        : await listUnstoredChunks(services.shard(sender.shard), sender.key, chunks),
    );
    const done = some.filter((object) => !unstored.has(chunkOfPagesKey(object.key).chunk));
    if (done.length > 0) await services.archive.delete(done.map((object) => object.key));
    deleted += done.length;
  }
  return deleted;
}
