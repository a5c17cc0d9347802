import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findRemoval, hashAll, listBroken } from "../../scripts/release/hashes.ts";
import { readSteps } from "../../scripts/release/read-steps.ts";
import type { Released } from "../../scripts/release/hashes.ts";

const ROOT = join(import.meta.dirname, "../..");
let now: Released;

beforeAll(async () => {
  now = hashAll(ROOT, await readSteps());
});

describe("what is released", () => {
  it("is as it was: databases and objects out there have run it", () => {
    const file = join(ROOT, "scripts/release/released.json");
    const released = JSON.parse(readFileSync(file, "utf8")) as Released;
    expect(listBroken(released, now)).toEqual([]);
  });

  it("takes further migrations and steps behind it", () => {
    const more: Released = {
      migrations: { ...now.migrations, "9999_more.sql": "f0" },
      tables: { ...now.tables, endpoint: [...now.tables.endpoint, "f1"] },
    };
    expect(listBroken(now, more)).toEqual([]);
  });

  it("names a migration that was edited, one that is gone, and one that comes too late", () => {
    const [first = ""] = Object.keys(now.migrations);
    const changed = (migrations: Record<string, string>) => ({ ...now, migrations });
    expect(listBroken(now, changed({ [first]: "other" }))).toEqual([`migrations/${first}`]);
    expect(listBroken(now, changed({}))).toEqual([`migrations/${first}`]);
    expect(listBroken(now, changed({ ...now.migrations, "0000_a.sql": "f0" }))).toEqual([
      "migrations/0000_a.sql (its name is before one that is released)",
    ]);
  });

  it("names a step of an object's tables that was edited, moved or taken away", () => {
    const steps = now.tables["phone-number"];
    const changed = (list: string[]) =>
      listBroken(now, { ...now, tables: { ...now.tables, "phone-number": list } });
    expect(changed(["other", ...steps.slice(1)])).toEqual(["step 1 of the tables of phone-number"]);
    expect(changed(steps.slice(0, -1))).toEqual([
      `step ${steps.length} of the tables of phone-number`,
    ]);
    expect(changed([...steps.slice(0, -2), ...steps.slice(-2).toReversed()])).toHaveLength(2);
  });

  it("does not care for spaces and comments", () => {
    const one = hashAll(ROOT, { "phone-number": ["CREATE TABLE a (b)"], endpoint: [], alarms: [] });
    const other = hashAll(ROOT, {
      "phone-number": ["CREATE TABLE a\n  (b) -- what for"],
      endpoint: [],
      alarms: [],
    });
    expect(other).toEqual(one);
  });
});

describe("a migration", () => {
  it("only adds, or says why not: older code works on its tables for a while", () => {
    const folder = join(ROOT, "migrations");
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".sql"))) {
      expect({ name, removal: findRemoval(readFileSync(join(folder, name), "utf8")) }).toEqual({
        name,
        removal: null,
      });
    }
  });

  it.each([
    ["DROP TABLE `events`;", "DROP TABLE"],
    ["ALTER TABLE `events` drop column `at`;", "drop column"],
    ["ALTER TABLE `__new_media` RENAME TO `media`;", "RENAME TO"],
    ["DELETE FROM marks;", "DELETE FROM"],
    ["CREATE TABLE a (b); -- DROP TABLE c", null],
    ["ALTER TABLE `events` ADD `of` text;\nCREATE INDEX i ON events (of);", null],
    ["-- removes: nothing reads it since 1.4\nDROP TABLE `events`;", null],
  ])("that says %j takes away %j", (sql, removal) => {
    expect(findRemoval(sql)).toBe(removal);
  });
});
