import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { listDueMedia } from "../../src/database/media.ts";
import { sweepMedia } from "../../src/operations/sweep-media.ts";
import { sweepShards } from "../../src/operations/sweep-each.ts";
import { sweepHistory } from "../../src/operations/sweep-history.ts";
import { seedSender, services } from "../support/seed.ts";
import { historyStored, HOUR, rowsOf, senderOf, setClock } from "../support/storage.ts";
import { CUSTOMER, historyChunk, textMessage, webhook } from "../support/webhooks.ts";
import type { TestNumber } from "../support/seed.ts";

/** The first shard has a table less. */
async function withoutTable(table: string, work: () => Promise<unknown>): Promise<void> {
  await env.DB.prepare(`ALTER TABLE ${table} RENAME TO elsewhere`).run();
  try {
    await work();
  } finally {
    await env.DB.prepare(`ALTER TABLE elsewhere RENAME TO ${table}`).run();
  }
}

const importState = async (number: TestNumber) =>
  (await rowsOf(number, "syncs")).find((row) => row["kind"] === "history")?.["state"];

async function stalledSender(): Promise<TestNumber> {
  const { number } = await seedSender();
  const chunk = historyChunk(number, { [CUSTOMER]: [textMessage()] }, { order: 3, progress: 50 });
  await webhook(chunk);
  await historyStored(number, 1);
  return number;
}

it("a shard that does not answer keeps no sweep from the next one, and the sweep counts as failed", async () => {
  await env.DB_1.prepare(
    `INSERT INTO media (sender, wamid, customer, type, state, media_id, attempts, refusals,
       wanted_at, due_at) VALUES (1, 'w', 'c', 'image', 'wanted', '1', 0, 0, 0, 0)`,
  ).run();
  expect(await listDueMedia(env.DB_1, Date.now(), 9)).toHaveLength(1);
  const sent = vi.spyOn(env.MEDIA, "sendBatch");
  await withoutTable("media", async () => {
    await expect(sweepMedia(services())).rejects.toThrow();
  });
  expect(sent).toHaveBeenCalledOnce();
  sent.mockRestore();
  const seen: string[] = [];
  const all = sweepShards(services(), (_, shard) => Promise.resolve(seen.push(shard)));
  expect(await all).toBe(3);
  expect(seen).toEqual(services().shards);
});

it("an import that cannot be judged keeps none behind it from being seen", async () => {
  const numbers = [await stalledSender(), await stalledSender()];
  const [first, second] = numbers as [TestNumber, TestNumber];
  const { key } = await senderOf(first);
  await env.DB.prepare(
    `CREATE TRIGGER poison BEFORE UPDATE ON syncs WHEN NEW.sender = ${key}
       BEGIN SELECT RAISE(ABORT, 'SQLITE_CONSTRAINT poison'); END`,
  ).run();
  try {
    setClock(Date.now() + 3 * HOUR);
    await sweepHistory(services());
    expect(await importState(second)).toBe("stalled");
    expect(await importState(first)).not.toBe("stalled");
  } finally {
    await env.DB.prepare(`DROP TRIGGER poison`).run();
  }
});
