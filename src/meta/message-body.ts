import { contactsContent } from "./bodies/contacts.ts";
import { faultOf, findFault } from "./bodies/find-fault.ts";
import { interactiveContent } from "./bodies/interactive.ts";
import { locationContent } from "./bodies/location.ts";
import { markBody } from "./bodies/mark.ts";
import { audioContent, captionedContent, documentContent, stickerContent } from "./bodies/media.ts";
import { messageOptions } from "./bodies/options.ts";
import { objectOrList } from "./bodies/pieces.ts";
import { reactionContent } from "./bodies/reaction.ts";
import { templateContent } from "./bodies/template.ts";
import { textContent } from "./bodies/text.ts";
import { asWord, isAbsent } from "./bodies/values.ts";
import { asBsuid, asDigits, asText } from "./read-json.ts";
import type { BodyFault } from "./bodies/find-fault.ts";
import type { Piece } from "./bodies/pieces.ts";
import type { Json } from "./read-json.ts";

export type { BodyFault } from "./bodies/find-fault.ts";

/** A request to `/{phone_number_id}/messages` as far as Tandem has to understand it. */
export type MessageRequest =
  | {
      kind: "send";
      /** Phone digits or BSUID. */
      recipient: string;
      type: string;
      needsWindow: boolean;
      callback: string | undefined;
      /** The partner's own body, without its callback data: our id goes in its place. */
      body: Json;
    }
  /** Marks a message read, perhaps shows typing: takes no place and no window. */
  | { kind: "mark"; body: Json };

/** What stands under the name of each type (protocol.md 3.2). */
const CONTENTS = new Map<string, Piece>([
  ["text", textContent],
  ["image", captionedContent],
  ["video", captionedContent],
  ["audio", audioContent],
  ["document", documentContent],
  ["sticker", stickerContent],
  ["location", locationContent],
  ["contacts", contactsContent],
  ["reaction", reactionContent],
  ["interactive", interactiveContent],
  ["template", templateContent],
]);
const unknownContent = objectOrList("the content of the message");
/** Meta's own default. */
const DEFAULT_TYPE = "text";
const PHONE_DIGITS_MAX = 15;

/**
 * Reads a send request, exactly as strictly as Meta documents. What Tandem does not know (fields at
 * any depth, kinds, types) goes to Meta untouched, so that a new Meta feature does not wait for us.
 *
 * @returns the request, or its first fault in the order in which Meta documents the fields
 */
export function readMessageRequest(body: Json): MessageRequest | { fault: BodyFault } {
  if (asWord(body["messaging_product"]) !== "whatsapp") {
    return fault(100, "messaging_product", 'must be "whatsapp".');
  }
  return isAbsent(body["status"]) ? readSend(body) : readMark(body);
}

function readMark(body: Json): MessageRequest | { fault: BodyFault } {
  // A mark goes around the pacer and the window, so nothing that could be a message may be in it.
  if (findContent(body) !== undefined) {
    const message =
      "marks a message as read and cannot go with a message to send; send two requests.";
    return fault(100, "status", message);
  }
  const found = findFault(markBody, body);
  return found === undefined ? { kind: "mark", body } : { fault: found };
}

function readSend(body: Json): MessageRequest | { fault: BodyFault } {
  const recipient = readRecipient(body);
  if (typeof recipient !== "string") return recipient;
  const named = isAbsent(body["type"]) ? DEFAULT_TYPE : body["type"];
  if (typeof named !== "string") return fault(131009, "type", 'must be a type such as "text".');
  const type = CONTENTS.has(named.toLowerCase()) ? named.toLowerCase() : named;
  const found = findContentFault(body, named, type) ?? findFault(messageOptions, body);
  if (found !== undefined) return { fault: found };
  const { biz_opaque_callback_data: callback, ...rest } = body;
  return {
    kind: "send",
    recipient,
    type,
    needsWindow: type !== "template",
    callback: typeof callback === "string" ? callback : undefined,
    body: isAbsent(body["type"]) ? { ...rest, type } : rest,
  };
}

/** @param named the type as the body names it; @param type as we know it */
function findContentFault(body: Json, named: string, type: string): BodyFault | undefined {
  const field = Object.hasOwn(body, named) ? named : type;
  const content = Object.hasOwn(body, field) ? body[field] : undefined;
  if (!isAbsent(content)) {
    return findFault(CONTENTS.get(type) ?? unknownContent, readContent(content), field);
  }
  // Only a name is repeated in an answer: anything else might be what should not be said there.
  if (!/^[a-z_]{1,40}$/i.test(named)) {
    return faultOf(131009, "type", 'is not the name of a type; say for example "text".');
  }
  return faultOf(131008, field, missingContent(body, type));
}

/** Graph takes an object also as its JSON text, and some SDKs write it so. */
function readContent(content: unknown): unknown {
  if (typeof content !== "string" || !/^\s*[[{]/.test(content)) return content;
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return content;
  }
}

function missingContent(body: Json, type: string): string {
  const other = findContent(body);
  if (other === undefined) {
    return `is missing: a message of type "${type}" has its content under that name.`;
  }
  return isAbsent(body["type"])
    ? `is missing: without a type it is a text; to send what is here, say type "${other}".`
    : `is missing: the type is "${type}", but there is "${other}"; let both say the same.`;
}

/** The type of which the body holds content, whatever type it says it is. */
function findContent(body: Json): string | undefined {
  const names = [...CONTENTS.keys(), body["type"]].filter((name) => typeof name === "string");
  return names.find((name) => Object.hasOwn(body, name) && !isAbsent(body[name]));
}

/** `to` is a phone, `recipient` a BSUID; where both stand, Meta uses `to` (protocol.md 3.1). */
function readRecipient(body: Json): string | { fault: BodyFault } {
  const recipientType = body["recipient_type"];
  if (asWord(recipientType) === "group") {
    return fault(
      131009,
      "recipient_type",
      "says group, and groups are not available to coexistence numbers.",
    );
  }
  if (!isAbsent(recipientType) && asWord(recipientType) !== "individual") {
    return fault(131009, "recipient_type", 'must be "individual".');
  }
  if (!isAbsent(body["to"])) return readPhone(body["to"]);
  const recipient = body["recipient"];
  if (isAbsent(recipient)) {
    return fault(
      131008,
      "to",
      'is missing: the customer\'s phone number, or "recipient" with a BSUID.',
    );
  }
  return (
    asBsuid(recipient) ??
    fault(131009, "recipient", 'is not a BSUID (CC.alphanumerics); a phone number goes into "to".')
  );
}

function readPhone(to: unknown): string | { fault: BodyFault } {
  // Meta would answer 200 and lose it (protocol.md 2.11): a digits-only reading of a BSUID.
  if (/[A-Za-z]/.test(asText(to) ?? "")) {
    return fault(131009, "to", 'is not a phone number; a BSUID goes into "recipient".');
  }
  const digits = asDigits(to);
  return digits === undefined || digits.length > PHONE_DIGITS_MAX
    ? fault(131009, "to", "is not a phone number with country code.")
    : digits;
}

function fault(code: BodyFault["code"], field: string, message: string): { fault: BodyFault } {
  return { fault: faultOf(code, field, message) };
}
