import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { arrivalKey, INBOX } from "../../src/operations/archive-keys.ts";
import { sweepArchive } from "../../src/operations/sweep-archive.ts";
import { services } from "../support/seed.ts";
import { archiveKeys } from "../support/storage.ts";

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
  await env.ARCHIVE.delete(await archiveKeys(INBOX));
});

it("deletes raw bodies, and their notes, when every import they can be of is long over", async () => {
  await put(16, "stored");
  await put(20, "unclaimed");
  const young = await put(14, "stored");
  expect(await sweep()).toBe(2);
  expect(await archiveKeys(INBOX)).toEqual([young]);
  expect(await notes()).toEqual([young]);
  expect(await sweep()).toBe(0);
});

it("never deletes a body that was not stored to its end, nor stops at it", async () => {
  const open = await put(30);
  await put(16, "stored");
  expect(await sweep()).toBe(1);
  expect(await archiveKeys(INBOX)).toEqual([open]);
});
