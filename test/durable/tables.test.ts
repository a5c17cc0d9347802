import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ENDPOINT_TABLES } from "../../src/durable/endpoint-tables.ts";
import { applyTables, TABLES } from "../../src/durable/tables.ts";

const STEPS = [
  `CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)`,
  `ALTER TABLE notes ADD COLUMN seen INTEGER`,
  `CREATE TABLE marks (name TEXT PRIMARY KEY) WITHOUT ROWID`,
];

let objects = 0;

/** An object's storage with nothing in it. */
function inStorage<T>(run: (storage: DurableObjectStorage) => T): Promise<T> {
  objects += 1;
  return runInDurableObject(env.PHONE.getByName(`tables-${objects}`), async (_object, state) => {
    await state.storage.deleteAll();
    return run(state.storage);
  });
}

function tablesOf(storage: DurableObjectStorage): unknown[] {
  return storage.sql
    .exec(`SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('notes', 'marks')`)
    .toArray()
    .map((row) => row["name"]);
}

describe("an object's tables", () => {
  it("take what is there across the next steps", async () => {
    await inStorage((storage) => {
      applyTables(storage, STEPS.slice(0, 1));
      storage.sql.exec(`INSERT INTO notes (text) VALUES ('before')`);
      applyTables(storage, STEPS);
      expect(storage.sql.exec(`SELECT text, seen FROM notes`).toArray()).toEqual([
        { text: "before", seen: null },
      ]);
      expect(tablesOf(storage)).toEqual(["notes", "marks"]);
    });
  });

  it("stay as they are where older code comes back: a rollback finds steps that it does not know", async () => {
    await inStorage((storage) => {
      applyTables(storage, STEPS);
      applyTables(storage, STEPS.slice(0, 1));
      expect(tablesOf(storage)).toEqual(["notes", "marks"]);
      // And the way forward again runs no step twice.
      applyTables(storage, STEPS);
    });
  });

  it("are as before where a step fails: all of the new ones or none", async () => {
    await inStorage((storage) => {
      applyTables(storage, STEPS.slice(0, 1));
      const broken = [...STEPS, `CREATE TABLE marks (name TEXT)`];
      expect(() => applyTables(storage, broken)).toThrow("marks");
      expect(tablesOf(storage)).toEqual(["notes"]);
      applyTables(storage, STEPS);
      expect(tablesOf(storage)).toEqual(["notes", "marks"]);
    });
  });

  it.each([
    ["PhoneNumber", TABLES],
    ["Endpoint", ENDPOINT_TABLES],
  ])("of %s come out alike in one go and step by step", async (_, steps) => {
    const schema = (storage: DurableObjectStorage) =>
      storage.sql
        .exec(`SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'`)
        .toArray();
    const atOnce = await inStorage((storage) => {
      applyTables(storage, steps);
      return schema(storage);
    });
    const oneByOne = await inStorage((storage) => {
      for (let count = 1; count <= steps.length; count += 1) {
        applyTables(storage, steps.slice(0, count));
      }
      return schema(storage);
    });
    expect(oneByOne).toEqual(atOnce);
    expect(atOnce.length).toBeGreaterThan(2);
  });
});
