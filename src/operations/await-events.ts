import { readHead } from "../database/positions.ts";
import { readEvents } from "../database/read-events.ts";
import type { StoredEvent } from "../database/read-events.ts";
import type { ShardName } from "../database/shards.ts";
import type { Services } from "../services.ts";

/** While a caller waits, one row is read this often. */
const LOOK_EVERY_MS = 1_000;

/** How far a reader is, by shard; a shard that is not named was never read. */
export type Positions = Partial<Record<string, number>>;

export interface LogQuery {
  partner: string;
  /** null: from the oldest that is kept; "now": behind the newest. */
  after: Positions | "now" | null;
  /** null: all. */
  types: readonly string[] | null;
  /** phone_number_ids that are asked for; null: all. */
  senders: readonly string[] | null;
  /** phone_number_ids that the caller may see; null: all. */
  ownSenders: readonly string[] | null;
  limit: number;
  /** How long to wait for an event, where there is none. */
  waitMs: number;
  /** Aborts when the caller hangs up. */
  signal: AbortSignal;
}

export type LogPage =
  | { kind: "page"; events: StoredEvent[]; reached: Positions; hasMore: boolean }
  /** Events behind the cursor were forgotten; `reached` is where the log begins now. */
  | { kind: "expired"; reached: Positions };

/**
 * A partner's events behind a cursor, of every shard, each sender's in the order of its seq. With
 * nothing there it waits: each second one shard in turn is asked for its newest position, which is
 * one row. The first page to come, or an empty one at the end, or when the caller is gone.
 */
export async function awaitEvents(services: Services, query: LogQuery): Promise<LogPage> {
  const { partner, waitMs, signal } = query;
  const reached: Positions =
    query.after === "now"
      ? await readHeads(services, partner)
      : // Of a shard that was never read, everything is behind the cursor.
        { ...query.after };
  const first = await look(services, query, services.shards, reached);
  if (first.kind === "expired" || hasNews(first)) return first;

  // A shard that has told this partner nothing yet is read by the next call.
  const turns = services.shards.filter((shard) => shard === "DB" || (reached[shard] ?? 0) > 0);
  const until = services.now() + waitMs;
  const gone = aborted(signal);
  for (let turn = 0; turn * LOOK_EVERY_MS < waitMs && services.now() < until; turn += 1) {
    const pause = Math.min(LOOK_EVERY_MS, waitMs - turn * LOOK_EVERY_MS);
    await Promise.race([services.sleep(pause), gone]);
    if (signal.aborted) break;
    const shard = turns[turn % turns.length] ?? "DB";
    if ((await readHead(services.shard(shard), partner)) <= (reached[shard] ?? 0)) continue;
    const page = await look(services, query, [shard], reached);
    if (page.kind === "expired" || hasNews(page)) return page;
  }
  return { kind: "page", events: [], reached, hasMore: false };
}

/** Reads shards once. `reached` is moved to behind what was read. */
async function look(
  services: Services,
  { partner, after, types, limit, ...query }: LogQuery,
  shards: readonly ShardName[],
  reached: Positions,
): Promise<LogPage> {
  const senders = narrow(query.ownSenders, query.senders);
  const reads = await Promise.all(
    shards.map(async (shard) => {
      const begin = reached[shard] ?? 0;
      const wanted = { partner, after: begin, types, senders, limit };
      return { shard, begin, ...(await readEvents(services.shard(shard), wanted)) };
    }),
  );
  if (after !== null && reads.some(({ begin, pruned }) => begin < pruned)) {
    const oldest = reads.map(({ shard, begin, pruned }) => [shard, Math.max(begin, pruned)]);
    return { kind: "expired", reached: { ...reached, ...Object.fromEntries(oldest) } };
  }
  const events = mergeFairly(
    reads.map((read) => read.events),
    limit,
  );
  const taken = new Set(events);
  let hasMore = false;
  for (const { shard, head, reached: end, events: found } of reads) {
    const isWhole = found.every((event) => taken.has(event));
    const lastTaken = found.findLast((event) => taken.has(event))?.pos ?? reached[shard] ?? 0;
    reached[shard] = isWhole ? end : lastTaken;
    if (!isWhole || end < head) hasMore = true;
  }
  return { kind: "page", events, reached, hasMore };
}

/** What is asked for, as far as the caller may see it. */
function narrow(own: LogQuery["ownSenders"], asked: LogQuery["senders"]): LogQuery["senders"] {
  if (own === null || asked === null) return own ?? asked;
  return asked.filter((sender) => own.includes(sender));
}

/** Within a shard the order of positions must hold; between shards any fair merge will do. */
function mergeFairly(lists: StoredEvent[][], limit: number): StoredEvent[] {
  const rest = lists.map((list) => [...list]);
  const merged: StoredEvent[] = [];
  while (merged.length < limit) {
    const oldest = rest
      .filter((list) => list[0] !== undefined)
      .sort((left, right) => (left[0]?.at ?? 0) - (right[0]?.at ?? 0))[0];
    const next = oldest?.shift();
    if (next === undefined) break;
    merged.push(next);
  }
  return merged;
}

/** More that was looked at in vain is news too: the caller goes on at once. */
function hasNews(page: LogPage): boolean {
  return page.kind === "page" && (page.events.length > 0 || page.hasMore);
}

async function readHeads(services: Services, partner: string): Promise<Positions> {
  const heads = await Promise.all(
    services.shards.map(async (shard) => [shard, await readHead(services.shard(shard), partner)]),
  );
  return Object.fromEntries(heads) as Positions;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
