import { openSender } from "../database/copy-rows.ts";
import { correctShard, findMove } from "../database/moves.ts";
import { projectState } from "../database/projections.ts";
import { log } from "../lib/log.ts";
import type { Sender } from "../database/senders.ts";
import type { Standing } from "../durable/sender-state.ts";
import type { Services } from "../services.ts";

/**
 * Puts a sender's row in the registry right by what its object knows, which no restore puts back:
 * its state, the shard it lives in, and a move that nobody remembers and its flush waits for.
 */
export async function correctSender(
  services: Services,
  sender: Sender,
  { senderKey, shard, state, journal, pausedFor, fence }: Standing,
): Promise<void> {
  if (senderKey !== sender.key || shard === null || sender.move !== null) return;
  const { registry } = services;
  const correct = (reason: string) => log.warn("sender.corrected", { sender: sender.key, reason });
  if (shard !== sender.shard && (await correctShard(registry, sender, shard))) {
    await openSender(services.shard(shard), sender.key, fence);
    correct("shard");
  }
  for (const id of pausedFor) {
    if ((await findMove(registry, id))?.state === "running") continue;
    await openSender(services.shard(shard), sender.key, fence);
    await services.phone(sender.phoneNumberId).resumeFlush(id, sender.key, shard);
    correct("move");
  }
  // What lies in the journal may be the state.
  if (journal > 0 || state.phase === sender.state) return;
  const { phase, reason } = state;
  const at = Math.max(state.at, sender.stateAt);
  await projectState(registry, sender.key, { phase, reason, at });
  correct("state");
}
