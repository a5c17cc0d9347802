import { sha256Hex } from "../lib/ids.ts";
import { readCustomer } from "./customer-ref.ts";
import { readBody } from "./message-facts.ts";
import { asArray, asDigits, asObject, asObjects, asText, asTime } from "./read-json.ts";
import { listChanges, phoneNumberIdOf } from "./webhook-facts.ts";
import type { CustomerRef } from "./facts.ts";
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
}

export interface HistoryItems {
  messages: HistoryMessage[];
  changes: HistoryChange[];
  customers: { customer: string; phone?: string; bsuid?: string; name?: string }[];
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
    const strangers = asArray(value["history"]).filter((each) => asObject(each) === undefined);
    for (const element of asObjects(value["history"])) {
      body.errors.push(...readErrors(phoneNumberId, element));
      if (element["threads"] === undefined && asObject(element["metadata"]) === undefined) continue;
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

function readErrors(phoneNumberId: string, element: Json): HistoryError[] {
  return asObjects(element["errors"]).map((error) => ({
    phoneNumberId,
    code: Number(asText(error["code"]) ?? 0),
    title: asText(error["title"]) ?? asText(error["message"]) ?? "",
  }));
}

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
  for (const thread of asArray(element["threads"])) {
    if (asObject(thread) === undefined) part.unusable.push(unusableItem(thread, "malformed"));
  }
  for (const thread of asObjects(element["threads"])) {
    const context = asObject(thread["context"]);
    const customer = readCustomer(
      { phone: thread["id"] ?? context?.["wa_id"], bsuid: context?.["user_id"] },
      undefined,
    );
    for (const item of asArray(thread["messages"])) {
      addItem(part, item, { customer: customer ?? {}, business, direction: undefined });
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
  const customer = around.customer.phone ?? around.customer.bsuid;
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
    items.changes.push({
      wamid: target,
      customer,
      at,
      ...(type === "revoke" ? { revokedAt: at } : { editedAt: at, ...(body ? { body } : {}) }),
    });
    return null;
  }
  const body = type === "media_placeholder" ? null : readBody(message, type);
  if (body === undefined) return "unknown_type";
  const context = asObject(message["history_context"]);
  const status = STATUSES[asText(context?.["status"])?.toLowerCase() ?? ""];
  const direction = around.direction ?? directionOf(message, context, around.business);
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
  const { phone, bsuid, name } = around.customer;
  items.customers.push({
    customer,
    ...(phone === undefined ? {} : { phone }),
    ...(bsuid === undefined ? {} : { bsuid }),
    ...(name === undefined ? {} : { name }),
  });
  return null;
}

/** Each message by itself: `from_me`, else the sender's digits (protocol.md 6, row 7). */
function directionOf(
  message: Json,
  context: Json | undefined,
  business: string | undefined,
): "inbound" | "outbound" {
  if (context?.["from_me"] === true) return "outbound";
  const from = asDigits(message["from"]);
  return from !== undefined && from === business ? "outbound" : "inbound";
}

function asCount(value: unknown): number | null {
  const number = Number(asText(value));
  return Number.isInteger(number) && number >= 0 ? number : null;
}

function emptyItems(): HistoryItems {
  return { messages: [], changes: [], customers: [], unusable: [] };
}

function distinct<T extends { customer: string }>(rows: T[]): T[] {
  return [...new Map(rows.map((row) => [row.customer, row])).values()];
}
