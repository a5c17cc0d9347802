import { readEvents } from "../database/read-events.ts";
import { SHARDS, shardDatabase } from "../database/shards.ts";
import { errorKind, log } from "../lib/log.ts";
import { jobOf } from "./delivery-types.ts";
import type { EventPlace, Job } from "./delivery-types.ts";
import type { EndpointConfig } from "./endpoint-types.ts";

const PAGE = 50;
/** Events of a shard that are read and not yet settled: a sender that waits holds them in memory. */
const OPEN_MAX = 2_000;
/** The data of a larger event is read when it is posted: memory holds many of them. */
const HELD_MAX = 8_000;
const RETRY_MAX_MS = 60_000;

/** How far a shard's log has been told: everything up to `reached`, and these beyond it. */
export interface ShardProgress {
  reached: number;
  ahead: number[];
}

interface Shard {
  reached: number;
  ahead: Set<number>;
  /** It was read before: what the log has forgotten since was owed. */
  isBegun: boolean;
  /** Positions that were read and are not settled, in their order. */
  open: Set<number>;
  /** Up to here the log has been read. */
  scanned: number;
  head: number;
  /** There may be more than `head` says. */
  isStale: boolean;
  isReading: boolean;
  failures: number;
  retryAt: number;
}

interface LogReader {
  take: (jobs: Job[]) => void;
  /** So many positions were forgotten before they were read. */
  noteForgotten: (positions: number) => void;
}

/**
 * The log as an endpoint reads it: by shard, in pages, forward only. A position is settled when its
 * event was taken, put down as a delivery, or is not for this endpoint; what is owed lies behind
 * `reached`.
 */
export class EndpointLog {
  readonly #env: Env;
  readonly #shards = new Map<string, Shard>();
  /** A read that began before a change of filters brings nothing any more. */
  #age = 0;

  constructor(env: Env) {
    this.#env = env;
  }

  /** Begins at what was written down, with nothing read. */
  load(config: EndpointConfig, progress: Record<string, ShardProgress>): void {
    this.#age += 1;
    this.#shards.clear();
    for (const name of SHARDS) {
      const known = progress[name];
      const { reached, ahead } = known ?? { reached: config.from[name] ?? 0, ahead: [] };
      this.#shards.set(name, {
        reached,
        ahead: new Set(ahead),
        isBegun: known !== undefined,
        open: new Set(),
        scanned: reached,
        head: 0,
        isStale: true,
        isReading: false,
        failures: 0,
        retryAt: 0,
      });
    }
  }

  /** What is being read was asked for by former filters: it counts no more. */
  outdate(): void {
    this.#age += 1;
  }

  /** Nothing is known of any shard. */
  forget(): void {
    this.#age += 1;
    this.#shards.clear();
  }

  get progress(): Record<string, ShardProgress> {
    return Object.fromEntries(
      [...this.#shards].map(([name, { reached, ahead }]) => [name, { reached, ahead: [...ahead] }]),
    );
  }

  get reached(): Record<string, number> {
    return Object.fromEntries([...this.#shards].map(([name, { reached }]) => [name, reached]));
  }

  /** There may be something new in a shard; in all of them where none is named. */
  ring(shard?: string): void {
    for (const [name, state] of this.#shards) {
      if (shard === undefined || name === shard) state.isStale = true;
    }
  }

  settle({ shard, pos }: Pick<EventPlace, "shard" | "pos">): void {
    const state = this.#shards.get(shard);
    if (state === undefined || pos <= state.reached) return;
    state.open.delete(pos);
    state.ahead.add(pos);
    advance(state);
  }

  /** The clock was set back: what could not be read is read again now. */
  forgetTimes(): void {
    for (const state of this.#shards.values()) state.retryAt = 0;
  }

  /** When a shard that could not be read is to be read again (epoch ms). */
  get retryAt(): number | null {
    const waits = [...this.#shards.values()].filter((state) => wantsRead(state));
    return waits.length === 0 ? null : Math.min(...waits.map(({ retryAt }) => retryAt));
  }

  /**
   * Reads the next page of each shard that has more and is not being read: one that is slow keeps
   * none of the others. What cannot be read is tried again later.
   *
   * @returns a promise for each shard, which never rejects
   */
  read(config: EndpointConfig, now: number, reader: LogReader): Promise<void>[] {
    const due = [...this.#shards].filter(
      ([, state]) =>
        wantsRead(state) &&
        !state.isReading &&
        state.retryAt <= now &&
        state.open.size <= OPEN_MAX - PAGE,
    );
    return due.map(([name, state]) => this.#readShard(name, state, config, now, reader));
  }

  async #readShard(
    name: string,
    state: Shard,
    config: EndpointConfig,
    now: number,
    { take, noteForgotten }: LogReader,
  ): Promise<void> {
    const age = this.#age;
    state.isReading = true;
    state.isStale = false; // a ring from here on asks for another look
    try {
      const { events, reached, head, pruned } = await readEvents(shardDatabase(this.#env, name), {
        partner: config.partner,
        after: state.scanned,
        types: config.types,
        senders: config.senders,
        limit: PAGE,
        dataMax: HELD_MAX,
      });
      if (age !== this.#age) return;
      const fresh = events.filter(({ pos }) => !state.ahead.has(pos));
      for (const { pos } of fresh) state.open.add(pos);
      const lost = state.isBegun ? pruned - state.scanned : 0;
      Object.assign(state, { scanned: reached, head, failures: 0, isBegun: true });
      advance(state);
      if (lost > 0) noteForgotten(lost);
      take(fresh.map((row) => jobOf(name, row, "line")));
    } catch (err) {
      state.isStale = true;
      state.failures += 1;
      state.retryAt = now + Math.min(1_000 * 2 ** state.failures, RETRY_MAX_MS);
      log.warn("object.failed", { endpoint: config.id, reason: "log", error: errorKind(err) });
    } finally {
      state.isReading = false;
    }
  }
}

function wantsRead({ isStale, scanned, head }: Shard): boolean {
  return isStale || scanned < head;
}

function advance(state: Shard): void {
  const [oldest] = state.open; // a Set keeps the order in which positions were read
  state.reached = oldest === undefined ? state.scanned : oldest - 1;
  for (const pos of state.ahead) if (pos <= state.reached) state.ahead.delete(pos);
}
