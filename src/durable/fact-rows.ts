import { viewCustomer } from "./fact-events.ts";
import { statusRows } from "./status-rows.ts";
import type { ConversationRow, FactRows } from "../database/store-facts.ts";
import type { CustomerRef } from "../meta/facts.ts";
import type { JournalRow } from "./journal.ts";

/** What a batch of facts writes into D1, by table. @param timezone the sender's */
export function rowsOfFacts(rows: readonly JournalRow[], timezone: string): FactRows {
  const result: FactRows = {
    messages: [],
    statuses: [],
    changes: [],
    customers: [],
    aliases: [],
    contacts: [],
    conversations: [],
    unrouted: [],
  };
  for (const row of rows) addRow(result, row);
  const told = rows.flatMap(({ n, fact, derived }) =>
    fact.kind === "status" ? [{ n, customer: derived.customer ?? "", fact }] : [],
  );
  result.statuses = statusRows(told, timezone);
  result.conversations = newestByCustomer(result.conversations);
  return result;
}

function addRow(result: FactRows, row: JournalRow): void {
  const { n, fact, derived } = row;
  const customer = derived.customer ?? "";
  for (const learnt of derived.learnt ?? []) result.aliases.push({ n, ...learnt });
  switch (fact.kind) {
    case "message": {
      const historical = derived.historical === true;
      result.messages.push({
        n,
        wamid: fact.wamid,
        customer,
        at: fact.at,
        type: fact.type,
        direction: fact.direction,
        origin: fact.origin,
        historical: historical ? 1 : 0,
        body: fact.body,
      });
      result.customers.push({ n, customer, ...named(fact.customer, customer) });
      if (!historical) {
        result.conversations.push({
          n,
          customer,
          at: fact.at,
          wamid: fact.wamid,
          ...(fact.origin === "app" ? { humanReplyAt: fact.at } : {}),
        });
      }
      return;
    }
    case "settled":
      if (fact.outcome !== "accepted" || fact.wamid === undefined) return;
      result.messages.push({
        n,
        wamid: fact.wamid,
        customer,
        at: fact.at,
        type: fact.type,
        direction: "outbound",
        origin: "api",
        historical: 0,
        body: fact.body,
        send: fact.send,
        ...(fact.callback === undefined ? {} : { callback: fact.callback }),
      });
      result.customers.push({ n, customer, ...named(fact.customer, customer) });
      result.conversations.push({ n, customer, at: fact.at, wamid: fact.wamid });
      return;
    case "edit":
      result.changes.push({
        n,
        wamid: fact.target,
        customer,
        at: fact.at,
        editedAt: fact.at,
        body: fact.content?.body,
      });
      return;
    case "revoke":
      result.changes.push({ n, wamid: fact.target, customer, at: fact.at, revokedAt: fact.at });
      return;
    case "contact":
      result.contacts.push({
        n,
        customer,
        ...viewCustomer(fact.customer, customer),
        ...(fact.customer.username === undefined ? {} : { username: fact.customer.username }),
        ...(fact.fullName === undefined ? {} : { fullName: fact.fullName }),
        ...(fact.firstName === undefined ? {} : { firstName: fact.firstName }),
        removed: fact.removed ? 1 : 0,
        at: fact.at,
      });
      return;
    case "customer_change":
      result.customers.push({ n, customer, ...viewCustomer(fact.after, customer) });
      return;
    case "raw":
      result.unrouted.push({
        n,
        id: fact.key,
        field: fact.field,
        reason: fact.reason,
        raw: JSON.stringify(fact.raw),
        at: row.receivedAt,
      });
      return;
    case "status": // a batch's together: statusRows
    case "account":
    case "notice":
    case "handover":
    case "state":
    case "block":
    case "contacts_imported":
    case "learnt":
      return;
  }
}

function named(ref: CustomerRef, key: string): CustomerRef {
  return {
    ...viewCustomer(ref, key),
    ...(ref.name === undefined ? {} : { name: ref.name }),
    ...(ref.username === undefined ? {} : { username: ref.username }),
  };
}

function newestByCustomer(conversations: ConversationRow[]): ConversationRow[] {
  const newest = new Map<string, ConversationRow>();
  for (const row of conversations) {
    const known = newest.get(row.customer);
    const humanReplyAt = Math.max(known?.humanReplyAt ?? 0, row.humanReplyAt ?? 0);
    const winner = known === undefined || row.at >= known.at ? row : known;
    newest.set(row.customer, {
      ...winner,
      n: row.n,
      ...(humanReplyAt > 0 ? { humanReplyAt } : {}),
    });
  }
  return [...newest.values()];
}
