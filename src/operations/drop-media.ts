import { endDeletion, listMediaCustomers, markDeleted } from "../database/media.ts";
import { log } from "../lib/log.ts";
import { mediaKey } from "./archive-keys.ts";
import { mediaEvent } from "./media-events.ts";
import { tell } from "./tell.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/**
 * Deletes files of messages for good: noted first, so that whatever is cut short the sweep ends; when
 * this returns, the bytes are gone. What is deleted is not fetched again.
 *
 * @param wamids at most 1,000, which the archive deletes at once
 */
export async function dropMedia(
  services: Services,
  sender: Sender,
  wamids: string[],
  reason: "partner" | "retention",
): Promise<void> {
  const database = services.shard(sender.shard);
  const now = services.now();
  const events = (await listMediaCustomers(database, sender.key, wamids)).map((media) =>
    mediaEvent(sender.key, media, "deleted", `fd:${media.wamid}`, now, { reason }),
  );
  const writes = [markDeleted(database, sender.key, wamids, reason, now)];
  await tell(services, sender, events, { writes });
  await services.archive.delete(wamids.map((wamid) => mediaKey(sender.key, wamid)));
  await endDeletion(database, sender.key, wamids, now);
  // A partner's call has the wamid in its address, which Cloudflare keeps beside each line.
  if (reason === "retention") {
    log.info("media.deleted", { sender: sender.key, count: wamids.length, reason });
  }
}
