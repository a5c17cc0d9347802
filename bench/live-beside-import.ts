import { Agent } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { importNumber } from "../scripts/demo/world.ts";
import { openBesideWorld } from "./lib/beside-world.ts";
import { HistoryImport } from "./lib/history-import.ts";
import { makeHistoryWebhooks } from "./lib/history-webhooks.ts";
import { post } from "./lib/post.ts";
import { printTable } from "./lib/print-table.ts";
import { percentile, round, showSpread, spreadOf } from "./lib/stats.ts";
import { makeTextWebhooks } from "./lib/text-webhooks.ts";
import type { RowOptions, RowResult } from "./lib/row.ts";

const MESSAGES = 20_000;
const CHUNK_MESSAGES = 1_000;
const CUSTOMERS = 400;
/** Live texts come by the clock, whether or not the one before is answered: 40 a second. */
const LIVE_EVERY_MS = 25;
const QUIET_MS = 3_000;

/** How long live acks took, ms. */
type Acks = number[];

/**
 * Row 3b: how long live messages of one number wait for their 200 while another number imports
 * 20,000 messages, and how long before that, by turns.
 */
export async function liveBesideImport(options: RowOptions): Promise<RowResult[]> {
  const world = await openBesideWorld(options.cleanup, async () => []);
  const door = new URL(`${world.gatewayUrl}/webhooks/meta`);
  const live = world.simulator.createBusiness({ customers: 40 });
  await importNumber(world.operator, world.simulator, world.partnerId, live);
  const messages = options.quick ? MESSAGES / 4 : MESSAGES;

  /** Live texts until `during` is over. @returns its result and how long each ack took */
  async function ackWhile<T>(during: Promise<T>): Promise<{ acks: Acks; result: T }> {
    const agent = new Agent({ keepAlive: true });
    const acks: Acks = [];
    const open: Promise<void>[] = [];
    const work = { over: false };
    const ended = during.finally(() => {
      work.over = true;
    });
    // Made on the go: nobody knows how many there will be.
    for (let next = performance.now(); !work.over; next += LIVE_EVERY_MS) {
      await wait(Math.max(0, next - performance.now()));
      const [webhook] = makeTextWebhooks([live], 1, world.appSecret);
      if (webhook === undefined) continue;
      // From when it was due, not from when a busy client got round to it.
      open.push(
        post(agent, door, webhook).then(({ status }) => {
          if (status !== 200) throw new Error(`A live message was answered ${status}.`);
          acks.push(performance.now() - next);
        }),
      );
    }
    const result = await ended;
    await Promise.all(open);
    agent.destroy();
    return { acks, result };
  }

  await ackWhile(wait(QUIET_MS / 3)); // warms up
  const alone: Acks[] = [];
  const beside: Acks[] = [];
  const perSecond: number[] = [];
  for (let turn = 0; turn < options.rounds; turn++) {
    const history = await HistoryImport.open(world, CUSTOMERS);
    const past = { messages, chunkMessages: CHUNK_MESSAGES, seed: 30 + turn };
    const webhooks = makeHistoryWebhooks(history.business, past, world.appSecret);
    alone.push((await ackWhile(wait(QUIET_MS))).acks);
    const { acks, result: ms } = await ackWhile(history.store(webhooks));
    beside.push(acks);
    perSecond.push(messages / (ms / 1_000));
    await wait(500); // what the import leaves behind is in nobody's figures
  }
  return report(alone, beside, perSecond, messages);
}

function report(alone: Acks[], beside: Acks[], perSecond: number[], messages: number): RowResult[] {
  // Of all rounds together: a single one has too few for its slowest hundredth.
  const figures = (all: Acks[]) => ({
    p50Ms: round(percentile(all.flat(), 0.5)),
    p99Ms: round(percentile(all.flat(), 0.99)),
    slowestMs: round(Math.max(...all.flat())),
    acks: all.flat().length,
  });
  const [quiet, busy] = [figures(alone), figures(beside)];
  const imported = spreadOf(perSecond);
  console.log(
    `  live acks of one number, ${1_000 / LIVE_EVERY_MS} a second, while another imports ` +
      `${messages} messages at ${showSpread(imported)} a second`,
  );
  printTable(
    ["", "p50, ms", "p99, ms", "slowest, ms", "acks"],
    [["without an import", quiet] as const, ["beside an import", busy] as const].map(
      ([name, { p50Ms, p99Ms, slowestMs, acks }]) => [
        name,
        String(p50Ms),
        String(p99Ms),
        String(slowestMs),
        String(acks),
      ],
    ),
  );
  return [
    {
      row: "3b",
      what: "live acks of one number while another imports, every one of them 200",
      bar: "none named",
      beside: "the same number without the import",
      measured: `p50 ${quiet.p50Ms} → ${busy.p50Ms} ms, p99 ${quiet.p99Ms} → ${busy.p99Ms} ms`,
      verdict: "no bar",
      rounds: alone.length,
      messages,
      alone: quiet,
      besideImport: busy,
      importedPerSecond: imported,
    },
  ];
}
