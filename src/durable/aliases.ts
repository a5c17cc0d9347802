import { phoneVariants } from "../lib/phone-variants.ts";
import { Remembered } from "./remembered.ts";
import type { CustomerRef } from "../meta/facts.ts";

/** An alias that was learnt: D1 needs it too. */
export interface LearntAlias {
  alias: string;
  customer: string;
}

/**
 * Which customer a phone number or BSUID belongs to. A customer's key is the phone's digits where
 * known, else the BSUID; other names point to it. Only the object merges (design: Identity).
 */
export class Aliases {
  readonly #sql: SqlStorage;
  readonly #customers = new Remembered<string>((alias) => this.#read(alias));

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The key of the customer with this phone or BSUID, as far as we know. */
  resolve(ref: string): string {
    return this.#lookup(ref) ?? this.#lookupVariant(ref) ?? ref;
  }

  /**
   * The key of a customer that a fact names, learning what the fact says: that a phone and a BSUID
   * are one person, or that a number is another spelling of one we know.
   *
   * @returns undefined where the fact names nobody
   */
  identify(ref: CustomerRef): { customer: string; learnt: LearntAlias[] } | undefined {
    const { phone, bsuid } = ref;
    if (phone === undefined) {
      return bsuid === undefined ? undefined : { customer: this.resolve(bsuid), learnt: [] };
    }
    const learnt: LearntAlias[] = [];
    const customer = this.resolve(phone);
    // Only a number with other spellings has to be found by them; for the rest it would be a row
    // for nothing.
    const spelled = customer !== phone || phoneVariants(phone).length > 0;
    if (spelled && this.#lookup(phone) === undefined) this.#point(phone, customer, learnt);
    const before = bsuid === undefined ? undefined : (this.#lookup(bsuid) ?? bsuid);
    if (bsuid !== undefined && before === bsuid) {
      learnt.push(...this.merge(bsuid, customer)); // so far a customer of its own
    } else if (bsuid !== undefined && before !== customer) {
      this.#point(bsuid, customer, learnt);
    }
    return { customer, learnt };
  }

  /** One customer under two names: everything that led to `from` leads to `to` from now on. */
  merge(from: string, to: string): LearntAlias[] {
    const learnt: LearntAlias[] = [];
    if (from === to) return learnt;
    const names = this.#sql
      .exec<{ alias: string }>(`SELECT alias FROM aliases WHERE customer = ?`, from)
      .toArray();
    for (const name of [from, ...names.map((row) => row.alias)]) this.#point(name, to, learnt);
    return learnt;
  }

  clear(): void {
    this.#customers.clear();
    this.#sql.exec(`DELETE FROM aliases`);
  }

  #point(alias: string, customer: string, learnt: LearntAlias[]): void {
    this.#sql.exec(
      `INSERT INTO aliases (alias, customer) VALUES (?, ?)
       ON CONFLICT (alias) DO UPDATE SET customer = excluded.customer`,
      alias,
      customer,
    );
    this.#customers.note(alias, customer);
    // A name that is its own customer tells D1 nothing.
    if (alias !== customer) learnt.push({ alias, customer });
  }

  #lookup(alias: string): string | undefined {
    return this.#customers.get(alias);
  }

  #read(alias: string): string | undefined {
    const [row] = this.#sql
      .exec<{ customer: string }>(`SELECT customer FROM aliases WHERE alias = ?`, alias)
      .toArray();
    return row?.customer;
  }

  #lookupVariant(ref: string): string | undefined {
    for (const variant of phoneVariants(ref)) {
      const customer = this.#lookup(variant);
      if (customer !== undefined) return customer;
    }
    return undefined;
  }
}
