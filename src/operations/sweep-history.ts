import { findSenderByKey } from "../database/senders.ts";
import { SHARDS } from "../database/shards.ts";
import { listOpenHistory } from "../database/syncs.ts";
import { judgeSenderHistory } from "./judge-history.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 200;

/** Looks at imports under way: a quiet spell completes one, a long silence makes it stalled. */
export async function sweepHistory(services: Services): Promise<number> {
  let changed = 0;
  for (const shard of SHARDS) {
    for (const { sender: key, generation } of await listOpenHistory(
      services.shard(shard),
      AT_ONCE,
    )) {
      const sender = await findSenderByKey(services.registry, key);
      if (sender === null || sender.generation !== generation) continue;
      const state = await judgeSenderHistory(services, sender);
      if (state !== "importing" && state !== "requested") changed += 1;
    }
  }
  return changed;
}
