import { listDueMedia } from "../database/media.ts";
import { sendPointers } from "../lib/send-pointers.ts";
import { LOST_AFTER_MS } from "./archive-turns.ts";
import { sweepShards } from "./sweep-each.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 500;

/** Points at files that are due and whose pointer was lost, or that nobody has pointed at. */
export function sweepMedia(services: Services): Promise<number> {
  return sweepShards(services, async (database) => {
    const before = services.now() - LOST_AFTER_MS;
    const due = await listDueMedia(database, before, AT_ONCE);
    await sendPointers(services.queues.media, due);
    return due.length;
  });
}
