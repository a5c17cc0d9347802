import { pruneLooseChanges } from "../database/loose-changes.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { wasLately } from "../lib/was-lately.ts";
import { sweepShards } from "./sweep-each.ts";
import type { Services } from "../services.ts";

const DAY_MS = 24 * 3_600_000;
/** Longer than Meta repeats a webhook (7 days) and an import takes (7 days). */
const AWAITED_MS = 30 * DAY_MS;
const AT_ONCE = 500;
const MARK = "loose_changes_pruned_at";

/**
 * Once a day: forgets edits and revokes whose message has not come in 30 days. Where there are more
 * than it takes at once, it goes on at the next call.
 *
 * @param atOnce of each shard; tests make it small
 * @returns how many are forgotten
 */
export async function sweepLooseChanges(services: Services, atOnce = AT_ONCE): Promise<number> {
  const now = services.now();
  const last = Number(await readMark(services.registry, MARK));
  if (wasLately(last, now, DAY_MS)) return 0;
  let isDone = true;
  const pruned = await sweepShards(services, async (database) => {
    const count = await pruneLooseChanges(database, now - AWAITED_MS, atOnce);
    if (count >= atOnce) isDone = false;
    return count;
  });
  if (isDone) await writeMark(services.registry, MARK, String(now));
  return pruned;
}
