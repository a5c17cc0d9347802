import { realNow } from "../simulator/clock.ts";
import { maxInOneSecond, perSecond } from "../scripts/demo/report.ts";
import { inParallel } from "./lib/in-parallel.ts";
import { LIMITERS, sendLimited } from "./lib/limiters.ts";
import { printTable } from "./lib/print-table.ts";
import { verdictOf } from "./lib/row.ts";
import { readSend, SendWorld, templateTo } from "./lib/send-world.ts";
import { round, showSpread, spreadOf } from "./lib/stats.ts";
import type { Spread } from "./lib/stats.ts";
import type { Business, Simulator } from "../simulator/simulator.ts";
import type { RowOptions, RowResult } from "./lib/row.ts";
import type { SendView } from "./lib/send-world.ts";

const SENDS = 1_000;
const QUICK_SENDS = 100;
/** What Graph takes to answer. */
const LATENCY_MS = 100;
const PLACES_BAR = 20;
const RATE_BAR = 19.8;
const ARRIVALS_BAR = 22;
/** Callers of the public API at once, while the sends are queued and when they are read back. */
const CALLERS = 8;
/** A send whose carrier died is called unknown a minute after its place. */
const SETTLE_TIMEOUT_MS = 100_000;
const LOOK_EVERY_MS = 1_000;

/** One way of sending, one round. */
interface Paced {
  /** Starts a second, from the first to the last. */
  rate: number;
  /** Most starts in any 1,000 ms: places of Tandem, calls of the limiters. */
  mostStarts: number;
  mostArrivals: number;
  /** Refused with 130429. */
  refused: number;
}

/**
 * Row 5: queued sends drained to the simulator. Tandem and the two limiters send side by side, each
 * from a number of its own, so that what disturbs one disturbs all; then Tandem alone, killed in
 * the middle.
 */
export async function queuedSends(options: RowOptions): Promise<RowResult[]> {
  const sends = options.quick ? QUICK_SENDS : SENDS;
  const world = await SendWorld.open(options.cleanup);
  world.simulator.setFaults({ messages: { latencyMs: LATENCY_MS } });
  const ours = await world.addNumber(sends);
  const limited = Object.entries(LIMITERS).map(([name, make]) => {
    const business = world.simulator.createBusiness({ customers: sends });
    return { name, make, business };
  });

  const rounds = new Map<string, Paced[]>();
  for (let taken = 0; taken < options.rounds; taken++) {
    const round = await Promise.all([
      drainRound(world, ours),
      ...limited.map(({ name, make, business }) =>
        observe(name, world.simulator, business, () =>
          sendLimited(make(), world.simulator, business),
        ),
      ),
    ]);
    for (const [name, paced] of round) rounds.set(name, [...(rounds.get(name) ?? []), paced]);
  }
  const killed = await killInTheMiddle(world, ours);
  return report(rounds, killed, sends);
}

function drainRound(world: SendWorld, business: Business): Promise<[string, Paced]> {
  return observe("Tandem", world.simulator, business, async () => {
    const views = await settled(world, business, await queueAll(world, business));
    const strange = views.filter(({ state }) => state !== "accepted");
    if (strange.length > 0) console.error(`  Tandem: ${strange.length} sends were not accepted.`);
    return placesOf(views);
  });
}

/** What a round of sending looked like, to the sender by its starts and to Meta by its ledger. */
async function observe(
  name: string,
  simulator: Simulator,
  business: Business,
  send: () => Promise<number[]>,
): Promise<[string, Paced]> {
  const from = realNow();
  const starts = await send();
  return [
    name,
    {
      rate: perSecond(starts),
      mostStarts: maxInOneSecond(starts),
      ...seen(simulator, business, from),
    },
  ];
}

function seen(simulator: Simulator, { phoneNumberId }: Business, from: number) {
  const taken = simulator.ledger.sends.filter(
    (send) => send.phoneNumberId === phoneNumberId && send.atMs >= from,
  );
  const refused = simulator.ledger.refused.filter(
    (refusal) => refusal.path.includes(`/${phoneNumberId}/`) && refusal.atMs >= from,
  );
  const arrivals = [...taken, ...refused].map(({ atMs }) => atMs);
  return {
    mostArrivals: maxInOneSecond(arrivals.sort((left, right) => left - right)),
    refused: refused.filter(({ code }) => code === 130429).length,
  };
}

/** Queues one template to each customer through the public API. @returns the ids of the sends */
function queueAll(world: SendWorld, business: Business): Promise<string[]> {
  return inParallel(business.customers, CALLERS, async ({ phone }) => {
    const headers = { prefer: "respond-async" };
    const answer = await world.partner.send(business.phoneNumberId, templateTo(phone), headers);
    if (answer.status !== 202 || answer.sendId === null) {
      throw new Error(`A send was not queued: ${answer.status}/${answer.code}`);
    }
    return answer.sendId;
  });
}

