import { appendEvents } from "../database/append-events.ts";
import { findChunkGeneration, listMissingPages, saveChunk } from "../database/history.ts";
import { findCurrentSender } from "../database/senders.ts";
import { findSync, moveSync } from "../database/syncs.ts";
import { eventId, sha256Hex } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import { sendAllPointers } from "../lib/send-pointers.ts";
import { phoneVariants } from "../lib/phone-variants.ts";
import { readHistory } from "../meta/history-split.ts";
import { parseMeta } from "../meta/read-json.ts";
import { UNREAD } from "./accept-history.ts";
import { acceptUnread } from "./accept-webhook.ts";
import { arrivalOfKey, hashOfKey, pagesKey } from "./archive-keys.ts";
import { cutPages } from "./cut-pages.ts";
import { judgeSenderHistory } from "./judge-history.ts";
import type { PageRange } from "../database/history.ts";
import type { Sender } from "../database/senders.ts";
import type { HistoryError, HistoryPart } from "../meta/history-split.ts";
import type { Json } from "../meta/read-json.ts";
import type { Page } from "./cut-pages.ts";
import type { Services } from "../services.ts";

/** Meta's code for "the owner chose not to share" (protocol.md 2.3.3). */
const DECLINED = 2593109;
const GIVE_UP_MS = 8 * 24 * 3_600_000;

/**
 * Cuts a raw body into pages, notes its chunks and points at the pages. The same body again finds
 * its chunks and only points at pages that are missing.
 *
 * A body waits in the archive while its number is unknown or its generation has not asked for
 * history yet (invariant 10): the sweep tries it again.
 */
export async function splitHistoryBody(services: Services, key: string): Promise<void> {
  if (await isDone(services, key)) return;
  const object = await services.archive.get(key);
  if (object === null) return;
  const body = await openBody(services, object);
  if (body === null) {
    await finishBody(services, key, "unreadable");
    return;
  }
  const { parts, errors } = readHistory(body.payload);
  const numbers = new Set([...parts, ...errors].map((item) => item.phoneNumberId));
  let waits = false;
  const senders: Sender[] = [];
  for (const number of numbers) {
    const sender = await findCurrentSender(services.registry, number);
    if (sender === null || !(await hasAsked(services, sender))) {
      waits = true;
      continue;
    }
    senders.push(sender);
    for (const part of parts.filter((each) => each.phoneNumberId === number)) {
      await splitPart(services, sender, part, `${body.hash.slice(0, 32)}.${part.index}`);
    }
    for (const error of errors.filter((each) => each.phoneNumberId === number)) {
      await noteError(services, sender, error, body.hash);
    }
  }
  if (!waits) {
    await finishBody(services, key, "split");
    // While a body is open no import is complete: this one may have been the last.
    for (const sender of senders) await judgeSenderHistory(services, sender);
  } else if (services.now() - arrivalOfKey(key) > GIVE_UP_MS) {
    await finishBody(services, key, "unclaimed");
  } else {
    log.info("history.body_waits", { count: numbers.size });
  }
}

/** A body and its SHA-256; null for one that the door has not read and nobody can. */
async function openBody(
  services: Services,
  object: R2ObjectBody,
): Promise<{ payload: Json; hash: string } | null> {
  if (object.customMetadata?.[UNREAD] === undefined) {
    // Not JSON cannot be: the door parsed it before it put it here.
    return { payload: parseMeta(await object.text()) as Json, hash: hashOfKey(object.key) };
  }
  const raw = new Uint8Array(await object.arrayBuffer());
  const payload = await acceptUnread(services, raw, arrivalOfKey(object.key));
  // Its key has the signature, which is another one once the app secret has been rotated.
  return payload === null ? null : { payload, hash: sha256Hex(raw) };
}

/** An imported number counts as having asked; a signed-up one asks at confirmation. */
async function hasAsked(services: Services, sender: Sender): Promise<boolean> {
  if (sender.broughtBy === "import") return true;
  const sync = await findSync(
    services.shard(sender.shard),
    sender.key,
    sender.generation,
    "history",
  );
  return sync?.requestedAt != null;
}

async function splitPart(
  services: Services,
  sender: Sender,
  part: HistoryPart,
  chunk: string,
): Promise<void> {
  const database = services.shard(sender.shard);
  await learnAliases(services, sender, part);
  const seen = await findChunkGeneration(database, sender.key, chunk);
  if (seen === null) await cutChunk(services, sender, part, chunk);
  const missing = await listMissingPages(database, sender.key, chunk);
  if (seen !== null && missing.length > 0) await restorePages(services, sender, part, chunk);
  await pointAtPages(
    services,
    missing.map((page) => ({ sender: sender.key, chunk, page })),
  );
  log.info("history.split", {
    sender: sender.key,
    pages: missing.length,
    count: part.messages.length,
  });
  // A chunk without messages moves progress too, and no page will come to notice it.
  if (missing.length === 0) await judgeSenderHistory(services, sender, chunk);
}

