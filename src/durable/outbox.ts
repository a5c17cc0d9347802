import { CARRIER_LOST_MS, UNKNOWN_REPORT_MS } from "./send-types.ts";
import type { SendOutcome, SendState, SendView } from "./send-types.ts";

export interface OutboxRow {
  n: number;
  id: string;
  /** The sender key it was admitted for: the number may move to another partner. */
  sender: number;
  customer: string;
  queued: boolean;
  /** It may take the customer's thread from another responder, also when its place comes. */
  takeControl: boolean;
  state: SendState;
  type: string;
  body: Record<string, unknown>;
  callback: string | null;
  admittedAt: number;
  expiresAt: number;
  placeAt: number | null;
  settledAt: number | null;
  wamid: string | null;
  outcome: SendOutcome | null;
  attempt: string | null;
  /** Of the call that it came by. */
  requestId: string | null;
}

/** A place, and the name of the customer whose send has it. */
export interface UsedPlace {
  customer: string;
  placeAt: number;
}

interface StoredRow extends Record<string, SqlStorageValue> {
  n: number;
  id: string;
  sender: number;
  customer: string;
  queued: number;
  take_control: number;
  state: string;
  type: string;
  body: string;
  callback: string | null;
  admitted_at: number;
  expires_at: number;
  place_at: number | null;
  settled_at: number | null;
  wamid: string | null;
  outcome: string | null;
  attempt: string | null;
  request_id: string | null;
}

/** Rows of the queue read at once. */
const PAGE = 64;
/** So many names are passed over by SQLite; a longer list costs more than it spares. */
const PASSED_OVER = 50;
/** How far back an attempt is looked for: its caller asks within seconds. */
const ATTEMPTS_BACK = 5_000;
/** So many sends a number can place while the longest burst of a pair (45) is paid off: 270 s. */
const RECENT = 5_400;

/** Stands for the customer of a send who was erased since. */
export const ERASED = "";

/** Sends of one number: what is queued, on its way, settled or unknown. */
export class Outbox {
  readonly #sql: SqlStorage;
  #next: number;
  /** No unknown send nobody was told of is older: thousands of told ones are not read each time. */
  #unknownFrom: number | null;

  constructor(sql: SqlStorage, firstFree: number) {
    this.#sql = sql;
    this.#unknownFrom = this.#oldestUnreported();
    const [row] = sql.exec<{ n: number | null }>(`SELECT max(n) AS n FROM outbox`).toArray();
    this.#next = Math.max(firstFree, (row?.n ?? 0) + 1);
  }

