import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { listAll } from "../scripts/demo/tandem-client.ts";
import { besideWorker } from "./lib/beside.ts";
import { openBesideWorld } from "./lib/beside-world.ts";
import { postClosedLoop } from "./lib/closed-loop.ts";
import { HistoryImport } from "./lib/history-import.ts";
import { chunksOf, makeHistoryWebhooks } from "./lib/history-webhooks.ts";
import { printTable } from "./lib/print-table.ts";
import { verdictOf } from "./lib/row.ts";
import { showSpread, spreadOf } from "./lib/stats.ts";
import type { DemoMessage } from "../scripts/demo/tandem-client.ts";
import type { BesideWorld } from "./lib/beside-world.ts";
import type { HistoryRow } from "./lib/history-webhooks.ts";
import type { PreparedPost } from "./lib/post.ts";
import type { RowOptions, RowResult } from "./lib/row.ts";

const BAR = 0.6;
const MESSAGES = 100_000;
const CHUNK_MESSAGES = 1_000;
const CUSTOMERS = 1_000;
/** The design's pages. In pages as large as Tandem's (384 kB) the floor is a third faster. */
const PAGE_BYTES = 96_000;
const CONNECTIONS = 4;

/** What the rounds of one side brought. */
interface Rounds {
  perSecond: number[];
  /** Processor time of the runtime for each message, µs. */
  cpuUs: number[];
}

/**
 * Row 3: one import of 100,000 messages, from signed webhooks to rows that can be read, beside raw
 * inserts of the same rows. Both take the import in slices, turn by turn; each round is a slice.
 */
export async function storedHistory(options: RowOptions): Promise<RowResult[]> {
  const world = await openBesideWorld(options.cleanup, async () => [
    await besideWorker("floor", "history-floor.ts", { d1Databases: { DB: "bench-floor" } }),
  ]);
  const floor = await world.gateway.besideUrl("floor");
  await setUp(floor);
  const past = {
    messages: options.quick ? MESSAGES / 10 : MESSAGES,
    chunkMessages: CHUNK_MESSAGES,
    seed: 1,
  };
  const history = await HistoryImport.open(world, CUSTOMERS);
  // What both do once (plans of statements, code that gets warm) is no part of any round.
  await warmUp(world, floor);

  const tandem: Rounds = { perSecond: [], cpuUs: [] };
  const raw: Rounds = { perSecond: [], cpuUs: [] };
  const wamids = new Set<string>();
  const rounds = Math.min(options.rounds, chunksOf(past));
  for (let round = 0; round < rounds; round++) {
    const cut = (at: number) => Math.floor((chunksOf(past) * at) / rounds);
    const slice = [cut(round), cut(round + 1)] as const;
    const webhooks = makeHistoryWebhooks(history.business, past, world.appSecret, slice);
    const rows = webhooks.flatMap((webhook) => webhook.rows);
    for (const { wamid } of rows) wamids.add(wamid);
    const pages = cutPages(rows);
    await measure(world, raw, rows.length, async () => {
      const startedAt = performance.now();
      await postClosedLoop(floor, pages, CONNECTIONS);
      return performance.now() - startedAt;
    });
    await measure(world, tandem, rows.length, () => history.store(webhooks));
  }
  await prove(world, history, floor, wamids);
  return report(tandem, raw, wamids.size, rounds);
}

async function measure(
  world: BesideWorld,
  into: Rounds,
  messages: number,
  work: () => Promise<number>,
): Promise<void> {
  const cpuBefore = world.cpuMs();
  into.perSecond.push(messages / ((await work()) / 1_000));
  into.cpuUs.push(((world.cpuMs() - cpuBefore) / messages) * 1_000);
}

async function warmUp(world: BesideWorld, floor: URL): Promise<void> {
  const history = await HistoryImport.open(world, CUSTOMERS);
  const past = { messages: 3_000, chunkMessages: 500, seed: 2 };
  const webhooks = makeHistoryWebhooks(history.business, past, world.appSecret);
  await history.store(webhooks);
  await postClosedLoop(floor, cutPages(webhooks.flatMap(({ rows }) => rows)), CONNECTIONS);
  await fetch(new URL("/set-up", floor), post([`DELETE FROM messages`]));
}

