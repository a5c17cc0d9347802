import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { listConversation } from "../../src/database/read-messages.ts";
import { findTargets } from "../../src/database/read-targets.ts";
import { recordStatements } from "../support/recording-database.ts";

const LIMIT = 50;
const LAST_AT = 1_500_000_000;
/** Rows more or less, where a walk ends at another key or at none. */
const MARGIN = 20;

/** A conversation under two keys of one customer, between those of others; the newest at `LAST_AT`. */
async function seedThread(sender: number, length: number): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO customer_keys (sender, alias, customer) VALUES (?1, 'US.77', '15550166001')`,
  )
    .bind(sender)
    .run();
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
     INSERT INTO messages (sender, wamid, customer, at, type, direction, origin, historical)
     SELECT ?1, 'wamid.' || w.name || printf('%06d', i), w.name, ?3 - i, 'text', 'inbound',
       'customer', 0
     FROM n JOIN (SELECT '15550166001' AS name UNION SELECT 'US.77' UNION SELECT '15550166002') w`,
  )
    .bind(sender, length, LAST_AT)
    .run();
}

/** Rows that D1 reads for what `read` asks. */
async function rowsRead(read: (database: D1Database) => Promise<unknown>): Promise<number> {
  const { database, statements } = recordStatements(env.DB);
  await read(database);
  const again = statements.map(({ sql, values }) => env.DB.prepare(sql).bind(...values));
  const results = await env.DB.batch(again);
  return results.reduce((sum, { meta }) => sum + meta.rows_read, 0);
}

const page = (order: "asc" | "desc", after: { at: number; wamid: string } | null) => ({
  order,
  after,
  filter: {},
  limit: LIMIT,
});

it.each(["asc", "desc"] as const)(
  "a page of a conversation costs the same in a long one and in its middle, %s",
  async (order) => {
    await seedThread(1, 200);
    await seedThread(2, 4_000);
    const middle = { at: LAST_AT - 100, wamid: "" };
    const read = (sender: number, after: typeof middle | null) =>
      rowsRead((database) => listConversation(database, sender, "15550166001", page(order, after)));
    const short = await read(1, null);
    // Two keys, each with its page's index entries and rows, and the names that go with a message.
    expect(short).toBeLessThan(LIMIT * 15);
    expect(await read(2, null)).toBeLessThan(short + MARGIN);
    expect(await read(2, middle)).toBeLessThan(short + MARGIN);
  },
);

it("pages through both keys of a customer bring each message once, in order", async () => {
  await seedThread(1, 120);
  for (const order of ["asc", "desc"] as const) {
    const seen: { at: number; wamid: string }[] = [];
    for (;;) {
      const last = seen.at(-1);
      const after = last === undefined ? null : { at: last.at, wamid: last.wamid };
      const rows = await listConversation(env.DB, 1, "US.77", page(order, after));
      if (rows.length === 0) break;
      seen.push(...rows);
    }
    expect(new Set(seen.map(({ wamid }) => wamid)).size).toBe(240);
    const places = seen.map(({ at, wamid }) => `${at} ${wamid}`);
    const sorted = places.toSorted();
    expect(places).toEqual(order === "asc" ? sorted : sorted.toReversed());
  }
});

it("quotes of messages that are not there cost no more in a long conversation", async () => {
  await seedThread(1, 1_500);
  await seedThread(2, 4_500);
  const quotes = Array.from({ length: 10 }, (_, place) => ({
    speaker: `wamid.quote-${place}`,
    wamid: `wamid.not-here-${place}`,
    customer: "15550166001",
    at: LAST_AT,
    patterns: [`not-here-${place}`, "b-variant", "c-variant"],
  }));
  const read = (sender: number) => rowsRead((database) => findTargets(database, sender, quotes));
  expect(await read(2)).toBeLessThan((await read(1)) + MARGIN);
});

it("finds what a quote names by another wamid among the nearest thousand messages, no further", async () => {
  await seedThread(1, 1_200);
  const target = async (place: number) => {
    const told = `wamid.told-${place}`;
    const pattern = `US.77${String(place).padStart(6, "0")}`;
    const ref = {
      speaker: "wamid.quote",
      wamid: told,
      customer: "15550166001",
      at: LAST_AT,
      patterns: [pattern, "-", "-"],
    };
    return (await findTargets(env.DB, 1, [ref])).get(ref.speaker)?.get(told);
  };
  expect(await target(3)).toBe("wamid.US.77000003");
  expect(await target(999)).toBe("wamid.US.77000999");
  expect(await target(1_000)).toBeUndefined();
});