/** Waits for the outcome of every send; reads little while the drain is at work. */
async function settled(
  world: SendWorld,
  business: Business,
  sends: readonly string[],
): Promise<SendView[]> {
  const deadline = performance.now() + sends.length * 60 + SETTLE_TIMEOUT_MS;
  const views = new Map<string, SendView>();
  for (;;) {
    const open = sends.filter((send) => !views.has(send));
    if (open.length === 0) return [...views.values()];
    // The last ones tell whether it is worth asking for all.
    for (const send of open.toReversed()) {
      const view = await readSend(world.partner, business, send);
      if (view.state === "queued" || view.state === "placed") break;
      views.set(send, view);
    }
    if (performance.now() > deadline) throw new Error(`${open.length} sends do not settle.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function placesOf(views: readonly SendView[]): number[] {
  return views
    .flatMap(({ place_at: at }) => (at === null ? [] : [Date.parse(at)]))
    .sort((left, right) => left - right);
}

interface Killed {
  mostStarts: number;
  mostArrivals: number;
  refused: number;
  accepted: number;
  unknown: number;
  duplicates: number;
  lost: number;
  /** From the kill until the gateway answered again, ms. */
  downMs: number;
  /** The longest time without a place, ms. */
  gapMs: number;
}

/** A drain that is killed, node and runtime, when two fifths have arrived at Meta. */
async function killInTheMiddle(world: SendWorld, business: Business): Promise<Killed> {
  const { ledger } = world.simulator;
  const from = realNow();
  const before = ledger.sends.length;
  const sends = await queueAll(world, business);
  while (ledger.sends.length - before < sends.length * 0.4) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const downMs = await world.killAndRestart();
  const views = await settled(world, business, sends);
  const arrived = Map.groupBy(ledger.sends.slice(before), (send) => send.bizOpaqueCallbackData);
  const places = placesOf(views);
  return {
    mostStarts: maxInOneSecond(places),
    ...seen(world.simulator, business, from),
    accepted: views.filter(({ state }) => state === "accepted").length,
    unknown: views.filter(({ state }) => state === "unknown").length,
    duplicates: [...arrived.values()].filter((records) => records.length > 1).length,
    // Lost: neither at Meta nor reported unknown (design.md, invariant 5).
    lost: views.filter(({ id, state }) => !arrived.has(id) && state !== "unknown").length,
    downMs: round(downMs),
    gapMs: Math.max(...places.slice(1).map((at, index) => at - (places[index] ?? at))),
  };
}

function report(rounds: Map<string, Paced[]>, killed: Killed, sends: number): RowResult[] {
  const figures = [...rounds].map(([name, paced]) => ({
    name,
    rate: spreadOf(paced.map(({ rate }) => rate)),
    mostStarts: Math.max(...paced.map(({ mostStarts }) => mostStarts)),
    mostArrivals: Math.max(...paced.map(({ mostArrivals }) => mostArrivals)),
    refused: paced.reduce((sum, { refused }) => sum + refused, 0),
  }));
  console.log(
    `  ${sends} sends a round, Meta answers after ${LATENCY_MS} ms; the worst of all rounds`,
  );
  printTable(
    ["who", "starts a second", "most starts in 1 s", "most arrivals in 1 s", "refused 130429"],
    figures.map((one) => [
      one.name,
      showSpread(one.rate),
      String(one.mostStarts),
      String(one.mostArrivals),
      String(one.refused),
    ]),
  );
  console.log("  Tandem, killed in the middle (node and runtime) and started on the same state");
  printTable(Object.keys(killed), [Object.values(killed).map(String)]);
  const ours = figures.find(({ name }) => name === "Tandem");
  const held =
    ours !== undefined &&
    Math.max(ours.mostStarts, killed.mostStarts) <= PLACES_BAR &&
    ours.rate.median >= RATE_BAR &&
    Math.max(ours.mostArrivals, killed.mostArrivals) <= ARRIVALS_BAR &&
    killed.duplicates + killed.lost === 0;
  return [
    {
      row: 5,
      what: `${sends} queued sends`,
      bar: `<= ${PLACES_BAR} places and <= ${ARRIVALS_BAR} arrivals in 1,000 ms, >= ${RATE_BAR}/s, none twice, none lost`,
      beside: figures
        .filter(({ name }) => name !== "Tandem")
        .map(showPaced)
        .join("; "),
      measured:
        (ours === undefined ? "" : showPaced(ours)) +
        `; killed in the middle: ${killed.mostStarts} places, ${killed.mostArrivals} arrivals, ` +
        `${killed.duplicates} twice, ${killed.lost} lost, ${killed.unknown} called unknown`,
      verdict: verdictOf(held),
      rounds: rounds.get("Tandem")?.length,
      latencyMs: LATENCY_MS,
      sideBySide: figures,
      killed,
    },
  ];
}

function showPaced(one: { name: string; rate: Spread; mostStarts: number; mostArrivals: number }) {
  const { name, rate, mostStarts, mostArrivals } = one;
  return `${name}: ${showSpread(rate)}/s, ${mostStarts} starts and ${mostArrivals} arrivals in 1 s`;
}
