import { positionSince, readSpan } from "../database/read-endpoint-events.ts";
import { shardDatabase } from "../database/shards.ts";
import { jobOf } from "./delivery-types.ts";
import { jobOfDelivery } from "./delivery-store.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { Job } from "./delivery-types.ts";
import type { EndpointConfig, Replay, ReplayOrder } from "./endpoint-types.ts";

const PAGE = 20;
const LISTED_MAX = 50;
/** Each can be the whole log; unbounded, a caller in a loop orders more than can ever be told. */
const WAITING_MAX = 20;

/**
 * How far a replay of the log is, where it ends, and whether its beginning has been looked for. What
 * it told of failed ones shows in them.
 */
type Place = Record<string, { after: number; upTo: number; isFound?: boolean }>;

interface ReplayRow extends Record<string, SqlStorageValue> {
  n: number;
  id: string;
  wanted: string;
  state: Replay["state"];
  told: number;
  taken: number;
  place: string;
  createdAt: number;
  endedAt: number | null;
}

const COLUMNS = `n, id, wanted, state, told, taken, place, created_at AS createdAt,
  ended_at AS endedAt`;

interface Running {
  n: number;
  order: ReplayOrder;
  place: Place;
  told: number;
  taken: number;
  createdAt: number;
  /** The last one that was read, of failed ones. */
  after: { endedAt: number; event: string } | null;
  jobs: Job[];
  /** The event that is being told: what comes of another's is not this replay's. */
  inHand: string | null;
}

/** Orders to tell again: one runs at a time, the oldest, and survives a restart. */
export class EndpointReplays {
  readonly #sql: SqlStorage;
  readonly #env: Env;
  readonly #store: DeliveryStore;
  #running: Running | null | undefined;
  #loading: Promise<void> | null = null;
  #isDirty = false;

  constructor(sql: SqlStorage, env: Env, store: DeliveryStore) {
    this.#sql = sql;
    this.#env = env;
    this.#store = store;
  }

