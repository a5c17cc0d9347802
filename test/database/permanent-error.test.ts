import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { isPermanentError } from "../../src/database/permanent-error.ts";

/** What D1 says to a statement that it cannot run. */
async function complaintOf(...statements: string[]): Promise<unknown> {
  try {
    await env.DB.batch(statements.map((sql) => env.DB.prepare(sql)));
  } catch (err) {
    return err;
  }
  throw new Error("D1 took it.");
}

const PARTNER = `INSERT INTO partners (id, name, created_at) VALUES ('twice', 'Twice', 1)`;

describe("D1's verdict on a row is for good", () => {
  it.each([
    ["a constraint", [PARTNER, PARTNER]],
    [
      "a trigger that refuses",
      [`CREATE TRIGGER no BEFORE INSERT ON partners BEGIN SELECT RAISE(ABORT, 'no'); END`, PARTNER],
    ],
    ["malformed JSON", [`SELECT value FROM json_each('{')`]],
    ["a value that is too big", [`SELECT length(zeroblob(3000000000))`]],
  ])("as this D1 words it: %s", async (_what, statements) => {
    expect(isPermanentError(await complaintOf(...statements))).toBe(true);
  });

  it.each([
    "D1_ERROR: UNIQUE constraint failed: messages.wamid: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)",
    "D1_ERROR: string or blob too big: SQLITE_TOOBIG",
    "D1_ERROR: malformed JSON: SQLITE_ERROR",
    "D1_ERROR: datatype mismatch: SQLITE_MISMATCH",
  ])("%s", (message) => {
    expect(isPermanentError(new Error(message))).toBe(true);
  });
});

describe("invariant 3: what may pass is no verdict, and nothing is buried for it", () => {
  it("as this D1 words it: a table that is not there yet", async () => {
    expect(isPermanentError(await complaintOf(`SELECT * FROM not_migrated_yet`))).toBe(false);
  });

  it.each([
    "D1 DB is overloaded. Requests queued for too long.",
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
    "D1 DB is overloaded. Too many requests queued.",
    "D1_ERROR: no such table: messages: SQLITE_ERROR",
    "Network connection lost",
    "D1 DB storage operation exceeded timeout which caused object to be reset.",
  ])("%s", (message) => {
    expect(isPermanentError(new Error(message))).toBe(false);
    expect(isPermanentError(message)).toBe(false);
  });
});
