import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inParallel } from "../../bench/lib/in-parallel.ts";
import { post } from "../../bench/lib/post.ts";
import { HostileWebhooks } from "../../test/hostile/hostile-webhooks.ts";
import { importNumber } from "../demo/world.ts";
import { listAll } from "../demo/tandem-client.ts";
import { runtimeMegabytes } from "./runtime.ts";
import type { Business } from "../../simulator/simulator.ts";
import type { Healthy, Target } from "../../test/hostile/hostile-webhooks.ts";
import type { World } from "../demo/world.ts";

const FIXTURES = join(import.meta.dirname, "../../test/fixtures/webhooks");
const CONNECTIONS = 8;
/** After so many bodies what was sound in them is looked for. */
const SLICE = 2_000;
/** So long nothing more has arrived: what is missing then is lost. Sweeps take half a minute. */
const PATIENCE_MS = 90_000;
const LOOK_EVERY_MS = 1_000;
/** A body of a 1,000 items takes as long as its items; the rare ones take most of the time. */
const LARGE_SHARE = 0.001;

export interface WebhooksReport {
  bodies: number;
  statuses: Record<string, number>;
  neighbours: number;
  lost: number;
  refused: number;
  deadLetters: number;
  slowest: { ms: number; recipe: string };
  medianMs: number;
  megabytes: { start: number | null; end: number | null };
  minutes: number;
}

/**
 * Posts harmed webhooks over several connections and looks, through the public API, for what was
 * sound in them.
 *
 * @param say gets a line for each thing that is not as it should be, and for progress
 */
export async function fuzzWebhooks(
  world: World,
  options: {
    bodies: number;
    seed: number;
    sound: boolean;
    stateFolder: string;
    say: (line: string) => void;
  },
): Promise<WebhooksReport> {
  const { bodies, seed, sound: isSound, stateFolder, say } = options;
  const startedAt = Date.now();
  const shops = Array.from({ length: 5 }, () => world.simulator.createBusiness({ customers: 1 }));
  const [late, ...known] = shops;
  for (const shop of known) {
    await importNumber(world.operator, world.simulator, world.partnerId, shop);
  }
  const maker = new HostileWebhooks({
    fixtures: new Map(
      readdirSync(FIXTURES).map((file) => [
        file.replace(/\.json$/, ""),
        readFileSync(join(FIXTURES, file), "utf8"),
      ]),
    ),
    targets: [...known, ...known, ...known, ...(late === undefined ? [] : [late])].map(targetOf),
    seed,
    large: isSound ? 0 : LARGE_SHARE,
    sound: isSound,
  });
  const url = new URL("/webhooks/meta", world.gatewayUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const statuses: Record<string, number> = {};
  const took: number[] = [];
  const healthy: Healthy[] = [];
  const report: WebhooksReport = {
    bodies,
    statuses,
    neighbours: 0,
    lost: 0,
    refused: 0,
    deadLetters: 0,
    slowest: { ms: 0, recipe: "" },
    medianMs: 0,
    megabytes: { start: runtimeMegabytes(stateFolder), end: null },
    minutes: 0,
  };
  let settling: Promise<Healthy[]> = Promise.resolve([]);
  const lose = (missing: readonly Healthy[]) => {
    report.lost += missing.length;
    for (const each of missing.slice(0, 20)) say(`lost: ${each.kind} ${each.id} of ${each.number}`);
  };

  for (let from = 0; from < bodies; from += SLICE) {
    const slice = Array.from({ length: Math.min(SLICE, bodies - from) }, (_, at) => from + at);
    const sound = await inParallel(slice, CONNECTIONS, async (n) => {
      const body = maker.make(n);
      const bytes = Buffer.from(body.bytes);
      const signature = createHmac("sha256", world.appSecret).update(bytes).digest("hex");
      const headers = {
        "content-length": String(bytes.length),
        "x-hub-signature-256": `sha256=${signature}`,
      };
      const sentAt = performance.now();
      const { status } = await post(agent, url, { body: bytes, headers });
      const ms = Math.round(performance.now() - sentAt);
      took.push(ms);
      if (ms > report.slowest.ms) report.slowest = { ms, recipe: body.recipe };
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status !== 200 && (body.isObject || status !== 400)) {
        report.refused += 1;
        say(`${status} for ${body.recipe}`);
      }
      return body.healthy;
    });
    const fresh = sound.flat().filter((each) => each.number !== late?.phoneNumberId);
    healthy.push(...sound.flat());
    // What a slice brought settles while the next one is posted.
    lose(await settling);
    settling = missingMessages(world, fresh);
    const rate = Math.round(((from + slice.length) / (Date.now() - startedAt)) * 1_000);
    const size = runtimeMegabytes(stateFolder);
    say(
      `${from + slice.length} bodies, ${rate}/s, ${report.lost} lost, the runtime has ${size} MB`,
    );
  }

  lose(await settling);
  if (late !== undefined) {
    await importNumber(world.operator, world.simulator, world.partnerId, late);
    const waited = healthy.filter((each) => each.number === late.phoneNumberId);
    lose(await missingMessages(world, waited));
  }
  lose(await missingContacts(world, healthy));
  for await (const letter of listAll<{ id: string }>(world.operator, "/v1/admin/dead-letters")) {
    report.deadLetters += 1;
    if (report.deadLetters <= 20) say(`dead letter: ${JSON.stringify(letter)}`);
  }
  agent.destroy();
  report.neighbours = healthy.length;
  report.medianMs = took.toSorted((one, other) => one - other)[took.length >> 1] ?? 0;
  report.megabytes.end = runtimeMegabytes(stateFolder);
  report.minutes = Math.round((Date.now() - startedAt) / 6_000) / 10;
  return report;
}

