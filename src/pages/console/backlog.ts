import { arrivalOfKey, OVERFLOW } from "../../operations/archive-keys.ts";
import { listOpenBodies } from "../../operations/list-open-bodies.ts";
import { countDeadLetters } from "../../database/dead-letters.ts";
import { countWaiting, searchSenders } from "../../database/read-console.ts";
import { ShortCache } from "../../lib/short-cache.ts";
import { readFigures } from "./figures.ts";
import type { Services } from "../../services.ts";

/** R2 is asked at most so often, however many operators look: a list is a billed operation. */
const ARCHIVE_MS = 60_000;
/** Of so many senders the queued sends are added up. */
const SENDERS = 50;
const A_LIST = 1_000;
const archive = new ShortCache();

export interface Waiting {
  name: string;
  waiting: number;
  /** There are more than were counted. */
  atLeast: boolean;
  oldest: number | null;
  overdueMs: number | null;
  /** Up to so long it is ordinary. */
  expectedMs: number;
  /** What will happen to it by itself. */
  what: string;
}

export interface Backlog {
  rows: Waiting[];
  deadLetters: number;
  unrouted: number;
}

/** What the queues point at: work that is not done, as far as D1, R2 and the objects tell. */
export async function findBacklog(services: Services): Promise<Backlog> {
  const now = services.now();
  const [deadLetters, shards, kept, sends] = await Promise.all([
    countDeadLetters(services.registry),
    Promise.all(services.shards.map((shard) => countWaiting(services.shard(shard), now))),
    archive.get(services.settings.PUBLIC_URL, ARCHIVE_MS, now, () => countArchive(services)),
    countQueued(services),
  ]);
  const media = shards.reduce((sum, shard) => sum + shard.mediaDue, 0);
  const due = shards.flatMap((shard) => shard.mediaOldest ?? []);
  const row = (
    name: string,
    waiting: number,
    oldest: number | null,
    expectedMs: number,
    what: string,
    atLeast = false,
  ): Waiting => ({
    name,
    waiting,
    atLeast,
    oldest,
    overdueMs: oldest === null ? null : now - oldest,
    expectedMs,
    what,
  });
  return {
    deadLetters,
    unrouted: shards.reduce((sum, shard) => sum + shard.unrouted, 0),
    rows: [
      row(
        "History bodies in the archive",
        kept.bodies,
        kept.bodiesSince,
        10 * 60_000,
        "Stored page by page; a sweep points at each again.",
        kept.moreBodies,
      ),
      row(
        "Facts no object took",
        kept.overflow,
        kept.overflowSince,
        5 * 60_000,
        "Handed to their number's object by a sweep.",
        kept.overflow >= A_LIST,
      ),
      row(
        "Files whose turn has come",
        media,
        due.length === 0 ? null : Math.min(...due),
        3_600_000,
        "Fetched from Meta, with pauses up to an hour, for 7 days.",
      ),
      row(
        "Queued sends",
        sends.queued,
        sends.oldest,
        10 * 60_000,
        "Sent at each number's pace; a held or blocked number keeps them.",
        sends.more,
      ),
    ],
  };
}

async function countArchive(services: Services) {
  const [{ open: bodies, next }, overflow] = await Promise.all([
    listOpenBodies(services),
    services.archive.list({ prefix: OVERFLOW, limit: A_LIST }),
  ]);
  const [firstBody] = bodies;
  const [firstOverflow] = overflow.objects;
  return {
    bodies: bodies.length,
    moreBodies: next !== null,
    bodiesSince: firstBody === undefined ? null : arrivalOfKey(firstBody.key),
    overflow: overflow.objects.length,
    overflowSince: firstOverflow === undefined ? null : arrivalOfKey(firstOverflow.key),
  };
}

async function countQueued(services: Services) {
  const senders = await searchSenders(services.registry, {
    view: "all",
    search: "",
    before: null,
    limit: SENDERS + 1,
  });
  const connected = senders.filter((sender) => sender.state !== "disconnected");
  const figures = await Promise.all(
    connected.slice(0, SENDERS).map((sender) => readFigures(services, sender)),
  );
  const oldest = figures.flatMap((each) => each?.oldestQueuedAt ?? []);
  return {
    queued: figures.reduce((sum, each) => sum + (each?.queued ?? 0), 0),
    oldest: oldest.length === 0 ? null : Math.min(...oldest),
    more: senders.length > SENDERS,
  };
}
