import { describe, expect, it } from "vitest";
import { findRoom } from "../../src/operations/find-room.ts";
import { services } from "../support/seed.ts";

const GB = 1_000_000_000;

/** Databases of so many bytes each; null: one that does not answer. */
function sized(...bytes: (number | null)[]) {
  const shards = bytes.map((_, index) =>
    index === 0 ? ("DB" as const) : (`DB_${index}` as const),
  );
  const shard = (name: string): D1Database => {
    const size = bytes[shards.findIndex((known) => known === name)] ?? null;
    const statement = services().registry.prepare(`SELECT 1`);
    const answer = async () => {
      if (size === null) throw new Error("D1_ERROR: overloaded");
      const result = await statement.all();
      return { ...result, meta: { ...result.meta, size_after: size } };
    };
    return { prepare: () => ({ all: answer }) } as unknown as D1Database;
  };
  return { ...services(), shards, shard };
}

describe("where a new number goes", () => {
  it("is the shard with the least in it", async () => {
    expect(await findRoom(sized(6 * GB, 2 * GB, 3 * GB))).toEqual(["DB_1"]);
  });

  it("is any of those that differ by less than a gigabyte", async () => {
    expect(await findRoom(sized(2.1 * GB, 2.9 * GB, 3.1 * GB))).toEqual(["DB", "DB_1"]);
  });

  it("is a new shard, however few numbers there are", async () => {
    expect(await findRoom(sized(1.2 * GB, 1.1 * GB, 0))).toEqual(["DB_2"]);
  });

  it("is none that does not answer", async () => {
    expect(await findRoom(sized(9 * GB, null, 8 * GB))).toEqual(["DB_2"]);
  });

  it("is any where none answers: a signup does not fail by it", async () => {
    expect(await findRoom(sized(null, null))).toEqual(["DB", "DB_1"]);
  });

  it("is asked of the real databases too", async () => {
    expect(await findRoom(services())).toEqual(["DB", "DB_1"]);
  });
});