/** Cuts a chunk that is new; its row comes last, so that a row always has its pages. */
async function cutChunk(
  services: Services,
  sender: Sender,
  part: HistoryPart,
  chunk: string,
): Promise<void> {
  const database = services.shard(sender.shard);
  const pages = cutPages(part);
  if (pages.length > 0) await putPages(services, pagesKey(sender.key, chunk), pages);
  await saveChunk(
    database,
    sender.key,
    {
      chunk,
      generation: sender.generation,
      kind: part.kind,
      phase: part.phase,
      chunkOrder: part.chunkOrder,
      progress: part.progress,
      messages: part.messages.length,
      pages: listRanges(pages),
    },
    services.now(),
  );
}

/** A body that comes again brings back pages that the archive lost before they were stored. */
async function restorePages(
  services: Services,
  sender: Sender,
  part: HistoryPart,
  chunk: string,
): Promise<void> {
  const key = pagesKey(sender.key, chunk);
  if ((await services.archive.head(key)) === null) await putPages(services, key, cutPages(part));
}

/** Pages are one object, each addressed by its byte range. */
async function putPages(services: Services, key: string, pages: Page[]): Promise<void> {
  await services.archive.put(key, pages.map((page) => page.text).join(""));
}

function listRanges(pages: Page[]): PageRange[] {
  let offset = 0;
  return pages.map(({ bytes }, page) => {
    const range = { page, offset, length: bytes };
    offset += bytes;
    return range;
  });
}

/** Points page consumers at pages; also the sweep's way to re-drive them. */
export async function pointAtPages(
  services: Services,
  pages: { sender: number; chunk: string; page: number }[],
): Promise<void> {
  await sendAllPointers(services.queues.historyPages, pages);
}

async function learnAliases(services: Services, sender: Sender, part: HistoryPart): Promise<void> {
  const pairs = part.customers.flatMap(({ phone, bsuid }) => {
    if (phone === undefined) return [];
    if (bsuid === undefined) return phoneVariants(phone).length === 0 ? [] : [{ phone }];
    return [{ phone, bsuid }];
  });
  if (pairs.length > 0) await services.phone(sender.phoneNumberId).learn(pairs);
}

/** Declined is a choice of the owner, not a fault; any other error is shown as one. */
async function noteError(
  services: Services,
  sender: Sender,
  error: HistoryError,
  hash: string,
): Promise<void> {
  const now = services.now();
  const database = services.shard(sender.shard);
  // Known by its body, as chunks are: repeated after a new onboarding it is still the old one's.
  const chunk = `${hash.slice(0, 32)}.error`;
  const seen = await findChunkGeneration(database, sender.key, chunk);
  if (seen !== null && seen !== sender.generation) return;
  await saveChunk(
    database,
    sender.key,
    {
      chunk,
      generation: sender.generation,
      kind: "error",
      phase: null,
      chunkOrder: null,
      progress: null,
      messages: 0,
      pages: [],
    },
    now,
  );
  const declined = error.code === DECLINED;
  const owner = {
    partner: sender.partner,
    sender: sender.key,
    senderId: sender.phoneNumberId,
  };
  const key = declined
    ? `hd:${sender.generation}`
    : `he:${sender.generation}:${hash}:${error.code}`;
  const event = {
    id: eventId(sender.key, key),
    type: declined ? "history.declined" : "history.incomplete",
    at: now,
    data: { code: error.code, title: error.title },
  };
  const state = declined ? "declined" : "incomplete";
  const { key: owned, generation } = sender;
  const writes = [moveSync(database, owned, generation, "history", state, now, event.data)];
  await database.batch(appendEvents(database, owner, [event], { writes }));
}

async function isDone(services: Services, key: string): Promise<boolean> {
  const row = await services.registry
    .prepare(`SELECT state FROM history_bodies WHERE key = ?1`)
    .bind(key)
    .first();
  return row !== null;
}

async function finishBody(services: Services, key: string, state: string): Promise<void> {
  await services.registry
    .prepare(
      `INSERT INTO history_bodies (key, state, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`,
    )
    .bind(key, state, services.now())
    .run();
}
