import { phoneVariants } from "../../src/lib/phone-variants.ts";
import { rowsOf } from "./storage.ts";
import type { Partner, TestEvent, TestNumber } from "./seed.ts";
import type { Row } from "./storage.ts";

/** What is left when all has been told, without what the order of telling may decide. */
export interface EndState {
  /** By table; a customer is named the same whichever of their names a row was written with. */
  rows: Record<string, Row[]>;
  /** What the API says under each name of a customer: window, and conversation by wamid. */
  reads: Record<string, { window: unknown; wamids: string[] }>;
  sync: unknown;
  /** Ids of events that must be told in any order, with their type. */
  told: string[];
  /** Ids of events that are steps on a way: what comes late is no news any more. */
  steps: Set<string>;
  /** The end of each such way. */
  ends: string[];
  seqs: number[];
}

/**
 * Reads the end state of a number.
 *
 * What is left out, and why it may differ:
 * - keys of customers as written: messages keep the key of the moment (design: Identity); all keys
 *   of a person resolve to one, and that is compared.
 * - when we received or stored something: it is our clock.
 * - chunks and pages, `history.progress` of each and `history.incomplete` of an error beside
 *   threads: they are known by the hash of their body, and bodies were cut anew; that the import is
 *   complete with nothing missing is compared.
 * - cells of `usage` that count nothing: a message that turned out to be of another day or price
 *   has left them.
 * - `at` of a stub: hidden, and overwritten when its message comes.
 * - the names on a removed contact: newest wins, and a removal brings none (protocol.md 2.4).
 */
export async function readEndState(partner: Partner, number: TestNumber): Promise<EndState> {
  const tables = ["messages", "customers", "customer_keys", "contacts", "conversations"] as const;
  const [messages, customers, keys, contacts, conversations] = (await Promise.all(
    tables.map((table) => rowsOf(number, table)),
  )) as [Row[], Row[], Row[], Row[], Row[]];
  const [unrouted, usage] = await Promise.all([
    rowsOf(number, "unrouted"),
    rowsOf(number, "usage"),
  ]);
  const people = new People();
  for (const { alias, customer } of keys) people.same(alias, customer);
  for (const { customer } of [...messages, ...customers, ...contacts, ...conversations]) {
    people.same(customer, customer);
  }
  const name = (key: unknown) => people.nameOf(String(key));

  const all = await partner.events(number.id);
  return {
    rows: {
      people: people.list(),
      messages: sorted(
        messages.map((row) => seenMessage(row, name)),
        "wamid",
      ),
      contacts: newest(contacts.map((row) => seenContact(row, name))),
      conversations: merged(conversations, name),
      profiles: profiles(customers, name),
      usage: sorted(
        usage.filter(({ delivered }) => delivered !== 0),
        "day",
      ),
      unrouted: sorted(
        unrouted.map(({ id, field, reason, raw }) => ({ id, field, reason, raw })),
        "id",
      ),
    },
    reads: Object.fromEntries(
      await Promise.all(
        people.names().map(async (each) => [each, await readCustomer(partner, number, each)]),
      ),
    ) as EndState["reads"],
    sync: await syncOf(partner, number),
    told: all
      .filter((event) => !isStep(event, all) && !OF_A_BODY.has(event.type))
      .map(({ id, type }) => `${type} ${id}`)
      .toSorted(),
    steps: new Set(all.filter((event) => isStep(event, all)).map(({ id }) => id)),
    ends: endsOf(all, name),
    seqs: all.map(({ seq }) => seq),
  };
}

/**
 * Statuses and contacts: only what moves forward, or is newer, is news (invariant 7; protocol.md
 * 2.4). `message.unsupported` of a message whose content is there: nothing is missing any more.
 */
function isStep({ type, data }: TestEvent, all: readonly TestEvent[]): boolean {
  if (type === "message.status" || type.startsWith("contact.")) return true;
  return (
    type === "message.unsupported" &&
    all.some((other) => other.type === "message.received" && other.data["wamid"] === data["wamid"])
  );
}

const OF_A_BODY = new Set(["history.progress", "history.incomplete"]);

const RANK = ["sent", "delivered", "read", "played", "failed"];

/** The last status told of each message, and the last change told of each contact. */
function endsOf(all: readonly TestEvent[], name: (key: unknown) => string): string[] {
  const ends = new Map<string, { rank: number; end: string }>();
  for (const { type, at, data, id } of all) {
    const isStatus = type === "message.status";
    if (!isStatus && !type.startsWith("contact.")) continue;
    const customer = data["customer"] as { phone?: string; bsuid?: string };
    const key = isStatus
      ? `status of ${String(data["wamid"])}`
      : `contact ${name(customer.phone ?? customer.bsuid)}`;
    const rank = isStatus ? RANK.indexOf(String(data["status"])) : Date.parse(at);
    if (rank >= (ends.get(key)?.rank ?? -1)) ends.set(key, { rank, end: `${key}: ${id}` });
  }
  return [...ends.values()].map(({ end }) => end).toSorted();
}

