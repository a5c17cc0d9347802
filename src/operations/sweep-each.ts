import { readMark, writeMark } from "../database/marks.ts";
import { errorKind, log } from "../lib/log.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/** What a sweep came to. */
export interface Swept {
  /** What it found to do, so much of it as it takes at once. */
  found: number;
  done: number;
  /** Found and not done: it failed, or the time was over. The next call finds it again. */
  left: number;
}

/** Each minute a sweep begins anew: what takes longer goes on there, and leaves room to the others. */
export const SWEEP_MS = 50_000;

/** Six connections may wait for an answer at once (platform.md 1.1). */
export const SIDE_BY_SIDE = 6;

/**
 * Visits each, some side by side; one that fails stops no other. When its time is over the rest is
 * left.
 *
 * @param visit may throw
 * @param failed told of what a visit threw
 * @returns and how many were visited, from the first on
 */
export async function sweepEach<T>(
  { now }: Services,
  items: readonly T[],
  visit: (item: T) => Promise<unknown>,
  failed: (item: T, err: unknown) => unknown,
  atOnce = 1,
): Promise<Swept & { visited: number }> {
  const startedAt = now();
  let [visited, done] = [0, 0];
  const visitOne = async (item: T) => {
    try {
      await visit(item);
      done += 1;
    } catch (err) {
      await failed(item, err);
    }
  };
  while (visited < items.length && now() - startedAt < SWEEP_MS) {
    const some = items.slice(visited, visited + atOnce);
    await Promise.all(some.map(visitOne));
    visited += some.length;
  }
  return { found: items.length, done, left: items.length - done, visited };
}

/**
 * Does the same in each shard; one that does not answer keeps no other from it.
 *
 * @returns the sum of what it came to
 * @throws what one threw, once all were visited
 */
export async function sweepShards(
  { shards, shard: databaseOf }: Services,
  visit: (database: D1Database, shard: string) => Promise<number>,
): Promise<number> {
  let sum = 0;
  const errors: unknown[] = [];
  for (const shard of shards) {
    try {
      sum += await visit(databaseOf(shard), shard);
    } catch (err) {
      errors.push(err);
    }
  }
  if (errors.length > 0) throw errors[0];
  return sum;
}

/** What a sweep leaves where it is for now, and goes on. */
export function logSkipped(sweep: string, err: unknown, sender?: number): void {
  const about = sender === undefined ? {} : { sender };
  log.warn("scheduled.skipped", { sweep, ...about, error: errorKind(err) });
}

/**
 * Visits some senders by their keys, and those behind them at the next call: what fails in front keeps
 * none waiting.
 *
 * @param mark keeps where it left off
 * @param list the next ones behind a key, so many at most
 */
export async function sweepInTurn(
  services: Services,
  mark: string,
  list: (registry: D1Database, after: number, limit: number) => Promise<Sender[]>,
  limit: number,
  visit: (sender: Sender) => Promise<unknown>,
  failed: (sender: Sender, err: unknown) => unknown,
): Promise<Swept> {
  const { registry } = services;
  const after = Number((await readMark(registry, mark)) ?? 0);
  const senders = await list(registry, after, limit);
  const { visited, ...swept } = await sweepEach(services, senders, visit, failed, SIDE_BY_SIDE);
  const isOver = visited === senders.length && senders.length < limit;
  const last = isOver ? 0 : (senders[visited - 1]?.key ?? after);
  if (last !== after) await writeMark(registry, mark, String(last));
  return swept;
}

/** The senders that a slice visits, in a round that goes by their keys. */
export interface Round {
  /** Behind this key; 0: from the first. */
  after: number;
  /** When the round began (epoch ms). */
  startedAt: number;
}

/** A round as its mark keeps it. */
export function readRound(mark: string | null): Round {
  const [after = 0, startedAt = 0] = (mark ?? "0 0").split(" ").map(Number);
  return { after, startedAt };
}

/**
 * The mark behind a slice.
 *
 * @param keys of the slice, in order
 * @param visited how many of them were
 * @param limit how many a slice may have: a shorter one is the round's last
 */
export function markRound(
  { after, startedAt }: Round,
  keys: readonly number[],
  { visited, limit, now }: { visited: number; limit: number; now: number },
): string {
  const isOver = visited === keys.length && keys.length < limit;
  const last = isOver ? 0 : (keys[visited - 1] ?? after);
  return `${last} ${after === 0 ? now : startedAt}`;
}
