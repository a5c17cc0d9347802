import { dropAbsent } from "./customer-ref.ts";
import { readMediaRef } from "./media-ref.ts";
import { asObject, asText } from "./read-json.ts";
import type { Json } from "./read-json.ts";

/** The address of a file, by Meta's id of it. */
export type MediaUrl = (mediaId: string) => string;

/** An event as its items are made from it: its data, and when it was. */
export interface Told {
  /** Ours, where Meta's own id is not known. */
  id: string;
  data: Json;
  /** Unix seconds as text, as Meta writes the times of messages. */
  timestamp: string;
}

/** Whose event it is: every part may be unknown. */
interface Person {
  phone: string | undefined;
  bsuid: string | undefined;
  name: string | undefined;
  username: string | undefined;
}

/** What stands beside Meta's object of a message's type (protocol.md 2.6). */
const BESIDE = ["context", "referral", "errors"];

/** Reads the person that an event names. */
export function personOf(value: unknown): Person {
  const person = asObject(value);
  return {
    phone: asText(person?.["phone"]),
    bsuid: asText(person?.["bsuid"]),
    name: asText(person?.["name"]),
    username: asText(person?.["username"]),
  };
}

/**
 * The profiles beside an item (protocol.md 2.6).
 *
 * @param always whether Meta always has one there: receivers read it unasked
 */
export function contactsOf(data: Json, always: boolean): Json {
  const { phone, bsuid, name, username } = personOf(data["customer"]);
  if (!always && name === undefined && username === undefined) return {};
  const profile = dropAbsent({ name: name ?? "", username });
  return { contacts: [dropAbsent({ profile, wa_id: phone, user_id: bsuid })] };
}

/** A message of a customer, or an echo of the phone app (protocol.md 2.5, 2.6). */
export function messageItem(told: Told, business: string, mediaUrl: MediaUrl): Json {
  const { data, timestamp } = told;
  const type = asText(data["message_type"]) ?? "";
  const id = asText(data["wamid"]);
  return dropAbsent({
    ...partiesOf(data, business),
    id,
    timestamp,
    type,
    ...contentOf(data, type, mediaUrl),
  });
}

/** What another responder sent: the body of its request (protocol.md 2.10). */
export function responderItem({ data, timestamp }: Told, mediaUrl: MediaUrl): Json {
  const { phone, bsuid } = personOf(data["customer"]);
  const type = asText(data["message_type"]) ?? "";
  const message = dropAbsent({
    messaging_product: "whatsapp",
    to: phone,
    recipient: phone === undefined ? bsuid : undefined,
    type,
    ...contentOf(data, type, mediaUrl),
  });
  return dropAbsent({ id: asText(data["wamid"]), timestamp, message });
}

/**
 * An edit or a revoke. It names the message by the id that the partner was told it under, which is
 * what its receiver has kept.
 */
export function changeItem(
  told: Told,
  kind: "edit" | "revoke",
  business: string,
  mediaUrl: MediaUrl,
): Json {
  const { data, timestamp } = told;
  const type = asText(data["message_type"]) ?? "";
  const message = kind === "edit" ? { type, ...contentOf(data, type, mediaUrl) } : undefined;
  return dropAbsent({
    ...partiesOf(data, business),
    id: asText(data["change_wamid"]) ?? told.id,
    timestamp,
    type: kind,
    [kind]: dropAbsent({ original_message_id: asText(data["wamid"]), message }),
  });
}

/** A customer's other number or BSUID, as a system message (protocol.md 2.6). */
export function systemItem({ id, data, timestamp }: Told): Json {
  const before = personOf(data["before"]);
  const after = personOf(data["after"]);
  const renumbered = before.phone !== undefined && before.phone !== after.phone;
  return dropAbsent({
    from: before.phone,
    id: asText(data["wamid"]) ?? id,
    timestamp,
    type: "system",
    system: dropAbsent({
      body: renumbered ? "The customer has another number." : "The customer has another user id.",
      type: renumbered ? "user_changed_number" : "user_changed_user_id",
      wa_id: renumbered ? after.phone : undefined,
      user_id: after.bsuid,
      previous_user_id: before.bsuid,
    }),
  });
}

/** How far a message got, with the partner's own callback data (protocol.md 2.7). */
export function statusItem({ data, timestamp }: Told): Json {
  const { phone, bsuid } = personOf(data["customer"]);
  return dropAbsent({
    id: asText(data["wamid"]),
    status: asText(data["status"]),
    timestamp,
    recipient_id: phone,
    recipient_user_id: bsuid,
    biz_opaque_callback_data: asText(data["biz_opaque_callback_data"]),
    conversation: data["conversation"],
    pricing: data["pricing"],
    errors: data["errors"],
  });
}

/** A change of the phone's address book (protocol.md 2.4). */
export function contactItem({ data, timestamp }: Told, action: "add" | "remove"): Json {
  const { phone, bsuid, username } = personOf(data["customer"]);
  const contact = dropAbsent({
    full_name: asText(data["full_name"]),
    first_name: asText(data["first_name"]),
    phone_number: phone,
    user_id: bsuid,
    username,
  });
  return { type: "contact", action, contact, metadata: { timestamp } };
}

/** A sale or lead that Meta found (protocol.md 5.3): the one item whose time is a number. */
export function automaticEventItem({ data, timestamp }: Told): Json {
  const custom = dropAbsent({ currency: data["currency"], value: data["value"] });
  return dropAbsent({
    id: asText(data["wamid"]),
    event_name: asText(data["name"]),
    timestamp: Number(timestamp),
    ctwa_clid: asText(data["ctwa_clid"]),
    custom_data: Object.keys(custom).length === 0 ? undefined : custom,
  });
}

/** Who wrote to whom, in the names of Meta's items. */
function partiesOf(data: Json, business: string): Json {
  const { phone, bsuid } = personOf(data["customer"]);
  return data["direction"] === "inbound"
    ? { from: phone, from_user_id: bsuid }
    : { from: business, to: phone, to_user_id: bsuid };
}

/** Meta's object under the type's name and what stands beside it; a file's address is ours. */
function contentOf(data: Json, type: string, mediaUrl: MediaUrl): Json {
  const beside = Object.fromEntries(BESIDE.map((name) => [name, data[name]]));
  const media = readMediaRef(type, data);
  const own = media === undefined ? data[type] : withUrl(data[type], mediaUrl(media.mediaId));
  return dropAbsent({ [type]: own, ...beside });
}

function withUrl(part: unknown, url: string): Json {
  return { ...asObject(part), url };
}
