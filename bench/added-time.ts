import { Agent } from "node:http";
import { post, prepareJson } from "./lib/post.ts";
import { printTable } from "./lib/print-table.ts";
import { verdictOf } from "./lib/row.ts";
import { readSend, SendWorld, templateTo } from "./lib/send-world.ts";
import { startRelay } from "./lib/start-relay.ts";
import { percentile, round, showSpread, spreadOf } from "./lib/stats.ts";
import type { Business } from "../simulator/simulator.ts";
import type { RowOptions, RowResult } from "./lib/row.ts";

const P50_BAR_MS = 5;
const P99_BAR_MS = 25;
/** What Graph takes to answer. */
const LATENCIES_MS = [0, 40];
const TURNS = 100;
const QUICK_TURNS = 30;
const WARM_UP_TURNS = 20;
/** Beyond the pace of 50 ms; the rest is drawn, so that no beat of ours meets one of theirs. */
const SPACING_MS = 60;
const SPACING_JITTER_MS = 50;

/** One send straight to Meta, one through a Worker that only passes on, one through Tandem; ms. */
interface Turn {
  direct: number;
  relayed: number;
  tandem: number;
  /** What the object let it wait for its place (place_at - admitted_at). */
  placeWait: number;
}

/**
 * Row 6: what Tandem adds to a send. One at a time, a direct one, a relayed one and one through
 * Tandem by turns, each over its own kept-alive connection, further apart than the pace: no send has
 * to wait for another's place.
 */
export async function addedTime(options: RowOptions): Promise<RowResult[]> {
  const turns = options.quick ? QUICK_TURNS : TURNS;
  const customers = WARM_UP_TURNS + turns * options.rounds;
  const world = await SendWorld.open(options.cleanup);
  const relay = await startRelay(options.cleanup, world.simulator.url);
  const cases = [];
  for (const latencyMs of LATENCIES_MS) {
    world.simulator.setFaults({ messages: { latencyMs } });
    const agent = new Agent({ keepAlive: true });
    options.cleanup.add(() => agent.destroy());
    const sender = new TurnSender(world, agent, {
      ours: await world.addNumber(customers),
      relayed: new OtherNumber(world, customers, relay),
      direct: new OtherNumber(world, customers),
    });
    await sender.take(WARM_UP_TURNS);
    const rounds: Turn[][] = [];
    for (let taken = 0; taken < options.rounds; taken++) rounds.push(await sender.take(turns));
    cases.push(weigh(latencyMs, rounds));
  }
  return report(cases, options.rounds);
}

/** A number that Tandem has nothing to do with. */
class OtherNumber {
  readonly business: Business;
  readonly token: string;
  readonly url: URL;

  /** @param by who passes its sends on; left out, nobody */
  constructor(world: SendWorld, customers: number, by?: URL) {
    this.business = world.simulator.createBusiness({ customers });
    this.token = world.simulator.issueToken(this.business);
    const graph = world.graphMessagesUrl(this.business);
    this.url = by === undefined ? graph : new URL(graph.pathname, by);
  }
}

interface Numbers {
  ours: Business;
  relayed: OtherNumber;
  direct: OtherNumber;
}

class TurnSender {
  readonly #world: SendWorld;
  readonly #agent: Agent;
  readonly #numbers: Numbers;
  #next = 0;

  constructor(world: SendWorld, agent: Agent, numbers: Numbers) {
    this.#world = world;
    this.#agent = agent;
    this.#numbers = numbers;
  }

