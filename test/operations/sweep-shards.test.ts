import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { listDueMedia } from "../../src/database/media.ts";
import { sweepMedia } from "../../src/operations/sweep-media.ts";
import { sweepMessageRetention } from "../../src/operations/sweep-message-retention.ts";
import { sweepShards } from "../../src/operations/sweep-each.ts";
import { sweepCredit } from "../../src/operations/sweep-credit.ts";
import { sweepEndpoints } from "../../src/operations/sweep-endpoints.ts";
import { sweepHistory } from "../../src/operations/sweep-history.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { seedSender, services } from "../support/seed.ts";
import { DAY, historyStored, HOUR, rowsOf, senderOf, setClock } from "../support/storage.ts";
import { CUSTOMER, historyChunk, inbound, textMessage, webhook } from "../support/webhooks.ts";
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

it("credit that Meta does not give back keeps none behind it waiting", async () => {
  const { partner } = await seedSender();
  const rows = Array.from({ length: 15 }, (_, n) => n);
  for (const n of rows) {
    const { number } = await seedSender({ partner });
    await env.DB.prepare(
      `UPDATE senders SET state = 'disconnected', state_at = ?2, allocation_config_id = ?3
       WHERE phone_number_id = ?1`,
    )
      .bind(number.id, Date.now() + n, `77${n + 10}`)
      .run();
  }
  const asked = new Set<string>();
  graph.respond(({ path, method }) => {
    if (method !== "DELETE") return undefined;
    asked.add(path);
    return graphError(500, 2, "down");
  });
  const { settings } = services();
  const set = { ...services(), settings: { ...settings, META_SYSTEM_TOKEN: "system-token" } };
  await sweepCredit(set);
  expect(asked.size).toBe(10);
  await sweepCredit(set);
  expect(asked).toEqual(new Set(rows.map((n) => `/77${n + 10}`)));
});

it("endpoints that cannot be settled keep none behind them waiting", async () => {
  const { partner } = await seedSender();
  await env.DB.prepare(
    `INSERT INTO endpoints (id, partner, url, format, ordered, state, state_at, secret, begins,
       version, configured, created_at)
     SELECT 'ep_' || (100 + value), ?1, 'https://partner.test/', 'standard', 0, 'enabled', 0, '{}', '{}',
       2, 1, 0 FROM json_each(?2)`,
  )
    .bind(partner.id, JSON.stringify(Array.from({ length: 25 }, (_, n) => n)))
    .run();
  const asked = new Set<string>();
  const endpoint = (id: string) => ({
    ...services().endpoint(id),
    configure: () => {
      asked.add(id);
      return Promise.reject(new Error("It fails."));
    },
  });
  await sweepEndpoints({ ...services(), endpoint });
  expect(asked.size).toBe(20);
  await sweepEndpoints({ ...services(), endpoint });
  expect(asked.size).toBe(25);
});

it("a number whose old messages cannot be dropped keeps the walk from none behind it", async () => {
  const { partner, number: first } = await seedSender();
  const { number: second } = await seedSender({ partner });
  await env.DB.prepare(`UPDATE partners SET message_retention_days = 1`).run();
  const long = Date.now() - 5 * DAY;
  for (const number of [first, second]) {
    await webhook(inbound(number, textMessage({ at: long })));
    await services().phone(number.id).flushed();
    expect(await rowsOf(number, "messages")).toHaveLength(1);
  }
  const { key } = await senderOf(first);
  await env.DB.prepare(
    `CREATE TRIGGER kept BEFORE DELETE ON messages WHEN OLD.sender = ${key}
       BEGIN SELECT RAISE(ABORT, 'SQLITE_CONSTRAINT kept'); END`,
  ).run();
  try {
    await sweepMessageRetention(services());
    expect(await rowsOf(second, "messages")).toEqual([]);
    expect(await rowsOf(first, "messages")).toHaveLength(1);
  } finally {
    await env.DB.prepare(`DROP TRIGGER kept`).run();
  }
});
