import { readMark, writeMark } from "../database/marks.ts";
import { listStoredBefore } from "../database/media.ts";
import { listRetaining } from "../database/partners.ts";
import { findSenderByKey } from "../database/senders.ts";
import { dropMedia } from "./drop-media.ts";
import { logSkipped } from "./sweep-each.ts";
import type { Services } from "../services.ts";

const DAY_MS = 24 * 3_600_000;
/** Each takes four questions to D1. */
const SENDERS_AT_ONCE = 20;
const FILES_AT_ONCE = 200;
const MARK = "sweep.media_retention";

/** Deletes files past what their partner keeps them for, some senders at a time, in turn. */
export async function sweepMediaRetention(services: Services): Promise<number> {
  const after = Number((await readMark(services.registry, MARK)) ?? 0);
  const senders = await listRetaining(services.registry, after, SENDERS_AT_ONCE);
  let deleted = 0;
  for (const { key, days } of senders) {
    const sender = await findSenderByKey(services.registry, key);
    if (sender === null || sender.move !== null) continue;
    const before = services.now() - days * DAY_MS;
    try {
      const database = services.shard(sender.shard);
      const wamids = await listStoredBefore(database, key, before, FILES_AT_ONCE);
      if (wamids.length > 0) await dropMedia(services, sender, wamids, "retention");
      deleted += wamids.length;
    } catch (err) {
      logSkipped("retention", err, key); // it has its turn again
    }
  }
  const last = senders.length === SENDERS_AT_ONCE ? (senders.at(-1)?.key ?? 0) : 0;
  if (last !== after) await writeMark(services.registry, MARK, String(last));
  return deleted;
}
