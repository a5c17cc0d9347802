import { Agent } from "node:http";
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { createPartner, importNumber } from "../scripts/demo/world.ts";
import { openBesideWorld } from "./lib/beside-world.ts";
import { besideWorker } from "./lib/beside.ts";
import { EventReceiver } from "./lib/event-receiver.ts";
import { inParallel } from "./lib/in-parallel.ts";
import { post } from "./lib/post.ts";
import { printTable } from "./lib/print-table.ts";
import { verdictOf } from "./lib/row.ts";
import { percentile, round, showSpread, spreadOf } from "./lib/stats.ts";
import { makeTextWebhooks } from "./lib/text-webhooks.ts";
import type { Business } from "../simulator/simulator.ts";
import type { TandemClient } from "../scripts/demo/tandem-client.ts";
import type { BesideWorld } from "./lib/beside-world.ts";
import type { RowOptions, RowResult } from "./lib/row.ts";

const NUMBERS = 10;
const EVENTS = 2_000;
/** Live texts come by the clock: 40 a second to the one, 10 to the other. */
const LIVE_EVERY_MS = 25;
const OTHERS_EVERY_MS = 100;
const LIVE_MS = 10_000;
const MAX_RATIO = 1.2;
const PATIENCE_MS = 120_000;

/**
 * Rows 9 and 10: how many events a second an endpoint that answers at once is told; and how long
 * after a webhook's 200 the partner has its event, while another partner's endpoint hangs.
 */
export async function toldEvents(options: RowOptions): Promise<RowResult[]> {
  const { cleanup } = options;
  const world = await openBesideWorld(cleanup, async () => [
    await besideWorker("floor", "post-floor.ts", {}),
  ]);
  const rates = await compareRates(world, options);
  const delays = await compareDelays(world, options);
  return [rates, delays];
}

/** Row 9, by turns: the same events, told by Tandem from its log and by the floor from memory. */
async function compareRates(world: BesideWorld, options: RowOptions): Promise<RowResult> {
  const count = options.quick ? EVENTS / 4 : EVENTS;
  const numbers = await addNumbers(world, NUMBERS, world.partnerId);
  const receiver = await EventReceiver.start(options.cleanup);
  const endpoint = await connect(world.partner, receiver.url, { types: ["message.received"] });
  const floorReceiver = await EventReceiver.start(options.cleanup);
  const floorUrl = await world.gateway.besideUrl("floor");

  const ratios: number[] = [];
  const told: number[] = [];
  const floor: number[] = [];
  for (let turn = 0; turn < options.rounds; turn++) {
    await setState(world.partner, endpoint, "paused");
    const webhooks = makeTextWebhooks(numbers, count, world.appSecret);
    await postAll(world, webhooks);
    await untilStored(world.partner, webhooks.at(-1)?.phoneNumberId ?? "", webhooks.at(-1)?.wamid);
    await wait(1_000); // flushes of the others
    const before = receiver.arrivals.size;
    const startedAt = performance.now();
    await setState(world.partner, endpoint, "enabled");
    await until(() => receiver.arrivals.size >= before + count);
    told.push(count / ((performance.now() - startedAt) / 1_000));

    const bodies = webhooks.map(({ wamid, body }) => ({ id: `evt_${wamid}`, body: String(body) }));
    const secret = randomBytes(32).toString("base64");
    const floorAt = performance.now();
    await fetch(floorUrl, {
      method: "POST",
      body: JSON.stringify({ url: floorReceiver.url, bodies, secret }),
    });
    floor.push(count / ((performance.now() - floorAt) / 1_000));
    ratios.push((told.at(-1) ?? Number.NaN) / (floor.at(-1) ?? Number.NaN));
  }
  await world.partner.delete(`/v1/endpoints/${endpoint}`);

  const [ratio, perSecond, floorPerSecond] = [spreadOf(ratios), spreadOf(told), spreadOf(floor)];
  console.log(`  ${count} events of ${NUMBERS} numbers to an endpoint that answers at once`);
  printTable(
    ["", "events a second"],
    [
      ["Tandem, from its log", showSpread(perSecond)],
      ["signing and posting alone", showSpread(floorPerSecond)],
      ["ratio", showSpread(ratio)],
    ],
  );
  return {
    row: 9,
    what: "events a second to a fast endpoint, beside signing and posting alone",
    bar: "none named",
    beside: "the same bodies from memory, signed and posted",
    measured: `${showSpread(ratio)} (${showSpread(perSecond)} events/s)`,
    verdict: "no bar",
    ratio,
    perSecond,
    floorPerSecond,
    rounds: options.rounds,
  };
}

