import { findPage, isChunkStored } from "../database/history.ts";
import { findSenderByKey } from "../database/senders.ts";
import { storePage } from "../database/store-page.ts";
import { log } from "../lib/log.ts";
import { sendPointers } from "../lib/send-pointers.ts";
import { pagesKey } from "./archive-keys.ts";
import { judgeSenderHistory } from "./judge-history.ts";
import type { PagePointer } from "../queues/bodies.ts";
import type { Services } from "../services.ts";

/**
 * Stores one page. It looks the world up again rather than trusting the pointer: a page that is
 * stored already is done, one whose object is gone is an error to retry.
 */
export async function storeHistoryPage(services: Services, pointer: PagePointer): Promise<void> {
  const sender = await findSenderByKey(services.registry, pointer.sender);
  if (sender === null) return;
  const database = services.shard(sender.shard);
  const page = await findPage(database, sender.key, pointer.chunk, pointer.page);
  if (page === null) return;
  let whole: boolean;
  if (page.storedAt === null) {
    const object = await services.archive.get(pagesKey(sender.key, pointer.chunk), {
      range: { offset: page.offset, length: page.length },
    });
    if (object === null) throw new Error("The pages object is not in the archive.");
    const text = await object.text();
    const stored = await storePage(database, sender.key, pointer, text, services.now());
    whole = stored.whole;
    const files = stored.wanted.map((wamid) => ({ sender: sender.key, wamid }));
    await sendPointers(services.queues.media, files);
    log.info("history.page_stored", { sender: sender.key, bytes: page.length });
  } else {
    whole = await isChunkStored(database, sender.key, pointer.chunk);
  }
  if (whole) await judgeSenderHistory(services, sender, pointer.chunk);
}
