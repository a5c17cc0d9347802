import { isBsuidKey, isLaterHolderKey, laterHolderKey } from "../lib/customer-key.ts";
import { phoneVariants } from "../lib/phone-variants.ts";
import { Remembered } from "./remembered.ts";
import type { CustomerRef } from "../meta/facts.ts";

/** An alias that was learnt: D1 needs it too. */
export interface LearntAlias {
  alias: string;
  customer: string;
}

/** What the table holds of a name. */
interface AliasRow {
  customer: string;
  /** Epoch ms when the customer gave this number or BSUID up; null while it is theirs. */
  until: number | null;
}

/** How a fact names somebody. */
export interface Naming {
  /** Epoch ms of the fact: a number may have been somebody else's then. */
  at: number;
  /** It came from the customer itself, so whoever it names has that number. */
  byCustomer: boolean;
}

/**
 * Which customer a phone number or BSUID belongs to. A customer's key is the phone's digits where
 * known, else the BSUID; other names point to it. Only the object merges (design: Identity). A
 * number that its owner gave up is the next holder's from that instant on, under a key of its own
 * (lib/customer-key.ts), as soon as somebody writes from it.
 */
export class Aliases {
  readonly #sql: SqlStorage;
  readonly #rows = new Remembered<AliasRow>((alias) => this.#read(alias));

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The key of the customer with this phone or BSUID, as far as we know. @param at epoch ms; now */
  resolve(ref: string, at = Number.POSITIVE_INFINITY): string {
    const name = this.#holderName(ref, at, false);
    const known = this.#rows.get(name)?.customer;
    if (known !== undefined) return known;
    return this.#lookupVariant(ref, at) ?? name;
  }

