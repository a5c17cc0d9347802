import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { saveChunk } from "../../src/database/history.ts";
import { arrivalKey, INBOX, PAGES, pagesKey } from "../../src/operations/archive-keys.ts";
import { sweepArchive } from "../../src/operations/sweep-archive.ts";
import { seedSender, services } from "../support/seed.ts";
import { archiveKeys, senderOf } from "../support/storage.ts";

const DAY_MS = 24 * 3_600_000;
const NOW = Date.now();

const sweep = (at = NOW) => sweepArchive({ ...services(), now: () => at });

async function put(days: number, state?: string): Promise<string> {
  const key = arrivalKey(INBOX, NOW - days * DAY_MS, `body of ${days} days`);
  await env.ARCHIVE.put(key, "{}");
  if (state !== undefined) {
    await env.DB.prepare(`INSERT INTO history_bodies (key, state, at) VALUES (?1, ?2, 0)`)
      .bind(key, state)
      .run();
  }
  return key;
}

const notes = async () => {
  const { results } = await env.DB.prepare(`SELECT key FROM history_bodies`).all<{ key: string }>();
  return results.map(({ key }) => key);
};

beforeEach(async () => {
  await env.ARCHIVE.delete([...(await archiveKeys(INBOX)), ...(await archiveKeys(PAGES))]);
});

it("deletes raw bodies, and their notes, when every import they can be of is long over", async () => {
  await put(16, "split");
  await put(20, "unclaimed");
  const young = await put(14, "split");
  expect(await sweep()).toBe(2);
  expect(await archiveKeys(INBOX)).toEqual([young]);
  expect(await notes()).toEqual([young]);
  expect(await sweep()).toBe(0);
});

it("never deletes a body that was not split to its end, nor stops at it", async () => {
  const open = await put(30);
  await put(16, "split");
  expect(await sweep()).toBe(1);
  expect(await archiveKeys(INBOX)).toEqual([open]);
});

it("deletes pages that are stored, and keeps those that never were", async () => {
  const { number } = await seedSender();
  const { key, shard } = await senderOf(number);
  const database = services().shard(shard);
  const save = async (chunk: string, generation = 1) => {
    await env.ARCHIVE.put(pagesKey(key, chunk), "[]");
    const pages = [{ page: 0, offset: 0, length: 2 }];
    const empty = { kind: "chunk" as const, phase: 0, chunkOrder: 1, progress: 100, messages: 0 };
    await saveChunk(database, key, { chunk, generation, pages, ...empty }, NOW);
  };
  await save("stored");
  await save("never");
  await database.prepare(`UPDATE history_chunks SET pages_stored = 1 WHERE chunk = 'stored'`).run();
  expect(await sweep()).toBe(0); // they are of today
  expect(await sweep(NOW + 16 * DAY_MS)).toBe(1);
  expect(await archiveKeys(PAGES)).toEqual([pagesKey(key, "never")]);
});
