import { postClosedLoop } from "./lib/closed-loop.ts";
import { printTable } from "./lib/print-table.ts";
import { verdictOf } from "./lib/row.ts";
import { percentile, showSpread, spreadOf } from "./lib/stats.ts";
import { makeTextWebhooks } from "./lib/text-webhooks.ts";
import { DOORS, WebhookDoors } from "./lib/webhook-doors.ts";
import type { Business } from "../simulator/simulator.ts";
import type { RowOptions, RowResult } from "./lib/row.ts";
import type { Spread } from "./lib/stats.ts";
import type { Door } from "./lib/webhook-doors.ts";

const FLOOR_BAR = 0.7;
const PLAIN_BAR = 2;
const NUMBERS = 50;
const CONNECTIONS = [8, 32];
const WARM_UP = 400;
/** Messages a round: about a second of the floor's work. */
const MESSAGES = 1_500;

/** What the rounds of one door brought, one value a round. */
interface Rounds {
  perSecond: number[];
  /** Processor time of the runtime for each webhook, µs, with all that follows its answer. */
  cpuUs: number[];
  answerP99Ms: number[];
  /** From the last answer until the last message can be read, ms; Tandem only. */
  lagMs: number[];
}

interface Case {
  numbers: number;
  connections: number;
  by: Record<Door, Rounds>;
}

/**
 * Rows 1 and 2: acked webhooks a second with one live text message each, against the least that a
 * door on objects can do, and against one as people write it. All three live in one runtime and
 * take the same kind of bodies from the same client, by turns.
 */
export async function ackedWebhooks(options: RowOptions): Promise<RowResult[]> {
  const doors = await WebhookDoors.open(options.cleanup, NUMBERS);
  const cases: Case[] = [];
  for (const numbers of [doors.numbers.slice(0, 1), doors.numbers]) {
    for (const connections of CONNECTIONS) {
      const by = await takeRounds(doors, numbers, connections, options);
      cases.push({ numbers: numbers.length, connections, by });
    }
  }
  await doors.proveStored();
  return report(cases, options.rounds);
}

async function takeRounds(
  doors: WebhookDoors,
  numbers: readonly Business[],
  connections: number,
  options: RowOptions,
): Promise<Record<Door, Rounds>> {
  const by = Object.fromEntries(
    DOORS.map((door) => [door, { perSecond: [], cpuUs: [], answerP99Ms: [], lagMs: [] }]),
  ) as unknown as Record<Door, Rounds>;
  for (const door of DOORS) await takeRound(doors, door, numbers, connections, WARM_UP);
  const messages = options.quick ? WARM_UP : MESSAGES;
  for (let taken = 0; taken < options.rounds; taken++) {
    for (const door of DOORS) {
      const round = await takeRound(doors, door, numbers, connections, messages);
      by[door].perSecond.push(round.perSecond);
      by[door].cpuUs.push(round.cpuUs);
      by[door].answerP99Ms.push(percentile(round.answerMs, 0.99));
      if (door === "tandem") by[door].lagMs.push(round.lagMs);
    }
  }
  return by;
}

async function takeRound(
  doors: WebhookDoors,
  door: Door,
  numbers: readonly Business[],
  connections: number,
  messages: number,
) {
  const webhooks = makeTextWebhooks(numbers, messages, doors.appSecret);
  const cpuBefore = doors.cpuMs();
  const loop = await postClosedLoop(doors.urls[door], webhooks, connections);
  const endedAt = performance.now();
  doors.noteAcked(door, webhooks);
  // What follows the answers is this door's work: the next one starts on a quiet runtime.
  if (door === "tandem") await doors.settle(webhooks);
  const lagMs = performance.now() - endedAt;
  return { ...loop, lagMs, cpuUs: ((doors.cpuMs() - cpuBefore) / messages) * 1_000 };
}

function report(cases: Case[], rounds: number): RowResult[] {
  const figures = cases.map(({ numbers, connections, by }) => ({
    numbers,
    connections,
    ofFloor: spreadOf(ratios(by.tandem.perSecond, by.floor.perSecond)),
    ofPlain: spreadOf(ratios(by.tandem.perSecond, by.plain.perSecond)),
    /** Floor's processor time over Tandem's: what the ratio would be if nobody waited for anything. */
    ofFloorByCpu: spreadOf(ratios(by.floor.cpuUs, by.tandem.cpuUs)),
    perSecond: eachDoor((door) => spreadOf(by[door].perSecond)),
    cpuUs: eachDoor((door) => spreadOf(by[door].cpuUs)),
    answerP99Ms: eachDoor((door) => spreadOf(by[door].answerP99Ms)),
    lagMs: spreadOf(by.tandem.lagMs),
  }));
  const head = ["numbers", "connections", ...DOORS];
  const table = (
    name: string,
    rest: string[],
    cells: (one: (typeof figures)[number]) => string[],
  ) => {
    console.log(`  ${name}`);
    printTable(
      [...head, ...rest],
      figures.map((one) => [String(one.numbers), String(one.connections), ...cells(one)]),
    );
  };
  table(
    "acked webhooks a second: median (smallest to largest round)",
    ["of floor", "of plain"],
    (one) => [
      ...DOORS.map((door) => showSpread(one.perSecond[door])),
      showSpread(one.ofFloor),
      showSpread(one.ofPlain),
    ],
  );
  table("the runtime's processor time, µs a webhook", ["floor over Tandem"], (one) => [
    ...DOORS.map((door) => showSpread(one.cpuUs[door])),
    showSpread(one.ofFloorByCpu),
  ]);
  table("slowest hundredth of the answers, ms", ["readable after ms"], (one) => [
    ...DOORS.map((door) => showSpread(one.answerP99Ms[door])),
    showSpread(one.lagMs),
  ]);
  return [
    {
      row: 1,
      what: "acked webhooks a second over the floor Worker's",
      bar: `>= ${FLOOR_BAR} of the floor`,
      beside: "signature, parse, one object call, one insert",
      measured: figures.map((one) => `${showCase(one)} ${showSpread(one.ofFloor)}`).join("; "),
      verdict: verdictOf(figures.every((one) => one.ofFloor.median >= FLOOR_BAR)),
      rounds,
      cases: figures,
    },
    {
      row: 2,
      what: "acked webhooks a second over the plain Worker's",
      bar: `>= ${PLAIN_BAR} x the plain Worker`,
      beside: "an SDK's normaliser, one D1 insert and one queue send a message",
      measured: figures.map((one) => `${showCase(one)} ${showSpread(one.ofPlain)}`).join("; "),
      verdict: verdictOf(figures.every((one) => one.ofPlain.median >= PLAIN_BAR)),
      rounds,
      cases: figures.map(({ numbers, connections, ofPlain }) => ({
        numbers,
        connections,
        ofPlain,
      })),
    },
  ];
}

function showCase({ numbers, connections }: { numbers: number; connections: number }): string {
  return `${numbers === 1 ? "one number" : `${numbers} numbers`}, ${connections} connections:`;
}

/** Round by round: what disturbed both of a round cancels out. */
function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, at) => value / (theirs[at] ?? Number.NaN));
}

function eachDoor(figure: (door: Door) => Spread): Record<Door, Spread> {
  return { floor: figure("floor"), tandem: figure("tandem"), plain: figure("plain") };
}
