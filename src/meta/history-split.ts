import { sha256Hex } from "../lib/ids.ts";
import { phoneVariants } from "../lib/phone-variants.ts";
import { readCustomer } from "./customer-ref.ts";
import { readMediaRef } from "./media-ref.ts";
import { readBody } from "./message-facts.ts";
import {
  asArray,
  asBsuid,
  asDigits,
  asObject,
  asObjects,
  asPhone,
  asText,
  asTime,
} from "./read-json.ts";
import { listChanges, phoneNumberIdOf } from "./webhook-facts.ts";
import { wamidPatterns } from "./wamid-token.ts";
import type { CustomerRef, MediaRef } from "./facts.ts";
import type { Json } from "./read-json.ts";

/** A message of the past, as its row in D1 wants it. */
export interface HistoryMessage {
  wamid: string;
  customer: string;
  at: number;
  type: string;
  direction: "inbound" | "outbound";
  body: Json | null;
  status: string | null;
  rank: number | null;
}

/** An edit or revoke inside history. */
export interface HistoryChange {
  wamid: string;
  customer: string;
  at: number;
  editedAt?: number;
  revokedAt?: number;
  body?: Json;
  /** What all wamids of the message share (wamid-token.ts), where its own can be read. */
  patterns?: readonly string[];
}

/** A file of a message of the past. */
export interface HistoryMedia extends MediaRef {
  wamid: string;
  customer: string;
  /** The message's. */
  type: string;
}

export interface HistoryItems {
  messages: HistoryMessage[];
  media: HistoryMedia[];
  changes: HistoryChange[];
  customers: ({ customer: string } & CustomerRef)[];
  /** Items that cannot be used (no id, no time, unknown kind), whole. */
  unusable: { id: string; reason: string; raw: string }[];
}

/** One `history[]` element, or the media follow-ups of one change, of one number. */
export interface HistoryPart extends HistoryItems {
  phoneNumberId: string;
  /** Its place in the body: with the body's hash it names the chunk. */
  index: number;
  kind: "chunk" | "follow_up";
  phase: number | null;
  chunkOrder: number | null;
  progress: number | null;
}

export interface HistoryError {
  phoneNumberId: string;
  code: number;
  title: string;
}

export interface HistoryBody {
  parts: HistoryPart[];
  errors: HistoryError[];
}

/** Rank of a history status on the ladder of database/message-status.ts (protocol.md 2.3). */
const STATUSES: Record<string, [status: string, rank: number]> = {
  sent: ["sent", 1],
  delivered: ["delivered", 2],
  read: ["read", 3],
  played: ["played", 4],
  error: ["failed", 9],
};

/**
 * Reads every `history` change of a webhook body (protocol.md 2.3): chunks, media follow-ups and
 * errors, also where they stand beside each other. Items we cannot use come out whole.
 */
export function readHistory(payload: Json): HistoryBody {
  const body: HistoryBody = { parts: [], errors: [] };
  for (const { field, value } of listChanges(payload)) {
    const phoneNumberId = phoneNumberIdOf(value);
    if (field !== "history" || phoneNumberId === undefined) continue;
    const business = asDigits(asObject(value["metadata"])?.["display_phone_number"]);
    const before = body.parts.length + body.errors.length;
    const strangers = asArray(value["history"]).filter((each) => !isElement(each));
    for (const element of asObjects(value["history"])) {
      body.errors.push(...readErrors(phoneNumberId, element));
      if (!holdsChunk(element)) continue;
      body.parts.push(readChunk(phoneNumberId, business, element, body.parts.length));
    }
    if (value["messages"] !== undefined || value["message_echoes"] !== undefined) {
      body.parts.push(readFollowUps(phoneNumberId, value, body.parts.length));
    }
    const nothing = strangers.length === 0 && body.parts.length + body.errors.length === before;
    if (strangers.length > 0 || nothing) {
      const part = readFollowUps(phoneNumberId, {}, body.parts.length);
      if (nothing) part.unusable.push(unusableItem(value, "no_items"));
      for (const stranger of strangers) part.unusable.push(unusableItem(stranger, "malformed"));
      body.parts.push(part);
    }
  }
  return body;
}

/** Something we know stands in it: a chunk, errors, or both. */
function isElement(each: unknown): boolean {
  const element = asObject(each);
  return element !== undefined && (holdsChunk(element) || asArray(element["errors"]).length > 0);
}

