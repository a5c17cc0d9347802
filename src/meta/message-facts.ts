import { judgeStatusErrors } from "./graph-errors.ts";
import { sha256Hex } from "../lib/ids.ts";
import { dropAbsent, readCustomer } from "./customer-ref.ts";
import { readMediaRef } from "./media-ref.ts";
import { asArray, asBsuid, asObject, asPhone, asText, asTime } from "./read-json.ts";
import { wamidPatterns } from "./wamid-token.ts";
import type { Json } from "./read-json.ts";
import type { CustomerRef, Fact, StatusFact } from "./facts.ts";

/** Message types with an object of their own name (protocol.md 2.6). */
const TYPES = new Set([
  "text",
  "image",
  "video",
  "audio",
  "document",
  "sticker",
  "location",
  "contacts",
  "reaction",
  "interactive",
  "button",
  "order",
]);

/** Why an item cannot be used; the caller keeps the item raw. */
export interface Unusable {
  unusable: string;
}

export interface ItemContext {
  /** `value.contacts` */
  contacts: unknown;
  /** Stands in for an item's missing timestamp (epoch ms). */
  receivedAt: number;
}

/** Reads one element of `messages` (from a customer). Source: protocol.md 2.6. */
export function readInbound(item: unknown, context: ItemContext): Fact | Unusable {
  const message = asObject(item);
  const wamid = asText(message?.["id"]);
  if (message === undefined || wamid === undefined) return { unusable: "no_id" };
  if (message["group_id"] !== undefined) return { unusable: "group" };
  const at = asTime(message["timestamp"]) ?? context.receivedAt;
  if (message["type"] === "system") return readCustomerChange(message, wamid, at);
  const customer = readCustomer(
    { phone: message["from"], bsuid: message["from_user_id"] },
    context.contacts,
  );
  return readMessage(message, { wamid, at, customer, direction: "inbound" });
}

/** Reads one element of `message_echoes` (typed in the phone app). Source: protocol.md 2.5. */
export function readEcho(item: unknown, context: ItemContext): Fact | Unusable {
  const message = asObject(item);
  const wamid = asText(message?.["id"]);
  if (message === undefined || wamid === undefined) return { unusable: "no_id" };
  if (message["group_id"] !== undefined) return { unusable: "group" };
  const at = asTime(message["timestamp"]) ?? context.receivedAt;
  const customer = readCustomer(
    { phone: message["to"], bsuid: message["to_user_id"] },
    context.contacts,
  );
  return readMessage(message, { wamid, at, customer, direction: "outbound" });
}

/**
 * Reads one element of `standby.message_echoes`: what another responder sent, as the body of its
 * request. Source: protocol.md 2.10.
 */
export function readResponderEcho(item: unknown, context: ItemContext): Fact | Unusable {
  const echo = asObject(item);
  const wamid = asText(echo?.["id"]);
  if (echo === undefined || wamid === undefined) return { unusable: "no_id" };
  const message = asObject(echo["message"]);
  if (message === undefined) return { unusable: "malformed" };
  if (message["recipient_type"] === "group") return { unusable: "group" };
  // A request names a phone in `to`, a BSUID in `recipient`; either has been seen in the other.
  const customer = readCustomer(
    { phone: message["to"] ?? message["recipient"], bsuid: message["recipient"] },
    context.contacts,
  );
  if (customer === undefined) return { unusable: "no_customer" };
  const type = asText(message["type"]) ?? "text"; // Meta's own default
  const content = message[type];
  if (typeof content !== "object" || content === null) return { unusable: "malformed" };
  return {
    kind: "message",
    key: `m:${wamid}`,
    wamid,
    at: asTime(echo["timestamp"]) ?? context.receivedAt,
    direction: "outbound",
    origin: "responder",
    customer,
    type,
    body: dropAbsent({ [type]: content, context: message["context"] }),
  };
}

function readMessage(
  message: Json,
  base: {
    wamid: string;
    at: number;
    customer: CustomerRef | undefined;
    direction: "inbound" | "outbound";
  },
): Fact | Unusable {
  const { wamid, at, customer, direction } = base;
  if (customer === undefined) return { unusable: "no_customer" };
  const type = asText(message["type"]) ?? "";
  if (type === "edit" || type === "revoke") {
    return readChange(message, type, { wamid, at, customer, direction });
  }
  const body = readBody(message, type);
  if (body === undefined) return { unusable: TYPES.has(type) ? "malformed" : "unknown_type" };
  const media = readMediaRef(type, body);
  return {
    kind: "message",
    // Content that comes after its placeholder, under the same wamid, is another fact.
    key: `${type === "unsupported" ? "u" : "m"}:${wamid}`,
    wamid,
    at,
    direction,
    origin: direction === "inbound" ? "customer" : "app",
    customer,
    type,
    body,
    ...(media === undefined ? {} : { media }),
  };
}

