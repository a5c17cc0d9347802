import { getTableColumns, getTableName, isTable } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
import * as schema from "../../src/database/schema.ts";
import { SENDER_TABLES } from "../../src/database/sender-tables.ts";
import { TABLES } from "../../src/durable/tables.ts";
import { EXPORT_PARTS } from "../../src/routes/export.ts";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

/** Tables of which no row belongs to a sender; what they have to do with one, where anything. */
const TABLES_OF_NO_SENDER: Readonly<Record<string, string>> = {
  partners: "Of partners.",
  api_keys:
    "Name the senders that they are for by phone_number_id: the partner's choice, not content.",
  endpoints: "The same.",
  datasets: "Of an account: goes with the partner's last sender of it.",
  signup_sessions: "Name a number while it is being connected: those of an erased sender go.",
  positions: "Of partners: how far each log is.",
  history_bodies: "Names of raw bodies in the archive, by time and hash.",
  sign_in_attempts: "Of operators' sign-ins.",
  refusals: "Of operators' doors: counts by day.",
  marks: "Of sweeps.",
};

/** Tables of a number's object: whose rows name a customer, by which column. */
const OBJECT_TABLES: Readonly<Record<string, string | null>> = {
  settings: null,
  journal: "fact",
  windows: "customer",
  aliases: "alias",
  outbox: "customer",
  // By what partners chose as keys, for a day; they lead to the outbox.
  idempotency: null,
  batches: null,
  thread_owners: "customer",
  // Another partner's until it confirms (invariant 8): not its to erase who holds the number so far.
  expected: "fact",
  tombstones: "name",
};

/** The part of the export that shows a sender's table; null: it is read elsewhere. */
const EXPORTED_AS: Readonly<Record<string, (typeof EXPORT_PARTS)[number] | null>> = {
  messages: "messages",
  media: "messages",
  loose_changes: null,
  customers: "customers",
  customer_keys: "customers",
  contacts: "contacts",
  conversations: "conversations",
  preferences: null,
  conversions: null,
  notices: null,
  syncs: "syncs",
  history_chunks: "syncs",
  unrouted: null,
  usage: null,
  heads: null,
  events: null,
  senders: "sender",
  outgoing_media: null,
  dead_letters: null,
  audit: null,
  erasures: null,
  moves: null,
};

const tables = Object.values(schema).filter((each) => isTable(each)) as SQLiteTable[];
const columnsOf = (table: SQLiteTable) =>
  Object.values(getTableColumns(table)).map((column) => column.name);

/** The primary key's columns, wherever the schema says it. */
function keyOf(table: SQLiteTable): string[] {
  const own = Object.values(getTableColumns(table)).filter((column) => column.primary);
  const [composed] = getTableConfig(table).primaryKeys;
  return (composed?.columns ?? own).map((column) => column.name);
}

describe("the list of everything that belongs to a sender", () => {
  it("decides about every table of the schema, and about no other", () => {
    const listed = SENDER_TABLES.map(({ name }) => name);
    const all = [...listed, ...Object.keys(TABLES_OF_NO_SENDER)].toSorted();
    expect(all).toEqual(tables.map((table) => getTableName(table)).toSorted());
  });

  it.each(tables.map((table) => [getTableName(table), table] as const))(
    "says of %s which columns name a sender and a customer",
    (name, table) => {
      const columns = columnsOf(table);
      const listed = SENDER_TABLES.find((each) => each.name === name);
      if (listed === undefined) {
        expect(columns).not.toContain("sender");
        expect(columns).not.toContain("customer");
        return;
      }
      expect(columns).toContain(listed.sender);
      expect(listed.customer).toBe(columns.includes("customer") ? "customer" : null);
      if (listed.content !== null) expect(columns).toContain(listed.content);
      const key = keyOf(table).filter((column) => column !== listed.sender);
      const walked = name === "events" ? key.filter((column) => column !== "partner") : key;
      expect(walked.toSorted()).toEqual([...listed.key].toSorted());
    },
  );

  it("is decided about for the export, table by table, and fills every part of it", () => {
    expect(Object.keys(EXPORTED_AS)).toEqual(SENDER_TABLES.map(({ name }) => name));
    const shown = new Set(Object.values(EXPORTED_AS));
    for (const part of EXPORT_PARTS) expect(shown).toContain(part);
  });

  it("decides about every table of a number's object", () => {
    const made = TABLES.flatMap((step) => /CREATE TABLE (\w+)/.exec(step)?.[1] ?? []);
    expect(made.toSorted()).toEqual(Object.keys(OBJECT_TABLES).toSorted());
  });
});
