import { GENERATION_TOLERANCE_MS } from "../lib/generation.ts";
import { Remembered } from "./remembered.ts";
import type { ThreadOwner } from "../meta/facts.ts";
import type { JournalFact } from "./journal.ts";

/** More customers than write to one number at a time; what is dropped is worked out from the rows. */
const REMEMBERED_MAX = 5_000;

interface OwnerRow {
  owner: ThreadOwner;
  at: number;
}

/** A word about a thread: who holds it, since when. */
interface Word {
  owner: ThreadOwner;
  /** Epoch ms by Meta, in whole seconds, and how sure the word is of its second (0 to 2 ms). */
  at: number;
}

/**
 * Who answers each customer of a number that several responders share (protocol.md 2.10): us, where
 * nothing else was ever said. The newest word by Meta's time counts, in whatever order they come; a
 * row is written only when the owner changes.
 */
export class ThreadOwners {
  readonly #sql: SqlStorage;
  readonly #rows = new Remembered<OwnerRow>((customer) => this.#read(customer));
  /** The newest word of customers lately heard of, also of those that changed nothing. */
  readonly #heard = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * What a fact says of its customer's thread, if anything.
   *
   * @param customer the customer's key; undefined where the fact names nobody
   * @param times the onboarding in force, and our clock at the door: what is older than the one says
   *   nothing, what claims to be later than the other is a wrong clock
   */
  hear(
    fact: JournalFact,
    customer: string | undefined,
    times: { generation: number; receivedAt: number },
  ): void {
    const word = wordOf(fact);
    if (word === undefined || customer === undefined) return;
    if (word.at < times.generation - GENERATION_TOLERANCE_MS) return;
    this.#note(customer, { owner: word.owner, at: Math.min(word.at, times.receivedAt) });
  }

  /**
   * A send of ours that Meta took: with anything but a template it takes the thread.
   *
   * @param at epoch ms when it left
   */
  sent(customer: string, type: string, at: number): void {
    if (needsThread(type)) this.#note(customer, { owner: "tandem", at });
  }

  ownerOf(customer: string): ThreadOwner {
    return this.#rows.get(customer)?.owner ?? "tandem";
  }

  /** Two customers turned out to be one: the newer word stands. */
  merge(from: string, to: string): void {
    const row = this.#rows.get(from);
    if (from === to) return;
    const heard = this.#heard.get(from);
    this.#heard.delete(from);
    if (row !== undefined) {
      this.#rows.note(from, undefined);
      this.#sql.exec(`DELETE FROM thread_owners WHERE customer = ?`, from);
      this.#note(to, row);
    }
    if (heard !== undefined && heard > (this.#heard.get(to) ?? 0)) this.#remember(to, heard);
  }

  /** @param until epoch ms: who took it later keeps it */
  forget(customer: string, until: number): void {
    if ((this.#rows.get(customer)?.at ?? 0) > until) return;
    this.#sql.exec(`DELETE FROM thread_owners WHERE customer = ?`, customer);
    this.#heard.delete(customer);
    this.#rows.note(customer, undefined);
  }

  /** What memory holds is what the table does. */
  reread(): void {
    this.#heard.clear();
    this.#rows.clear();
  }

  clear(): void {
    this.reread();
    this.#sql.exec(`DELETE FROM thread_owners`);
  }

  #note(customer: string, word: Word): void {
    const row = this.#rows.get(customer);
    if (word.at < Math.max(this.#heard.get(customer) ?? 0, row?.at ?? 0)) return;
    this.#remember(customer, word.at);
    if (word.owner === (row?.owner ?? "tandem")) return;
    this.#rows.note(customer, { owner: word.owner, at: word.at });
    this.#sql.exec(
      `INSERT INTO thread_owners (customer, owner, at) VALUES (?1, ?2, ?3)
       ON CONFLICT (customer) DO UPDATE SET owner = ?2, at = ?3`,
      customer,
      word.owner,
      word.at,
    );
  }

  #remember(customer: string, at: number): void {
    if (this.#heard.size >= REMEMBERED_MAX) this.#heard.clear();
    this.#heard.set(customer, at);
  }

  #read(customer: string): OwnerRow | undefined {
    const [row] = this.#sql
      .exec<{ owner: string; at: number }>(
        `SELECT owner, at FROM thread_owners WHERE customer = ?`,
        customer,
      )
      .toArray();
    return row === undefined ? undefined : { owner: row.owner as ThreadOwner, at: row.at };
  }
}

/** Templates may be sent whoever holds the thread; everything else is a service message. */
function needsThread(type: string): boolean {
  return type !== "template";
}

/**
 * What is delivered as `standby` happens in another's thread, a customer's ordinary message in ours,
 * and a handover says it outright. Statuses say nothing: those of what another sent go on coming
 * when the thread is long ours. Of one second, the surer word counts, and of two items the one
 * that makes us hold back.
 */
function wordOf(fact: JournalFact): Word | undefined {
  switch (fact.kind) {
    case "handover":
      return fact.owner === undefined ? undefined : { owner: fact.owner, at: fact.at + 2 };
    case "message":
    case "edit":
    case "revoke":
      if (fact.standby === true) return { owner: "other", at: fact.at + 1 };
      return fact.direction === "inbound" ? { owner: "tandem", at: fact.at } : undefined;
    case "status":
    case "contact":
    case "customer_change":
    case "account":
    case "notice":
    case "detection":
    case "preference":
    case "raw":
    case "settled":
    case "state":
    case "block":
    case "warning":
    case "contacts_imported":
    case "learnt":
      return undefined;
  }
}
