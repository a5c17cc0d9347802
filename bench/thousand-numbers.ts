import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { listAll } from "../scripts/demo/tandem-client.ts";
import { importNumber } from "../scripts/demo/world.ts";
import { openBesideWorld } from "./lib/beside-world.ts";
import { EventReceiver } from "./lib/event-receiver.ts";
import { inParallel } from "./lib/in-parallel.ts";
import { post, prepareJson } from "./lib/post.ts";
import { printTable } from "./lib/print-table.ts";
import { verdictOf } from "./lib/row.ts";
import { templateTo } from "./lib/send-world.ts";
import { readSettledBill } from "./lib/settled-bill.ts";
import { percentile, round } from "./lib/stats.ts";
import { makeTextWebhooks } from "./lib/text-webhooks.ts";
import type { DemoMessage } from "../scripts/demo/tandem-client.ts";
import type { Business } from "../simulator/simulator.ts";
import type { Bill } from "./lib/bill.ts";
import type { BesideWorld } from "./lib/beside-world.ts";
import type { RowOptions, RowResult } from "./lib/row.ts";

/** A shop gets a message every 30 s and sends one every 60 s. */
const MESSAGE_EVERY_MS = 30_000;
const SEND_EVERY_MS = 60_000;
const FEW = { numbers: 100, minutes: 3 };
const MANY = { numbers: 1_000, minutes: 10 };
const QUICK = [
  { numbers: 20, minutes: 0.5 },
  { numbers: 200, minutes: 0.5 },
];
const CUSTOMERS = 5;
/** What a number costs must not grow with how many there are; beyond this it grows. */
const FLAT = 1.1;
const BRINGING = 8;
const PATIENCE_MS = 120_000;

interface Phase {
  numbers: number;
  minutes: number;
}

interface Figures extends Phase {
  messages: number;
  sends: number;
  ackP50Ms: number;
  ackP99Ms: number;
  sendP50Ms: number;
  sendP99Ms: number;
  /** Of a number and minute. */
  rowsWritten: number;
  rowsRead: number;
  objectRequests: number;
  cpuMs: number;
}

/**
 * Row 11: what a number costs where there are a hundred, and where there are a thousand on two
 * shards, each with the same traffic, sweeps included, for ten minutes; and that nothing is lost or
 * doubled meanwhile.
 */
export async function thousandNumbers(options: RowOptions): Promise<RowResult[]> {
  const entry = join(import.meta.dirname, "workers/counted.ts");
  const world = await openBesideWorld(options.cleanup, async () => [], entry, {
    BENCH_SWEEPS: "on",
    API_RATE_PER_MINUTE: "1000000",
  });
  const receiver = await EventReceiver.start(options.cleanup);
  await world.partner.post("/v1/endpoints", { url: receiver.url, types: ["message.received"] });
  const fleet = new Fleet(world);
  options.cleanup.add(() => fleet.close());
  const figures: Figures[] = [];
  for (const phase of options.quick ? QUICK : [FEW, MANY]) {
    await fleet.grow(phase.numbers);
    figures.push(await drive(world, fleet, phase));
  }
  await fleet.prove(receiver);
  return report(figures);
}

async function drive(world: BesideWorld, fleet: Fleet, phase: Phase): Promise<Figures> {
  const before = await readSettledBill(world.gatewayUrl);
  const [cpuBefore, startedAt] = [world.cpuMs(), performance.now()];
  const { ackMs, sendMs } = await fleet.live(phase.minutes * 60_000);
  // Settling is no minute of traffic, but what it writes belongs to the traffic.
  const minutes = (performance.now() - startedAt) / 60_000;
  const cpuMs = world.cpuMs() - cpuBefore;
  const after = await readSettledBill(world.gatewayUrl);
  const each = (value: number) => round(value / phase.numbers / minutes);
  const grown = (...names: (keyof Bill)[]) =>
    each(names.reduce((sum, name) => sum + after[name] - before[name], 0));
  return {
    ...phase,
    messages: ackMs.length,
    sends: sendMs.length,
    ackP50Ms: round(percentile(ackMs, 0.5)),
    ackP99Ms: round(percentile(ackMs, 0.99)),
    sendP50Ms: round(percentile(sendMs, 0.5)),
    sendP99Ms: round(percentile(sendMs, 0.99)),
    rowsWritten: grown("d1Written", "objectWritten", "alarms"),
    rowsRead: grown("d1Read", "objectRead"),
    objectRequests: grown("objectRequests"),
    cpuMs: each(cpuMs),
  };
}

/** Many shops with little to do each. */
class Fleet {
  readonly #world: BesideWorld;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #numbers: Business[] = [];
  /** Messages that were answered with 200, by the number's id. */
  readonly #acked = new Map<string, string[]>();
  /** Our ids of sends that were answered with 200. */
  readonly #sent = new Set<string>();

  constructor(world: BesideWorld) {
    this.#world = world;
  }

