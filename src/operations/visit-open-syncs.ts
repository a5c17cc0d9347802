import { readMark, writeMark } from "../database/marks.ts";
import { findSenderByKey } from "../database/senders.ts";
import { listOpenSyncs, moveSync } from "../database/syncs.ts";
import { logSkipped, sweepShards } from "./sweep-each.ts";
import type { Sender } from "../database/senders.ts";
import type { SyncKind, SyncState } from "../database/syncs.ts";
import type { Services } from "../services.ts";

/** Of one shard. */
const AT_ONCE = 20;
/** Of all: an import takes some five questions to D1, which answers 1,000 in a call. */
const ALL_AT_ONCE = 100;

/**
 * Visits the syncs of a kind that are under way, some at a time, and goes on there at the next call.
 * One whose onboarding was replaced is over; one that fails keeps none of the others.
 *
 * @param look judges one and says its state
 * @returns how many changed
 */
export async function visitOpenSyncs(
  services: Services,
  kind: SyncKind,
  look: (sender: Sender, before: SyncState) => Promise<SyncState>,
): Promise<number> {
  const atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(ALL_AT_ONCE / services.shards.length)));
  return sweepShards(services, async (database, shard) => {
    let changed = 0;
    const mark = `sweep.${kind}.${shard}`;
    const after = Number((await readMark(services.registry, mark)) ?? 0);
    const open = await listOpenSyncs(database, kind, after, atOnce);
    for (const { sender: key, generation, state: before } of open) {
      try {
        const sender = await findSenderByKey(services.registry, key);
        if (sender !== null && (sender.move !== null || sender.shard !== shard)) continue;
        if (sender === null || sender.generation !== generation) {
          await moveSync(database, key, generation, kind, "expired", services.now()).run();
          changed += 1;
        } else if ((await look(sender, before)) !== before) {
          changed += 1;
        }
      } catch (err) {
        logSkipped(kind, err, key); // it has its turn again, and so have those behind it
      }
    }
    const last = open.length === atOnce ? (open.at(-1)?.sender ?? 0) : 0;
    await writeMark(services.registry, mark, String(last));
    return changed;
  });
}
