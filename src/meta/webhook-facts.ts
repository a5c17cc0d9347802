import { sha256Hex } from "../lib/ids.ts";
import { readContact } from "./contact-facts.ts";
import { readDetection } from "./detection-facts.ts";
import { readHandover } from "./handover-facts.ts";
import { isNoticeField, readAccountNotice, readNotice } from "./notice-facts.ts";
import { readPreference } from "./preference-facts.ts";
import { readEcho, readInbound, readResponderEcho, readStatus } from "./message-facts.ts";
import { asArray, asDigits, asMetaId, asObject, asObjects, asText, asTime } from "./read-json.ts";
import type { Json } from "./read-json.ts";
import type { Fact, RawFact, Route } from "./facts.ts";
import type { ItemContext, Unusable } from "./message-facts.ts";

export interface RoutedFact {
  route: Route;
  fact: Fact;
}

export interface WebhookFacts {
  facts: RoutedFact[];
  /** Whether the body holds a `history` change: those are bulk and go around the objects. */
  hasHistory: boolean;
}

/** One change of an envelope, wherever Meta put its field name. */
export interface Change {
  field: string;
  value: Json;
  entryId: string | undefined;
  /** entry.time in epoch ms */
  entryAt: number | undefined;
}

/** Events of the account whose entry.id is the partner's portfolio (protocol.md 2.2). */
const NAMES_PORTFOLIO = /^(PARTNER_|AD_ACCOUNT_LINKED$|MM_LITE_TERMS_SIGNED$)/;

/**
 * Splits a webhook body into typed facts, every entry, change and item by itself: one bad item
 * never takes its neighbours with it, and what is not understood comes out as a raw fact.
 *
 * @param payload the parsed body; any JSON object
 * @param receivedAt epoch ms, for items without a time of their own
 */
export function readWebhook(payload: Json, receivedAt: number): WebhookFacts {
  const result: WebhookFacts = { facts: [], hasHistory: false };
  const changes = listChanges(payload);
  for (const { reason, raw } of listStrangers(payload)) {
    result.facts.push({ route: { by: "none" }, fact: rawFact("", reason, raw) });
  }
  for (const change of changes) {
    if (change.field !== "history") result.facts.push(...readChangeFacts(change, receivedAt));
    else if (phoneNumberIdOf(change.value) !== undefined) result.hasHistory = true;
    else {
      const fact = rawFact(change.field, "no_number", change.value);
      result.facts.push({ route: { by: "none" }, fact });
    }
  }
  return result;
}

/** What stands in an envelope where entries and changes should be, and is neither. */
function listStrangers(payload: Json): { reason: string; raw: unknown }[] {
  const entries = asArray(payload["entry"]);
  if (entries.length === 0) return [{ reason: "no_changes", raw: payload }];
  return entries.flatMap((entry) => {
    const changes = asArray(asObject(entry)?.["changes"]);
    if (changes.length === 0) return [{ reason: "no_changes", raw: entry }];
    return changes
      .filter((each) => asObject(asObject(each)?.["value"]) === undefined)
      .map((raw) => ({ reason: "malformed", raw }));
  });
}

/** Every change of an envelope. Some samples misplace `field` (protocol.md 2.2): tolerated. */
export function listChanges(payload: Json): Change[] {
  const changes: Change[] = [];
  for (const entry of asObjects(payload["entry"])) {
    for (const change of asObjects(entry["changes"])) {
      const value = asObject(change["value"]);
      if (value === undefined) continue; // listStrangers has it
      changes.push({
        field: asText(change["field"]) ?? asText(value["field"]) ?? asText(entry["field"]) ?? "",
        value,
        entryId: asText(entry["id"]),
        entryAt: asTime(entry["time"]),
      });
    }
  }
  return changes;
}

/** The number a `messages`-like value belongs to. */
export function phoneNumberIdOf(value: Json): string | undefined {
  return asMetaId(asObject(value["metadata"])?.["phone_number_id"]);
}

function readChangeFacts(change: Change, receivedAt: number): RoutedFact[] {
  switch (change.field) {
    case "messages":
      return readItems(change, receivedAt, [
        ["messages", readInbound],
        ["statuses", readStatus],
      ]);
    case "standby":
      return readStandby(change, receivedAt);
    case "messaging_handovers":
      return [readHandoverFact(change, receivedAt)];
    case "smb_message_echoes":
      return readItems(change, receivedAt, [["message_echoes", readEcho]]);
    case "smb_app_state_sync":
      return readItems(change, receivedAt, [["state_sync", readContact]]);
    case "automatic_events":
      return readItems(change, receivedAt, [["automatic_events", readDetection]]);
    case "user_preferences":
      return [readNoticeFact(change), ...readPreferences(change, receivedAt)];
    case "account_update":
      return [readAccountUpdate(change)];
    default:
      return [isNoticeField(change.field) ? readNoticeFact(change) : unknownField(change)];
  }
}

type ItemReader = (item: unknown, context: ItemContext) => Fact | Unusable;

function readItems(
  change: Change,
  receivedAt: number,
  lists: [name: string, read: ItemReader][],
  source: Json = change.value,
): RoutedFact[] {
  const phoneNumberId = phoneNumberIdOf(change.value);
  const route: Route =
    phoneNumberId === undefined ? { by: "none" } : { by: "phone_number_id", value: phoneNumberId };
  // In a standby change the lists, and the profiles beside them, lie one level deeper.
  const contacts = source["contacts"] ?? change.value["contacts"];
  const facts: RoutedFact[] = [];
  for (const [name, read] of lists) {
    for (const item of asArray(source[name])) {
      const fact = read(item, { contacts, receivedAt });
      facts.push({
        route,
        fact: "unusable" in fact ? rawItem(change, contacts, fact.unusable, item) : fact,
      });
    }
  }
  // Errors of the number itself, or a shape we do not know: something was said, so it is kept.
  if (facts.length === 0) {
    facts.push({ route, fact: rawFact(change.field, "no_items", change.value) });
  }
  return facts;
}

