import { endOf } from "./delivery-types.ts";
import { OWN_WAY_FROM } from "./endpoint-schedule.ts";
import type { EventPlace, Job } from "./delivery-types.ts";
import type { Attempt, Delivery, DeliveryState } from "./endpoint-types.ts";

/** Of an event that is tried for days the first attempt is kept, and the last ones. */
const ATTEMPTS_KEPT = 30;
const PRUNE_AT_ONCE = 500;

const COLUMNS = `event, shard, pos, sender_id AS senderId, seq, type, state, failures,
  next_at AS nextAt, ended_at AS endedAt, attempts`;

/** A delivery as it is kept. */
export interface DeliveryRow extends EventPlace, Record<string, SqlStorageValue> {
  state: DeliveryState;
  failures: number;
  nextAt: number | null;
  endedAt: number;
  /** JSON. */
  attempts: string;
}

/** What becomes of a delivery with an attempt. */
export interface Verdict {
  state: DeliveryState;
  failures: number;
  /** Epoch ms of the next attempt. */
  nextAt: number | null;
}

/** Which given-up deliveries: by the end of their last attempt (epoch ms, from (in) to (out)). */
export interface FailedQuery {
  since: number;
  until: number;
  types: string[] | null;
  senders: string[] | null;
  /** Behind this one, in the order of `endedAt` and event. */
  after: { endedAt: number; event: string } | null;
  limit: number;
}

/** Events that did not go through at once, or were asked for again: a row each. */
export class DeliveryStore {
  readonly #sql: SqlStorage;
  #nextOwnAt: number | null | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** What is in memory is read anew. */
  forget(): void {
    this.#nextOwnAt = undefined;
  }

