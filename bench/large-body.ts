import { besideWorker } from "./lib/beside.ts";
import { openBesideWorld } from "./lib/beside-world.ts";
import { postClosedLoop } from "./lib/closed-loop.ts";
import { makeHistoryWebhooks } from "./lib/history-webhooks.ts";
import { printTable } from "./lib/print-table.ts";
import { verdictOf } from "./lib/row.ts";
import { percentile, showSpread, spreadOf } from "./lib/stats.ts";
import type { BesideWorld } from "./lib/beside-world.ts";
import type { HistoryWebhook } from "./lib/history-webhooks.ts";
import type { RowOptions, RowResult } from "./lib/row.ts";

const CPU_BAR = 2;
const ACK_BAR_MS = 50;
/** Meta's largest (protocol.md 2.1), and what is near enough to it. */
const BODY_BYTES = 3_000_000;
const CHUNK_MESSAGES = 9_500;
const BODIES = 4;
/** Posts a round: the kernel counts processor time in hundredths of a second. */
const POSTS = { read: 60, hmac: 60, alone: 60, put: 20, door: 20 };

const PARTS = ["read", "hmac", "alone", "put", "door"] as const;
type Part = (typeof PARTS)[number];

/** What the rounds of one part brought. */
interface Rounds {
  /** Processor time of the runtime for each body, ms. */
  cpuMs: number[];
  answerMs: number[];
}

/**
 * Row 4: what a history body of 3 MB costs until its ack, one at a time. The door is Tandem's own
 * bundle with nobody behind its queue, so that nothing follows the ack. What the local stand-in for
 * R2 spends on a put is no work of the Worker's and several times its own: so processor time is
 * taken of the same bundle with an archive that keeps nothing.
 */
export async function largeBody(options: RowOptions): Promise<RowResult[]> {
  const world = await openBesideWorld(options.cleanup, async (secret) => [
    await besideWorker("parts", "door-parts.ts", {
      bindings: { META_APP_SECRET: secret },
      r2Buckets: { ARCHIVE: "bench-parts" },
    }),
    await besideWorker("alone", "door-alone.ts", {
      bindings: doorBindings(secret),
      d1Databases: { DB: "bench-door" }, // a Worker without a shard does not serve
      queueProducers: { HISTORY: "bench-door" },
    }),
    await besideWorker("door", "../../src/index.ts", {
      bindings: doorBindings(secret),
      d1Databases: { DB: "bench-door" },
      r2Buckets: { ARCHIVE: "bench-door" },
      queueProducers: { HISTORY: "bench-door" },
    }),
  ]);
  const { gateway } = world;
  const parts = await gateway.besideUrl("parts");
  const urls: Record<Part, URL> = {
    read: new URL("/read", parts),
    hmac: new URL("/hmac", parts),
    put: new URL("/put", parts),
    alone: new URL("/webhooks/meta", await gateway.besideUrl("alone")),
    door: new URL("/webhooks/meta", await gateway.besideUrl("door")),
  };
  const bodies = makeBodies(world);
  const by = Object.fromEntries(
    PARTS.map((part) => [part, { cpuMs: [], answerMs: [] }]),
  ) as unknown as Record<Part, Rounds>;
  for (const part of PARTS) await takeRound(world, urls[part], bodies, BODIES);
  for (let round = 0; round < options.rounds; round++) {
    for (const part of PARTS) {
      const posts = options.quick ? Math.ceil(POSTS[part] / 4) : POSTS[part];
      const { cpuMs, answerMs } = await takeRound(world, urls[part], bodies, posts);
      by[part].cpuMs.push(cpuMs);
      by[part].answerMs.push(percentile(answerMs, 0.5));
    }
  }
  return report(by, options.rounds, bodies[0]?.body.length ?? 0);
}

/** What the door's settings must be; it calls nobody. */
function doorBindings(secret: string): Record<string, string> {
  return {
    PUBLIC_URL: "http://127.0.0.1",
    GRAPH_URL: "http://127.0.0.1",
    GRAPH_VERSION: "v24.0",
    META_APP_ID: "1",
    META_APP_SECRET: secret,
    META_VERIFY_TOKEN: "bench",
    OPERATOR_TOKENS: "bench:bench-operator-token",
    TOKEN_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
    API_KEY_PEPPER: "bench-pepper",
    SEND_INTERVAL_MS: "50",
    COUNT_INBOUND: "true",
    LOCATION_HINT: "enam",
    JURISDICTION: "",
  };
}

/** @throws Error when they are not of the size that the row is about */
function makeBodies(world: BesideWorld): HistoryWebhook[] {
  const business = world.simulator.createBusiness({ customers: 400 });
  const past = { messages: CHUNK_MESSAGES * BODIES, chunkMessages: CHUNK_MESSAGES, seed: 4 };
  const bodies = makeHistoryWebhooks(business, past, world.appSecret);
  for (const { body } of bodies) {
    if (body.length > BODY_BYTES || body.length < BODY_BYTES * 0.9) {
      throw new Error(`A body has ${body.length} bytes: change CHUNK_MESSAGES.`);
    }
  }
  return bodies;
}

async function takeRound(
  world: BesideWorld,
  url: URL,
  bodies: readonly HistoryWebhook[],
  posts: number,
): Promise<{ cpuMs: number; answerMs: number[] }> {
  const all = Array.from({ length: posts }, (_, at) => bodies[at % bodies.length]);
  const cpuBefore = world.cpuMs();
  const { answerMs } = await postClosedLoop(
    url,
    all.filter((each) => each !== undefined),
    1,
  );
  return { cpuMs: (world.cpuMs() - cpuBefore) / posts, answerMs };
}

function report(by: Record<Part, Rounds>, rounds: number, bytes: number): RowResult[] {
  const eachRound = (figure: (round: number) => number) =>
    spreadOf(Array.from({ length: rounds }, (_, round) => figure(round)));
  const at = (part: Part, figure: keyof Rounds, round: number) =>
    by[part][figure][round] ?? Number.NaN;
  const cpuMs = Object.fromEntries(PARTS.map((part) => [part, spreadOf(by[part].cpuMs)]));
  const answerMs = Object.fromEntries(PARTS.map((part) => [part, spreadOf(by[part].answerMs)]));
  const ofHmac = eachRound((round) => at("alone", "cpuMs", round) / at("hmac", "cpuMs", round));
  const overPut = eachRound(
    (round) => at("door", "answerMs", round) - at("put", "answerMs", round),
  );
  console.log(`  a history body of ${bytes} bytes: median (smallest to largest round)`);
  printTable(
    ["", "read", "read + HMAC", "door, no archive", "read + put", "door"],
    [
      ["processor time, ms", ...Object.values(cpuMs).map((spread) => showSpread(spread))],
      ["until the answer, ms", ...Object.values(answerMs).map((spread) => showSpread(spread))],
    ],
  );
  console.log(
    `  door over HMAC ${showSpread(ofHmac)}; answer over put ${showSpread(overPut)} ms\n`,
  );
  return [
    {
      row: 4,
      what: "processor time until the ack of a 3 MB history body over HMAC alone, and the ack over a put",
      bar: `<= ${CPU_BAR} x HMAC, <= one put + ${ACK_BAR_MS} ms`,
      beside: "HMAC alone; one R2 put alone",
      measured: `${showSpread(ofHmac)} x; put + ${showSpread(overPut)} ms`,
      verdict: verdictOf(ofHmac.median <= CPU_BAR && overPut.median <= ACK_BAR_MS),
      rounds,
      bytes,
      ofHmac,
      ackOverPutMs: overPut,
      cpuMs,
      answerMs,
    },
  ];
}