/**
 * What happens in a thread that another responder of the number holds: the same items, and we only
 * listen (protocol.md 2.10).
 */
function readStandby(change: Change, receivedAt: number): RoutedFact[] {
  const lists: [string, ItemReader][] = [
    ["messages", readInbound],
    ["message_echoes", readResponderEcho],
    ["statuses", readStatus],
  ];
  const source = asObject(change.value["standby"]) ?? {};
  return readItems(change, receivedAt, lists, source).map(({ route, fact }) => ({
    route,
    fact: fact.kind === "raw" ? fact : { ...fact, standby: true },
  }));
}

/** What each customer wants, beside the notice, which has also what cannot be read. */
function readPreferences(change: Change, receivedAt: number): RoutedFact[] {
  const route = routeNotice(change);
  const { contacts } = change.value;
  return asArray(change.value["user_preferences"]).flatMap((item) => {
    const fact = readPreference(item, { contacts, receivedAt });
    return "unusable" in fact ? [] : [{ route, fact }];
  });
}

/** A handover names its number as the recipient (protocol.md 2.2). */
function readHandoverFact(change: Change, receivedAt: number): RoutedFact {
  const recipient = asObject(change.value["recipient"]);
  const phoneNumberId = asMetaId(recipient?.["phone_number_id"]) ?? phoneNumberIdOf(change.value);
  const display = asDigits(recipient?.["display_phone_number"]);
  const route: Route =
    phoneNumberId !== undefined
      ? { by: "phone_number_id", value: phoneNumberId }
      : display === undefined
        ? { by: "none" }
        : { by: "display", value: display };
  const key = `h:${hashOf([change.field, change.entryAt, change.value])}`;
  return { route, fact: { key, ...readHandover(change.value, change.entryAt ?? receivedAt) } };
}

function readAccountUpdate(change: Change): RoutedFact {
  const event = asText(change.value["event"]);
  const info = asObject(change.value["waba_info"]);
  const named = asText(info?.["waba_id"]);
  const namesPortfolio = event !== undefined && NAMES_PORTFOLIO.test(event);
  const wabaId = namesPortfolio ? named : (named ?? change.entryId);
  const appId = asText(info?.["partner_app_id"]);
  const partners = [
    ...(namesPortfolio && change.entryId !== undefined ? [change.entryId] : []),
    ...asArray(info?.["solution_partner_business_ids"]).flatMap((id) => asText(id) ?? []),
  ];
  const route: Route = wabaId === undefined ? { by: "none" } : { by: "waba", value: wabaId };
  if (event === undefined) {
    return { route, fact: rawFact(change.field, "unknown_type", change.value) };
  }
  return {
    route,
    fact: {
      kind: "account",
      key: `a:${hashOf([event, change.entryAt, change.value])}`,
      event,
      ...(change.entryAt === undefined ? {} : { at: change.entryAt }),
      ...(partners.length === 0 ? {} : { partners }),
      ...(appId === undefined ? {} : { appId }),
      notice: readAccountNotice(change.value),
      detail: change.value,
    },
  };
}

function readNoticeFact(change: Change): RoutedFact {
  return {
    route: routeNotice(change),
    fact: {
      kind: "notice",
      key: `n:${hashOf([change.field, change.entryAt, change.value])}`,
      field: change.field,
      ...(change.entryAt === undefined ? {} : { at: change.entryAt }),
      notice: readNotice(change.field, change.value),
      detail: change.value,
    },
  };
}

/** protocol.md 2.2: by metadata, an alert's entity or the display number, else by the WABA. */
function routeNotice(change: Change): Route {
  const phoneNumberId =
    phoneNumberIdOf(change.value) ??
    (change.value["entity_type"] === "PHONE_NUMBER"
      ? asMetaId(change.value["entity_id"])
      : undefined);
  if (phoneNumberId !== undefined) return { by: "phone_number_id", value: phoneNumberId };
  const display = asDigits(change.value["display_phone_number"]);
  if (display !== undefined) return { by: "display", value: display };
  const wabaId = asText(asObject(change.value["waba_info"])?.["waba_id"]) ?? change.entryId;
  return wabaId === undefined ? { by: "none" } : { by: "waba", value: wabaId };
}

/** A field that Meta has added since: kept whole, and told to whomever it names. */
function unknownField(change: Change): RoutedFact {
  return {
    route: routeNotice(change),
    fact: rawFact(change.field, "unknown_field", change.value),
  };
}

function rawFact(field: string, reason: string, raw: unknown): RawFact {
  return { kind: "raw", key: `r:${hashOf([field, raw])}`, field, reason, raw };
}

/** A single item, with its surroundings. */
function rawItem(change: Change, contacts: unknown, reason: string, item: unknown): RawFact {
  const metadata = change.value["metadata"];
  return rawFact(change.field, reason, { metadata, contacts: ownContacts(contacts, item), item });
}

/** The profiles that belong to an item: all of them in each of 1,000 items would be 90 MB. */
function ownContacts(contacts: unknown, item: unknown): Json[] {
  const ids = Object.values(asObject(item) ?? {});
  return asObjects(contacts).filter(
    (contact) => ids.includes(contact["wa_id"]) || ids.includes(contact["user_id"]),
  );
}

function hashOf(value: unknown): string {
  return sha256Hex(JSON.stringify(value)).slice(0, 32);
}
