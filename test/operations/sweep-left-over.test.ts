import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { sweepLeftOver } from "../../src/operations/sweep-left-over.ts";
import { seedSender, services } from "../support/seed.ts";
import { archiveKeys, DAY, senderOf } from "../support/storage.ts";

const at = (days: number) => Date.now() - days * DAY;

async function count(table: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS count FROM ${table}`).first<{
    count: number;
  }>();
  return row?.count ?? 0;
}

it("forgets what is older than it is to be kept, with the copies in the archive", async () => {
  const { number } = await seedSender();
  const { key, shard } = await senderOf(number);
  const database = services().shard(shard);
  for (const days of [10, 200]) {
    await env.DB.prepare(
      `INSERT INTO dead_letters (id, source, reason, body, at) VALUES (?, 'queue', 'retries', '{}', ?)`,
    )
      .bind(`letter-${days}`, at(days))
      .run();
    await env.ARCHIVE.put(`oversize/${days}`, "large");
    await database
      .prepare(
        `INSERT INTO unrouted (id, sender, field, reason, raw, at)
         VALUES (?, ?, 'messages', 'too_large', ?, ?)`,
      )
      .bind(`item-${days}`, key, JSON.stringify({ archive_key: `oversize/${days}` }), at(days))
      .run();
  }
  expect(await sweepLeftOver(services())).toBe(2);
  expect(await count("dead_letters")).toBe(1);
  expect(await archiveKeys("oversize/")).toEqual(["oversize/10"]);
  expect(await sweepLeftOver(services())).toBe(0); // once a day
});

it("keeps the audit unless that is set otherwise", async () => {
  await seedSender();
  await env.DB.prepare(`UPDATE audit SET at = ?`).bind(at(400)).run();
  const before = await count("audit");
  expect(before).toBeGreaterThan(0);
  await sweepLeftOver(services());
  expect(await count("audit")).toBe(before);
  await env.DB.prepare(`DELETE FROM marks`).run();
  const settings = { ...services().settings, AUDIT_RETENTION_DAYS: 365 };
  await sweepLeftOver({ ...services(), settings });
  expect(await count("audit")).toBe(0);
});

it("goes on with what is left where there is more than it takes at once", async () => {
  for (const n of [1, 2, 3]) {
    await env.DB.prepare(
      `INSERT INTO dead_letters (id, source, reason, body, at) VALUES (?, 'queue', 'retries', '{}', 0)`,
    )
      .bind(`letter-${n}`)
      .run();
  }
  expect(await sweepLeftOver(services(), 2)).toBe(2);
  expect(await sweepLeftOver(services(), 2)).toBe(1);
});