  /**
   * The key of a customer that a fact names, learning what the fact says: that a phone and a BSUID
   * are one person, that a number is another spelling of one we know, that it is another's by now.
   *
   * @returns undefined where the fact names nobody
   */
  identify(
    ref: CustomerRef,
    naming: Naming = { at: Number.POSITIVE_INFINITY, byCustomer: false },
  ): { customer: string; learnt: LearntAlias[] } | undefined {
    const { phone, bsuid } = ref;
    if (phone === undefined) {
      return bsuid === undefined ? undefined : { customer: this.resolve(bsuid), learnt: [] };
    }
    const learnt: LearntAlias[] = [];
    const known = bsuid === undefined ? undefined : this.#rows.get(bsuid)?.customer;
    // Of a number that went from hand to hand, the BSUID tells better whose it is than the time.
    if (known !== undefined && !isBsuidKey(known) && this.isGivenUp(phone)) {
      return { customer: known, learnt };
    }
    const name = this.#nameOfPhone(phone, naming);
    const customer =
      this.#rows.get(name)?.customer ?? this.#lookupVariant(phone, naming.at) ?? name;
    // Only a number with other spellings has to be found by them, and one that had another owner by
    // its digits; for the rest it would be a row for nothing.
    const spelled = customer !== name || phoneVariants(phone).length > 0 || isLaterHolderKey(name);
    if (spelled && this.#rows.get(name) === undefined) this.#point(name, customer, learnt);
    if (known !== undefined && (isBsuidKey(known) || this.isGivenUp(known))) {
      // So far a customer without a phone, or whose number we know to be another one by now.
      learnt.push(...this.merge(known, customer));
    } else if (bsuid !== undefined && known !== customer) {
      this.#point(bsuid, customer, learnt);
    }
    return { customer, learnt };
  }

  /**
   * One customer under two names: everything that led to `from` leads to `to` from now on. It walks
   * through all names of all customers (an index would be a row for each), so it is for what is rare.
   */
  merge(from: string, to: string): LearntAlias[] {
    const learnt: LearntAlias[] = [];
    if (from === to) return learnt;
    // Says that other names lead here: a BSUID without a row has none.
    if (isBsuidKey(to) && this.#rows.get(to) === undefined) {
      this.#write(to, { customer: to, until: null });
    }
    const names = this.#sql
      .exec<{ alias: string }>(`SELECT alias FROM aliases WHERE customer = ?`, from)
      .toArray();
    for (const name of new Set([from, ...names.map((row) => row.alias)])) {
      this.#point(name, to, learnt);
    }
    return learnt;
  }

  /** Whether whoever had this number or BSUID first has another one by now. */
  isGivenUp(ref: string): boolean {
    return this.#rows.get(ref)?.until != null;
  }

  /**
   * A customer has another number or BSUID since `at` (epoch ms): what comes from the old number
   * later is somebody else's. Saying it again changes nothing.
   */
  retire(ref: string, at: number): void {
    for (const spelling of [ref, ...phoneVariants(ref)]) {
      const name = this.#holderName(spelling, at, false);
      const row = this.#rows.get(name);
      // Another spelling that was never seen leads here by the one that was.
      if (row === undefined && spelling !== ref) continue;
      if (row?.until == null) this.#write(name, { customer: row?.customer ?? name, until: at });
    }
  }

  /**
   * A customer has a number or BSUID again that they gave up, and nobody else was seen with since:
   * a number is their key once more.
   *
   * @param at epoch ms of that news; older than the giving up, it is a repeat
   */
  reclaim(ref: string, customer: string, at: number): LearntAlias[] {
    const name = this.#holderName(ref, Number.POSITIVE_INFINITY, false);
    const row = this.#rows.get(name);
    if (row?.until == null || row.until >= at || row.customer !== customer) return [];
    for (const spelling of [name, ...phoneVariants(ref)]) {
      const known = this.#rows.get(spelling);
      if (known?.until != null && known.customer === customer) {
        this.#write(spelling, { customer, until: null });
      }
    }
    return isBsuidKey(name) ? [] : this.merge(customer, name);
  }

  /**
   * Every name of a customer, with when it was given up (epoch ms; null while it is theirs). Walks
   * through all names of all customers, as a merge does.
   *
   * @param asked as somebody asks for them today: phone or BSUID
   * @param keys that are known to be theirs, as rows carry them
   */
  namesOf(asked: string, keys: readonly string[]): Map<string, number | null> {
    const all = this.#sql
      .exec<{ alias: string; customer: string; until: number | null }>(
        `SELECT alias, customer, until FROM aliases`,
      )
      .toArray();
    const theirs = new Set([this.resolve(asked), ...keys]);
    for (let size = 0; size < theirs.size;) {
      size = theirs.size;
      for (const { alias, customer } of all) {
        if (theirs.has(alias) || theirs.has(customer)) theirs.add(alias).add(customer);
      }
    }
    const givenUp = new Map(all.map(({ alias, until }) => [alias, until]));
    return new Map([...theirs].map((name) => [name, givenUp.get(name) ?? null]));
  }

  /**
   * Forgets names of a customer. That a number was given up stays known where somebody has it since:
   * it is that person's.
   */
  forget(names: Iterable<string>): void {
    for (const name of names) {
      const until = this.#rows.get(name)?.until ?? null;
      if (until !== null && this.#rows.get(laterHolderKey(name, until)) !== undefined) {
        this.#write(name, { customer: name, until });
        continue;
      }
      this.#sql.exec(`DELETE FROM aliases WHERE alias = ?`, name);
      this.#rows.note(name, undefined);
    }
  }

  /** What memory holds is what the table does. */
  reread(): void {
    this.#rows.clear();
  }

  clear(): void {
    this.reread();
    this.#sql.exec(`DELETE FROM aliases`);
  }

  /** What the holder of a phone at an instant is found by, in the spelling that is known for it. */
  #nameOfPhone(phone: string, { at, byCustomer }: Naming): string {
    const name = this.#holderName(phone, at, byCustomer);
    if (!byCustomer || this.#rows.get(name) !== undefined || isLaterHolderKey(name)) return name;
    // This spelling is new: its number may have been given up under another one.
    for (const variant of phoneVariants(phone)) {
      const other = this.#holderName(variant, at, true);
      if (isLaterHolderKey(other)) return other;
    }
    return name;
  }

  /**
   * @param making whether a holder that nobody has been seen as is one: else it is the last that was
   */
  #holderName(ref: string, at: number, making: boolean): string {
    let name = ref;
    for (;;) {
      const until = this.#rows.get(name)?.until ?? null;
      if (until === null || at <= until) return name;
      const next = laterHolderKey(ref, until);
      if (!making && this.#rows.get(next) === undefined) return name;
      name = next;
    }
  }

  #point(alias: string, customer: string, learnt: LearntAlias[]): void {
    const before = this.#rows.get(alias);
    this.#write(alias, { customer, until: before?.until ?? null });
    // A name that is its own customer tells D1 nothing, unless D1 knows it as another's.
    const was = before?.customer ?? alias;
    if (alias !== customer || was !== customer || isLaterHolderKey(alias)) {
      learnt.push({ alias, customer });
    }
  }

  #write(alias: string, row: AliasRow): void {
    this.#sql.exec(
      `INSERT INTO aliases (alias, customer, until) VALUES (?, ?, ?)
       ON CONFLICT (alias) DO UPDATE SET customer = excluded.customer, until = excluded.until`,
      alias,
      row.customer,
      row.until,
    );
    this.#rows.note(alias, row);
  }

  #read(alias: string): AliasRow | undefined {
    const [row] = this.#sql
      .exec<{ customer: string; until: number | null }>(
        `SELECT customer, until FROM aliases WHERE alias = ?`,
        alias,
      )
      .toArray();
    return row;
  }

  #lookupVariant(ref: string, at: number): string | undefined {
    for (const variant of phoneVariants(ref)) {
      const customer = this.#rows.get(this.#holderName(variant, at, false))?.customer;
      if (customer !== undefined) return customer;
    }
    return undefined;
  }
}
