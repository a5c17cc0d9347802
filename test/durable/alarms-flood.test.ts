import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { evictAlarms } from "../support/alarms.ts";
import { services } from "../support/seed.ts";

/** As where a shard of so many numbers is down. */
const NUMBERS = 2_000;

/** By the cursors' own count; nothing is replaced. */
async function rowsRead(work: () => Promise<unknown>): Promise<number> {
  const stub = env.ALARMS.getByName("alarms");
  const sql: Pick<SqlStorage, "exec"> = await runInDurableObject(
    stub,
    (_object, state) => Object.getPrototypeOf(state.storage.sql) as SqlStorage,
  );
  const { exec } = sql;
  const cursors: { rowsRead: number }[] = [];
  sql.exec = function counted(this: SqlStorage, query: string, ...bindings: unknown[]) {
    const cursor = exec.call(this, query, ...bindings);
    cursors.push(cursor);
    return cursor;
  } as SqlStorage["exec"];
  try {
    await work();
  } finally {
    sql.exec = exec;
  }
  return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0);
}

it("one cause that thousands of numbers have is told as a few, at a cost that one more does not feel", async () => {
  const raise = (n: number) =>
    services()
      .alarms()
      .raise({
        alarm: "flush_late",
        subject: String(310_000_000_000 + n),
        since: Date.now(),
        detail: "Its facts wait.",
      });
  for (let from = 0; from < NUMBERS; from += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, n) => raise(from + n)));
  }
  await evictAlarms();
  expect((await services().alarms().counts()).open).toEqual({ flush_late: NUMBERS });
  const { open } = await services().alarms().list();
  expect(open).toHaveLength(1_000);
  // The one that stands for the others is among the first, however old it is.
  expect(open.slice(0, 21).map(({ subject }) => subject)).toContain("others");
  // To count the others is a walk along an index; all else reads a few rows.
  const read = await rowsRead(() => raise(NUMBERS));
  expect(read).toBeGreaterThan(NUMBERS - 100);
  expect(read).toBeLessThan(NUMBERS + 100);
  expect(await rowsRead(() => raise(NUMBERS))).toBeLessThan(50);
});
