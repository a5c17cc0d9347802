import { readMark, writeMark } from "../database/marks.ts";
import { findSenderByKey } from "../database/senders.ts";
import { SHARDS } from "../database/shards.ts";
import { listOpenHistory, moveSync } from "../database/syncs.ts";
import { judgeSenderHistory } from "./judge-history.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 50;

/**
 * Looks at imports under way, some at a time: a quiet spell completes one, a long silence makes it
 * stalled, and one whose onboarding was replaced is over.
 */
export async function sweepHistory(services: Services): Promise<number> {
  let changed = 0;
  for (const shard of SHARDS) {
    const database = services.shard(shard);
    const mark = `sweep.history.${shard}`;
    const after = Number((await readMark(services.registry, mark)) ?? 0);
    const open = await listOpenHistory(database, after, AT_ONCE);
    for (const { sender: key, generation, state: before } of open) {
      const sender = await findSenderByKey(services.registry, key);
      if (sender === null || sender.generation !== generation) {
        await moveSync(database, key, generation, "history", "expired", services.now()).run();
        changed += 1;
      } else if ((await judgeSenderHistory(services, sender)) !== before) {
        changed += 1;
      }
    }
    const last = open.length === AT_ONCE ? (open.at(-1)?.sender ?? 0) : 0;
    await writeMark(services.registry, mark, String(last));
  }
  return changed;
}