  find(event: string): DeliveryRow | null {
    const found = this.#sql.exec<DeliveryRow>(
      `SELECT ${COLUMNS} FROM deliveries WHERE event = ?`,
      event,
    );
    return found.toArray()[0] ?? null;
  }

  /** Notes an attempt, and what becomes of the delivery. */
  note(place: EventPlace, attempt: Attempt, verdict: Verdict): void {
    const known = this.find(place.event);
    const before = known === null ? [] : (JSON.parse(known.attempts) as Attempt[]);
    this.save(place, [...before, attempt], verdict);
  }

  /** @param attempts all of them, in their order */
  save(place: EventPlace, attempts: Attempt[], { state, failures, nextAt }: Verdict): void {
    this.#nextOwnAt = undefined;
    const kept =
      attempts.length <= ATTEMPTS_KEPT
        ? attempts
        : [...attempts.slice(0, 1), ...attempts.slice(1 - ATTEMPTS_KEPT)];
    const last = attempts.at(-1);
    this.#sql.exec(
      `INSERT INTO deliveries (event, shard, pos, sender_id, seq, type, state, failures, next_at,
         ended_at, attempts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (event) DO UPDATE SET state = excluded.state, failures = excluded.failures,
         next_at = excluded.next_at, ended_at = excluded.ended_at, attempts = excluded.attempts`,
      place.event,
      place.shard,
      place.pos,
      place.senderId,
      place.seq,
      place.type,
      state,
      failures,
      nextAt,
      last === undefined ? 0 : endOf(last),
      JSON.stringify(kept),
    );
  }

  /** Other words about a delivery that no attempt was made of. */
  change(event: string, { state, failures, nextAt }: Verdict): void {
    this.#nextOwnAt = undefined;
    this.#sql.exec(
      `UPDATE deliveries SET state = ?2, failures = ?3, next_at = ?4 WHERE event = ?1`,
      event,
      state,
      failures,
      nextAt,
    );
  }

  /** Those whose senders wait for them, in the order of the log. */
  listWaiting(): Job[] {
    const where = `WHERE state = 'waiting' AND next_at IS NOT NULL ORDER BY pos, shard`;
    return this.#jobs("line", where);
  }

  /** Retries that are due, which nobody waits for; the longest due first. */
  listDue(now: number, limit: number): Job[] {
    const where = `WHERE state = 'retrying' AND next_at <= ? ORDER BY next_at, pos LIMIT ?`;
    return this.#jobs("own", where, now, limit);
  }

  /** When the next retry is due that nobody waits for (epoch ms). */
  get nextOwnAt(): number | null {
    this.#nextOwnAt ??= this.#sql
      .exec<{ at: number | null }>(
        `SELECT min(next_at) AS at FROM deliveries WHERE state = 'retrying' AND next_at IS NOT NULL`,
      )
      .one().at;
    return this.#nextOwnAt;
  }

  /** What failed since everything fails, oldest first, and was not known to fail before. */
  listOwed(since: number, limit: number): Job[] {
    return this.#jobs("line", `WHERE ${OF_OUTAGE} ORDER BY pos, shard LIMIT ?`, since, limit);
  }

  /** The oldest of them. */
  oldestOwed(since: number): Job | null {
    return this.listOwed(since, 1)[0] ?? null;
  }

  /** The outage is over: what failed in it goes first, with its schedule as if it had not. */
  recover(since: number, now: number): void {
    this.#nextOwnAt = undefined;
    this.#sql.exec(
      `UPDATE deliveries SET state = 'waiting', failures = 0, next_at = ?2 WHERE ${OF_OUTAGE}`,
      since,
      now,
    );
  }

  /** All that is due later is due so much sooner. */
  bringForward(ms: number): void {
    this.#nextOwnAt = undefined;
    this.#sql.exec(`UPDATE deliveries SET next_at = next_at - ? WHERE next_at IS NOT NULL`, ms);
  }

  listFailed({ since, until, types, senders, after, limit }: FailedQuery): DeliveryRow[] {
    return this.#sql
      .exec<DeliveryRow>(
        `SELECT ${COLUMNS} FROM deliveries
         WHERE state = 'failed' AND ended_at >= ?1 AND ended_at < ?2
           AND (ended_at, event) > (?3, ?4)
           AND (?5 IS NULL OR type IN (SELECT value FROM json_each(?5)))
           AND (?6 IS NULL OR sender_id IN (SELECT value FROM json_each(?6)))
         ORDER BY ended_at, event LIMIT ?7`,
        since,
        until,
        after?.endedAt ?? -1,
        after?.event ?? "",
        types === null ? null : JSON.stringify(types),
        senders === null ? null : JSON.stringify(senders),
        limit,
      )
      .toArray();
  }

  /** Those whose last attempt ended before a moment, newest first. */
  listBefore(before: { endedAt: number; event: string }, limit: number): DeliveryRow[] {
    return this.#sql
      .exec<DeliveryRow>(
        `SELECT ${COLUMNS} FROM deliveries WHERE (ended_at, event) < (?, ?)
         ORDER BY ended_at DESC, event DESC LIMIT ?`,
        before.endedAt,
        before.event,
        limit,
      )
      .toArray();
  }

  counts(): { retrying: number; failed: number } {
    const found = this.#sql.exec<{ state: DeliveryState; count: number }>(
      `SELECT state, count(*) AS count FROM deliveries GROUP BY state`,
    );
    const by = new Map(found.toArray().map(({ state, count }) => [state, count]));
    const retrying = (by.get("waiting") ?? 0) + (by.get("retrying") ?? 0);
    return { retrying, failed: by.get("failed") ?? 0 };
  }

  /** When the next attempt of any of them is due. */
  nextAt(): number | null {
    return this.#sql
      .exec<{ at: number | null }>(
        `SELECT min(next_at) AS at FROM deliveries
         WHERE state IN ('waiting', 'retrying') AND next_at IS NOT NULL`,
      )
      .one().at;
  }

  /**
   * Forgets what is over: a bounded part at a time.
   *
   * @param before epoch ms of the last attempt
   * @returns whether that was all
   */
  prune(state: "delivered" | "failed", before: number): boolean {
    const { rowsWritten } = this.#sql.exec(
      `DELETE FROM deliveries WHERE event IN (SELECT event FROM deliveries
         WHERE ended_at < ? AND state = ? ORDER BY ended_at LIMIT ${PRUNE_AT_ONCE})`,
      before,
      state,
    );
    return rowsWritten < PRUNE_AT_ONCE;
  }

  #jobs(way: Job["way"], where: string, ...values: SqlStorageValue[]): Job[] {
    const found = this.#sql.exec<DeliveryRow>(
      `SELECT ${COLUMNS} FROM deliveries ${where}`,
      ...values,
    );
    return found.toArray().map((row) => jobOfDelivery(row, way));
  }
}

const OF_OUTAGE = `state IN ('waiting', 'retrying') AND failures <= ${OWN_WAY_FROM}
  AND ended_at >= ?1`;

export function jobOfDelivery(row: DeliveryRow, way: Job["way"]): Job {
  const { event, type, senderId, seq, shard, pos, failures, nextAt } = row;
  return {
    event,
    type,
    senderId,
    seq,
    shard,
    pos,
    failures,
    dueAt: nextAt ?? 0,
    way,
    row: null,
    requestId: null,
  };
}

export function viewDelivery(row: DeliveryRow): Delivery {
  const { event, type, senderId, seq, state, nextAt } = row;
  const attempts = JSON.parse(row.attempts) as Attempt[];
  return { event, type, senderId, seq, state, nextAt, attempts };
}
