import { findChunkGeneration, saveChunk } from "../database/history.ts";
import { findCurrentSender } from "../database/senders.ts";
import { storePage } from "../database/store-page.ts";
import { findSync, moveSync } from "../database/syncs.ts";
import { eventId, sha256Hex } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import { underRequestId } from "../lib/request-id.ts";
import { namesErased } from "../lib/names-erased.ts";
import { phoneVariants } from "../lib/phone-variants.ts";
import { sendPointers } from "../lib/send-pointers.ts";
import { readHistory } from "../meta/history-split.ts";
import { parseJsonObject } from "../meta/read-json.ts";
import { UNREAD } from "./accept-history.ts";
import { acceptUnread } from "./accept-webhook.ts";
import { arrivalOfKey, hashOfKey } from "./archive-keys.ts";
import { dropBodies } from "./drop-raw-bodies.ts";
import { cutPages } from "./cut-pages.ts";
import { judgeSenderHistory } from "./judge-history.ts";
import { leaveOutErased, listKeptCustomers, readErased } from "./leave-out-erased.ts";
import { settledHome } from "./settled-home.ts";
import { dropShrunk, shrinkPage } from "./shrink-page.ts";
import { GIVE_UP_MS, LOST_AFTER_MS } from "./archive-turns.ts";
import { tell } from "./tell.ts";
import type { ErasedNames } from "../lib/erased-names.ts";
import type { Sender } from "../database/senders.ts";
import type { HistoryError, HistoryPart } from "../meta/history-split.ts";
import type { Json } from "../meta/read-json.ts";
import type { Services } from "../services.ts";

/** Meta's code for "the owner chose not to share" (protocol.md 2.3.3). */
const DECLINED = 2593109;

/**
 * Stores what a raw body brings: notes its chunks, cuts each into pages and stores them one after
 * the other. Tried again, or another body of the same content, it goes on behind the last page that
 * is stored. Not before the end is the body done: until then the sweep finds it.
 *
 * A body waits in the archive while its number is unknown or its generation has not asked for
 * history yet (invariant 10): the sweep tries it again.
 *
 * @throws Error when the database or the archive fails: to be tried again
 */
export async function storeHistoryBody(services: Services, key: string): Promise<void> {
  if (await isDone(services, key)) return;
  const object = await services.archive.get(key);
  if (object === null) return;
  // Whoever found it, it goes by the id of the webhook that brought it.
  await underRequestId(object.customMetadata?.["requestId"], () => store(services, object));
}

async function store(services: Services, object: R2ObjectBody): Promise<void> {
  const { key } = object;
  const body = await openBody(services, object);
  if (body === null) {
    await finishBody(services, key, "unreadable");
    log.error("history.body_unreadable");
    return;
  }
  const { parts, errors } = readHistory(body.payload);
  const numbers = new Set([...parts, ...errors].map((item) => item.phoneNumberId));
  let waits = false;
  let leftOut = false;
  const unsure: Sender[] = [];
  for (const number of numbers) {
    const sender = await findCurrentSender(services.registry, number);
    if (sender === null && (await services.phone(number).isVacant())) {
      leftOut = true; // whose number it was is erased, and it is nobody's now
      continue;
    }
    // While it moves to another shard nothing of it is written: the sweep brings this again.
    if (sender === null || sender.move !== null || !(await hasAsked(services, sender))) {
      waits = true;
      continue;
    }
    const erased = await readErased(services, sender);
    if (erased !== null) leftOut ||= namesErased(erased, body.payload);
    const chunks: string[] = [];
    const startedAt = services.now();
    const stored = { messages: 0, pages: 0 };
    for (const part of parts.filter((each) => each.phoneNumberId === number)) {
      const chunk = `${body.hash.slice(0, 32)}.${part.index}`;
      stored.pages += await storePart(services, sender, part, chunk, erased);
      stored.messages += part.messages.length;
      chunks.push(chunk);
    }
    if (chunks.length > 0) {
      const phase = String(parts.findLast((each) => each.phoneNumberId === number)?.phase ?? "");
      const ms = services.now() - startedAt;
      services.measure("history", number, { partner: sender.partner, phase, ...stored, ms });
    }
    for (const error of errors.filter((each) => each.phoneNumberId === number)) {
      await noteError(services, sender, error, body.hash);
    }
    const { awaitsBodies } = await judgeSenderHistory(services, sender, { chunks, body: key });
    if (awaitsBodies) unsure.push(sender);
  }
  if (!waits) {
    await finishBody(services, key, "stored");
    // It still has all that was left out of what is stored.
    if (leftOut) await dropBodies(services, [key]);
    // Bodies that end at once take each other for open: whoever is last sees that none is.
    for (const sender of unsure) await judgeSenderHistory(services, sender);
  } else if (services.now() - arrivalOfKey(key) > GIVE_UP_MS) {
    await finishBody(services, key, "unclaimed");
    log.warn("webhook.unrouted", { field: "history", reason: "unclaimed", count: numbers.size });
  } else {
    log.info("history.body_waits", { count: numbers.size });
  }
}

