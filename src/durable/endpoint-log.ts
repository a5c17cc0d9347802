import { readEvents } from "../database/read-events.ts";
import { shardDatabase, shardNames } from "../database/shards.ts";
import { errorKind, log } from "../lib/log.ts";
import { jobOf } from "./delivery-types.ts";
import { LogStream } from "./log-stream.ts";
import type { EventPlace, Job } from "./delivery-types.ts";
import type { EndpointConfig } from "./endpoint-types.ts";
import type { StreamProgress } from "./log-stream.ts";

/** How much of a log is held at once. Tests make it small. */
export interface LogLimits {
  page: number;
  /** Events of a shard that are read and not settled: a sender that waits holds them in memory. */
  openMax: number;
  /** Positions that are settled beyond the oldest that is not; they are written down each second. */
  aheadMax: number;
  /** What is kept in line of a sender that is left behind, and read of it at once. */
  keep: number;
  behindMax: number;
}

const LIMITS: LogLimits = { page: 50, openMax: 2_000, aheadMax: 5_000, keep: 20, behindMax: 100 };
/** Left-behind senders that are read on at once: D1 is asked for them one by one. */
const BEHIND_AT_ONCE = 2;
/** The data of a larger event is read when it is posted: memory holds many of them. */
const HELD_MAX = 8_000;
const RETRY_MAX_MS = 60_000;

/** How far a shard's log has been told; of the senders that were left behind by themselves. */
export interface ShardProgress extends StreamProgress {
  behind?: Record<string, StreamProgress>;
}

interface Shard {
  /** Everybody but those behind. */
  main: LogStream;
  /** Senders that wait with much of the log: read by themselves until they have caught up. */
  behind: Map<string, LogStream>;
  /** It was read before: what the log has forgotten since was owed. */
  isBegun: boolean;
  /** The log ends before what was told of it: its database was restored, and not looked after. */
  wentBack: boolean;
  head: number;
  /** There may be more than `head` says. */
  isStale: boolean;
  failures: number;
  retryAt: number;
}

interface LogReader {
  take: (jobs: Job[]) => void;
  /** Drops what lies in a sender's line behind so many events. @returns null where it may not */
  cut: (shard: string, senderId: string, keep: number) => number[] | null;
  /** So many positions were forgotten before they were read. */
  noteForgotten: (positions: number) => void;
}

/**
 * The log as an endpoint reads it: by shard, in pages, forward only. A position is settled when its
 * event was taken, put down as a delivery, or is not for this endpoint; what is owed lies behind
 * `reached`.
 *
 * A sender whose events wait must not hold back the others of its shard, and memory holds only so
 * many events. So where it is full, the sender with the most of them is left behind: from then on the
 * log is read without it, and it has a stream of its own, which knows how far it is told.
 */
export class EndpointLog {
  readonly #env: Env;
  readonly #limits: LogLimits;
  readonly #shards = new Map<string, Shard>();
  /** Of shards that this version is not bound to: it was rolled back, and the next one is again. */
  #unbound: Record<string, ShardProgress> = {};
  /** A read that began before a change of filters brings nothing any more. */
  #age = 0;

  constructor(env: Env, limits = LIMITS) {
    this.#env = env;
    this.#limits = limits;
  }