/** The table and its indexes as Tandem's migrations make them, in the floor's own database. */
async function setUp(floor: URL): Promise<void> {
  const folder = join(import.meta.dirname, "../migrations");
  const statements = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("--> statement-breakpoint"))
    .filter((statement) => /^\s*CREATE TABLE `messages`|INDEX `\w+` ON `messages`/.test(statement));
  if (statements.length < 2) throw new Error("The migrations do not make a messages table.");
  await fetch(new URL("/set-up", floor), post(statements));
}

function post(json: unknown): RequestInit {
  return { method: "POST", body: JSON.stringify(json) };
}

function cutPages(rows: readonly HistoryRow[]): PreparedPost[] {
  const pages: PreparedPost[] = [];
  let members: string[] = [];
  let bytes = 0;
  const close = () => {
    if (members.length === 0) return;
    const body = Buffer.from(`[${members.join(",")}]`);
    pages.push({ body, headers: { "content-length": String(body.length) } });
    members = [];
    bytes = 0;
  };
  for (const row of rows) {
    const json = JSON.stringify(row);
    if (bytes + json.length > PAGE_BYTES) close();
    members.push(json);
    bytes += json.length + 1;
  }
  close();
  return pages;
}

/** @throws Error when a message is not where it must be, on either side */
async function prove(
  world: BesideWorld,
  history: HistoryImport,
  floor: URL,
  wamids: ReadonlySet<string>,
): Promise<void> {
  const stored = new Set<string>();
  const path = `/v1/senders/${history.business.phoneNumberId}/messages`;
  for await (const { wamid } of listAll<DemoMessage>(world.partner, path)) stored.add(wamid);
  const missing = [...wamids].filter((wamid) => !stored.has(wamid)).length;
  const { count } = (await (await fetch(new URL("/count", floor))).json()) as { count: number };
  const state = await history.state();
  if (missing === 0 && stored.size === wamids.size && count === wamids.size) {
    if (state === "complete") return;
    throw new Error(`Everything is stored, and the import is ${state}.`);
  }
  throw new Error(
    `Of ${wamids.size} messages Tandem lacks ${missing} (it has ${stored.size}), the floor ` +
      `has ${count}.`,
  );
}

function report(tandem: Rounds, raw: Rounds, messages: number, rounds: number): RowResult[] {
  const ofFloor = spreadOf(ratios(tandem.perSecond, raw.perSecond));
  const ofFloorByCpu = spreadOf(ratios(raw.cpuUs, tandem.cpuUs));
  const perSecond = { tandem: spreadOf(tandem.perSecond), floor: spreadOf(raw.perSecond) };
  const cpuUs = { tandem: spreadOf(tandem.cpuUs), floor: spreadOf(raw.cpuUs) };
  console.log(`  an import of ${messages} messages: median (smallest to largest round)`);
  printTable(
    ["", "floor", "tandem", "ratio"],
    [
      ["messages stored a second", perSecond.floor, perSecond.tandem, ofFloor],
      ["processor time, µs a message", cpuUs.floor, cpuUs.tandem, ofFloorByCpu],
    ].map(([name, ...cells]) => [
      name as string,
      ...cells.map((cell) => showSpread(cell as ReturnType<typeof spreadOf>)),
    ]),
  );
  return [
    {
      row: 3,
      what: "history messages stored a second over raw inserts of the same rows",
      bar: `>= ${BAR} of the floor`,
      beside: "raw json_each inserts of the same rows, in pages cut before",
      measured: `${showSpread(ofFloor)} (${showSpread(perSecond.tandem)} messages/s)`,
      verdict: verdictOf(ofFloor.median >= BAR),
      rounds,
      messages,
      ofFloor,
      ofFloorByCpu,
      perSecond,
      cpuUs,
    },
  ];
}

function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, at) => value / (theirs[at] ?? Number.NaN));
}
