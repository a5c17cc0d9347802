import {
  deleteCustomerRows,
  deleteFileRows,
  deleteKeptByOthers,
  deleteLeftOver,
  deleteMessages,
  eraseCustomerEvents,
  listErasable,
  listErasedFiles,
  listFreshWamids,
} from "../database/erase-customer-rows.ts";
import { findSenderByKey, listSenderKeys } from "../database/senders.ts";
import { wholeSecond } from "../lib/erased-names.ts";
import { eventId } from "../lib/ids.ts";
import { mediaKey } from "./archive-keys.ts";
import { dropOversizeOf } from "./drop-oversize.ts";
import { dropRawBodies } from "./drop-raw-bodies.ts";
import { findCustomerKeys, nameDigest } from "./erase-customer.ts";
import { onTheMove } from "./erase-sender.ts";
import { rereadEndpoints } from "./reread-endpoints.ts";
import { tell } from "./tell.ts";
import type { Erasure, ErasureNames } from "../database/erasures.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";
import type { ErasureStep, Turn } from "./run-erasure.ts";

const MESSAGES_AT_ONCE = 300;
/** Longer than a fetch of a file may last (keep-media.ts). */
const FETCH_MS = 16 * 60_000;
/** What was on its way to D1 when the object forgot it is there by then, or never comes. */
const SETTLE_MS = 2 * 60_000;

/**
 * How a customer goes. First the object, so that nothing of theirs comes any more; events while their
 * messages still tell whose they are; after a pause all once more, for what was on its way.
 */
export const CUSTOMER_STEPS: readonly ErasureStep[] = [
  { name: "object", turn: eraseInObject },
  { name: "events", turn: eraseEvents },
  { name: "messages", turn: eraseMessages },
  { name: "rows", turn: eraseRows },
  { name: "archive", turn: eraseInArchive },
  { name: "settle", turn: settle },
  { name: "events_again", turn: eraseEvents },
  { name: "messages_again", turn: eraseMessages },
  { name: "rows_again", turn: eraseRows },
  { name: "files", turn: eraseFiles },
  { name: "tell", turn: tellErased },
];

async function eraseInObject(services: Services, erasure: Erasure): Promise<Turn> {
  const sender = await senderOf(services, erasure, true); // D1 is only read
  const database = services.shard(sender.shard);
  const { asked, keys: before, wamids: fresh } = namesOf(erasure);
  const keys = [...new Set([...before, ...(await findCustomerKeys(database, sender.key, asked))])];
  const { until } = erasure;
  // What was in the object when it was asked for can have come to D1 since.
  const second = await listFreshWamids(database, sender.key, keys, until, wholeSecond(until) + 999);
  const wamids = [...new Set([...fresh, ...second])];
  const order = { senderKey: sender.key, customer: asked, keys, until, wamids };
  const here = await services.phone(sender.phoneNumberId).eraseCustomer(order);
  const names = { asked, keys: here.keys, names: here.names, wamids: here.wamids };
  erasure.names = names;
  const told = new Set([asked, ...names.names.map(({ name }) => name)]);
  erasure.digests = [...told].map((name) => nameDigest(erasure.id, name));
  return { counts: { facts: here.facts, sends: here.sends }, next: null };
}

/** In every shard: events stay where they came in, also when their sender moves. */
async function eraseEvents(services: Services, erasure: Erasure): Promise<Turn> {
  const { partner, sender, until } = erasure;
  const { shard, after } = placeIn(services, erasure.place);
  const whose = { partner, sender, until, at: services.now() };
  const database = services.shard(shard);
  const { erased, next } = await eraseCustomerEvents(database, whose, namesOf(erasure), after);
  const following = next === null ? shardBehind(services, shard) : `${shard}:${next}`;
  // Endpoints may have read some of them, and not told them yet.
  if (following === null) await rereadEndpoints(services, partner);
  return { counts: { events: erased }, next: following };
}

async function eraseMessages(services: Services, erasure: Erasure): Promise<Turn> {
  const sender = await senderOf(services, erasure);
  const database = services.shard(sender.shard);
  const names = namesOf(erasure);
  const wamids = await listErasable(database, sender.key, names, erasure.until, MESSAGES_AT_ONCE);
  if (wamids.length === 0) return { next: null };
  // Bytes first: without its row nobody would find a file.
  await services.archive.delete(wamids.map((wamid) => mediaKey(sender.key, wamid)));
  const counts = await deleteMessages(database, sender.key, wamids, services.now(), FETCH_MS);
  return { counts, next: wamids.length < MESSAGES_AT_ONCE ? null : "more" };
}

