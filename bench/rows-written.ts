import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { importNumber } from "../scripts/demo/world.ts";
import { openBesideWorld } from "./lib/beside-world.ts";
import { postClosedLoop } from "./lib/closed-loop.ts";
import { HistoryImport } from "./lib/history-import.ts";
import { makeHistoryWebhooks } from "./lib/history-webhooks.ts";
import { inParallel } from "./lib/in-parallel.ts";
import { post, prepareJson } from "./lib/post.ts";
import { printTable } from "./lib/print-table.ts";
import { verdictOf } from "./lib/row.ts";
import { templateTo } from "./lib/send-world.ts";
import { readSettledBill } from "./lib/settled-bill.ts";
import { round } from "./lib/stats.ts";
import { makeStatusWebhooks } from "./lib/status-webhooks.ts";
import { makeTextWebhooks } from "./lib/text-webhooks.ts";
import type { Business } from "../simulator/simulator.ts";
import type { BesideWorld } from "./lib/beside-world.ts";
import type { RowOptions, RowResult } from "./lib/row.ts";

const CONNECTIONS = 32;
const LONE = 3;
const TOGETHER = 400;
const SENDS_TOGETHER = 40;
/** Callers at once, and how long each waits: 15 sends a second, and the simulator refuses none. */
const SENDING = 4;
const SEND_EVERY_MS = 260;
const HISTORY = 10_000;
const CUSTOMERS = 40;

interface Written {
  d1: number;
  objects: number;
  alarms: number;
}

interface Figure extends Written {
  what: string;
  /** At most so many rows; null where the design names none. */
  budget: number | null;
  /** Of one message or send. */
  rows: number;
}

/**
 * Row 7: the rows that D1 and the objects are billed for, of one message of each kind. Counted,
 * not sampled: the figure that comes with every statement's answer, and the alarms that are set.
 */
export async function rowsWritten(options: RowOptions): Promise<RowResult[]> {
  const entry = join(import.meta.dirname, "workers/counted.ts");
  const world = await openBesideWorld(options.cleanup, async () => [], entry);
  const business = world.simulator.createBusiness({ customers: CUSTOMERS });
  await importNumber(world.operator, world.simulator, world.partnerId, business);
  const door = new URL(`${world.gatewayUrl}/webhooks/meta`);
  const figures: Figure[] = [];
  const measure = async (
    what: string,
    budget: number | null,
    count: number,
    work: () => Promise<unknown>,
  ) => {
    const before = await settled(world);
    await work();
    const after = await settled(world);
    const of = (kind: keyof Written) => round((after[kind] - before[kind]) / count);
    const [d1, objects, alarms] = [of("d1"), of("objects"), of("alarms")];
    figures.push({ what, budget, d1, objects, alarms, rows: round(d1 + objects + alarms) });
  };
  const texts = (count: number) => makeTextWebhooks([business], count, world.appSecret);
  const lone = (work: () => Promise<unknown>) => async () => {
    for (let turn = 0; turn < LONE; turn++) {
      await work();
      await settled(world);
    }
  };

  await measure("a message of a new customer, coalesced", null, CUSTOMERS, () =>
    postClosedLoop(door, texts(CUSTOMERS), CONNECTIONS),
  );
  await measure(
    "a message, alone",
    13,
    LONE,
    lone(() => postClosedLoop(door, texts(1), 1)),
  );
  await measure("a message, coalesced", 10, TOGETHER, () =>
    postClosedLoop(door, texts(TOGETHER), CONNECTIONS),
  );
  await sendWithStatuses(world, business, CUSTOMERS); // makes what there is once a customer
  await measure(
    "a send with three statuses, alone",
    null,
    LONE,
    lone(() => sendWithStatuses(world, business, 1)),
  );
  await measure("a send with three statuses, coalesced", 30, SENDS_TOGETHER, () =>
    sendWithStatuses(world, business, SENDS_TOGETHER),
  );
  const history = await HistoryImport.open(world, 400);
  const past = { messages: HISTORY, chunkMessages: 1_000, seed: 7 };
  await measure("an imported message, with its import's ledger", 2.3, HISTORY, () =>
    history.store(makeHistoryWebhooks(history.business, past, world.appSecret)),
  );
  await measure("the same once more", null, HISTORY, () =>
    history.again(makeHistoryWebhooks(history.business, past, world.appSecret)),
  );
  return report(figures);
}

/** What was written, once nothing is being written any more. */
async function settled(world: BesideWorld): Promise<Written> {
  const bill = await readSettledBill(world.gatewayUrl);
  return { d1: bill.d1Written, objects: bill.objectWritten, alarms: bill.alarms };
}

/** Templates to as many customers, and behind them their statuses, a webhook each. */
async function sendWithStatuses(
  world: BesideWorld,
  business: Business,
  count: number,
): Promise<void> {
  const url = new URL(`${world.gatewayUrl}/v24.0/${business.phoneNumberId}/messages`);
  const agent = new Agent({ keepAlive: true });
  const sent = await inParallel(business.customers.slice(0, count), SENDING, async ({ phone }) => {
    await wait(count === 1 ? 0 : SEND_EVERY_MS);
    const answer = await post(agent, url, prepareJson(world.partnerKey, templateTo(phone)));
    if (answer.status !== 200) throw new Error(`A send was answered ${answer.text}`);
    const { messages } = JSON.parse(answer.text) as { messages: [{ id: string }] };
    return {
      phone,
      wamid: messages[0].id,
      callbackData: String(answer.headers["tandem-send-id"]),
    };
  });
  agent.destroy();
  const statuses = makeStatusWebhooks(business, sent, world.appSecret);
  await postClosedLoop(new URL(`${world.gatewayUrl}/webhooks/meta`), statuses, 1);
}

function report(figures: Figure[]): RowResult[] {
  const budgeted = figures.filter((figure) => figure.budget !== null);
  console.log("  rows written, each as billed");
  printTable(
    ["", "D1", "object", "alarms", "together", "budget"],
    figures.map(({ what, d1, objects, alarms, rows, budget }) => [
      what,
      ...[d1, objects, alarms, rows].map(String),
      budget === null ? "" : `<= ${budget}`,
    ]),
  );
  return [
    {
      row: 7,
      what: "rows written, as billed",
      bar: budgeted.map(({ what, budget }) => `${what} <= ${budget}`).join("; "),
      beside: "the design's budget",
      measured: budgeted.map(({ what, rows }) => `${what} ${rows}`).join("; "),
      verdict: verdictOf(budgeted.every(({ rows, budget }) => rows <= (budget ?? 0))),
      figures,
    },
  ];
}
