import { readMark, writeMark } from "../database/marks.ts";
import { listPrunable, pruneEvents } from "../database/prune-events.ts";
import { wasLately } from "../lib/was-lately.ts";
import { sweepShards } from "./sweep-each.ts";
import type { Services } from "../services.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Chunks that a run forgets in each shard: 20,000 events a minute, more than a shard writes. */
const AT_ONCE = 20;
/** And in all shards together: each is three of the 1,000 queries of an invocation (platform.md 1.2). */
const CHUNKS_MAX = 200;
const MARK = "events_pruned_at";

/**
 * Once an hour: forgets events that have been in the log for `EVENT_RETENTION_DAYS`. Where there are
 * more than it takes at once, it goes on at the next call.
 *
 * @param atOnce chunks of each shard; tests make it small
 * @returns how many are forgotten
 */
export async function sweepEvents(
  services: Services,
  atOnce = Math.min(AT_ONCE, Math.ceil(CHUNKS_MAX / services.shards.length)),
): Promise<number> {
  const now = services.now();
  if (wasLately(Number(await readMark(services.registry, MARK)), now, HOUR_MS)) return 0;
  const before = now - services.settings.EVENT_RETENTION_DAYS * DAY_MS;
  let isDone = true;
  const gone = await sweepShards(services, async (database) => {
    let pruned = 0;
    for (let left = atOnce; ;) {
      const partners = await listPrunable(database, before, Math.max(left, 1));
      if (partners.length === 0) break;
      if (left === 0) {
        isDone = false;
        break;
      }
      for (const partner of partners) pruned += await pruneEvents(database, partner, before);
      left -= partners.length;
    }
    return pruned;
  });
  if (isDone) await writeMark(services.registry, MARK, String(now));
  return gone;
}
