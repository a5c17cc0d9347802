import {
  automaticEventItem,
  changeItem,
  contactItem,
  contactsOf,
  messageItem,
  responderItem,
  statusItem,
  systemItem,
} from "./cloud-items.ts";
import { asDigits, asObject, asText } from "./read-json.ts";
import type { PartnerEvent } from "../events/partner-event.ts";
import type { MediaUrl, Told } from "./cloud-items.ts";
import type { Json } from "./read-json.ts";

/** The number that an event is about, as its envelope names it. */
export interface CloudSender {
  wabaId: string;
  /** In any spelling; Meta writes digits. */
  displayPhoneNumber: string;
  phoneNumberId: string;
}

/** What of an event its envelope is made from. */
export type CloudEvent = Pick<PartnerEvent, "id" | "type" | "at" | "data">;

/** One change of an envelope. */
interface Change {
  field: string;
  value: Json;
  /** entry.time in unix seconds, where Meta gives one (protocol.md 2.2). */
  time?: number;
}

/**
 * Says nothing, to try an address with: receivers look into the first change unasked, so there is
 * one, of a field that none of them acts on.
 */
export const TEST_ENVELOPE: Json = {
  object: "whatsapp_business_account",
  entry: [
    {
      id: "0",
      changes: [
        {
          value: {
            messaging_product: "whatsapp",
            metadata: { display_phone_number: "", phone_number_id: "" },
          },
          field: "tandem_test",
        },
      ],
    },
  ],
};

/** Fields of the account's notices whose entries have no time (protocol.md 2.2). */
const WITHOUT_TIME = new Set(["user_preferences", "automatic_events", "messaging_handovers"]);

/**
 * An event in Meta's own webhook envelope, so that a receiver made for the Cloud API reads it:
 * `docs/endpoints.md` lists where it differs from what Meta sent.
 *
 * @param mediaUrl where a file is downloaded with the partner's key
 * @returns null for what Meta has no form for
 */
export function toCloudEnvelope(
  event: CloudEvent,
  sender: CloudSender,
  mediaUrl: MediaUrl,
): Json | null {
  const business = asDigits(sender.displayPhoneNumber) ?? "";
  const change = changeOf(event, business, mediaUrl);
  if (change === null) return null;
  const { field, value, time } = change;
  const metadata = { display_phone_number: business, phone_number_id: sender.phoneNumberId };
  // Also where Meta has none: receivers read it before they look at the field (protocol.md 2.2).
  const whole = { messaging_product: "whatsapp", metadata, ...value };
  return {
    object: "whatsapp_business_account",
    entry: [
      {
        id: sender.wabaId,
        ...(time === undefined ? {} : { time }),
        changes: [{ value: whole, field }],
      },
    ],
  };
}

function changeOf(event: CloudEvent, business: string, mediaUrl: MediaUrl): Change | null {
  const data = asObject(event.data) ?? {};
  const at = Math.floor(Date.parse(event.at) / 1_000);
  const told: Told = { id: event.id, data, timestamp: String(at) };
  switch (event.type) {
    case "message.received":
    case "message.echoed":
    case "message.unsupported":
      return data["origin"] === "responder"
        ? listen({ message_echoes: [responderItem(told, mediaUrl)] })
        : talk(data, messageItem(told, business, mediaUrl));
    case "message.edited":
      return talk(data, changeItem(told, "edit", business, mediaUrl));
    case "message.revoked":
      return talk(data, changeItem(told, "revoke", business, mediaUrl));
    case "message.status": {
      const value = { ...contactsOf(data, false), statuses: [statusItem(told)] };
      return data["standby"] === true ? listen(value) : { field: "messages", value };
    }
    case "customer.changed": {
      const value = { messages: [systemItem(told)] };
      return data["standby"] === true ? listen(value) : { field: "messages", value };
    }
    case "contact.updated":
      return { field: "smb_app_state_sync", value: { state_sync: [contactItem(told, "add")] } };
    case "contact.removed":
      return { field: "smb_app_state_sync", value: { state_sync: [contactItem(told, "remove")] } };
    case "conversion.detected":
      return {
        field: "automatic_events",
        value: { automatic_events: [automaticEventItem(told)] },
      };
    case "account.notice":
      return noticeOf(data, at);
    default:
      return null;
  }
}

/** An item of a conversation: a customer's, or of the phone app. */
function talk(data: Json, item: Json): Change {
  const isInbound = data["direction"] === "inbound";
  const isStandby = data["standby"] === true;
  const contacts = contactsOf(data, isInbound && !isStandby);
  const value = { ...contacts, [isInbound ? "messages" : "message_echoes"]: [item] };
  if (isStandby) return listen(value);
  return { field: isInbound ? "messages" : "smb_message_echoes", value };
}

/** While another responder holds the thread, the lists lie one level deeper (protocol.md 2.10). */
function listen(value: Json): Change {
  return { field: "standby", value: { standby: value } };
}

/** What Meta said of the account, number, template or customer, in its own words. */
function noticeOf(data: Json, at: number): Change | null {
  const field = asText(data["field"]);
  const value = asObject(data["value"]);
  if (field === undefined || value === undefined) return null;
  return { field, value, ...(WITHOUT_TIME.has(field) ? {} : { time: at }) };
}
