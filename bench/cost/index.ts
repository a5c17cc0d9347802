import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { importNumber } from "../../scripts/demo/world.ts";
import { besideWorker } from "../lib/beside.ts";
import { openBesideWorld } from "../lib/beside-world.ts";
import { postClosedLoop } from "../lib/closed-loop.ts";
import { EventReceiver } from "../lib/event-receiver.ts";
import { makeHistoryWebhooks } from "../lib/history-webhooks.ts";
import { inParallel } from "../lib/in-parallel.ts";
import { markdownTable, printTable } from "../lib/print-table.ts";
import { readSettledBill } from "../lib/settled-bill.ts";
import { round } from "../lib/stats.ts";
import { makeStatusWebhooks } from "../lib/status-webhooks.ts";
import { makeTextWebhooks } from "../lib/text-webhooks.ts";
import { CPU_MS_PRICE, LINES, PRICES } from "./prices.ts";
import { naiveSide, tandemSide } from "./side.ts";
import type { Business } from "../../simulator/simulator.ts";
import type { BesideWorld } from "../lib/beside-world.ts";
import type { RowOptions, RowResult } from "../lib/row.ts";
import type { Bill } from "../lib/bill.ts";
import type { Side } from "./side.ts";

const CUSTOMERS = 40;
const LONE = 3;
const CONNECTIONS = 32;
/** Callers at once, and how long each waits: 15 sends a second, and the simulator refuses none. */
const SENDING = 4;
const SEND_EVERY_MS = 260;
/** To each customer: behind the 6 s of a burst Meta refuses the next one (protocol.md 3.5). */
const SENDS_EACH = 2;
const MILLION = 1_000_000;

/** What happens once and what it costs: dollars a million times. */
interface Cost {
  journey: string;
  side: Side["name"];
  dollars: number;
  lines: Record<string, number>;
}

interface Journey {
  name: string;
  /** Events that the partner is told of each. */
  told: number;
  count: number;
  run(side: Side, business: Business, world: BesideWorld): Promise<unknown>;
}

function journeysOf(quick: boolean): Journey[] {
  const together = quick ? 200 : 1_000;
  const sends = quick ? 20 : CUSTOMERS * SENDS_EACH;
  const past = { messages: quick ? 2_000 : 10_000, chunkMessages: 1_000, seed: 11 };
  return [
    {
      name: "a message in, on its own",
      told: 1,
      count: LONE,
      async run(side, business, world) {
        for (let turn = 0; turn < LONE; turn++) {
          await postClosedLoop(side.webhook, makeTextWebhooks([business], 1, world.appSecret), 1);
          await readSettledBill(side.worker);
        }
      },
    },
    {
      name: "a message in, on a busy number",
      told: 1,
      count: together,
      run: (side, business, world) =>
        postClosedLoop(
          side.webhook,
          makeTextWebhooks([business], together, world.appSecret),
          CONNECTIONS,
        ),
    },
    {
      name: "a send with its three statuses",
      told: 3,
      count: sends,
      async run(side, business, world) {
        const phones = Array.from(
          { length: sends },
          (_, turn) => business.customers[turn % CUSTOMERS]?.phone ?? "",
        );
        const sent = await inParallel(phones, SENDING, async (phone) => {
          await wait(SEND_EVERY_MS);
          return side.send(business, phone);
        });
        await postClosedLoop(side.webhook, makeStatusWebhooks(business, sent, world.appSecret), 4);
      },
    },
    {
      name: "a message of the history",
      told: 0,
      count: past.messages,
      run: (side, business, world) =>
        postClosedLoop(side.webhook, makeHistoryWebhooks(business, past, world.appSecret), 2),
    },
  ];
}

/**
 * What each journey costs at Cloudflare's list prices, from what was counted while it ran, beside
 * the same outcome as it is mostly built (`workers/naive.ts`). Both tell a partner of everything.
 */