async function eraseRows(services: Services, erasure: Erasure): Promise<Turn> {
  const sender = await senderOf(services, erasure);
  const database = services.shard(sender.shard);
  const names = namesOf(erasure);
  let large = await dropOversizeOf(services, database, [sender.key], names);
  const counts = await deleteCustomerRows(database, sender.key, names, erasure.until);
  const left = await deleteLeftOver(services.registry, sender.key, erasure.senderId, names);
  const holders = await listSenderKeys(services.registry, erasure.senderId);
  const others = holders.filter((key) => key !== sender.key);
  for (const shard of others.length === 0 ? [] : services.shards) {
    large += await dropOversizeOf(services, services.shard(shard), others, names, true);
    const kept = await deleteKeptByOthers(services.shard(shard), others, names, erasure.until);
    left["unrouted"] = (left["unrouted"] ?? 0) + kept;
  }
  return { counts: sum(sum(counts, left), { files: large }), next: null };
}

/** Raw bodies of history hold everybody's past together: what is stored goes, the rest is waited for. */
async function eraseInArchive(services: Services, erasure: Erasure): Promise<Turn> {
  const { dropped, next, open } = await dropRawBodies(services, erasure, erasure.place);
  const counts = { raw_bodies: dropped };
  if (open === 0) return { counts, next };
  return { counts, next: erasure.place, wait: { ms: 60_000, for: "import" } };
}

function settle(services: Services, { place }: Erasure): Promise<Turn> {
  return Promise.resolve(waitOut(services.now(), place, SETTLE_MS));
}

/** Waits until what was on its way is there, or never comes. @param place when that is (epoch ms) */
export function waitOut(now: number, place: string | null, ms: number): Turn {
  // One that lies further ahead is of a clock that was wrong.
  const until = Math.min(Number(place ?? Number.POSITIVE_INFINITY), now + ms);
  if (until <= now) return { next: null };
  return { next: String(until), wait: { ms: until - now, for: "what_was_on_its_way" } };
}

/** Files that somebody was fetching when their messages went. */
async function eraseFiles(services: Services, erasure: Erasure): Promise<Turn> {
  const sender = await senderOf(services, erasure);
  const database = services.shard(sender.shard);
  const files = await listErasedFiles(database, sender.key, MESSAGES_AT_ONCE);
  const now = services.now();
  const ripe = files.filter(({ dueAt }) => (dueAt ?? 0) <= now).map(({ wamid }) => wamid);
  if (ripe.length > 0) {
    await services.archive.delete(ripe.map((wamid) => mediaKey(sender.key, wamid)));
    await deleteFileRows(database, sender.key, ripe);
    return { next: "more" };
  }
  const soonest = Math.min(...files.map(({ dueAt }) => dueAt ?? 0));
  if (files.length === 0) return { next: null };
  return { next: null, wait: { ms: Math.max(soonest - now, 1_000), for: "files" } };
}

async function tellErased(services: Services, erasure: Erasure): Promise<Turn> {
  const sender = await senderOf(services, erasure);
  const { id, askedBy, until, digests } = erasure;
  await tell(services, sender, [
    {
      id: eventId(sender.key, `er:${id}`),
      type: "customer.erased",
      at: until,
      data: {
        erasure_id: id,
        asked_by: askedBy === "partner" ? "partner" : "operator",
        name_digests: digests ?? [],
      },
    },
  ]);
  return { next: null };
}

async function senderOf(
  services: Services,
  { sender: key }: Erasure,
  mayMove = false,
): Promise<Sender> {
  const sender = await findSenderByKey(services.registry, key);
  if (sender === null) throw new Error("The sender of an erasure is gone.");
  if (sender.move !== null && !mayMove) throw onTheMove();
  return sender;
}

function namesOf({ names }: Erasure): ErasureNames {
  if (names === null) throw new Error("An erasure has no names any more.");
  return names;
}

/** Copies of events that came along with a move lie below zero. */
const BEGIN = Number.MIN_SAFE_INTEGER;

/** Which shard's log is being walked through, and behind which position. */
export function placeIn(
  { shards }: Pick<Services, "shards">,
  place: string | null,
): { shard: string; after: number } {
  const [shard, after] = place?.split(":") ?? [];
  const known = shards.find((name) => name === shard) ?? "DB";
  return { shard: known, after: after === undefined || after === "" ? BEGIN : Number(after) };
}

/** The place at the beginning of the next shard; null behind the last. */
export function shardBehind({ shards }: Pick<Services, "shards">, shard: string): string | null {
  const next = shards[shards.findIndex((name) => name === shard) + 1];
  return next === undefined ? null : `${next}:`;
}

function sum(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const all = { ...one };
  for (const [name, count] of Object.entries(other)) all[name] = (all[name] ?? 0) + count;
  return all;
}
