import { Remembered } from "./remembered.ts";
import { extendWindow, viewWindow, WINDOW_MS } from "./service-window.ts";
import type { WindowRow, WindowView } from "./service-window.ts";

/** The 24 h windows of one number, one row a customer. The rule itself is service-window.ts. */
export class Windows {
  readonly #sql: SqlStorage;
  readonly #rows = new Remembered<WindowRow>((customer) => this.#read(customer));

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** A live message of the customer, stamped `at`. */
  open(customer: string, at: number): void {
    this.#store(customer, extendWindow(this.#rows.get(customer), at));
  }

  /**
   * Meta said 131047 at `at`: it knows better. Only a newer message of the customer opens it again;
   * one that came meanwhile has.
   */
  refute(customer: string, at: number): void {
    const row = this.#rows.get(customer);
    if (row !== undefined && row.closesAt - WINDOW_MS > at) return;
    this.#store(customer, { closesAt: row?.closesAt ?? at, refutedAt: at });
  }

  /** Two customers turned out to be one: the later window stands. */
  merge(from: string, to: string): void {
    const row = this.#rows.get(from);
    if (row === undefined || from === to) return;
    const other = this.#rows.get(to);
    if (other === undefined || row.closesAt > other.closesAt) this.#store(to, row);
    this.#sql.exec(`DELETE FROM windows WHERE customer = ?`, from);
    this.#rows.note(from, undefined);
  }

  /** @param until epoch ms: one that a later message opened stays */
  forget(customer: string, until: number): void {
    if ((this.#rows.get(customer)?.closesAt ?? 0) - WINDOW_MS > until) return;
    this.#sql.exec(`DELETE FROM windows WHERE customer = ?`, customer);
    this.#rows.note(customer, undefined);
  }

  view(customer: string, now: number, observedFrom: number | null): WindowView {
    return viewWindow(this.#rows.get(customer), now, observedFrom);
  }

  /** How many are open. Walks through all of the number's: for people who look, not for sends. */
  countOpen(now: number): number {
    const [row] = this.#sql
      .exec<{ open: number }>(
        `SELECT count(*) AS open FROM windows WHERE closes_at > ? AND refuted_at = 0`,
        now,
      )
      .toArray();
    return row?.open ?? 0;
  }

  /** What memory holds is what the table does. */
  reread(): void {
    this.#rows.clear();
  }

  /** Forgets what customers wrote up to this (epoch ms). */
  clear(until: number): void {
    this.reread();
    this.#sql.exec(`DELETE FROM windows WHERE closes_at <= ?`, until + WINDOW_MS);
  }

  #read(customer: string): WindowRow | undefined {
    const [row] = this.#sql
      .exec<{ closes_at: number; refuted_at: number }>(
        `SELECT closes_at, refuted_at FROM windows WHERE customer = ?`,
        customer,
      )
      .toArray();
    return row === undefined ? undefined : { closesAt: row.closes_at, refutedAt: row.refuted_at };
  }

  #store(customer: string, row: WindowRow): void {
    const known = this.#rows.get(customer);
    if (known?.closesAt === row.closesAt && known.refutedAt === row.refutedAt) return;
    this.#sql.exec(
      `INSERT INTO windows (customer, closes_at, refuted_at) VALUES (?1, ?2, ?3)
       ON CONFLICT (customer) DO UPDATE SET closes_at = ?2, refuted_at = ?3`,
      customer,
      row.closesAt,
      row.refutedAt,
    );
    this.#rows.note(customer, row);
  }
}
