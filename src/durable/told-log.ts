import { endOf } from "./delivery-types.ts";
import type { Told } from "./delivery-types.ts";

const PRUNE_AT_ONCE = 500;
/** Of every event's id (lib/ids.ts), and of nothing else that a pack holds. */
const EVENT_PREFIX = "evt_";

/** A row of events that were taken, newest last. */
export interface ToldPack {
  n: number;
  /** When the last of its attempts was over (epoch ms). */
  lastAt: number;
  items: Told[];
}

/** Events that were taken at the first attempt: many to a row, because every row is billed. */
export class ToldLog {
  readonly #sql: SqlStorage;
  #unwritten: Told[] = [];

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** What was not written is lost. */
  forget(): void {
    this.#unwritten = [];
  }

  add(told: Told): void {
    this.#unwritten.push(told);
  }

  /** How many are in memory only. */
  get unwritten(): number {
    return this.#unwritten.length;
  }

  write(): void {
    const items = this.#unwritten.toSorted((a, b) => endOf(a.attempt) - endOf(b.attempt));
    const [first, last] = [items.at(0), items.at(-1)];
    if (first === undefined || last === undefined) return;
    this.#sql.exec(
      `INSERT INTO told (first_at, last_at, items) VALUES (?, ?, ?)`,
      endOf(first.attempt),
      endOf(last.attempt),
      JSON.stringify(items),
    );
    this.#unwritten = [];
  }

  /** Every time that an event was taken at once, oldest first. */
  find(event: string): Told[] {
    // A word that stands in every pack ("event") would bring all of them into memory at once.
    if (!event.startsWith(EVENT_PREFIX)) return [];
    const found = this.#sql.exec<{ items: string }>(
      `SELECT items FROM told WHERE instr(items, ?) > 0 ORDER BY n`,
      JSON.stringify(event),
    );
    const written = found.toArray().flatMap(({ items }) => JSON.parse(items) as Told[]);
    return [...written, ...this.#unwritten].filter((told) => told.event === event);
  }

  /** Packs with something that ended at a moment or before, newest first. */
  packsBefore(before: { endedAt: number; n: number }, limit: number): ToldPack[] {
    const found = this.#sql.exec<{ n: number; lastAt: number; items: string }>(
      `SELECT n, last_at AS lastAt, items FROM told WHERE n < ? AND first_at <= ? ORDER BY n DESC LIMIT ?`,
      before.n,
      before.endedAt,
      limit,
    );
    return found.toArray().map((row) => ({ ...row, items: JSON.parse(row.items) as Told[] }));
  }

  /**
   * Forgets the oldest packs: a bounded part at a time.
   *
   * @param before epoch ms
   * @returns whether that was all
   */
  prune(before: number): boolean {
    const { rowsWritten } = this.#sql.exec(
      `DELETE FROM told WHERE n IN (SELECT n FROM
         (SELECT n, last_at FROM told ORDER BY n LIMIT ${PRUNE_AT_ONCE}) WHERE last_at < ?)`,
      before,
    );
    return rowsWritten < PRUNE_AT_ONCE;
  }
}
