import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../../simulator/random.ts";
import { beginFault, endFaults } from "./fault-list.ts";
import { FaultyWorld } from "./faulty-world.ts";
import { playTraffic, queueMany } from "./play-traffic.ts";
import { Reconciliation } from "./reconcile.ts";
import type { Random } from "../../simulator/random.ts";
import type { Fault } from "./fault-list.ts";
import type { Tally } from "./reconcile.ts";

export interface SoakOptions {
  rounds: number;
  seed: number;
  /** Traffic of a round. */
  seconds: number;
  /** Rounds between two reckonings; the last round always has one. */
  settleEvery: number;
  /** Which fault a round has, by its number from 0. */
  fault: (round: number) => Fault | undefined;
  /** A shop's size, and how much history the one that signs up has. */
  customers: number;
  historyMessages: number;
  queued: number;
  /** At a reckoning a minute passes at once: what waits for one is over. */
  hurry?: boolean;
  /** A line for whoever watches. */
  say: (line: string) => void;
}

export interface SoakSummary extends Omit<Tally, "problems"> {
  seed: number;
  rounds: number;
  kills: number;
  /** Calls to bindings that were made to fail, or late. */
  disturbed: number;
  seconds: number;
  /** The longest that the machine stood still, ms: arrivals bunch up then. */
  stallMs: number;
  problems: string[];
  /** Where the state is kept, after a failure. */
  state: string | null;
}

/** A reckoning waits for what a dead carrier held (a minute), lost pointers (half a one), retries. */
const PATIENCE_MS = 240_000;
/** The latest a start is killed: on an idle machine it is ready after two seconds. */
const START_MS = 2_500;
/** So many of the starts are killed, and of the first sweeps. */
const AGAIN_SHARE = 0.3;
/** What a carrier has before it counts as dead, and a little more. */
const A_MINUTE_MS = 65_000;
/** A sweep begins with the gateway, so a kill this early lies in its middle. */
const SWEEP_MS = 600;

/**
 * Rounds of traffic with a fault each and a SIGKILL each, in one world that carries on: some shops
 * live, some with a queue, a new one whose history comes in. Now and then everything is reckoned up.
 * Ends at the first reckoning that does not hold.
 */
export async function soak(options: SoakOptions): Promise<SoakSummary> {
  const startedAt = performance.now();
  const world = await FaultyWorld.open(options.seed);
  const reconciliation = new Reconciliation(world);
  let tally: Tally | undefined;
  const problems: string[] = [];
  let round = 0;
  try {
    await world.bringShop(options.customers);
    await world.bringShop(options.customers);
    const calls: Promise<void>[] = [];
    for (; round < options.rounds && problems.length === 0; round++) {
      calls.push(...(await playRound(world, options, round)));
      const isLast = round === options.rounds - 1;
      if (!isLast && (round + 1) % options.settleEvery !== 0) continue;
      await Promise.all(calls.splice(0));
      if (options.hurry === true) await letAMinutePass(world);
      tally = await reconciliation.run(PATIENCE_MS);
      problems.push(...tally.problems);
      options.say(`  ${describe(tally)}`);
    }
  } catch (err) {
    problems.push(err instanceof Error ? (err.stack ?? err.message) : String(err));
  }
  const keepState = problems.length > 0;
  const state = keepState ? world.stage.state : null;
  const { kills, disturbed, stalls } = world;
  await world.close({ keepState });
  return {
    ...(tally ?? NOTHING),
    seed: options.seed,
    rounds: round,
    kills,
    disturbed,
    seconds: Math.round((performance.now() - startedAt) / 1_000),
    stallMs: Math.round(stalls.longestMs),
    problems,
    state,
  };
}

/**
 * A shop signs up, people write and send, something fails for a while and ends; then, at a moment
 * that the seed names, everything is killed and started again.
 *
 * @returns the calls that are still to be answered
 */
async function playRound(
  world: FaultyWorld,
  options: SoakOptions,
  round: number,
): Promise<Promise<void>[]> {
  const fault = options.fault(round);
  const seed = options.seed * 1_000 + round;
  // A stream of its own: how often the traffic draws hangs on how fast the machine is.
  const random = createRandom(seed);
  const ms = options.seconds * 1_000;
  await world.signUpShop(Math.ceil(options.customers / 4), {
    messages: options.historyMessages,
    chunkMessages: 150,
    duplicateChunks: 0.1,
    reorder: true,
    mediaShare: 0.01,
  });
  const calls = world.shops.slice(0, 2).map((shop) => queueMany(world, shop, options.queued));
  if (fault !== undefined) await beginFault(world, fault, seed);
  const poison = fault?.poison === true;
  const first = playTraffic(world, performance.now() + ms / 2, { poison });
  await sleep(ms / 2);
  const hits = await endFaults(world);
  calls.push(...(await first));

  const killAfterMs = random.int(ms / 2);
  const rest = playTraffic(world, performance.now() + ms / 2);
  await sleep(killAfterMs);
  const more = await killAndStart(world, random);
  calls.push(...(await rest));
  const felt = Object.entries(hits).map(([kind, times]) => `${kind} ${times}`);
  const disturbed = felt.length === 0 ? "" : ` (${felt.join(", ")})`;
  options.say(
    `round ${round + 1}: ${fault?.name ?? "no fault"}${disturbed}; ` +
      [`killed after ${killAfterMs} ms`, ...more].join(", "),
  );
  return calls;
}

/** A kill and a start; now and then the start is killed too, or its first sweep. @returns which */
async function killAndStart(world: FaultyWorld, random: Random): Promise<string[]> {
  const more: string[] = [];
  await world.kill();
  if (random.chance(AGAIN_SHARE)) {
    const afterMs = random.int(START_MS);
    await world.killInStart(afterMs);
    more.push(`in its start after ${afterMs} ms`);
  }
  await world.stage.startAgain();
  if (random.chance(AGAIN_SHARE)) {
    const afterMs = random.int(SWEEP_MS);
    await sleep(afterMs);
    await world.kill();
    await world.stage.startAgain();
    more.push(`in its sweep after ${afterMs} ms`);
  }
  return more;
}

/** For Meta and the gateway: what died is missed then, what was not taken is brought again. */
async function letAMinutePass(world: FaultyWorld): Promise<void> {
  await world.change({ clockMs: A_MINUTE_MS });
  world.stage.simulator.advance(A_MINUTE_MS);
  for (const shop of world.shops) {
    const { phone } = shop.business.customers[0] ?? { phone: "" };
    // An object looks when it is asked for something.
    shop.received.add(world.stage.simulator.customerWrites(shop.business, { from: phone }).wamid);
    shop.wrote.add(phone);
  }
}

function describe(tally: Tally): string {
  return (
    `${tally.messages} messages, ${tally.events} events, ${tally.sends} sends ` +
    `(${tally.accepted} accepted, ${tally.refused} refused, ${tally.unknown} unknown), ` +
    `${tally.duplicates} twice, ${tally.lost} lost, at most ${tally.maxPlaces} places and ` +
    `${tally.maxArrivals} arrivals in a second`
  );
}

const NOTHING: Omit<Tally, "problems"> = {
  messages: 0,
  sends: 0,
  accepted: 0,
  refused: 0,
  unknown: 0,
  events: 0,
  duplicates: 0,
  lost: 0,
  maxPlaces: 0,
  maxArrivals: 0,
};
