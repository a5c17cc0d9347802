import { getTableColumns, getTableName, isTable } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
import * as schema from "../../src/database/schema.ts";
import {
  OBJECT_TABLES,
  SENDER_TABLES,
  TABLES_OF_NO_SENDER,
} from "../../src/database/sender-tables.ts";
import { TABLES } from "../../src/durable/tables.ts";
import { EXPORT_PARTS } from "../../src/routes/export.ts";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

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

  it("names only parts that the export has", () => {
    for (const { exportedAs } of SENDER_TABLES) {
      if (exportedAs !== null) expect(EXPORT_PARTS).toContain(exportedAs);
    }
    const shown = new Set(SENDER_TABLES.map(({ exportedAs }) => exportedAs));
    for (const part of EXPORT_PARTS) expect(shown).toContain(part);
  });

  it("decides about every table of a number's object", () => {
    const made = TABLES.flatMap((step) => /CREATE TABLE (\w+)/.exec(step)?.[1] ?? []);
    expect(made.toSorted()).toEqual(Object.keys(OBJECT_TABLES).toSorted());
  });
});
