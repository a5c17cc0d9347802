import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { storeFacts } from "../../src/database/store-facts.ts";
import type { FactRows } from "../../src/database/store-facts.ts";

/** One row of every kind, so that every statement of a flush is made. */
const ROWS = Object.fromEntries(
  [
    "messages",
    "media",
    "statuses",
    "changes",
    "customers",
    "aliases",
    "contacts",
    "conversations",
    "unrouted",
  ].map((kind) => [kind, [{ n: 1, customer: "1" }]]),
) as unknown as FactRows;

function listStatements(): string[] {
  const seen: string[] = [];
  const database = {
    prepare: (sql: string) => ({ bind: () => void seen.push(sql) }),
  } as unknown as D1Database;
  storeFacts(database, 1, ROWS);
  return seen;
}

async function planOf(sql: string): Promise<string[]> {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(1, "[]")
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

describe("the statements of a flush", () => {
  it("reach rows by their keys: none walks through all that a sender has", async () => {
    const statements = listStatements();
    expect(statements.length).toBeGreaterThan(18);
    for (const sql of statements) {
      // Changes whose message has not come are few, and all of them are looked at.
      const walks = (await planOf(sql)).filter(
        (step) => /USING .*\(sender=\?\)/.test(step) && !/ (l|loose_changes) /.test(step),
      );
      expect({ sql, walks }).toEqual({ sql, walks: [] });
    }
  });
});
