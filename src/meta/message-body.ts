import { asBsuid, asDigits, asObject, asText } from "./read-json.ts";
import type { Json } from "./read-json.ts";

/** A request to `/{phone_number_id}/messages` as far as Tandem has to understand it. */
export type MessageRequest =
  | {
      kind: "send";
      /** Phone digits or BSUID. */
      recipient: string;
      type: string;
      needsWindow: boolean;
      callback: string | undefined;
      /** The body without the partner's callback data: ours goes in its place. */
      body: Json;
    }
  /** Marks a message read, perhaps shows typing: takes no place and no window. */
  | { kind: "mark"; body: Json };

/** What is wrong with a body, in Meta's words and codes (protocol.md 3.1, 3.6). */
export interface BodyFault {
  code: 100 | 131008 | 131009;
  field: string;
  details: string;
}

const CALLBACK_MAX = 512;
const TEXT_MAX = 4096;

/**
 * Reads a send request. What Tandem does not know is passed through to Meta, so that a new Meta
 * feature does not wait for us.
 */
export function readMessageRequest(body: Json): MessageRequest | { fault: BodyFault } {
  if (body["messaging_product"] !== "whatsapp") {
    return fault(100, "messaging_product", 'must be "whatsapp".');
  }
  if (body["status"] !== undefined) {
    return asText(body["message_id"]) === undefined
      ? fault(131008, "message_id", "names the message to mark as read; it is missing.")
      : { kind: "mark", body };
  }
  const recipient = readRecipient(body);
  if (typeof recipient !== "string") return recipient;
  const type = asText(body["type"]) ?? "text"; // Meta's own default
  const content = asObject(body[type]);
  if (content === undefined && !Array.isArray(body[type])) {
    return fault(131008, type, `a message of type "${type}" needs an object of that name.`);
  }
  if (type === "text") {
    const text = asText(content?.["body"]);
    if (text === undefined) return fault(131008, "text.body", "is missing or empty.");
    if (text.length > TEXT_MAX) {
      return fault(131009, "text.body", `has ${text.length} characters; ${TEXT_MAX} are allowed.`);
    }
  }
  if (type === "template" && asText(content?.["name"]) === undefined) {
    return fault(131008, "template.name", "is missing.");
  }
  const callback = body["biz_opaque_callback_data"];
  if (callback !== undefined && (typeof callback !== "string" || callback.length > CALLBACK_MAX)) {
    return fault(
      131009,
      "biz_opaque_callback_data",
      `must be text of at most ${CALLBACK_MAX} characters.`,
    );
  }
  const { biz_opaque_callback_data: _, ...rest } = body;
  return {
    kind: "send",
    recipient,
    type,
    needsWindow: type !== "template",
    callback,
    body: { ...rest, type },
  };
}

/** `to` is a phone, `recipient` a BSUID; where both stand, Meta uses `to` (protocol.md 3.1). */
function readRecipient(body: Json): string | { fault: BodyFault } {
  if (body["recipient_type"] === "group") {
    return fault(131009, "recipient_type", "groups are not available to coexistence numbers.");
  }
  const to = asText(body["to"]);
  if (to !== undefined) {
    // Meta would answer 200 and lose it (protocol.md 2.11): a digits-only reading of a BSUID.
    if (/[A-Za-z]/.test(to)) {
      return fault(131009, "to", 'is not a phone number; a BSUID goes into "recipient".');
    }
    const digits = asDigits(to);
    if (digits === undefined || digits.length > 15) {
      return fault(131009, "to", "is not a phone number with country code.");
    }
    return digits;
  }
  const recipient = asText(body["recipient"]);
  if (recipient === undefined) {
    return fault(
      131008,
      "to",
      'is missing: the customer\'s phone number, or "recipient" with a BSUID.',
    );
  }
  return asBsuid(recipient) ?? fault(131009, "recipient", "is not a BSUID (CC.alphanumerics).");
}

function fault(code: BodyFault["code"], field: string, details: string): { fault: BodyFault } {
  return { fault: { code, field, details: `${field} ${details}` } };
}