function holdsChunk(element: Json): boolean {
  return element["threads"] !== undefined || asObject(element["metadata"]) !== undefined;
}

/** The numbers whose history a webhook body brings, each once. */
export function listHistoryNumbers(payload: Json): string[] {
  const numbers = listChanges(payload).flatMap(({ field, value }) =>
    field === "history" ? (phoneNumberIdOf(value) ?? []) : [],
  );
  return [...new Set(numbers)];
}

function readErrors(phoneNumberId: string, element: Json): HistoryError[] {
  return asObjects(element["errors"]).map((error) => ({
    phoneNumberId,
    code: Number(asText(error["code"]) ?? 0),
    title: (asText(error["title"]) ?? asText(error["message"]) ?? "").slice(0, TITLE_MAX_LENGTH),
  }));
}

/** It is told in an event, whose row holds 2 MB (platform.md 1.2); Meta's have some 30 characters. */
const TITLE_MAX_LENGTH = 1_000;

function readChunk(
  phoneNumberId: string,
  business: string | undefined,
  element: Json,
  index: number,
): HistoryPart {
  const metadata = asObject(element["metadata"]);
  const part: HistoryPart = {
    phoneNumberId,
    index,
    kind: "chunk",
    phase: asCount(metadata?.["phase"]),
    chunkOrder: asCount(metadata?.["chunk_order"]),
    progress: asCount(metadata?.["progress"]),
    ...emptyItems(),
  };
  const threads = element["threads"] ?? [];
  if (!Array.isArray(threads)) part.unusable.push(unusableItem(threads, "malformed"));
  for (const each of asArray(threads)) {
    const thread = asObject(each);
    const messages = thread?.["messages"] ?? [];
    if (thread === undefined || !Array.isArray(messages)) {
      part.unusable.push(unusableItem(each, "malformed"));
      continue;
    }
    const context = asObject(thread["context"]);
    const customer = readCustomer(
      {
        phone: asPhone(thread["id"]) ?? context?.["wa_id"],
        bsuid: context?.["user_id"] ?? thread["id"],
      },
      undefined,
    );
    const username = asText(context?.["username"]);
    const known = { ...customer, ...(username === undefined ? {} : { username }) };
    for (const item of messages) {
      addItem(part, item, { customer: known, business, direction: undefined });
    }
  }
  part.customers = distinct(part.customers);
  return part;
}

/** Media of the last days comes by itself, with the wamid of its placeholder (protocol.md 2.3.2). */
function readFollowUps(phoneNumberId: string, value: Json, index: number): HistoryPart {
  const part: HistoryPart = {
    phoneNumberId,
    index,
    kind: "follow_up",
    phase: null,
    chunkOrder: null,
    progress: null,
    ...emptyItems(),
  };
  const lists = [
    { items: value["messages"], direction: "inbound", phone: "from", bsuid: "from_user_id" },
    { items: value["message_echoes"], direction: "outbound", phone: "to", bsuid: "to_user_id" },
  ] as const;
  for (const { items, direction, phone, bsuid } of lists) {
    for (const item of asArray(items)) {
      const ids = asObject(item);
      const customer = readCustomer(
        { phone: ids?.[phone], bsuid: ids?.[bsuid] },
        value["contacts"],
      );
      addItem(part, item, { customer: customer ?? {}, business: undefined, direction });
    }
  }
  part.customers = distinct(part.customers);
  return part;
}

interface ItemSurroundings {
  customer: CustomerRef;
  business: string | undefined;
  /** Where the list an item stands in says so. */
  direction: "inbound" | "outbound" | undefined;
}

function addItem(items: HistoryItems, item: unknown, around: ItemSurroundings): void {
  const message = asObject(item);
  const reason = message === undefined ? "malformed" : addMessage(items, message, around);
  if (reason !== null) items.unusable.push(unusableItem(item, reason));
}

function unusableItem(item: unknown, reason: string): HistoryItems["unusable"][number] {
  const raw = JSON.stringify(item);
  return { id: `h:${sha256Hex(raw).slice(0, 32)}`, reason, raw };
}

