import { Agent } from "node:http";
import { post, prepareJson } from "./lib/post.ts";
import { printTable } from "./lib/print-table.ts";
import { verdictOf } from "./lib/row.ts";
import { readSend, SendWorld, templateTo } from "./lib/send-world.ts";
import { percentile, round, showSpread, spreadOf } from "./lib/stats.ts";
import type { Business } from "../simulator/simulator.ts";
import type { RowOptions, RowResult } from "./lib/row.ts";

const P50_BAR_MS = 5;
const P99_BAR_MS = 25;
/** What Graph takes to answer. */
const LATENCIES_MS = [0, 40];
const PAIRS = 100;
const QUICK_PAIRS = 30;
const WARM_UP_PAIRS = 20;
/** Beyond the pace of 50 ms; the rest is drawn, so that no beat of ours meets one of theirs. */
const SPACING_MS = 60;
const SPACING_JITTER_MS = 50;

/** One send straight to Meta and one through Tandem, ms. */
interface Pair {
  direct: number;
  tandem: number;
  /** What the object let it wait for its place (place_at - admitted_at). */
  placeWait: number;
}

/**
 * Row 6: what Tandem adds to a send. One at a time, a direct one and one through Tandem by turns,
 * each over its own kept-alive connection, further apart than the pace: no send has to wait for another's place.
 */
export async function addedTime(options: RowOptions): Promise<RowResult[]> {
  const pairs = options.quick ? QUICK_PAIRS : PAIRS;
  const customers = WARM_UP_PAIRS + pairs * options.rounds;
  const world = await SendWorld.open(options.cleanup);
  const cases = [];
  for (const latencyMs of LATENCIES_MS) {
    world.simulator.setFaults({ messages: { latencyMs } });
    const ours = await world.addNumber(customers);
    const direct = world.simulator.createBusiness({ customers });
    const agent = new Agent({ keepAlive: true });
    options.cleanup.add(() => agent.destroy());
    const sender = new PairSender(world, agent, ours, direct);
    await sender.take(WARM_UP_PAIRS);
    const rounds: Pair[][] = [];
    for (let taken = 0; taken < options.rounds; taken++) rounds.push(await sender.take(pairs));
    cases.push(weigh(latencyMs, rounds));
  }
  return report(cases, options.rounds);
}

class PairSender {
  readonly #world: SendWorld;
  readonly #agent: Agent;
  readonly #ours: Business;
  readonly #direct: Business;
  readonly #directToken: string;
  #next = 0;

  constructor(world: SendWorld, agent: Agent, ours: Business, direct: Business) {
    this.#world = world;
    this.#agent = agent;
    this.#ours = ours;
    this.#direct = direct;
    this.#directToken = world.simulator.issueToken(direct);
  }

  async take(count: number): Promise<Pair[]> {
    const pairs: Pair[] = [];
    const sends: string[] = [];
    for (let taken = 0; taken < count; taken++, this.#next++) {
      const direct = await this.#time(
        this.#world.graphMessagesUrl(this.#direct),
        this.#directToken,
        this.#direct.customers[this.#next]?.phone ?? "",
      );
      const tandem = await this.#time(
        this.#world.messagesUrl(this.#ours),
        this.#world.partnerKey,
        this.#ours.customers[this.#next]?.phone ?? "",
      );
      sends.push(String(tandem.headers["tandem-send-id"]));
      pairs.push({ direct: direct.ms, tandem: tandem.ms, placeWait: 0 });
    }
    // Asked only now: between two sends the gateway has nothing of ours to do.
    for (const [at, send] of sends.entries()) {
      const view = await readSend(this.#world.partner, this.#ours, send);
      const pair = pairs[at];
      if (pair === undefined || view.place_at === null) throw new Error("A send has no place.");
      pair.placeWait = Date.parse(view.place_at) - Date.parse(view.admitted_at);
    }
    return pairs;
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

function weigh(latencyMs: number, rounds: Pair[][]) {
  const p50 = (value: (pair: Pair) => number) =>
    spreadOf(rounds.map((pairs) => percentile(pairs.map(value), 0.5)));
  // The slow ones are few: of all rounds together.
  const all = rounds.flat();
  const p99 = (value: (pair: Pair) => number) => round(percentile(all.map(value), 0.99));
  const both = (value: (pair: Pair) => number) => ({ p50: p50(value), p99: p99(value) });
  return {
    latencyMs,
    direct: both((pair) => pair.direct),
    tandem: both((pair) => pair.tandem),
    addedInAll: both((pair) => pair.tandem - pair.direct),
    placeWait: both((pair) => pair.placeWait),
    addedByCode: both((pair) => pair.tandem - pair.direct - pair.placeWait),
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
    ],
    cases.map((one) => [
      `${one.latencyMs} ms`,
      ...[one.direct, one.tandem, one.addedInAll, one.placeWait, one.addedByCode].map(show),
    ]),
  );
  return [
    {
      row: 6,
      what: "time our code adds to a send, without the wait for its place",
      bar: `p50 <= ${P50_BAR_MS} ms, p99 <= ${P99_BAR_MS} ms`,
      beside: "the same send straight to Meta",
      measured: cases
        .map(
          ({ latencyMs, addedByCode: { p50, p99 } }) =>
            `Meta takes ${latencyMs} ms: p50 ${showSpread(p50)} ms, p99 ${p99} ms`,
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
