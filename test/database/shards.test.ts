import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { shardDatabase, shardNames } from "../../src/database/shards.ts";

/** An environment with these bindings and nothing else. */
function bindings(values: Record<string, unknown>): Env {
  return values as unknown as Env;
}

describe("the shards", () => {
  it("are the D1 bindings that exist, by number and not by letter", () => {
    const names = Array.from({ length: 12 }, (_, index) => (index === 0 ? "DB" : `DB_${index}`));
    const bound = Object.fromEntries(names.toReversed().map((name) => [name, env.DB]));
    expect(shardNames(bindings({ ...bound, ARCHIVE: {}, DBX: env.DB, DB_: env.DB }))).toEqual(
      names,
    );
  });

  it("are two in these tests, as wrangler.toml binds them", () => {
    expect(shardNames(env)).toEqual(["DB", "DB_1"]);
  });

  it("take in a third binding without a change of code", async () => {
    const third = bindings({ DB: env.DB, DB_1: env.DB, DB_2: env.DB_1 });
    expect(shardNames(third)).toEqual(["DB", "DB_1", "DB_2"]);
    const database = shardDatabase(third, "DB_2");
    expect((await database.prepare(`SELECT 1 AS one`).first())?.["one"]).toBe(1);
  });

  it.each([
    ["none is bound", {}, "DB"],
    ["the registry is missing", { DB_1: env.DB_1 }, "DB"],
    ["one is missing between others", { DB: env.DB, DB_2: env.DB_1 }, "DB_1"],
    ["one is no D1 database", { DB: env.DB, DB_1: "text" }, "DB_1"],
  ])("are refused where %s, by the name of what is missing", (_, values, name) => {
    expect(() => shardNames(bindings(values))).toThrow(`The shard ${name} is not bound`);
  });

  it("refuse a name that is not bound, also one of another binding", () => {
    for (const name of ["DB_2", "ARCHIVE", "toString", ""]) {
      expect(() => shardDatabase(env, name)).toThrow(`no shard named ${name}`);
    }
  });
});
