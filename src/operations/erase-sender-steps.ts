import {
  blankSender,
  deleteOfRegistry,
  deleteRows,
  ERASED_TABLES,
  readSuccession,
  shutSender,
} from "../database/erase-sender-rows.ts";
import { eraseSenderEvents } from "../database/erase-customer-rows.ts";
import { listUnroutedOf } from "../database/forget-left-over.ts";
import { findSenderByKey } from "../database/senders.ts";
import { eventId } from "../lib/ids.ts";
import { MEDIA, OVERSIZE } from "./archive-keys.ts";
import { dropForeignBodies } from "./drop-foreign-bodies.ts";
import { placeIn, shardBehind, waitOut } from "./erase-customer-steps.ts";
import { rereadEndpoints } from "./reread-endpoints.ts";
import { dropItems } from "./sweep-left-over.ts";
import { tell } from "./tell.ts";
import type { Erasure } from "../database/erasures.ts";
import type { Services } from "../services.ts";
import type { ErasureStep, Turn } from "./run-erasure.ts";

/** What was on its way when the door was shut is there by then, or never comes; a fetch lasts longest. */
const SETTLE_MS = 17 * 60_000;
const FILES_AT_ONCE = 500;

/**
 * How a sender goes: the object first, so that nothing comes any more; after a pause all once more,
 * for what was on its way.
 */
export const SENDER_STEPS: readonly ErasureStep[] = [
  { name: "object", turn: eraseObject },
  { name: "events", turn: eraseEvents },
  { name: "tables", turn: eraseTables },
  { name: "files", turn: eraseFiles },
  { name: "registry", turn: eraseInRegistry },
  { name: "archive", turn: eraseInArchive },
  { name: "settle", turn: settle },
  { name: "events_again", turn: eraseEvents },
  { name: "tables_again", turn: eraseTables },
  { name: "files_again", turn: eraseFiles },
  { name: "tell", turn: tellErased },
];

async function eraseObject(
  services: Services,
  { sender, senderId, until }: Erasure,
): Promise<Turn> {
  await blankSender(services.registry, sender, until); // what the call may not have come to
  const { before, isAwaited } = await readSuccession(services.registry, sender, senderId);
  const order = { senderKey: sender, before, isAwaited };
  const erased = await services.phone(senderId).eraseSender(order);
  // Connected anew between the look and the order: then this sender is in use.
  if (!erased) throw new Error("The number is connected.");
  for (const shard of services.shards) await shutSender(services.shard(shard), sender);
  return { counts: { objects: 1 }, next: null };
}

async function eraseEvents(services: Services, erasure: Erasure): Promise<Turn> {
  const { partner, sender } = erasure;
  const { shard, after } = placeIn(services, erasure.place);
  const whose = { partner, sender, at: services.now() };
  const { erased, next } = await eraseSenderEvents(services.shard(shard), whose, after);
  const following = next === null ? shardBehind(services, shard) : `${shard}:${next}`;
  if (following === null) await rereadEndpoints(services, partner);
  return { counts: { events: erased }, next: following };
}

/** Table by table in every shard: a move may have left something behind. */
async function eraseTables(services: Services, erasure: Erasure): Promise<Turn> {
  const { sender, senderId, place } = erasure;
  const [at = 0, tableAt = 0] = (place ?? "0:0").split(":").map(Number);
  const shard = services.shards[at];
  const table = ERASED_TABLES[tableAt];
  if (shard === undefined) return { next: null };
  if (table === undefined) return { next: `${at + 1}:0` };
  const database = services.shard(shard);
  const { deleted, isAll } =
    table.name === "unrouted"
      ? await eraseItems(services, database, sender, senderId)
      : await deleteRows(database, table, sender);
  return {
    counts: { [table.name]: deleted },
    next: isAll ? `${at}:${tableAt + 1}` : `${at}:${tableAt}`,
  };
}

/** What nobody could use, with its copies in the archive. */
async function eraseItems(
  services: Services,
  database: D1Database,
  key: number,
  senderId: string,
): Promise<{ deleted: number; isAll: boolean }> {
  const { before, others } = await readSuccession(services.registry, key, senderId);
  const items = listUnroutedOf(database, { key, senderId, before, others }, FILES_AT_ONCE);
  const deleted = await dropItems(services, database, items);
  return { deleted, isAll: deleted < FILES_AT_ONCE };
}

async function eraseFiles({ archive }: Services, { sender }: Erasure): Promise<Turn> {
  let files = 0;
  let isMore = false;
  // Copies, too, whose rows were never written.
  for (const folder of [MEDIA, OVERSIZE]) {
    const prefix = `${folder}${sender}/`;
    const { objects, truncated } = await archive.list({ prefix, limit: FILES_AT_ONCE });
    if (objects.length > 0) await archive.delete(objects.map(({ key }) => key));
    files += objects.length;
    isMore ||= truncated;
  }
  return { counts: { files }, next: isMore ? "more" : null };
}

async function eraseInRegistry(services: Services, erasure: Erasure): Promise<Turn> {
  const { sender: key, partner, senderId } = erasure;
  const { senders: _, ...counts } = await deleteOfRegistry(services.registry, {
    key,
    partner,
    senderId,
  });
  return { counts, next: null };
}

async function eraseInArchive(services: Services, erasure: Erasure): Promise<Turn> {
  const { dropped, next } = await dropForeignBodies(services, erasure, erasure.place);
  return { counts: { raw_bodies: dropped }, next };
}

function settle(services: Services, { place }: Erasure): Promise<Turn> {
  return Promise.resolve(waitOut(services.now(), place, SETTLE_MS));
}

async function tellErased(services: Services, erasure: Erasure): Promise<Turn> {
  const { id, askedBy, until, senderId } = erasure;
  const sender = await findSenderByKey(services.registry, erasure.sender);
  if (sender === null) return { next: null };
  await tell(services, { ...sender, phoneNumberId: senderId }, [
    {
      id: eventId(sender.key, `er:${id}`),
      type: "sender.erased",
      at: until,
      data: { erasure_id: id, asked_by: askedBy === "partner" ? "partner" : "operator" },
    },
  ]);
  return { next: null };
}
