import { deleteMessages } from "../database/erase-customer-rows.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { deleteOldConversations, listOldMessages } from "../database/message-retention.ts";
import { listRetainingMessages } from "../database/partners.ts";
import { findSenderByKey } from "../database/senders.ts";
import { log } from "../lib/log.ts";
import { wasLately } from "../lib/was-lately.ts";
import { mediaKey } from "./archive-keys.ts";
import { logSkipped } from "./sweep-each.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

const DAY_MS = 24 * 3_600_000;
const MESSAGES_AT_ONCE = 300;
const TURNS = 20;
/** Longer than a fetch of a file may last (keep-media.ts). */
const FETCH_MS = 16 * 60_000;
const MARK = "sweep.message_retention";

/** How far a walk through all senders is. */
interface Walk {
  /** Epoch ms. */
  startedAt: number;
  /** It goes on behind this customer of this sender; null: with the sender behind it. */
  sender: number;
  customer: string | null;
  isOver: boolean;
}

/**
 * Once a day: deletes messages that are older than their partner keeps them, with their files; a walk
 * of many small turns. Silent, as history is: a partner that keeps less knows by its own days.
 *
 * @param turns tests make it small
 * @returns how many are gone
 */
export async function sweepMessageRetention(services: Services, turns = TURNS): Promise<number> {
  const now = services.now();
  const noted = JSON.parse((await readMark(services.registry, MARK)) ?? "null") as Walk | null;
  if (noted?.isOver === true && wasLately(noted.startedAt, now, DAY_MS)) return 0;
  const begun = { startedAt: now, sender: 0, customer: null, isOver: false };
  const walk: Walk = noted === null || noted.isOver ? begun : noted;
  let deleted = 0;
  for (let turn = 0; turn < turns && !walk.isOver; turn++) {
    const behind = walk.customer === null ? walk.sender : walk.sender - 1;
    const [retaining] = await listRetainingMessages(services.registry, behind, 1);
    if (retaining === undefined) {
      walk.isOver = true;
      continue;
    }
    const { key, days } = retaining;
    const after = key === walk.sender ? (walk.customer ?? "") : "";
    const sender = await findSenderByKey(services.registry, key);
    const mayBeWritten = sender !== null && sender.move === null;
    let next: string | null = null;
    try {
      if (mayBeWritten) {
        const dropped = await dropOld(services, sender, after, now - days * DAY_MS);
        deleted += dropped.count;
        next = dropped.next;
      }
    } catch (err) {
      logSkipped("message_retention", err, key); // the next walk comes by it
    }
    Object.assign(walk, { sender: key, customer: next });
  }
  await writeMark(services.registry, MARK, JSON.stringify(walk));
  return deleted;
}

/** @returns how many are gone, and the customer behind whom to go on; null when the sender is through */
async function dropOld(
  services: Services,
  sender: Sender,
  after: string,
  before: number,
): Promise<{ count: number; next: string | null }> {
  const database = services.shard(sender.shard);
  const { key } = sender;
  const old = await listOldMessages(database, key, after, before, MESSAGES_AT_ONCE);
  const { wamids, customers, reached } = old;
  if (wamids.length > 0) {
    // Bytes first: without its row nobody would find a file.
    await services.archive.delete(wamids.map((wamid) => mediaKey(key, wamid)));
    await deleteMessages(database, key, wamids, services.now(), FETCH_MS);
    await deleteOldConversations(database, key, customers, before);
    log.info("messages.expired", { sender: key, count: wamids.length });
  }
  // A full page may have left some of the same customers'.
  if (wamids.length === MESSAGES_AT_ONCE) return { count: wamids.length, next: after };
  return { count: wamids.length, next: reached };
}