  add(row: Omit<OutboxRow, "n" | "id" | "settledAt" | "wamid" | "outcome">): OutboxRow {
    const n = this.#next++;
    const salt = crypto.getRandomValues(new Uint32Array(2));
    // The id carries n, so that it is found without an index, and a salt, so that it is not guessed.
    const id = `snd_${n.toString(36)}_${salt[0]?.toString(36)}${salt[1]?.toString(36)}`;
    this.#sql.exec(
      `INSERT INTO outbox (n, id, sender, customer, queued, state, type, body, callback, admitted_at,
         expires_at, place_at, attempt, take_control, request_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      n,
      id,
      row.sender,
      row.customer,
      row.queued ? 1 : 0,
      row.state,
      row.type,
      JSON.stringify(row.body),
      row.callback,
      row.admittedAt,
      row.expiresAt,
      row.placeAt,
      row.attempt,
      row.takeControl ? 1 : 0,
      row.requestId,
    );
    return { ...row, n, id, settledAt: null, wamid: null, outcome: null };
  }

  find(id: string): OutboxRow | undefined {
    const n = Number.parseInt(/^snd_([0-9a-z]+)_/.exec(id)?.[1] ?? "", 36);
    const row = Number.isNaN(n) ? undefined : this.byNumber(n);
    return row?.id === id ? row : undefined;
  }

  /** What an attempt left here, if it got here at all. */
  ofAttempt(attempt: string): OutboxRow[] {
    return this.#select(
      `WHERE n > (SELECT max(n) FROM outbox) - ? AND attempt = ?`,
      ATTEMPTS_BACK,
      attempt,
    );
  }

  byNumber(n: number): OutboxRow | undefined {
    return this.#select(`WHERE n = ?`, n)[0];
  }

  /**
   * Queued sends in the order they came, by number and the name they were addressed to. Read page
   * by page, so that who walks along may change what was walked by, and long queues cost little.
   *
   * @param passing names to be passed over; who walks along adds to them, from the next page on
   */
  *queued(passing: ReadonlySet<string>): Generator<{ n: number; customer: string }> {
    for (let after = 0, full = true; full;) {
      const rows = this.#sql
        .exec<{ n: number; customer: string }>(
          `SELECT n, customer FROM outbox WHERE state = 'queued' AND n > ?
             AND customer NOT IN (SELECT value FROM json_each(?)) ORDER BY n LIMIT ?`,
          after,
          JSON.stringify([...passing].slice(0, PASSED_OVER)),
          PAGE,
        )
        .toArray();
      yield* rows;
      after = rows.at(-1)?.n ?? after;
      full = rows.length === PAGE;
    }
  }

  hasQueued(): boolean {
    return this.#select(`WHERE state = 'queued' LIMIT 1`).length > 0;
  }

  /**
   * When an open send needs the next look (epoch ms): queued ones soon, in case their ticket was
   * lost, placed ones when their carrier counts as lost, unknown ones when they are to be told.
   *
   * @returns null when none is open
   */
  nextLookAt(soon: number): number | null {
    const [row] = this.#sql
      .exec<{ queued: number; placed: number | null }>(
        `SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'queued') AS queued,
           (SELECT min(place_at) FROM outbox WHERE state = 'placed') AS placed`,
      )
      .toArray();
    const looks = [
      row?.queued === 1 ? soon : null,
      row?.placed == null ? null : row.placed + CARRIER_LOST_MS,
      this.#unknownFrom === null ? null : this.#unknownFrom + UNKNOWN_REPORT_MS,
    ].filter((at) => at !== null);
    return looks.length === 0 ? null : Math.max(soon, Math.min(...looks));
  }

  queuedBefore(expiresAt: number, limit: number): OutboxRow[] {
    return this.#select(`WHERE state = 'queued' AND expires_at <= ? LIMIT ?`, expiresAt, limit);
  }

  /** The sends of a batch behind `after`, in the order they came. */
  range(first: number, last: number, limit: number): OutboxRow[] {
    return this.#select(`WHERE n BETWEEN ? AND ? ORDER BY n LIMIT ?`, first, last, limit);
  }

  queuedIn(first: number, last: number): OutboxRow[] {
    return this.#select(`WHERE state = 'queued' AND n BETWEEN ? AND ?`, first, last);
  }

  countStates(first: number, last: number): Partial<Record<SendState, number>> {
    const rows = this.#sql.exec<{ state: string; count: number }>(
      `SELECT state, count(*) AS count FROM outbox WHERE n BETWEEN ? AND ? GROUP BY state`,
      first,
      last,
    );
    return Object.fromEntries([...rows].map(({ state, count }) => [state, count]));
  }

  allQueued(limit: number): OutboxRow[] {
    return this.#select(`WHERE state = 'queued' ORDER BY n LIMIT ?`, limit);
  }

  /** Sends whose place was before `placeAt`, or is from `notGivenFrom` on, and whose carrier has not been heard of. */
  overdue(placeAt: number, notGivenFrom: number): OutboxRow[] {
    return this.#select(
      `WHERE state = 'placed' AND (place_at <= ? OR place_at > ?) LIMIT 500`,
      placeAt,
      notGivenFrom,
    );
  }

  /** Unknown sends nobody has been told about. */
  unreported(settledAt: number): OutboxRow[] {
    if (this.#unknownFrom === null || this.#unknownFrom > settledAt) return [];
    const rows = this.#select(
      `WHERE state = 'unknown' AND settled_at <= ? AND outcome NOT LIKE '%"reported":true%' LIMIT 500`,
      settledAt,
    );
    if (rows.length === 0) this.#unknownFrom = this.#oldestUnreported();
    return rows;
  }

  /** How many they are; none is known without a look. */
  countUnreported(): number {
    if (this.#unknownFrom === null) return 0;
    const [row] = this.#sql
      .exec<{ count: number }>(
        `SELECT count(*) AS count FROM outbox
         WHERE state = 'unknown' AND outcome NOT LIKE '%"reported":true%'`,
      )
      .toArray();
    return row?.count ?? 0;
  }

  #oldestUnreported(): number | null {
    const [row] = this.#sql
      .exec<{ at: number | null }>(
        `SELECT min(settled_at) AS at FROM outbox
         WHERE state = 'unknown' AND outcome NOT LIKE '%"reported":true%'`,
      )
      .toArray();
    return row?.at ?? null;
  }

  /** How many sends wait, are on their way, or have an outcome that nobody knows. */
  countOpen(): { queued: number; placed: number; unknown: number; oldestQueuedAt: number | null } {
    const counts = { queued: 0, placed: 0, unknown: 0 };
    for (const state of ["queued", "placed", "unknown"] as const) {
      const [row] = this.#sql
        .exec<{ count: number }>(
          `SELECT count(*) AS count FROM outbox WHERE state = '${state}'`, // along the partial index
        )
        .toArray();
      counts[state] = row?.count ?? 0;
    }
    return { ...counts, oldestQueuedAt: this.allQueued(1)[0]?.admittedAt ?? null };
  }

  /** Customers with a send that leaves before `now` and of which nobody has said anything yet. */
  onTheirWay(now: number): string[] {
    return this.#sql
      .exec<{ customer: string }>(
        `SELECT DISTINCT customer FROM outbox WHERE state = 'placed' AND place_at <= ?`,
        now,
      )
      .toArray()
      .map((row) => row.customer);
  }

  placed(): UsedPlace[] {
    return this.#places(`WHERE state = 'placed'`);
  }

  /** Places of the last minutes, for the pair budgets after a restart. */
  recentPlaces(from: number): UsedPlace[] {
    return this.#places(
      // What was placed lately lies before the first that is still queued, or at the end.
      `WHERE n > coalesce((SELECT min(n) FROM outbox WHERE state = 'queued'),
           (SELECT max(n) FROM outbox)) - ? AND place_at >= ? ORDER BY place_at`,
      RECENT,
      from,
    );
  }

  place(n: number, placeAt: number, drainer: string): void {
    this.#sql.exec(
      `UPDATE outbox SET state = 'placed', place_at = ?, drainer = ? WHERE n = ?`,
      placeAt,
      drainer,
      n,
    );
  }

  /** What a drainer was given and nobody has said anything about. */
  placedFor(drainer: string): OutboxRow[] {
    return this.#select(`WHERE state = 'placed' AND drainer = ?`, drainer);
  }

  requeue(n: number): void {
    this.#sql.exec(`UPDATE outbox SET state = 'queued', place_at = NULL WHERE n = ?`, n);
  }

  settle(n: number, state: SendState, outcome: SendOutcome | null, now: number): void {
    if (state === "unknown") this.#unknownFrom = Math.min(this.#unknownFrom ?? now, now);
    this.#sql.exec(
      `UPDATE outbox SET state = ?, outcome = ?, wamid = ?, settled_at = ? WHERE n = ?`,
      state,
      outcome === null ? null : JSON.stringify(outcome),
      outcome?.state === "accepted" ? outcome.wamid : null,
      now,
      n,
    );
  }

  markReported(n: number, outcome: SendOutcome | null): void {
    this.#sql.exec(
      `UPDATE outbox SET outcome = ? WHERE n = ?`,
      JSON.stringify({ ...outcome, reported: true }),
      n,
    );
  }

  /** The names that a sender's sends were addressed to, up to `until` (epoch ms). */
  addressees(sender: number, until: number): { customer: string; admittedAt: number }[] {
    return this.#sql
      .exec<{ customer: string; admittedAt: number }>(
        `SELECT customer, max(admitted_at) AS admittedAt FROM outbox
         WHERE sender = ? AND customer != '${ERASED}' AND admitted_at <= ? GROUP BY customer`,
        sender,
        until,
      )
      .toArray();
  }

  /**
   * Takes whom they are to, and what they say, out of a sender's sends; what is left is how each
   * ended.
   *
   * @param until epoch ms: what was admitted later stays
   * @returns those of them that are still queued
   */
  erase(sender: number, customers: readonly string[], until: number): OutboxRow[] {
    const names = JSON.stringify(customers);
    const theirs = `sender = ? AND customer IN (SELECT value FROM json_each(?)) AND admitted_at <= ?`;
    const queued = this.#sql
      .exec<{ n: number }>(
        `SELECT n FROM outbox WHERE state = 'queued' AND ${theirs}`,
        sender,
        names,
        until,
      )
      .toArray();
    // What an unknown one came to says whether anybody was told.
    this.#sql.exec(
      `UPDATE outbox SET customer = '${ERASED}', body = '{}', callback = NULL, wamid = NULL,
         outcome = iif(state = 'unknown', outcome, NULL) WHERE ${theirs}`,
      sender,
      names,
      until,
    );
    return queued.flatMap(({ n }) => this.byNumber(n) ?? []);
  }

  /** All sends of a sender that is erased; the newest number stays taken. */
  eraseSender(sender: number): void {
    this.#sql.exec(`DELETE FROM outbox WHERE sender = ?`, sender);
    this.#unknownFrom = this.#oldestUnreported();
  }

  /** The number that the next send gets. */
  get next(): number {
    return this.#next;
  }

  remove(n: number): void {
    this.#sql.exec(`DELETE FROM outbox WHERE n = ?`, n);
  }

  /**
   * Forgets rows that were settled long ago; the newest stays, so that n goes on. Who was settled
   * then was admitted before: the walk ends at the first that came later.
   */
  prune(settledBefore: number): void {
    this.#sql.exec(
      `DELETE FROM outbox WHERE settled_at < ?1
         AND (state != 'unknown' OR outcome LIKE '%"reported":true%')
         AND n < coalesce((SELECT n FROM outbox WHERE admitted_at >= ?1 ORDER BY n LIMIT 1),
           (SELECT max(n) FROM outbox))`,
      settledBefore,
    );
  }

  #places(where: string, ...values: number[]): UsedPlace[] {
    return this.#sql
      .exec<{ customer: string; placeAt: number }>(
        `SELECT customer, place_at AS placeAt FROM outbox ${where}`,
        ...values,
      )
      .toArray();
  }

  #select(where: string, ...values: (string | number)[]): OutboxRow[] {
    const rows = this.#sql.exec<StoredRow>(`SELECT * FROM outbox ${where}`, ...values).toArray();
    return rows.map((row) => ({
      n: row.n,
      id: row.id,
      sender: row.sender,
      customer: row.customer,
      queued: row.queued === 1,
      takeControl: row.take_control === 1,
      state: row.state as SendState,
      type: row.type,
      body: JSON.parse(row.body) as Record<string, unknown>,
      callback: row.callback,
      admittedAt: row.admitted_at,
      expiresAt: row.expires_at,
      placeAt: row.place_at,
      settledAt: row.settled_at,
      wamid: row.wamid,
      outcome: row.outcome === null ? null : (JSON.parse(row.outcome) as SendOutcome),
      attempt: row.attempt,
      requestId: row.request_id,
    }));
  }
}

/** A row as the API shows it. */
export function viewSend(row: OutboxRow): SendView {
  return {
    send: row.id,
    state: row.state,
    wamid: row.wamid,
    admittedAt: row.admittedAt,
    placeAt: row.placeAt,
    settledAt: row.settledAt,
    outcome: row.outcome,
    requestId: row.requestId,
  };
}