  /**
   * Takes an order, once by its id.
   *
   * @param reached how far each shard's log has been told: what lies behind is told anyway
   * @returns null where as many as may wait do so already
   */
  order(order: ReplayOrder, reached: Record<string, number>, now: number): Replay | null {
    const known = this.list();
    const again = known.find(({ id }) => id === order.id);
    if (again !== undefined) return again;
    // They run one after the other, the oldest first: so all that wait are among the newest.
    if (known.filter(({ state }) => state === "running").length >= WAITING_MAX) return null;
    const shards = Object.entries(reached).map(
      ([name, upTo]) => [name, { after: 0, upTo }] as const,
    );
    const place: Place = Object.fromEntries(shards);
    this.#sql.exec(
      `INSERT INTO replays (id, wanted, state, told, taken, place, created_at)
       VALUES (?, ?, 'running', 0, 0, ?, ?) ON CONFLICT DO NOTHING`,
      order.id,
      JSON.stringify(order),
      JSON.stringify(place),
      now,
    );
    this.#sql.exec(
      `DELETE FROM replays WHERE state != 'running'
         AND n <= (SELECT max(n) FROM replays) - ${LISTED_MAX}`,
    );
    this.#running ??= undefined; // where none ran, the next look finds it
    return { ...viewOf(order), createdAt: now };
  }

  /**
   * Ends one before its time: what is being told is told, nothing else of it. One that is over stays
   * as it is.
   *
   * @returns null where it is not among the last
   */
  cancel(id: string, now: number): Replay | null {
    this.save();
    this.#sql.exec(
      `UPDATE replays SET state = 'cancelled', ended_at = ? WHERE id = ? AND state = 'running'`,
      now,
      id,
    );
    if (this.#running?.order.id === id) this.#running = undefined;
    return this.list().find((replay) => replay.id === id) ?? null;
  }

  /** Newest first. */
  list(): Replay[] {
    this.save();
    const rows = this.#sql.exec<ReplayRow>(
      `SELECT ${COLUMNS} FROM replays ORDER BY n DESC LIMIT ${LISTED_MAX}`,
    );
    return rows.toArray().map(({ id, wanted, state, told, taken, createdAt, endedAt }) => {
      const { of } = JSON.parse(wanted) as ReplayOrder;
      return { id, of, state, told, taken, createdAt, endedAt };
    });
  }

  get isRunning(): boolean {
    return this.#current() !== null;
  }

  /** The next event to be told again, where one has been read. */
  take(): Job | null {
    const running = this.#current();
    if (running === null) return null;
    const { jobs } = running;
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      running.inHand = job.event;
      const state = this.#store.find(job.event)?.state;
      if (state !== "waiting" && state !== "retrying") return job;
      this.pass(job); // it is on its way
    }
    return null;
  }

  /** One of its events was told again, or cannot be. */
  pass(job: Job): void {
    const running = this.#hasInHand(job);
    if (running === null) return;
    const shard = running.place[job.shard];
    if (running.order.of === "range" && shard !== undefined) shard.after = job.pos;
    running.inHand = null;
    this.#isDirty = true;
  }

  /** One that could not be posted comes next. */
  putBack(job: Job): void {
    this.#hasInHand(job)?.jobs.unshift(job);
  }

  get hasNext(): boolean {
    return (this.#current()?.jobs.length ?? 0) > 0;
  }

  /** Reads on, where nothing is left of what was read. @throws (later) what D1 threw */
  load(config: EndpointConfig, now: number): Promise<void> | null {
    const running = this.#current();
    if (running === null || running.jobs.length > 0 || this.#loading !== null) return null;
    this.#loading = this.#read(running, config, now).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** One of its events was told again. */
  done(job: Job, taken: boolean): void {
    const running = this.#hasInHand(job);
    if (running === null) return;
    running.told += 1;
    if (taken) running.taken += 1;
    this.pass(job);
  }

  /** Writes down how far it is. */
  save(): void {
    const running = this.#running;
    if (!this.#isDirty || running === null || running === undefined) return;
    this.#isDirty = false;
    this.#sql.exec(
      `UPDATE replays SET told = ?2, taken = ?3, place = ?4 WHERE n = ?1`,
      running.n,
      running.told,
      running.taken,
      JSON.stringify(running.place),
    );
  }

  /** What is in memory is read anew. */
  forget(): void {
    this.#running = undefined;
    this.#isDirty = false;
  }

  /** The replay that runs, where this is an event of it: the one before may have been cancelled. */
  #hasInHand(job: Job): Running | null {
    const running = this.#current();
    return running?.inHand === job.event ? running : null;
  }

  #current(): Running | null {
    if (this.#running !== undefined) return this.#running;
    const [row] = this.#sql
      .exec<ReplayRow>(`SELECT ${COLUMNS} FROM replays WHERE state = 'running' ORDER BY n LIMIT 1`)
      .toArray();
    this.#running =
      row === undefined
        ? null
        : {
            n: row.n,
            order: JSON.parse(row.wanted) as ReplayOrder,
            place: JSON.parse(row.place) as Place,
            told: row.told,
            taken: row.taken,
            createdAt: row.createdAt,
            after: null,
            jobs: [],
            inHand: null,
          };
    return this.#running;
  }

  async #read(running: Running, config: EndpointConfig, now: number): Promise<void> {
    const { order, place } = running;
    if (order.of === "failed") {
      // What fails again ends later than the order came: it is not met twice.
      const until = Math.min(order.until, running.createdAt);
      const { since, types, senders } = order;
      const query = { since, until, types, senders, after: running.after, limit: PAGE };
      const rows = this.#store.listFailed(query);
      const last = rows.at(-1);
      if (last === undefined) this.#end(running, now);
      else running.after = { endedAt: last.endedAt, event: last.event };
      running.jobs = rows.map((row) => jobOfDelivery(row, "replay"));
      return;
    }
    for (const [name, shard] of Object.entries(place)) {
      if (shard.after >= shard.upTo) continue;
      if (shard.isFound !== true) {
        const database = shardDatabase(this.#env, name);
        shard.after = await positionSince(database, config.partner, order.since, shard.upTo);
        shard.isFound = true;
      }
      const { events, reached } = await readSpan(shardDatabase(this.#env, name), {
        partner: config.partner,
        ...shard,
        since: order.since,
        until: order.until,
        types: bothOf(order.types, config.types),
        senders: bothOf(order.senders, config.senders),
        limit: PAGE,
      });
      running.jobs = events.map((row) => jobOf(name, row, "replay"));
      // With events found, `pass` moves it: what a crash leaves untold is told then.
      if (events.length === 0) shard.after = reached;
      this.#isDirty = true;
      return;
    }
    this.#end(running, now);
  }

  #end(running: Running, now: number): void {
    this.save();
    this.#sql.exec(
      `UPDATE replays SET state = 'done', ended_at = ? WHERE n = ? AND state = 'running'`,
      now,
      running.n,
    );
    this.#running = undefined;
  }
}

function viewOf({ id, of }: ReplayOrder): Omit<Replay, "createdAt"> {
  return { id, of, state: "running", told: 0, taken: 0, endedAt: null };
}

/** What two filters let through; null lets everything. */
function bothOf(a: string[] | null, b: string[] | null): string[] | null {
  if (a === null || b === null) return a ?? b;
  return a.filter((one) => b.includes(one));
}
