import { nameInKey } from "../lib/customer-key.ts";
import { eventId } from "../lib/ids.ts";
import { STATUS_RANK } from "../database/message-status.ts";
import { isKnownAccountEvent, wordsOfEvent } from "../lib/lifecycle-words.ts";
import { WAY_BACK } from "./refusals.ts";
import type { NewEvent } from "../database/append-events.ts";
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

function tell(row: JournalRow): Omit<NewEvent, "id" | "n"> | null {
  const { fact, derived } = row;
  if (derived.historical === true || derived.quiet === true) return null;
  switch (fact.kind) {
    case "message": {
      const unsupported = fact.type === "unsupported";
      return {
        type: unsupported
          ? "message.unsupported"
          : fact.direction === "inbound"
            ? "message.received"
            : "message.echoed",
        at: fact.at,
        news: { of: "message", wamid: fact.wamid, ...(unsupported ? { unsupported } : {}) },
        data: {
          wamid: fact.wamid,
          direction: fact.direction,
          origin: fact.origin,
          customer: viewPerson(fact.customer, derived.customer),
          standby: fact.standby,
          message_type: fact.type,
          ...fact.body,
          ...(unsupported ? { hint: LOOK_AT_THE_PHONE } : {}),
        },
      };
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
    case "revoke":
      return {
        type: fact.kind === "edit" ? "message.edited" : "message.revoked",
        at: fact.at,
        data: {
          wamid: fact.target,
          change_wamid: fact.wamid,
          direction: fact.direction,
          standby: fact.standby,
          customer: viewPerson(fact.customer, derived.customer),
          ...(fact.content === undefined
            ? {}
            : { message_type: fact.content.type, ...fact.content.body }),
        },
      };
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
    case "customer_change":
      return {
        type: "customer.changed",
        at: fact.at,
        // Where only the BSUID changed, a phone that we know is theirs before and after.
        data: {
          wamid: fact.wamid,
          standby: fact.standby,
          before:
            fact.after.phone === undefined && fact.renumbered === undefined
              ? viewCustomer(fact.before, derived.customer)
              : fact.before,
          after: fact.renumbered ? fact.after : viewCustomer(fact.after, derived.customer),
        },
      };
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
    case "learnt":
      return null;
  }
}

/** An event with the words that go with it. */
function spoken(
  type: string,
  at: number,
  data: Record<string, unknown>,
): Omit<NewEvent, "id" | "n"> {
  return { type, at, data: { ...data, words: wordsOfEvent(type, data) } };
}

/** The same with the name and username that Meta puts beside it; nothing of them is looked up. */
function viewPerson(ref: CustomerRef, key: string | undefined): CustomerRef {
  const { name, username } = ref;
  return {
    ...viewCustomer(ref, key),
    ...(name === undefined ? {} : { name }),
    ...(username === undefined ? {} : { username }),
  };
}

/** Phone and BSUID as far as the fact or the customer's key gives them. */
export function viewCustomer(ref: CustomerRef, key: string | undefined): CustomerRef {
  const { phone = nameInKey(key ?? "").phone, bsuid = nameInKey(key ?? "").bsuid } = ref;
  return {
    ...(phone === undefined ? {} : { phone }),
    ...(bsuid === undefined ? {} : { bsuid }),
  };
}