/** Row 10, by turns: the other partner's endpoint answers, and hangs until it is given up. */
async function compareDelays(world: BesideWorld, options: RowOptions): Promise<RowResult> {
  const mine = await addNumbers(world, 1, world.partnerId);
  const receiver = await EventReceiver.start(options.cleanup);
  await connect(world.partner, receiver.url, { types: ["message.received"] });
  const other = await createPartner(world.operator);
  const theirs = await addNumbers(world, 5, other.partnerId);
  const hanging = await EventReceiver.start(options.cleanup);

  const alone: number[] = [];
  const beside: number[] = [];
  await listen(world, { mine, theirs, receiver, forMs: 1_000 }); // warms up
  for (let turn = 0; turn < options.rounds; turn++) {
    for (const hangs of [false, true]) {
      hanging.hangs = hangs;
      // A fresh one each time: after a while of hanging it would be tried seldom only.
      const theirEndpoint = await connect(other.partner, hanging.url, {});
      const forMs = options.quick ? LIVE_MS / 2 : LIVE_MS;
      const delays = await listen(world, { mine, theirs, receiver, forMs });
      (hangs ? beside : alone).push(...delays);
      await other.partner.delete(`/v1/endpoints/${theirEndpoint}`);
    }
  }

  const figures = (all: number[]) => ({
    p50Ms: round(percentile(all, 0.5)),
    p99Ms: round(percentile(all, 0.99)),
    slowestMs: round(Math.max(...all)),
    events: all.length,
  });
  const [quiet, hung] = [figures(alone), figures(beside)];
  const p50Ratio = round(hung.p50Ms / quiet.p50Ms);
  const p99Ratio = round(hung.p99Ms / quiet.p99Ms);
  console.log("  from a webhook's 200 to the partner's receipt of the event");
  printTable(
    ["the other partner's endpoint", "p50, ms", "p99, ms", "slowest, ms", "events"],
    [["answers", quiet] as const, ["hangs on every call", hung] as const].map(
      ([name, { p50Ms, p99Ms, slowestMs, events }]) => [
        name,
        String(p50Ms),
        String(p99Ms),
        String(slowestMs),
        String(events),
      ],
    ),
  );
  return {
    row: 10,
    what: "webhook's ack to the partner's receipt while another partner's endpoint hangs",
    bar: `<= ${MAX_RATIO} x of without`,
    beside: "the same while that endpoint answers",
    measured:
      `p50 ${quiet.p50Ms} → ${hung.p50Ms} ms (${p50Ratio} x), ` +
      `p99 ${quiet.p99Ms} → ${hung.p99Ms} ms (${p99Ratio} x)`,
    verdict: verdictOf(p50Ratio <= MAX_RATIO && p99Ratio <= MAX_RATIO),
    p50Ratio,
    p99Ratio,
    alone: quiet,
    besideHanging: hung,
    rounds: options.rounds,
  };
}

/** Live texts to both partners for a while. @returns how long after its 200 each of ours was told */
async function listen(
  world: BesideWorld,
  run: { mine: Business[]; theirs: Business[]; receiver: EventReceiver; forMs: number },
): Promise<number[]> {
  const door = new URL(`${world.gatewayUrl}/webhooks/meta`);
  const agent = new Agent({ keepAlive: true });
  const acked = new Map<string, number>();
  const open: Promise<void>[] = [];
  const startedAt = performance.now();
  let theirsAt = startedAt;
  for (let next = startedAt; next < startedAt + run.forMs; next += LIVE_EVERY_MS) {
    await wait(Math.max(0, next - performance.now()));
    const [webhook] = makeTextWebhooks(run.mine, 1, world.appSecret);
    if (webhook === undefined) continue;
    open.push(
      post(agent, door, webhook).then(({ status }) => {
        if (status !== 200) throw new Error(`A live message was answered ${status}.`);
        acked.set(webhook.wamid, performance.now());
      }),
    );
    if (theirsAt > next) continue;
    theirsAt += OTHERS_EVERY_MS;
    const index = Math.floor((theirsAt - startedAt) / OTHERS_EVERY_MS) % run.theirs.length;
    const number = run.theirs[index];
    if (number === undefined) continue;
    const [another] = makeTextWebhooks([number], 1, world.appSecret);
    if (another !== undefined) open.push(post(agent, door, another).then(() => undefined));
  }
  await Promise.all(open);
  await until(() => [...acked.keys()].every((wamid) => run.receiver.messages.has(wamid)));
  agent.destroy();
  return [...acked].map(([wamid, at]) => (run.receiver.messages.get(wamid) ?? Number.NaN) - at);
}

async function addNumbers(
  world: BesideWorld,
  count: number,
  partnerId: string,
): Promise<Business[]> {
  const numbers = Array.from({ length: count }, () =>
    world.simulator.createBusiness({ customers: 40 }),
  );
  for (const number of numbers) {
    await importNumber(world.operator, world.simulator, partnerId, number);
  }
  return numbers;
}

async function connect(
  partner: TandemClient,
  url: string,
  options: Record<string, unknown>,
): Promise<string> {
  const { id } = await partner.post<{ id: string }>("/v1/endpoints", { url, ...options });
  return id;
}

async function setState(partner: TandemClient, endpoint: string, state: string): Promise<void> {
  await partner.patch(`/v1/endpoints/${endpoint}`, { state });
}

async function postAll(
  world: BesideWorld,
  webhooks: ReturnType<typeof makeTextWebhooks>,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const door = new URL(`${world.gatewayUrl}/webhooks/meta`);
  await inParallel(webhooks, 16, async (webhook) => {
    const { status } = await post(agent, door, webhook);
    if (status !== 200) throw new Error(`A live message was answered ${status}.`);
  });
  agent.destroy();
}

async function untilStored(
  partner: TandemClient,
  number: string,
  wamid: string | undefined,
): Promise<void> {
  const path = `/v1/senders/${number}/messages/${encodeURIComponent(wamid ?? "")}`;
  await until(() =>
    partner.get(path).then(
      () => true,
      () => false,
    ),
  );
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Waited ${PATIENCE_MS} ms in vain.`);
    await wait(5);
  }
}