  async take(count: number): Promise<Turn[]> {
    const turns: Turn[] = [];
    const sends: string[] = [];
    const { ours, relayed, direct } = this.#numbers;
    for (let taken = 0; taken < count; taken++, this.#next++) {
      const to = ({ customers }: Business) => customers[this.#next]?.phone ?? "";
      const straight = await this.#time(direct.url, direct.token, to(direct.business));
      const passedOn = await this.#time(relayed.url, relayed.token, to(relayed.business));
      const { partnerKey } = this.#world;
      const tandem = await this.#time(this.#world.messagesUrl(ours), partnerKey, to(ours));
      sends.push(String(tandem.headers["tandem-send-id"]));
      turns.push({
        direct: straight.ms,
        relayed: passedOn.ms,
        tandem: tandem.ms,
        placeWait: 0,
      });
    }
    // Asked only now: between two sends the gateway has nothing of ours to do.
    for (const [at, send] of sends.entries()) {
      const view = await readSend(this.#world.partner, ours, send);
      const turn = turns[at];
      if (turn === undefined || view.place_at === null) throw new Error("A send has no place.");
      turn.placeWait = Date.parse(view.place_at) - Date.parse(view.admitted_at);
    }
    return turns;
  }

  async #time(url: URL, token: string, phone: string) {
    const spacingMs = SPACING_MS + Math.random() * SPACING_JITTER_MS;
    await new Promise((resolve) => setTimeout(resolve, spacingMs));
    const prepared = prepareJson(token, templateTo(phone));
    const startedAt = performance.now();
    const answer = await post(this.#agent, url, prepared);
    const ms = performance.now() - startedAt;
    if (answer.status !== 200) throw new Error(`${url.href} answered ${answer.status}`);
    return { ms, headers: answer.headers };
  }
}

function weigh(latencyMs: number, rounds: Turn[][]) {
  const p50 = (value: (turn: Turn) => number) =>
    spreadOf(rounds.map((turns) => percentile(turns.map(value), 0.5)));
  // The slow ones are few: of all rounds together.
  const all = rounds.flat();
  const p99 = (value: (turn: Turn) => number) => round(percentile(all.map(value), 0.99));
  const both = (value: (turn: Turn) => number) => ({ p50: p50(value), p99: p99(value) });
  return {
    latencyMs,
    direct: both((turn) => turn.direct),
    tandem: both((turn) => turn.tandem),
    addedInAll: both((turn) => turn.tandem - turn.direct),
    placeWait: both((turn) => turn.placeWait),
    addedByCode: both((turn) => turn.tandem - turn.direct - turn.placeWait),
    addedByRelay: both((turn) => turn.relayed - turn.direct),
  };
}

function report(cases: ReturnType<typeof weigh>[], rounds: number): RowResult[] {
  console.log("  ms: p50 (smallest to largest round) / p99 of all rounds");
  const show = ({ p50, p99 }: ReturnType<typeof weigh>["direct"]) => `${showSpread(p50)} / ${p99}`;
  printTable(
    [
      "Graph takes",
      "direct",
      "through Tandem",
      "added in all",
      "of it place wait",
      "of it our code",
      "a bare relay adds",
    ],
    cases.map((one) => [
      `${one.latencyMs} ms`,
      ...[
        one.direct,
        one.tandem,
        one.addedInAll,
        one.placeWait,
        one.addedByCode,
        one.addedByRelay,
      ].map(show),
    ]),
  );
  return [
    {
      row: 6,
      what: "time our code adds to a send, without the wait for its place",
      bar: `p50 <= ${P50_BAR_MS} ms, p99 <= ${P99_BAR_MS} ms`,
      beside: "the same send straight to Meta, and through a Worker that only passes it on",
      measured: cases
        .map(
          ({ latencyMs, addedByCode: { p50, p99 }, addedByRelay }) =>
            `Meta takes ${latencyMs} ms: p50 ${showSpread(p50)} ms, p99 ${p99} ms ` +
            `(a bare relay: ${addedByRelay.p50.median} and ${addedByRelay.p99})`,
        )
        .join("; "),
      verdict: verdictOf(
        cases.every(
          ({ addedByCode }) =>
            addedByCode.p50.median <= P50_BAR_MS && addedByCode.p99 <= P99_BAR_MS,
        ),
      ),
      rounds,
      cases,
    },
  ];
}
