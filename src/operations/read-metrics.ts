import {
  countEndpoints,
  countEventsSince,
  countMediaWork,
  countSenders,
  countSyncs,
  countUnrouted,
  listEndpointsToLookAt,
  listToLookAt,
} from "../database/read-metrics.ts";
import { readSize } from "../database/read-size.ts";
import { countDeadLettersBySource } from "../database/read-troubles.ts";
import { errorKind, log } from "../lib/log.ts";
import { ShortCache } from "../lib/short-cache.ts";
import { arrivalOfKey, OVERFLOW } from "./archive-keys.ts";
import { readStandings } from "./read-standings.ts";
import { SHARD_MAX_BYTES } from "./report-alarms.ts";
import type { EndpointCount, MediaCount, SenderCount } from "../database/read-metrics.ts";
import type { AlarmName } from "../lib/alarms.ts";
import type { PhoneFigures } from "../durable/phone-figures.ts";
import type { Services } from "../services.ts";

/** A look asks so many objects at most. */
const PHONES_MAX = 150;
const ENDPOINTS_MAX = 50;
const AT_ONCE = 25;
const PATIENCE_MS = 5_000;
/** Of flushes and endpoints that are behind. */
const WORST = 20;
/** Below that a number flushes as ever. */
const LAG_SHOWN_MS = 1_000;
const PARTNERS_MAX = 200;
/** Several scrapers share a look. R2's lists are billed more dearly. */
const KEPT_MS = 10_000;
const ARCHIVE_KEPT_MS = 60_000;
const OVERFLOW_LIST = 1_000;
const HOUR_MS = 3_600_000;

const cache = new ShortCache();

/** How the gateway is. A part is null where what knows it did not answer. Times are epoch ms. */
export interface Metrics {
  at: number;
  /** Not every object was asked: there are more than a look may take. */
  sampled: boolean;
  asked: { phones: number; phonesOf: number; endpoints: number; endpointsOf: number } | null;
  /** Objects that did not answer in time. */
  silent: number;
  /** Parts that could not be read now. */
  unavailable: string[];
  senders: SenderCount[] | null;
  phones: PhoneSums | null;
  events: { lastHour: number; lastDay: number; sampled: boolean } | null;
  syncs: { kind: string; state: string; count: number }[] | null;
  media: MediaCount | null;
  endpoints: { counts: EndpointCount[]; owed: OwedEndpoint[] } | null;
  deadLetters: { source: string; count: number; since: number }[] | null;
  unrouted: number | null;
  overflow: { waiting: number; since: number | null } | null;
  shards: { name: string; bytes: number | null; share: number | null }[];
  sweptAt: number | null;
  alarms: { open: Partial<Record<AlarmName, number>>; owed: number } | null;
}

export interface PhoneSums {
  windowsOpen: number;
  queued: number;
  placed: number;
  unknown: number;
  oldestQueuedAt: number | null;
  journal: number;
  late: { phoneNumberId: string; lagMs: number; facts: number }[];
}

export interface OwedEndpoint {
  id: string;
  partner: string;
  owed: number;
  failingSince: number | null;
}

/** Figures from our own state, ten seconds old at most. Never rejects for what does not answer. */
export function readMetrics(services: Services): Promise<Metrics> {
  const { PUBLIC_URL } = services.settings;
  return cache.get(`metrics|${PUBLIC_URL}`, KEPT_MS, services.now(), () => look(services));
}

/** What is remembered is not so any more: for tests, which seed a world in a moment. */
export function forgetMetrics(services: Services): void {
  cache.forget(`metrics|${services.settings.PUBLIC_URL}`);
  cache.forget(`overflow|${services.settings.PUBLIC_URL}`);
}

async function look(services: Services): Promise<Metrics> {
  const { registry } = services;
  const now = services.now();
  const unavailable: string[] = [];
  const part = async <T>(name: string, read: () => Promise<T>): Promise<T | null> => {
    try {
      return await read();
    } catch (err) {
      unavailable.push(name);
      log.warn("object.unanswered", { reason: `metrics_${name}`, error: errorKind(err) });
      return null;
    }
  };
  const [senders, phones, events, syncs, media, endpoints, deadLetters, unrouted, overflow] =
    await Promise.all([
      part("senders", () => countSenders(registry)),
      part("phones", () => askPhones(services)),
      part("events", () => countEvents(services, now)),
      part("syncs", async () => mergeSyncs(await ofShards(services, countSyncs))),
      part("media", async () =>
        mergeMedia(await ofShards(services, (shard) => countMediaWork(shard, now))),
      ),
      part("endpoints", () => askEndpoints(services)),
      part("dead_letters", () => countDeadLettersBySource(registry)),
      part("unrouted", async () => sum(await ofShards(services, countUnrouted))),
      part("archive", () => countOverflow(services, now)),
    ]);
  const shards = await Promise.all(
    services.shards.map(async (name) => {
      const bytes = await part(name, () => readSize(services.shard(name)));
      return { name, bytes, share: bytes === null ? null : bytes / SHARD_MAX_BYTES };
    }),
  );
  const alarms = await part("alarms", () => services.alarms().counts());
  const pulse = await part("sweeps", () => services.alarms().pulse());
  const phonesOf = sum(
    (senders ?? []).map((row) => (row.state === "disconnected" ? 0 : row.count)),
  );
  const enabled = (endpoints?.counts ?? []).filter(({ state }) => state === "enabled");
  const asked =
    phones === null || endpoints === null
      ? null
      : {
          phones: phones.asked,
          phonesOf,
          endpoints: endpoints.asked,
          endpointsOf: sum(enabled.map(({ count }) => count)),
        };
  const isPartial =
    asked !== null && (asked.phones < asked.phonesOf || asked.endpoints < asked.endpointsOf);
  return {
    at: now,
    sampled: isPartial || events?.sampled === true,
    asked,
    silent: (phones?.silent ?? 0) + (endpoints?.silent ?? 0),
    unavailable,
    senders,
    phones: phones?.sums ?? null,
    events,
    syncs,
    media,
    endpoints,
    deadLetters,
    unrouted,
    overflow,
    shards,
    sweptAt: pulse?.sweptAt ?? null,
    alarms,
  };
}

