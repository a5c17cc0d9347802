import { listDueMedia } from "../database/media.ts";
import { sendPointers } from "../lib/send-pointers.ts";
import type { Services } from "../services.ts";

/** A pointer that is on its way has come by then. */
const LOST_AFTER_MS = 30_000;
const AT_ONCE = 500;

/** Points at files that are due and whose pointer was lost, or that nobody has pointed at. */
export async function sweepMedia(services: Services): Promise<number> {
  let found = 0;
  for (const shard of services.shards) {
    const before = services.now() - LOST_AFTER_MS;
    const due = await listDueMedia(services.shard(shard), before, AT_ONCE);
    await sendPointers(services.queues.media, due);
    found += due.length;
  }
  return found;
}
