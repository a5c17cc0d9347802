import type { Refusal } from "./refusal.ts";

/** A send as it came in; only what the rules look at is named. */
export type SendBody = Record<string, unknown> & {
  messaging_product?: unknown;
  to?: unknown;
  recipient?: unknown;
  type?: unknown;
  status?: unknown;
  message_id?: unknown;
  biz_opaque_callback_data?: unknown;
};

export const MESSAGE_TYPES = new Set(
  "text image video audio document sticker location contacts reaction interactive template".split(
    " ",
  ),
);
const KNOWN_FIELDS = new Set([
  "messaging_product",
  "recipient_type",
  "to",
  "recipient",
  "type",
  "context",
  "biz_opaque_callback_data",
  "recipient_identity_key_hash",
  "messaging_account_id",
  "paid_messaging_account_id",
  "message_activity_sharing",
  "ttl",
  ...MESSAGE_TYPES,
]);
const MEDIA_TYPES = new Set("image video audio document sticker".split(" "));
const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;
const MAX_OPAQUE = 512;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The type Meta reads: text when none is given. */
export function typeOf(body: SendBody): string {
  return typeof body.type === "string" ? body.type : "text";
}

/**
 * The basics of a send body (protocol.md 3.1, 3.2, 3.6): 100 for a field that is unknown or missing
 * at the top, 131008 for a missing part, 131009 for a wrong value.
 */
export function refuseBody(body: SendBody): Refusal | null {
  if (body.messaging_product !== "whatsapp") {
    return { code: 100, details: "The parameter messaging_product must be 'whatsapp'" };
  }
  const unknown = Object.keys(body).find((field) => !KNOWN_FIELDS.has(field));
  if (unknown) return { code: 100, details: `Unexpected key '${unknown}' on the message` };
  if (!body.to && !body.recipient) {
    return { code: 131008, details: "One of 'to' and 'recipient' is required" };
  }
  if (body.recipient_type !== undefined && body.recipient_type !== "individual") {
    return { code: 131009, details: "This number cannot write to groups" };
  }
  const opaque = body.biz_opaque_callback_data;
  if (opaque !== undefined && (typeof opaque !== "string" || opaque.length > MAX_OPAQUE)) {
    return { code: 131009, details: `biz_opaque_callback_data is a text of at most ${MAX_OPAQUE}` };
  }
  const type = typeOf(body);
  if (!MESSAGE_TYPES.has(type)) return { code: 131009, details: `Unknown message type '${type}'` };
  const part = body[type];
  if (part === undefined) return { code: 131008, details: `The part '${type}' is required` };
  return refusePart(type, part);
}

function refusePart(type: string, part: unknown): Refusal | null {
  if (type === "contacts") {
    return Array.isArray(part) && part.length > 0
      ? null
      : { code: 131009, details: "'contacts' is a list with at least one entry" };
  }
  if (!isObject(part)) return { code: 131009, details: `'${type}' is an object` };
  if (type === "text") {
    if (typeof part.body !== "string" || part.body === "") {
      return { code: 131008, details: "'text.body' is required" };
    }
    if (part.body.length > MAX_TEXT) {
      return { code: 131009, details: `'text.body' is longer than ${MAX_TEXT} characters` };
    }
  }
  if (MEDIA_TYPES.has(type)) {
    if ((part.id === undefined) === (part.link === undefined)) {
      return { code: 131009, details: `'${type}' takes exactly one of 'id' and 'link'` };
    }
    if (typeof part.caption === "string" && part.caption.length > MAX_CAPTION) {
      return {
        code: 131009,
        details: `'${type}.caption' is longer than ${MAX_CAPTION} characters`,
      };
    }
  }
  const required: Record<string, string> = {
    reaction: "message_id",
    template: "name",
    interactive: "type",
  };
  const field = required[type];
  if (field && typeof part[field] !== "string") {
    return { code: 131008, details: `'${type}.${field}' is required` };
  }
  return null;
}