/** Meta's object of a type and what stands beside it, or undefined for what we do not know. */
export function readBody(message: Json, type: string): Record<string, unknown> | undefined {
  const own = message[type];
  const known =
    type === "unsupported" || (TYPES.has(type) && typeof own === "object" && own !== null);
  if (!known) return undefined;
  const beside = {
    [type]: own,
    context: message["context"],
    referral: message["referral"],
    errors: message["errors"],
  };
  return dropAbsent(beside);
}

function readChange(
  message: Json,
  kind: "edit" | "revoke",
  base: { wamid: string; at: number; customer: CustomerRef; direction: "inbound" | "outbound" },
): Fact | Unusable {
  const change = asObject(message[kind]);
  const target = asText(change?.["original_message_id"]);
  if (target === undefined) return { unusable: "malformed" };
  const patterns = wamidPatterns(target);
  const told = { target, ...(patterns === undefined ? {} : { patterns }), ...base };
  if (kind === "revoke") return { kind, key: `m:${base.wamid}`, ...told };
  const edited = asObject(change?.["message"]);
  const type = asText(edited?.["type"]);
  const body = edited === undefined || type === undefined ? undefined : readBody(edited, type);
  if (type === undefined || body === undefined) return { unusable: "malformed" };
  return { kind, key: `m:${base.wamid}`, ...told, content: { type, body } };
}

/** Number or BSUID of a customer changed; older editions say `new_wa_id` for `wa_id`. */
function readCustomerChange(message: Json, wamid: string, at: number): Fact | Unusable {
  const system = asObject(message["system"]);
  if (system === undefined) return { unusable: "malformed" };
  const after = dropAbsent({
    phone: asPhone(system["wa_id"]) ?? asPhone(system["new_wa_id"]),
    bsuid: asBsuid(system["user_id"]) ?? asBsuid(system["wa_id"]),
  });
  const bsuid =
    asBsuid(system["previous_user_id"]) ??
    asBsuid(message["from_user_id"]) ??
    asBsuid(message["from"]);
  const before = dropAbsent({
    phone: asPhone(message["from"]),
    // The newest id can stand on the message too: that is not who it was before.
    bsuid: bsuid === after.bsuid ? undefined : bsuid,
  });
  const same = before.phone === after.phone && before.bsuid === undefined;
  if (!namesSomebody(before) || !namesSomebody(after) || (same && after.bsuid === undefined)) {
    return { unusable: "unknown_type" };
  }
  const gone = before.phone !== undefined && before.phone !== after.phone;
  const renumbered =
    gone && (after.phone !== undefined || system["type"] === "user_changed_number");
  return {
    kind: "customer_change",
    key: `m:${wamid}`,
    wamid,
    at,
    before,
    after,
    ...(renumbered ? { renumbered } : {}),
  };
}

function namesSomebody(ref: CustomerRef): boolean {
  return ref.phone !== undefined || ref.bsuid !== undefined;
}

const STATUSES = new Set(["sent", "delivered", "read", "played", "failed"]);

/** Reads one element of `statuses`. Source: protocol.md 2.7. */
export function readStatus(item: unknown, context: ItemContext): Fact | Unusable {
  const entry = asObject(item);
  const wamid = asText(entry?.["id"]);
  if (entry === undefined || wamid === undefined) return { unusable: "no_id" };
  if (entry["recipient_type"] === "group") return { unusable: "group" };
  const status = asText(entry["status"])?.toLowerCase();
  if (status === undefined || !STATUSES.has(status)) return { unusable: "unknown_type" };
  const customer = readCustomer(
    { phone: entry["recipient_id"], bsuid: entry["recipient_user_id"] },
    context.contacts,
  );
  const errors = asArray(entry["errors"]);
  return dropAbsent({
    kind: "status",
    // Also what it says: the same status with another time or price is another fact.
    key: `s:${wamid}:${status}:${sha256Hex(JSON.stringify(entry)).slice(0, 8)}`,
    wamid,
    status: status as StatusFact["status"],
    at: asTime(entry["timestamp"]) ?? context.receivedAt,
    // A failed status can lack every id; its message row knows the customer.
    customer: customer ?? {},
    send: asText(entry["biz_opaque_callback_data"]),
    errors: errors.length > 0 ? errors : undefined,
    trouble: status === "failed" ? judgeStatusErrors(errors) : undefined,
    pricing: entry["pricing"],
    conversation: entry["conversation"],
  } as const);
}