/** @returns why the message cannot be used, or null */
function addMessage(items: HistoryItems, message: Json, around: ItemSurroundings): string | null {
  const wamid = asText(message["id"]);
  const at = asTime(message["timestamp"]);
  const context = asObject(message["history_context"]);
  const direction =
    around.direction ?? directionOf(message, context, around.business, around.customer.phone);
  const ref = completeCustomer(around.customer, message, direction);
  const customer = ref.phone ?? ref.bsuid;
  if (wamid === undefined) return "no_id";
  if (at === undefined) return "no_time";
  if (customer === undefined) return "no_customer";
  if (message["group_id"] !== undefined) return "group";
  const type = asText(message["type"]) ?? "";
  if (type === "edit" || type === "revoke") {
    const change = asObject(message[type]);
    const target = asText(change?.["original_message_id"]);
    if (target === undefined) return "malformed";
    const edited = asObject(change?.["message"]);
    const editedType = asText(edited?.["type"]) ?? "";
    const body = edited === undefined ? undefined : readBody(edited, editedType);
    if (type === "edit" && body === undefined) return "malformed";
    const patterns = wamidPatterns(target);
    items.changes.push({
      wamid: target,
      customer,
      at,
      ...(patterns === undefined ? {} : { patterns }),
      ...(type === "revoke" ? { revokedAt: at } : { editedAt: at, ...(body ? { body } : {}) }),
    });
    return null;
  }
  const body = type === "media_placeholder" ? null : readBody(message, type);
  if (body === undefined) return "unknown_type";
  const status = STATUSES[asText(context?.["status"])?.toLowerCase() ?? ""];
  items.messages.push({
    wamid,
    customer,
    at,
    type,
    direction,
    body,
    status: status?.[0] ?? null,
    rank: status?.[1] ?? null,
  });
  const media = body === null ? undefined : readMediaRef(type, body);
  if (media !== undefined) items.media.push({ wamid, customer, type, ...media });
  items.customers.push({ customer, ...ref });
  return null;
}

/**
 * Whom a message is with: as its thread says, else as it says itself. A thread of somebody without a
 * phone may name nobody, and a message in it the BSUID (protocol.md 2.3, 2.11).
 */
function completeCustomer(
  thread: CustomerRef,
  message: Json,
  direction: "inbound" | "outbound",
): CustomerRef {
  const [phone, bsuid] =
    direction === "inbound"
      ? [message["from"], message["from_user_id"]]
      : [message["to"], message["to_user_id"]];
  if (thread.phone === undefined && thread.bsuid === undefined) {
    return { ...thread, ...readCustomer({ phone, bsuid }, undefined) };
  }
  const id = thread.bsuid ?? asBsuid(bsuid);
  return id === undefined ? thread : { ...thread, bsuid: id };
}

/**
 * Each message by itself: `from_me`, else the sender's digits (protocol.md 6, row 7). Where the body
 * does not name the business, a message that is not from the thread's customer is from it: there are
 * no groups in history.
 */
function directionOf(
  message: Json,
  context: Json | undefined,
  business: string | undefined,
  customer: string | undefined,
): "inbound" | "outbound" {
  const fromMe = context?.["from_me"];
  if (fromMe === true || fromMe === "true") return "outbound";
  const from = asDigits(message["from"]);
  if (from === undefined || asBsuid(message["from"]) !== undefined) return "inbound";
  if (business !== undefined) return isSameNumber(from, business) ? "outbound" : "inbound";
  if (customer === undefined || fromMe === false || fromMe === "false") return "inbound";
  return isSameNumber(from, customer) ? "inbound" : "outbound";
}

/** In whatever spelling (protocol.md 6, rows 9, 17 and 18). */
function isSameNumber(one: string, other: string): boolean {
  return one === other || phoneVariants(one).includes(other);
}

function asCount(value: unknown): number | null {
  const number = Number(asText(value));
  return Number.isInteger(number) && number >= 0 ? number : null;
}

function emptyItems(): HistoryItems {
  return { messages: [], media: [], changes: [], customers: [], unusable: [] };
}

/** One row a customer, with whatever any of its messages told. */
function distinct(rows: HistoryItems["customers"]): HistoryItems["customers"] {
  const known = new Map<string, HistoryItems["customers"][number]>();
  for (const row of rows) known.set(row.customer, { ...known.get(row.customer), ...row });
  return [...known.values()];
}