  /** Begins at what was written down, with nothing read. */
  load(config: EndpointConfig, progress: Record<string, ShardProgress>): void {
    this.forget();
    this.#unbound = { ...progress };
    for (const name of shardNames(this.#env)) {
      const known = progress[name];
      delete this.#unbound[name];
      const behind = Object.entries(known?.behind ?? {});
      this.#shards.set(name, {
        main: new LogStream(known ?? { reached: config.from[name] ?? 0, ahead: [] }),
        behind: new Map(behind.map(([sender, told]) => [sender, new LogStream(told)])),
        isBegun: known !== undefined,
        wentBack: false,
        head: 0,
        isStale: true,
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
    this.#unbound = {};
  }

  get progress(): Record<string, ShardProgress> {
    const bound = Object.fromEntries(
      [...this.#shards].map(([name, { main, behind }]) => {
        const apart = [...behind].map(([sender, stream]) => [sender, stream.progress] as const);
        const told = {
          ...main.progress,
          ...(apart.length > 0 && { behind: Object.fromEntries(apart) }),
        };
        return [name, told];
      }),
    );
    return { ...this.#unbound, ...bound };
  }

  /** Up to here nothing is owed. */
  get reached(): Record<string, number> {
    return Object.fromEntries(
      [...this.#shards].map(([name, { main, behind }]) => {
        const apart = [...behind.values()].map(({ reached }) => reached);
        return [name, Math.min(main.reached, ...apart)];
      }),
    );
  }

  /** How far it is in all: what changes when anything is told. */
  get distance(): number {
    let sum = 0;
    for (const { main, behind } of this.#shards.values()) {
      sum += main.reached;
      for (const { reached } of behind.values()) sum += reached;
    }
    return sum;
  }

  /** There may be something new in a shard; in all of them where none is named. */
  ring(shard?: string): void {
    for (const [name, state] of this.#shards) {
      if (shard === undefined || name === shard) state.isStale = true;
    }
  }

  settle(place: Pick<EventPlace, "shard" | "pos" | "senderId">): void {
    const state = this.#shards.get(place.shard);
    const stream = state?.behind.get(place.senderId) ?? state?.main;
    stream?.settle(place);
  }

  /** The clock was set back: what could not be read is read again now. */
  forgetTimes(): void {
    for (const state of this.#shards.values()) state.retryAt = 0;
  }

  /** When a shard that could not be read is to be read again (epoch ms). */
  get retryAt(): number | null {
    const waits = [...this.#shards.values()].filter(
      (state) => wantsRead(state) || this.#listDue(state).length > 0,
    );
    return waits.length === 0 ? null : Math.min(...waits.map(({ retryAt }) => retryAt));
  }

  /**
   * Reads the next page of each shard that has more and is not being read: one that is slow keeps
   * none of the others. What cannot be read is tried again later.
   *
   * @returns a promise for each read, which never rejects
   */
  read(config: EndpointConfig, now: number, reader: LogReader): Promise<void>[] {
    const { page, openMax } = this.#limits;
    const reads: Promise<void>[] = [];
    for (const [name, state] of this.#shards) {
      if (!state.main.isReading) {
        this.#takeBack(state);
        if (config.ordered) this.#leaveBehind(name, state, config.id, reader);
      }
      if (state.retryAt > now) continue;
      const { main } = state;
      if (wantsRead(state) && !main.isReading && main.open.size <= openMax - page) {
        state.isStale = false; // a ring from here on asks for another look
        const except = [...state.behind.keys()];
        reads.push(this.#readStream(name, state, main, config, now, reader, { except }));
      }
      for (const [sender, stream] of this.#listDue(state).slice(0, BEHIND_AT_ONCE)) {
        const only = { sender, upTo: main.scanned };
        reads.push(this.#readStream(name, state, stream, config, now, reader, only));
      }
    }
    return reads;
  }

  /** Senders left behind that have more to be read, and room for it. */
  #listDue({ main, behind }: Shard): [string, LogStream][] {
    const { keep } = this.#limits;
    return [...behind].filter(
      ([, stream]) =>
        !stream.isReading && stream.scanned < main.scanned && stream.open.size <= keep / 2,
    );
  }

  /** Those that have caught up are read with all others again. */
  #takeBack({ main, behind }: Shard): void {
    for (const [sender, stream] of behind) {
      const isThere = stream.scanned >= main.scanned && stream.open.size === 0;
      if (!isThere || stream.isReading) continue;
      behind.delete(sender);
      main.takeBack(sender, stream.progress);
    }
  }

  /**
   * Where memory is full, leaves the sender behind that has the most of it; where too much is settled
   * beyond the oldest, that one's. In order, a sender's settled events all lie before its first open
   * one; what lies beyond was told before order was asked for.
   */
  #leaveBehind(shard: string, { main, behind }: Shard, endpoint: string, { cut }: LogReader): void {
    const { page, openMax, aheadMax, keep, behindMax } = this.#limits;
    if (behind.size >= behindMax) return;
    const isFull = main.open.size > openMax - page;
    if (!isFull && main.aheadSize <= aheadMax) return;
    const counts = new Map<string, number>();
    for (const sender of main.open.values()) counts.set(sender, (counts.get(sender) ?? 0) + 1);
    const [oldest] = main.open.values();
    const [most] = [...counts].sort((a, b) => b[1] - a[1]);
    if (most === undefined || oldest === undefined) return;
    const sender = isFull ? most[0] : oldest;
    if (isFull && most[1] <= keep) return; // many wait with a little each: there is nothing to gain
    const cutOff = cut(shard, sender, keep);
    if (cutOff === null) return;
    const dropped = new Set(cutOff);
    const theirs = new Map([...main.open].filter(([, each]) => each === sender));
    const kept = new Map([...theirs].filter(([pos]) => !dropped.has(pos)));
    const [first] = theirs.keys();
    const last = [...kept.keys()].at(-1);
    const before = (first ?? 0) - 1;
    const told = { reached: before, ahead: main.listAhead(sender).filter((pos) => pos > before) };
    const scanned = dropped.size === 0 ? main.scanned : (last ?? told.reached);
    behind.set(sender, new LogStream(told, kept, scanned));
    main.giveUp(theirs.keys());
    log.info("endpoint.left_behind", { endpoint, sender, count: theirs.size });
  }

  async #readStream(
    name: string,
    state: Shard,
    stream: LogStream,
    config: EndpointConfig,
    now: number,
    { take, noteForgotten }: LogReader,
    of: { except: string[] } | { sender: string; upTo: number },
  ): Promise<void> {
    const age = this.#age;
    const { page, keep } = this.#limits;
    const isMain = "except" in of;
    stream.isReading = true;
    try {
      const { events, reached, head, pruned } = await readEvents(shardDatabase(this.#env, name), {
        partner: config.partner,
        after: stream.scanned,
        types: config.types,
        senders: isMain ? config.senders : [of.sender],
        ...(isMain ? { except: of.except } : { upTo: of.upTo }),
        limit: isMain ? page : keep,
        dataMax: HELD_MAX,
      });
      if (age !== this.#age) return;
      // What is forgotten of one that was left behind counts as far as the others had been read.
      const upTo = isMain ? pruned : Math.min(pruned, of.upTo);
      const lost = state.isBegun ? upTo - stream.scanned : 0;
      if (isMain) {
        const wentBack = head < stream.scanned;
        if (wentBack && !state.wentBack) log.error("endpoint.log_behind", { endpoint: config.id });
        Object.assign(state, { head, isBegun: true, wentBack });
      }
      Object.assign(state, { failures: 0 });
      // A log that was put back may end before `upTo`: to look for more of it would never end.
      const isAll = !isMain && (reached >= head || reached > of.upTo);
      const fresh = stream.took(events, isAll ? of.upTo : reached);
      if (lost > 0) noteForgotten(lost);
      take(fresh.map((row) => jobOf(name, row, "line")));
    } catch (err) {
      if (isMain) state.isStale = true;
      state.failures += 1;
      state.retryAt = now + Math.min(1_000 * 2 ** state.failures, RETRY_MAX_MS);
      log.warn("endpoint.log_unread", { endpoint: config.id, error: errorKind(err) });
    } finally {
      stream.isReading = false;
    }
  }
}

function wantsRead({ isStale, main, head }: Shard): boolean {
  return isStale || main.scanned < head;
}