function targetOf({ phoneNumberId: id, wabaId, displayPhoneNumber: phone }: Business): Target {
  return { id, wabaId, phone };
}

interface StoredContact {
  customer: { phone?: string };
}

/** Sound messages that a partner cannot read, once everything has had its time. */
function missingMessages(world: World, healthy: readonly Healthy[]): Promise<Healthy[]> {
  const messages = healthy.filter(({ kind }) => kind !== "contact");
  const places = Map.groupBy(messages, ({ number, customer }) => `${number}/${customer}`);
  return untilNone(async (left) => {
    const missing: Healthy[] = [];
    for (const [place, all] of places) {
      const wanted = left === null ? all : all.filter((each) => left.has(each));
      if (wanted.length === 0) continue;
      const [number, customer] = place.split("/");
      const path = `/v1/senders/${number}/messages`;
      const read = new Set<string>();
      for await (const { wamid } of listCustomer(world, path, customer ?? "")) read.add(wamid);
      missing.push(...wanted.filter(({ id }) => !read.has(id)));
    }
    return missing;
  });
}

async function* listCustomer(world: World, path: string, customer: string) {
  let cursor: string | null = "";
  while (cursor !== null) {
    const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page: { data: { wamid: string }[]; next_cursor: string | null } = await world.partner.get(
      `${path}?limit=500&customer=${customer}${more}`,
    );
    yield* page.data;
    cursor = page.next_cursor;
  }
}

function missingContacts(world: World, healthy: readonly Healthy[]): Promise<Healthy[]> {
  const contacts = healthy.filter(({ kind }) => kind === "contact");
  const numbers = new Set(contacts.map(({ number }) => number));
  return untilNone(async () => {
    const read = new Set<string>();
    for (const number of numbers) {
      const path = `/v1/senders/${number}/contacts`;
      for await (const { customer } of listAll<StoredContact>(world.partner, path)) {
        read.add(`${number}/${customer.phone}`);
      }
    }
    return contacts.filter(({ number, id }) => !read.has(`${number}/${id}`));
  });
}

/** Asks again until nothing is missing or the patience is over. */
async function untilNone(
  look: (left: ReadonlySet<Healthy> | null) => Promise<Healthy[]>,
): Promise<Healthy[]> {
  let missing = await look(null);
  let arrivedAt = Date.now();
  while (missing.length > 0 && Date.now() - arrivedAt < PATIENCE_MS) {
    await sleep(LOOK_EVERY_MS);
    const left = await look(new Set(missing));
    if (left.length < missing.length) arrivedAt = Date.now();
    missing = left;
  }
  return missing;
}