  async grow(to: number): Promise<void> {
    const { simulator, operator, partnerId } = this.#world;
    const missing = Array.from({ length: to - this.#numbers.length }, () =>
      simulator.createBusiness({ customers: CUSTOMERS }),
    );
    await inParallel(missing, BRINGING, async (business) => {
      await importNumber(operator, simulator, partnerId, business);
      const authorization = `Bearer ${simulator.issueToken(business)}`;
      const subscription = `${simulator.url}/v24.0/${business.wabaId}/subscribed_apps`;
      await fetch(subscription, { method: "POST", headers: { authorization } });
    });
    this.#numbers.push(...missing);
  }

  /** Traffic of every number by the clock, whether or not what came before is answered. */
  async live(forMs: number): Promise<{ ackMs: number[]; sendMs: number[] }> {
    const [ackMs, sendMs]: [number[], number[]] = [[], []];
    const work = await Promise.all([
      this.#each(MESSAGE_EVERY_MS, forMs, async (number) => {
        const startedAt = performance.now();
        await this.#write(number);
        ackMs.push(performance.now() - startedAt);
      }),
      this.#each(SEND_EVERY_MS, forMs, async (number, turn) => {
        const startedAt = performance.now();
        await this.#send(number, turn);
        sendMs.push(performance.now() - startedAt);
      }),
    ]);
    await Promise.all(work.flat());
    return { ackMs, sendMs };
  }

  /** @throws Error when a message is not stored or told, or a send not at Meta exactly once */
  async prove(receiver: EventReceiver): Promise<void> {
    let missing = 0;
    await inParallel([...this.#acked], BRINGING, async ([number, wamids]) => {
      const stored = new Set<string>();
      const path = `/v1/senders/${number}/messages`;
      for await (const message of listAll<DemoMessage>(this.#world.partner, path)) {
        stored.add(message.wamid);
      }
      missing += wamids.filter((wamid) => !stored.has(wamid)).length;
    });
    const wamids = [...this.#acked.values()].flat();
    const untold = () => wamids.filter((wamid) => !receiver.messages.has(wamid)).length;
    const deadline = performance.now() + PATIENCE_MS;
    while (untold() > 0 && performance.now() < deadline) await wait(100);
    const atMeta = this.#world.simulator.ledger.sends.map((send) => send.bizOpaqueCallbackData);
    const lost = [...this.#sent].filter((send) => !atMeta.includes(send)).length;
    const twice = atMeta.length - new Set(atMeta).size;
    if (missing + untold() + lost + twice === 0) return;
    throw new Error(
      `Of ${wamids.length} messages ${missing} are not stored and ${untold()} not told; of ` +
        `${this.#sent.size} sends ${lost} are not at Meta and ${twice} are there twice.`,
    );
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @returns the calls, once the last has begun */
  async #each(
    everyMs: number,
    forMs: number,
    call: (number: Business, turn: number) => Promise<void>,
  ): Promise<Promise<void>[]> {
    const open: Promise<void>[] = [];
    const stepMs = everyMs / this.#numbers.length;
    const startedAt = performance.now();
    for (let turn = 0; turn * stepMs < forMs; turn++) {
      await wait(Math.max(0, startedAt + turn * stepMs - performance.now()));
      const number = this.#numbers[turn % this.#numbers.length];
      if (number !== undefined) open.push(call(number, Math.floor(turn / this.#numbers.length)));
    }
    return open;
  }

  async #write(number: Business): Promise<void> {
    const [webhook] = makeTextWebhooks([number], 1, this.#world.appSecret);
    if (webhook === undefined) return;
    const door = new URL(`${this.#world.gatewayUrl}/webhooks/meta`);
    const { status } = await post(this.#agent, door, webhook);
    if (status !== 200) throw new Error(`A live message was answered ${status}.`);
    const acked = this.#acked.get(number.phoneNumberId) ?? [];
    acked.push(webhook.wamid);
    this.#acked.set(number.phoneNumberId, acked);
  }

  async #send(number: Business, turn: number): Promise<void> {
    const url = new URL(`${this.#world.gatewayUrl}/v24.0/${number.phoneNumberId}/messages`);
    const phone = number.customers[turn % CUSTOMERS]?.phone ?? "";
    const body = prepareJson(this.#world.partnerKey, templateTo(phone));
    const answer = await post(this.#agent, url, body);
    if (answer.status !== 200) throw new Error(`A send was answered ${answer.text}`);
    this.#sent.add(String(answer.headers["tandem-send-id"]));
  }
}

function report(figures: Figures[]): RowResult[] {
  console.log("  of a number and minute, where each gets 2 messages and sends 1");
  printTable(
    [
      "numbers",
      "messages",
      "sends",
      "rows written",
      "rows read",
      "object requests",
      "processor ms",
      "ack p50 / p99, ms",
      "send p50 / p99, ms",
    ],
    figures.map((one) =>
      [
        one.numbers,
        one.messages,
        one.sends,
        one.rowsWritten,
        one.rowsRead,
        one.objectRequests,
        one.cpuMs,
        `${one.ackP50Ms} / ${one.ackP99Ms}`,
        `${one.sendP50Ms} / ${one.sendP99Ms}`,
      ].map(String),
    ),
  );
  const [few, many] = figures;
  if (few === undefined || many === undefined) throw new Error("Both sizes are needed.");
  const grows = {
    rowsWritten: round(many.rowsWritten / few.rowsWritten),
    rowsRead: round(many.rowsRead / few.rowsRead),
    objectRequests: round(many.objectRequests / few.objectRequests),
    cpuMs: round(many.cpuMs / few.cpuMs),
  };
  return [
    {
      row: 11,
      what: `cost of a number and minute where there are ${many.numbers} on two shards, for ${many.minutes} minutes`,
      bar: `<= ${FLAT} x of where there are ${few.numbers}, in rows, object requests and processor time`,
      beside: `the same with ${few.numbers} numbers`,
      measured:
        `rows written ${many.rowsWritten} (${grows.rowsWritten} x), read ${many.rowsRead} (${grows.rowsRead} x), ` +
        `object requests ${many.objectRequests} (${grows.objectRequests} x), ` +
        `processor ${many.cpuMs} ms (${grows.cpuMs} x); ack p99 ${few.ackP99Ms} → ${many.ackP99Ms} ms; none lost, none twice`,
      verdict: verdictOf(Object.values(grows).every((grown) => grown <= FLAT)),
      figures,
      grows,
    },
  ];
}