/** Names of one person, as far as the stored aliases (and the ways to write a number) join them. */
class People {
  readonly #parents = new Map<string, string>();

  same(left: unknown, right: unknown): void {
    const [one, other] = [this.#root(String(left)), this.#root(String(right))].toSorted() as [
      string,
      string,
    ];
    if (one !== other) this.#parents.set(other, one);
  }

  /** The first of a person's names, in the order of text. */
  nameOf(key: string): string {
    return this.#root(key);
  }

  names(): string[] {
    return [...this.#parents.keys()].toSorted();
  }

  list(): Row[] {
    return [...Map.groupBy(this.names(), (key) => this.nameOf(key)).values()].map((names) => ({
      names,
    }));
  }

  #root(key: string): string {
    const parent = this.#parents.get(key);
    if (parent === undefined) {
      this.#parents.set(key, key);
      for (const variant of phoneVariants(key)) {
        if (this.#parents.has(variant)) this.same(key, variant); // reads find both (listKeys)
      }
      return this.#root(key);
    }
    return parent === key ? key : this.#root(parent);
  }
}

function seenMessage(row: Row, name: (key: unknown) => string): Row {
  const { sender: _sender, customer, at, ...rest } = row;
  const known = { ...rest, customer: name(customer) };
  return row["type"] === null ? known : { ...known, at };
}

function seenContact(row: Row, name: (key: unknown) => string): Row {
  const { customer, full_name, first_name, removed, at } = row;
  return {
    customer: name(customer),
    at,
    removed,
    ...(removed === 0 ? { full_name, first_name } : {}),
  };
}

/** One entry a person: the newest of what is known under all names. */
function newest(contacts: Row[]): Row[] {
  const ordered = contacts.toSorted((a, b) => Number(a["at"]) - Number(b["at"]));
  return sorted([...new Map(ordered.map((row) => [row["customer"], row])).values()], "customer");
}

function merged(conversations: Row[], name: (key: unknown) => string): Row[] {
  const people = Map.groupBy(conversations, ({ customer }) => name(customer));
  return sorted(
    [...people].map(([customer, rows]) => {
      const live = rows.some((row) => row["live_at"] !== null);
      // History moves no conversation that has live messages (invariant 4).
      const counted = rows.filter((row) => !live || row["live_at"] !== null);
      const last = counted.toSorted((a, b) => Number(b["last_at"]) - Number(a["last_at"]))[0];
      const latest = (column: string) => Math.max(...rows.map((row) => Number(row[column] ?? 0)));
      return {
        customer,
        last_at: last?.["last_at"],
        last_wamid: last?.["last_wamid"],
        live_at: latest("live_at"),
        last_human_reply_at: latest("last_human_reply_at"),
      };
    }),
    "customer",
  );
}

function profiles(customers: Row[], name: (key: unknown) => string): Row[] {
  const people = Map.groupBy(customers, ({ customer }) => name(customer));
  const known = (rows: Row[], column: string) =>
    [...new Set(rows.map((row) => row[column]).filter((value) => value !== null))]
      .map(String)
      .toSorted();
  return sorted(
    [...people].map(([customer, rows]) => ({
      customer,
      names: known(rows, "name"),
      usernames: known(rows, "username"),
    })),
    "customer",
  );
}

async function readCustomer(partner: Partner, number: TestNumber, customer: string) {
  const path = `/v1/senders/${number.id}`;
  const name = encodeURIComponent(customer);
  const [window, { data }] = await Promise.all([
    partner.read(`${path}/windows/${name}`),
    partner.read<{ data: { wamid: string }[] }>(`${path}/messages?customer=${name}&limit=500`),
  ]);
  return { window, wamids: data.map(({ wamid }) => wamid) };
}

async function syncOf(partner: Partner, number: TestNumber): Promise<unknown> {
  const { history } = await partner.read<{ history: Record<string, unknown> }>(
    `/v1/senders/${number.id}/sync`,
  );
  const { state, missing, missing_pages } = history;
  return { state, missing, missing_pages };
}

function sorted(rows: Row[], column: string): Row[] {
  return rows.toSorted((a, b) => (String(a[column]) < String(b[column]) ? -1 : 1));
}