/** A body and its SHA-256; null for one that the door has not read and nobody can. */
async function openBody(
  services: Services,
  object: R2ObjectBody,
): Promise<{ payload: Json; hash: string } | null> {
  const raw = new Uint8Array(await object.arrayBuffer());
  if (object.customMetadata?.[UNREAD] === undefined) {
    // Not JSON cannot be: the door parsed it before it put it here.
    return { payload: parseJsonObject(raw) as Json, hash: hashOfKey(object.key) };
  }
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

/** @returns how many pages were missing and are stored now */
async function storePart(
  services: Services,
  sender: Sender,
  part: HistoryPart,
  chunk: string,
  erased: ErasedNames | null,
): Promise<number> {
  const startedAt = services.now();
  const database = await settledHome(services, sender);
  const customers = erased === null ? part.customers : listKeptCustomers(erased, part);
  await learnAliases(services, sender, customers);
  const pages = cutPages(part);
  const { generation } = sender;
  const { kind, phase, chunkOrder, progress } = part;
  const counts = { messages: part.messages.length, pages: pages.length };
  const row = { chunk, generation, kind, phase, chunkOrder, progress, ...counts };
  const stored = await saveChunk(database, sender.key, row, startedAt);
  for (const [page, content] of pages.entries()) {
    if (page < stored) continue;
    const at = { chunk, page, pages: pages.length };
    const left = erased === null ? content : leaveOutErased(erased, part, content);
    if (left !== content) await dropShrunk(services, sender.key, content);
    const kept = await shrinkPage(services, sender.key, left);
    await settledHome(services, sender);
    const wanted = await storePage(database, sender.key, at, kept, services.now());
    const files = wanted.map((wamid) => ({ sender: sender.key, wamid }));
    await sendPointers(services.queues.media, files);
  }
  log.info("history.stored", {
    sender: sender.key,
    pages: pages.length - stored,
    count: part.messages.length,
    ms: services.now() - startedAt,
  });
  return pages.length - stored;
}

async function learnAliases(
  services: Services,
  sender: Sender,
  customers: HistoryPart["customers"],
): Promise<void> {
  const pairs = customers.flatMap(({ phone, bsuid }) => {
    if (phone === undefined) return [];
    if (bsuid === undefined) return phoneVariants(phone).length === 0 ? [] : [{ phone }];
    return [{ phone, bsuid }];
  });
  if (pairs.length > 0) await services.phone(sender.phoneNumberId).learn(sender.key, pairs);
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
  await settledHome(services, sender);
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
      pages: 0,
    },
    now,
  );
  const declined = error.code === DECLINED;
  const key = declined
    ? `hd:${sender.generation}`
    : `he:${sender.generation}:${hash}:${error.code}`;
  const event = {
    id: eventId(sender.key, key),
    type: declined ? ("history.declined" as const) : ("history.incomplete" as const),
    at: now,
    data: { code: error.code, title: error.title },
  };
  const state = declined ? "declined" : "incomplete";
  const { key: owned, generation } = sender;
  const writes = [moveSync(database, owned, generation, "history", state, now, event.data)];
  await tell(services, sender, [event], { writes });
  if (declined) log.info("history.declined", { sender: sender.key });
  else log.error("history.incomplete", { sender: sender.key, code: error.code ?? "none" });
}

/** Of a fresh body nobody asks: only the sweep points a second time, at what is older. */
async function isDone(services: Services, key: string): Promise<boolean> {
  if (services.now() - arrivalOfKey(key) < LOST_AFTER_MS) return false;
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
