import { nameInKey } from "../lib/customer-key.ts";
import { eventId } from "../lib/ids.ts";
import { eventOfFact, viewCustomer } from "./fact-events.ts";
import { statusRows } from "./status-rows.ts";
import type { ChangeRow, ConversationRow, FactRows } from "../database/store-facts.ts";
import type { ChangeFact, CustomerRef } from "../meta/facts.ts";
import type { JournalRow } from "./journal.ts";

/** What a batch of facts writes into D1, by table. @param timezone the sender's */
export function rowsOfFacts(
  sender: number,
  rows: readonly JournalRow[],
  timezone: string,
): FactRows {
  const result: FactRows = {
    messages: [],
    media: [],
    statuses: [],
    changes: [],
    customers: [],
    aliases: [],
    contacts: [],
    conversations: [],
    notices: [],
    preferences: [],
    unrouted: [],
  };
  for (const row of rows) addRow(result, sender, row);
  const told = rows.flatMap(({ n, fact, derived }) =>
    fact.kind === "status" ? [{ n, customer: derived.customer ?? "", fact }] : [],
  );
  result.statuses = statusRows(told, timezone);
  // A name that was learnt twice leads where it led last.
  result.aliases = [...new Map(result.aliases.map((row) => [row.alias, row])).values()];
  result.conversations = newestByCustomer(result.conversations);
  return result;
}

function addRow(result: FactRows, sender: number, row: JournalRow): void {
  const { n, fact, derived } = row;
  const customer = derived.customer ?? "";
  for (const learnt of derived.learnt ?? []) {
    const { phone } = nameInKey(learnt.customer);
    result.aliases.push({ n, ...learnt, ...(phone === undefined ? {} : { phone }) });
  }
  // Whatever taught a name of the customer's, their profile has it.
  const teaches = derived.learnt !== undefined && "customer" in fact;
  if (teaches) result.customers.push({ n, ...profileOf(fact.customer, row) });
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
      if (fact.media !== undefined) {
        const { wamid, type, media } = fact;
        result.media.push({ n, wamid, customer, type, ...media, arrivedAt: row.receivedAt });
      }
      if (!teaches) result.customers.push({ n, ...profileOf(fact.customer, row) });
      if (!historical) {
        result.conversations.push({
          n,
          customer,
          at: fact.at,
          wamid: fact.wamid,
          echoes: fact.origin === "app" ? [{ wamid: fact.wamid, at: fact.at }] : [],
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
      if (!teaches) result.customers.push({ n, ...profileOf(fact.customer, row) });
      result.conversations.push({ n, customer, at: fact.at, wamid: fact.wamid, echoes: [] });
      return;
    case "edit":
      result.changes.push({
        ...changeOf(fact, sender, row),
        editedAt: fact.at,
        body: fact.content?.body,
      });
      return;
    case "revoke":
      result.changes.push({ ...changeOf(fact, sender, row), revokedAt: fact.at });
      return;
    case "contact":
      result.contacts.push({
        n,
        ...profileOf(fact.customer, row),
        ...(fact.fullName === undefined ? {} : { fullName: fact.fullName }),
        ...(fact.firstName === undefined ? {} : { firstName: fact.firstName }),
        removed: fact.removed ? 1 : 0,
        at: fact.at,
      });
      return;
    case "customer_change":
      result.customers.push({ n, ...profileOf(fact.after, row) });
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
    case "account":
    case "notice": {
      const event = eventOfFact(sender, row);
      if (event === null) return;
      const { words: _, field, ...data } = event.data as { words: unknown; field: string };
      result.notices.push({ n, id: event.id, at: event.at, field, data });
      return;
    }
    case "preference":
      result.preferences.push({
        n,
        customer,
        category: fact.category,
        value: fact.value,
        at: fact.at,
      });
      return;
    case "status": // a batch's together: statusRows
    case "handover":
    case "detection":
    case "state":
    case "block":
    case "warning":
    case "contacts_imported":
    case "learnt":
      return;
  }
}

/**
 * What a fact says of its customer, as it is in force: the number is the key's, where that has one,
 * and a BSUID that another has followed is left out.
 */
function profileOf(ref: CustomerRef, { derived }: JournalRow) {
  const { customer = "", formerBsuid = false } = derived;
  const { phone = ref.phone } = nameInKey(customer);
  const { bsuid, name, username } = ref;
  const inForce = {
    ...(phone === undefined ? {} : { phone }),
    ...(bsuid === undefined || formerBsuid ? {} : { bsuid }),
  };
  return {
    customer,
    ...viewCustomer(inForce, customer),
    ...(name === undefined ? {} : { name }),
    ...(username === undefined ? {} : { username }),
  };
}

function changeOf(fact: ChangeFact, sender: number, { n, derived }: JournalRow): ChangeRow {
  return {
    n,
    wamid: fact.target,
    customer: derived.customer ?? "",
    at: fact.at,
    event: eventId(sender, fact.key),
    ...(fact.patterns === undefined ? {} : { patterns: fact.patterns }),
  };
}

function newestByCustomer(conversations: ConversationRow[]): ConversationRow[] {
  const newest = new Map<string, ConversationRow>();
  for (const row of conversations) {
    const known = newest.get(row.customer);
    const echoes = [...(known?.echoes ?? []), ...row.echoes];
    newest.set(row.customer, {
      ...(known === undefined || isLater(row, known) ? row : known),
      n: row.n,
      echoes,
    });
  }
  return [...newest.values()];
}

/** Of one instant, as D1 compares them: the order in which they come must not matter. */
function isLater(one: ConversationRow, other: ConversationRow): boolean {
  return one.at > other.at || (one.at === other.at && one.wamid > other.wamid);
}
