import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { findCurrentSender } from "../../src/database/senders.ts";
import worker from "../../src/index.ts";
import { eventually } from "./eventually.ts";
import { asOperator, services } from "./seed.ts";
import type { SenderConfig } from "../../src/durable/sender-state.ts";
import type { Sender } from "../../src/database/senders.ts";
import type { TestNumber } from "./seed.ts";

export type Row = Record<string, unknown>;

export async function senderOf(number: TestNumber): Promise<Sender> {
  const sender = await findCurrentSender(env.DB, number.id);
  if (sender === null) throw new Error("The number has no sender.");
  return sender;
}

/** Rows of a number in its own shard. */
export async function rowsOf(number: TestNumber, table: string): Promise<Row[]> {
  const sender = await senderOf(number);
  const { results } = await services()
    .shard(sender.shard)
    .prepare(`SELECT * FROM ${table} WHERE sender = ?`)
    .bind(sender.key)
    .all<Row>();
  return results;
}

const TABLES = ["messages", "customers", "customer_keys", "contacts", "conversations", "events"];

/** Everything that a repeat must not change: two of them compare equal or something was done twice. */
export async function snapshot(number: TestNumber): Promise<Record<string, Row[]>> {
  const entries = await Promise.all(
    TABLES.map(async (table) => [table, await rowsOf(number, table)] as const),
  );
  return Object.fromEntries(entries);
}

/** Runs SQL in the number's shard, such as a trigger that refuses a row. */
export async function runSql(number: TestNumber, sql: string): Promise<void> {
  const sender = await senderOf(number);
  await services().shard(sender.shard).prepare(sql).run();
}

/** Runs SQL in the number's object. */
export function runObjectSql(numberId: string, sql: string): Promise<Row[]> {
  return runInDurableObject(env.PHONE.getByName(numberId), (_object, state) =>
    state.storage.sql.exec(sql).toArray(),
  );
}

/** What the object was configured with. */
export async function configOf(number: TestNumber): Promise<SenderConfig> {
  const [row] = await runObjectSql(number.id, `SELECT value FROM settings WHERE name = 'config'`);
  return JSON.parse(row?.["value"] as string) as SenderConfig;
}

/** From now on the object throws at every fact that it would note in its journal. */
export async function breakObject(number: TestNumber): Promise<void> {
  await runObjectSql(
    number.id,
    `CREATE TRIGGER broken BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'broken'); END`,
  );
}

export async function mendObject(number: TestNumber): Promise<void> {
  await runObjectSql(number.id, `DROP TRIGGER broken`);
}

let byHand = 0;

/** Hands a queue's consumer a batch made by hand. @param attempts which try of each it is */
export async function consumeByHand(queue: string, bodies: unknown[], attempts = 1) {
  const batch = createMessageBatch(
    queue,
    bodies.map((body) => ({
      id: `by-hand-${byHand++}`,
      timestamp: new Date(),
      attempts,
      body,
    })),
  );
  const ctx = createExecutionContext();
  await worker.queue(batch, env);
  return getQueueResult(batch, ctx);
}

export async function archiveKeys(prefix: string): Promise<string[]> {
  const { objects } = await env.ARCHIVE.list({ prefix });
  return objects.map((object) => object.key);
}

export interface LeftOver {
  id: string;
  field?: string;
  source?: string;
  reason: string;
  sender: number | null;
}

export async function listLeftOver(list: "unrouted" | "dead-letters"): Promise<LeftOver[]> {
  const response = await asOperator(`/v1/admin/${list}`);
  return (await response.json<{ data: LeftOver[] }>()).data;
}

/** Until the queues have brought a number's chunks into D1, every page of them. */
export async function historyStored(number: TestNumber, chunks: number): Promise<void> {
  await eventually(async () => {
    const rows = await rowsOf(number, "history_chunks");
    const stored = rows.filter((row) => row["pages"] === row["pages_stored"]);
    if (stored.length !== chunks) throw new Error(`${stored.length} chunks of ${chunks}`);
  }, 20);
}

/** Until every history body is stored to its end. */
export async function historySettled(number: TestNumber): Promise<void> {
  await vi.waitFor(
    async () => {
      const inbox = await archiveKeys("inbox/");
      const done = await env.DB.prepare(`SELECT count(*) AS count FROM history_bodies`).first<{
        count: number;
      }>();
      const open = inbox.length - (done?.count ?? 0);
      const chunks = await rowsOf(number, "history_chunks");
      const cut = chunks.filter((row) => row["pages"] !== row["pages_stored"]).length;
      if (open + cut > 0) throw new Error(`${open} bodies and ${cut} chunks are not done`);
    },
    { timeout: 30_000, interval: 20 },
  );
}

/** From here the clock of the test and of the Worker says `at`; timers go on as they are. */
export function setClock(at: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: at });
}

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
