import { readCursor, writeCursor } from "../lib/cursor.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { viewDelivery } from "./delivery-store.ts";
import { endOf } from "./delivery-types.ts";
import type { DeliveryRow, DeliveryStore } from "./delivery-store.ts";
import type { Told } from "./delivery-types.ts";
import type { Delivery, DeliveryPage, DeliveryQuery } from "./endpoint-types.ts";
import type { ToldLog } from "./told-log.ts";

/** However few match, a page looks at no more packs of taken events, or rows of others, than this. */
const PACKS_MAX = 200;
const ROWS_MAX = 5_000;
/**
 * An older pack may hold what ended so much later: an attempt ends with its status, and is noted once
 * its answer's body was read or given up (endpoint-post.ts).
 */
const LATE_MS = 5_000;

interface Key {
  endedAt: number;
  event: string;
}

interface Listed extends Key {
  delivery: Delivery;
}

/** Behind everything that can be: the start of a list that is newest first. */
const NEWEST: Key = { endedAt: Number.MAX_SAFE_INTEGER, event: "\uFFFF" };

/**
 * Deliveries of both kinds, newest attempt first. A page may be shorter than its limit, and even
 * empty, with a `next`: then it has looked at as much as one call may.
 */
export function listDeliveries(
  store: DeliveryStore,
  told: ToldLog,
  query: DeliveryQuery,
): DeliveryPage {
  const start = startOf(query);
  const since = query.since ?? 0;
  const rows = readRows(store, start, since, query);
  const packs = readPacks(store, told, start, since, query);
  // What one of them has not looked at may lie between what the other has found.
  const seenTo = [rows.seenTo, packs.seenTo].reduce((a, b) => (isNewer(a, b) ? a : b));
  const found = [...rows.found, ...packs.found]
    .filter((listed) => !isNewer(seenTo, listed))
    .sort((a, b) => (isNewer(a, b) ? -1 : 1));
  const page = found.slice(0, query.limit);
  const last = page.at(-1);
  const isCut = found.length > query.limit;
  const isOver = !isCut && seenTo.endedAt < since;
  const next = isCut && last !== undefined ? last : seenTo;
  return {
    deliveries: page.map(({ delivery }) => delivery),
    next: isOver ? null : writeCursor([next.endedAt, next.event]),
  };
}

/** Where everything was looked at. */
const OLDEST: Key = { endedAt: -1, event: "" };

function readRows(store: DeliveryStore, start: Key, since: number, query: DeliveryQuery) {
  const found: Listed[] = [];
  let at = start;
  for (let seen = 0; seen < ROWS_MAX; seen += 500) {
    const rows = store.listBefore(at, 500);
    for (const row of rows) {
      at = { endedAt: row.endedAt, event: row.event };
      if (row.endedAt < since) return { found, seenTo: OLDEST };
      if (matches(query, row)) found.push({ ...at, delivery: viewDelivery(row) });
      if (found.length > query.limit) return { found, seenTo: at };
    }
    if (rows.length < 500) return { found, seenTo: OLDEST };
  }
  return { found, seenTo: at };
}

function readPacks(
  store: DeliveryStore,
  told: ToldLog,
  start: Key,
  since: number,
  query: DeliveryQuery,
) {
  const found: Listed[] = [];
  if (query.state !== undefined && query.state !== "delivered") return { found, seenTo: OLDEST };
  let before = { endedAt: start.endedAt, n: Number.MAX_SAFE_INTEGER };
  let seenTo = start;
  /** The last pack and all older ones hold only what ended at this or before. */
  let reached = start;
  for (let seen = 0; seen < PACKS_MAX || !isNewer(start, reached); seen += 1) {
    const [pack] = told.packsBefore(before, 1);
    if (pack === undefined) return { found, seenTo: OLDEST };
    reached = { endedAt: pack.lastAt + LATE_MS, event: NEWEST.event };
    if (reached.endedAt < since) return { found, seenTo: OLDEST };
    if (found.length > query.limit && reached.endedAt < seenTo.endedAt) break;
    before = { ...before, n: pack.n };
    for (const item of pack.items.toReversed()) {
      const key = { endedAt: endOf(item.attempt), event: item.event };
      if (!isNewer(start, key)) continue;
      if (isNewer(seenTo, key)) seenTo = key;
      if (!matches(query, { ...item, state: "delivered", endedAt: key.endedAt })) continue;
      // One that failed later, when it was told again, is listed by its row.
      if (store.find(item.event) === null) found.push({ ...key, delivery: viewTold(item) });
    }
  }
  return { found, seenTo: isNewer(reached, seenTo) ? reached : seenTo };
}

function startOf({ cursor, until }: DeliveryQuery): Key {
  const read = cursor === undefined ? undefined : readCursor(cursor);
  if (Array.isArray(read) && typeof read[0] === "number" && typeof read[1] === "string") {
    return { endedAt: read[0], event: read[1] };
  }
  return until === undefined ? NEWEST : { endedAt: until, event: "" };
}

function isNewer(a: Key, b: Key): boolean {
  return a.endedAt === b.endedAt ? a.event > b.event : a.endedAt > b.endedAt;
}

function matches(
  { state, type, senderId, senders, since = 0 }: DeliveryQuery,
  row: Pick<DeliveryRow, "state" | "type" | "senderId" | "endedAt">,
): boolean {
  return (
    row.endedAt >= since &&
    (state === undefined || row.state === state) &&
    (type === undefined || row.type === type) &&
    (senderId === undefined || row.senderId === senderId) &&
    coversSender(senders ?? null, row.senderId)
  );
}

function viewTold({ event, type, senderId, seq, attempt }: Told): Delivery {
  return { event, type, senderId, seq, state: "delivered", attempts: [attempt], nextAt: null };
}

/** One event's delivery, with every attempt that is remembered; null: it was never tried. */
export function readDelivery(store: DeliveryStore, told: ToldLog, event: string): Delivery | null {
  const row = store.find(event);
  const times = told.find(event);
  const [first] = times;
  if (row === null && first === undefined) return null;
  const base = row === null ? undefined : viewDelivery(row);
  // What was taken at once and then asked for again is in both.
  const inRow = new Set((base?.attempts ?? []).map(({ n, at }) => `${n} ${at}`));
  const attempts = times
    .map(({ attempt }) => attempt)
    .filter(({ n, at, replay }) => replay || !inRow.has(`${n} ${at}`))
    .concat(base?.attempts ?? [])
    .sort((a, b) => a.at - b.at)
    .map((attempt, index) => ({ ...attempt, n: Math.max(attempt.n, index + 1) }));
  if (base !== undefined) return { ...base, attempts };
  return first === undefined ? null : { ...viewTold(first), attempts };
}