function ofShards<T>(services: Services, read: (shard: D1Database) => Promise<T>): Promise<T[]> {
  return Promise.all(services.shards.map((shard) => read(services.shard(shard))));
}

async function askPhones(services: Services) {
  const senders = await listToLookAt(services.registry, PHONES_MAX);
  const figures: { phoneNumberId: string; of: PhoneFigures }[] = [];
  let silent = 0;
  // One patience for all of them: a look has an end, however many hang.
  const late = services.sleep(PATIENCE_MS).then(() => undefined);
  for (let from = 0; from < senders.length; from += AT_ONCE) {
    await Promise.all(
      senders.slice(from, from + AT_ONCE).map(async ({ partner, phoneNumberId }) => {
        const asked = services.phone(phoneNumberId).figures(partner).catch(noteSilence);
        const of = await Promise.race([asked, late]);
        if (of === undefined) silent += 1;
        else if (of !== null) figures.push({ phoneNumberId, of });
      }),
    );
  }
  const behind = figures
    .map(({ phoneNumberId, of: { journalSince, journal, at } }) => {
      return {
        phoneNumberId,
        lagMs: journalSince === null ? 0 : at - journalSince,
        facts: journal,
      };
    })
    .filter(({ lagMs }) => lagMs > LAG_SHOWN_MS)
    .sort((left, right) => right.lagMs - left.lagMs)
    .slice(0, WORST);
  const add = (name: "windowsOpen" | "queued" | "placed" | "unknown" | "journal") =>
    sum(figures.map(({ of }) => of[name]));
  const sums: PhoneSums = {
    windowsOpen: add("windowsOpen"),
    queued: add("queued"),
    placed: add("placed"),
    unknown: add("unknown"),
    oldestQueuedAt: earliest(figures.map(({ of }) => of.oldestQueuedAt)),
    journal: add("journal"),
    late: behind,
  };
  return { sums, asked: senders.length, silent };
}

async function askEndpoints(services: Services) {
  const counts = await countEndpoints(services.registry);
  const endpoints = await listEndpointsToLookAt(services.registry, ENDPOINTS_MAX);
  const standings = await readStandings(services, endpoints);
  const owed = endpoints
    .flatMap(({ id, partner }, n): OwedEndpoint[] => {
      const standing = standings[n];
      if (standing == null || standing.owed === 0) return [];
      return [{ id, partner, owed: standing.owed, failingSince: standing.failingSince }];
    })
    .sort((left, right) => right.owed - left.owed)
    .slice(0, WORST);
  const silent = standings.filter((standing) => standing === null).length;
  return { counts, owed, asked: endpoints.length, silent };
}

async function countEvents(services: Services, now: number) {
  const since = { hour: now - HOUR_MS, day: now - 24 * HOUR_MS };
  const counts = await ofShards(services, (shard) => countEventsSince(shard, since, PARTNERS_MAX));
  return {
    lastHour: sum(counts.map(({ hour }) => hour)),
    lastDay: sum(counts.map(({ day }) => day)),
    sampled: counts.some(({ more }) => more),
  };
}

function countOverflow(services: Services, now: number) {
  const key = `overflow|${services.settings.PUBLIC_URL}`;
  return cache.get(key, ARCHIVE_KEPT_MS, now, async () => {
    const { objects } = await services.archive.list({ prefix: OVERFLOW, limit: OVERFLOW_LIST });
    const [oldest] = objects; // by arrival
    return {
      waiting: objects.length,
      since: oldest === undefined ? null : arrivalOfKey(oldest.key),
    };
  });
}

function noteSilence(err: unknown): undefined {
  log.warn("object.unanswered", { reason: "metrics", error: errorKind(err) });
}

function mergeSyncs(shards: { kind: string; state: string; count: number }[][]) {
  const byState = Map.groupBy(shards.flat(), ({ kind, state }) => `${kind}|${state}`);
  return [...byState.values()].flatMap((rows) => {
    const [first] = rows;
    return first === undefined ? [] : [{ ...first, count: sum(rows.map(({ count }) => count)) }];
  });
}

function mergeMedia(shards: MediaCount[]): MediaCount {
  return {
    wanted: sum(shards.map(({ wanted }) => wanted)),
    overdue: sum(shards.map(({ overdue }) => overdue)),
    oldestDueAt: earliest(shards.map(({ oldestDueAt }) => oldestDueAt)),
    unavailable: sum(shards.map(({ unavailable }) => unavailable)),
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function earliest(times: (number | null)[]): number | null {
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}