export async function costs(options: RowOptions): Promise<RowResult[]> {
  const entry = join(import.meta.dirname, "../workers/counted.ts");
  const world = await openBesideWorld(
    options.cleanup,
    async (appSecret) => [
      await besideWorker("naive", "naive.ts", {
        bindings: { META_APP_SECRET: appSecret },
        d1Databases: { DB: "bench-naive" },
        durableObjects: { PACE: { className: "Pace", useSQLite: true } },
        queueProducers: { WORK: "bench-naive" },
        queueConsumers: { "bench-naive": { maxBatchSize: 100, maxBatchTimeout: 0 } },
      }),
    ],
    entry,
  );
  const naive = await world.gateway.besideUrl("naive");
  const receivers = [
    await EventReceiver.start(options.cleanup),
    await EventReceiver.start(options.cleanup),
  ] as const;
  await world.partner.post("/v1/endpoints", {
    url: receivers[0].url,
    types: ["message.received", "message.status"],
  });
  const setUp = new URL("/set-up", naive);
  setUp.searchParams.set("receiver", receivers[1].url);
  setUp.searchParams.set("graph", world.simulator.url);
  await fetch(setUp);

  const found: Cost[] = [];
  for (const side of [tandemSide(world, receivers[0]), naiveSide(world, naive, receivers[1])]) {
    const business = world.simulator.createBusiness({ customers: CUSTOMERS });
    await importNumber(world.operator, world.simulator, world.partnerId, business);
    for (const { phone: customer } of business.customers) {
      world.simulator.openWindow(business, { customer });
    }
    // What there is once a customer is no part of any figure.
    const first = makeTextWebhooks([business], CUSTOMERS, world.appSecret);
    await postClosedLoop(side.webhook, first, CONNECTIONS);
    for (const journey of journeysOf(options.quick)) {
      found.push(await measure(world, side, business, journey));
    }
  }
  return report(found);
}

/** @throws Error when the partner was not told of everything: then the price is of something else */
async function measure(
  world: BesideWorld,
  side: Side,
  business: Business,
  journey: Journey,
): Promise<Cost> {
  const before = await readSettledBill(side.worker);
  const [told, cpuMs] = [side.receiver.arrivals.size, world.cpuMs()];
  await journey.run(side, business, world);
  const after = await readSettledBill(side.worker);
  const toldNow = side.receiver.arrivals.size - told;
  if (toldNow < journey.told * journey.count) {
    throw new Error(`${side.name}, ${journey.name}: the partner was told ${toldNow} events.`);
  }
  const price = (names: readonly (keyof Bill)[]) =>
    names.reduce((sum, name) => sum + (after[name] - before[name]) * PRICES[name], 0);
  const aMillion = (dollars: number) => (dollars / journey.count) * MILLION;
  const lines: Record<string, number> = {
    "processor time": round(aMillion((world.cpuMs() - cpuMs) * CPU_MS_PRICE)),
  };
  for (const [line, names] of Object.entries(LINES)) lines[line] = round(aMillion(price(names)));
  const dollars = round(Object.values(lines).reduce((sum, line) => sum + line, 0));
  return { journey: journey.name, side: side.name, dollars, lines };
}

function report(found: Cost[]): RowResult[] {
  const lines = Object.keys(found[0]?.lines ?? {});
  const head = ["", "", "in all", ...lines];
  const rows = found.map(({ journey, side, dollars, lines: of }) => [
    journey,
    side,
    dollars.toFixed(2),
    ...lines.map((line) => (of[line] ?? 0).toFixed(2)),
  ]);
  console.log("  dollars a million, at list prices");
  printTable(head, rows);
  const pairs = found
    .filter(({ side }) => side === "tandem")
    .map(({ journey, dollars }) => {
      const naive = found.find((other) => other.side === "naive" && other.journey === journey);
      return { journey, dollars, naive: naive?.dollars ?? Number.NaN };
    });
  return [
    {
      row: "cost",
      what: "dollars a million at list prices, the partner told",
      bar: "none named",
      beside: "the same outcome as it is mostly built: a queue message and single writes for each",
      measured: pairs
        .map(({ journey, dollars, naive }) => `${journey}: $${dollars} (naive: $${naive})`)
        .join("; "),
      verdict: "no bar",
      page: markdownTable(head, rows),
      costs: found,
    },
  ];
}
