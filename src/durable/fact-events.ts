import { nameInKey } from "../lib/customer-key.ts";
import { eventId } from "../lib/ids.ts";
import { STATUS_RANK } from "../database/message-status.ts";
import { isKnownAccountEvent, wordsOfEvent } from "../lib/lifecycle-words.ts";
import { WAY_BACK } from "./refusals.ts";
import type { NewEvent, NewEventOf } from "../database/append-events.ts";
import type { EventData, EventType } from "../events/index.ts";
import type { MessageContent } from "../events/messages.ts";
import type { CustomerRef } from "../meta/facts.ts";
import type { JournalRow } from "./journal.ts";

const LOOK_AT_THE_PHONE =
  "The content did not reach the API. Ask the owner to look at the chat in the WhatsApp Business " +
  "app; an unsupported linked device (Windows, Wear OS) can be the cause.";

/** The event that tells a fact, or null for what is silent: history, the first contacts, raw items. */
export function eventOfFact(senderKey: number, row: JournalRow): NewEvent | null {
  const told = tell(row);
  if (told === null) return null;
  return { id: eventId(senderKey, row.fact.key), n: row.n, ...told };
}

/** An event without what every one has. */
type Told = { [Type in EventType]: Omit<NewEventOf<Type>, "id" | "n"> }[EventType];

function tell(row: JournalRow): Told | null {
  const { fact, derived } = row;
  if (derived.historical === true || derived.quiet === true) return null;
  switch (fact.kind) {
    case "message": {
      const { at, wamid } = fact;
      const data = {
        wamid,
        direction: fact.direction,
        origin: fact.origin,
        customer: viewPerson(fact.customer, derived.customer),
        standby: fact.standby,
        message_type: fact.type,
        ...(fact.body as MessageContent),
      };
      if (fact.type === "unsupported") {
        const news = { of: "message", wamid, unsupported: true } as const;
        return {
          type: "message.unsupported",
          at,
          news,
          data: { ...data, hint: LOOK_AT_THE_PHONE },
        };
      }
      const type = fact.direction === "inbound" ? "message.received" : "message.echoed";
      return { type, at, news: { of: "message", wamid }, data };
    }
    case "status":
      return {
        type: "message.status",
        at: fact.at,
        news: { of: "status", wamid: fact.wamid, rank: STATUS_RANK[fact.status] },
        data: {
          wamid: fact.wamid,
          status: fact.status,
          standby: fact.standby,
          customer: viewPerson(fact.customer, derived.customer),
          biz_opaque_callback_data: derived.callback,
          errors: fact.errors,
          pricing: fact.pricing,
          conversation: fact.conversation,
        },
      };
    case "edit":
    case "revoke": {
      const { at, content } = fact;
      const data = {
        wamid: fact.target,
        change_wamid: fact.wamid,
        direction: fact.direction,
        standby: fact.standby,
        customer: viewPerson(fact.customer, derived.customer),
      };
      if (content === undefined) return { type: "message.revoked", at, data };
      const edited = { message_type: content.type, ...(content.body as MessageContent) };
      return { type: "message.edited", at, data: { ...data, ...edited } };
    }
    case "contact":
      return {
        type: fact.removed ? "contact.removed" : "contact.updated",
        at: fact.at,
        news: { of: "contact", customer: derived.customer ?? "" },
        data: {
          customer: viewPerson(fact.customer, derived.customer),
          full_name: fact.fullName,
          first_name: fact.firstName,
        },
      };
    case "contacts_imported":
      return { type: "contacts.imported", at: fact.at, data: { changes: fact.changes } };
    case "customer_change": {
      // Where only the BSUID changed, a phone that we know is theirs before and after.
      const after = fact.renumbered ? fact.after : viewCustomer(fact.after, derived.customer);
      const before =
        fact.after.phone === undefined && fact.renumbered === undefined
          ? viewCustomer(fact.before, derived.customer)
          : fact.before;
      const { wamid, standby } = fact;
      const data = { customer: after, before, after, wamid, standby };
      return { type: "customer.changed", at: fact.at, data };
    }
    case "settled":
      return {
        type: "send.settled",
        at: fact.at,
        data: {
          id: fact.send,
          outcome: fact.outcome,
          wamid: fact.wamid,
          customer: fact.customer,
          biz_opaque_callback_data: fact.callback,
          error: fact.error,
        },
      };
    case "state":
      if (fact.event === null) return null;
      return spoken(fact.event, fact.at, {
        state: fact.state.phase,
        reason: fact.state.reason,
      });
    case "block": {
      const { kind, code, since } = fact.block;
      return spoken(fact.over ? "sender.unblocked" : "sender.blocked", fact.at, {
        reason: kind,
        code,
        since: new Date(since).toISOString(),
        ...(fact.over ? {} : { way_back: WAY_BACK[kind] }),
      });
    }
    case "warning":
      return spoken(fact.event, fact.at, fact.data);
    case "account":
      return spoken("account.notice", fact.at ?? row.receivedAt, {
        field: "account_update",
        known: isKnownAccountEvent(fact.event),
        ...(derived.aboutAnother === true ? { about_another_partner: true } : {}),
        ...fact.notice,
        value: fact.detail,
      });
    case "notice":
      return spoken("account.notice", fact.at ?? row.receivedAt, {
        field: fact.field,
        known: true,
        ...fact.notice,
        value: fact.detail,
      });
    case "detection":
      return {
        type: "conversion.detected",
        at: fact.at,
        // Whose message it is, D1 knows.
        news: { of: "detection", wamid: fact.wamid },
        data: {
          wamid: fact.wamid,
          name: fact.name,
          ctwa_clid: fact.ctwaClid,
          currency: fact.currency,
          value: fact.value,
        },
      };
    case "handover":
      return spoken("account.notice", fact.at, {
        field: "messaging_handovers",
        known: true,
        customer: viewCustomer(fact.customer, derived.customer),
        thread_owner: fact.owner,
        value: fact.detail,
      });
    case "raw":
      // A field that Meta has added since may matter to somebody; broken items and what is another
      // partner's do not.
      if (fact.reason !== "unknown_field") return null;
      return spoken("account.notice", row.receivedAt, {
        field: fact.field,
        known: false,
        value: fact.raw,
      });
    case "preference": // the notice beside it tells it
    case "learnt":
      return null;
  }
}

type Spoken = {
  [Type in EventType]: EventData<Type> extends { words: unknown } ? Type : never;
}[EventType];
/** Not Omit: of data that may have more fields it would forget those that have names. */
type Unspoken<Data> = { [Name in keyof Data as Name extends "words" ? never : Name]: Data[Name] };

/** An event with the words that go with it. */
function spoken<Type extends Spoken>(
  type: Type,
  at: number,
  data: Unspoken<EventData<Type>>,
): Told {
  const whole: unknown = { ...data, words: wordsOfEvent(type, data) };
  return { type, at, data: whole } as Told;
}

/** Phone and BSUID as far as the fact or the customer's key gives them. */
export function viewCustomer(ref: CustomerRef, key: string | undefined): CustomerRef {
  const { phone = nameInKey(key ?? "").phone, bsuid = nameInKey(key ?? "").bsuid } = ref;
  return {
    ...(phone === undefined ? {} : { phone }),
    ...(bsuid === undefined ? {} : { bsuid }),
  };
}

/** The same, with the name and username that came with the fact. */
function viewPerson(ref: CustomerRef, key: string | undefined): CustomerRef {
  return { ...ref, ...viewCustomer(ref, key) };
}
