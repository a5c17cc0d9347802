import { requestIdNow } from "../lib/request-id.ts";
import type { EventData } from "../events/index.ts";
import type { StateEvent } from "../lib/lifecycle-words.ts";
import type { Fact } from "../meta/facts.ts";
import type { Block, SenderState } from "./sender-state.ts";
import type { SettingsStore } from "./settings-store.ts";

/** What a send came to; told like the facts that Meta reports. */
export interface SettledFact {
  kind: "settled";
  key: string;
  send: string;
  at: number;
  customer: { phone?: string; bsuid?: string };
  outcome: "accepted" | "refused" | "unknown" | "expired" | "cancelled";
  wamid?: string;
  type: string;
  body: Record<string, unknown>;
  callback?: string;
  error?: { code: number; message: string };
}

/** A change of the sender's state, decided here. */
export interface StateFact {
  kind: "state";
  key: string;
  /** Null where it is no news to a partner. */
  event: StateEvent | null;
  at: number;
  /** Epoch ms by our clock: what orders the projections, whatever instant a state speaks of. */
  decidedAt: number;
  state: SenderState;
}

/** Meta began, or ceased, to refuse all that this number sends. */
export interface BlockFact {
  kind: "block";
  key: string;
  at: number;
  /** The block that began or ended. */
  block: Block;
  over: boolean;
}

/** Something that will end the connection unless somebody acts. */
export type WarningFact = {
  [Type in "sender.inactive_soon" | "sender.token_expiring"]: {
    kind: "warning";
    key: string;
    event: Type;
    at: number;
    data: Omit<EventData<Type>, "words">;
  };
}["sender.inactive_soon" | "sender.token_expiring"];

/** The end of the first contacts dump. */
export interface ContactsImportedFact {
  kind: "contacts_imported";
  key: string;
  at: number;
  /** How many changes of the address book came; edits and removals among them. */
  changes: number;
  generation: number;
}

/** Names of one customer that history taught, or a fact that D1 refused: only D1 needs them. */
export interface LearntFact {
  kind: "learnt";
  key: string;
}

export type JournalFact =
  | Fact
  | SettledFact
  | StateFact
  | BlockFact
  | WarningFact
  | ContactsImportedFact
  | LearntFact;

/** What the object worked out about a fact when it took it in. */
export interface Derived {
  /** The customer's key, for facts about one. */
  customer?: string;
  /** Aliases this fact taught us. */
  learnt?: { alias: string; customer: string }[];
  /** The BSUID in the fact was the customer's once, and another is by now. */
  formerBsuid?: boolean;
  /** An account event that names another partner or app: it ends nothing of ours. */
  aboutAnother?: true;
  /** From before the generation: stored as history, told as nothing. */
  historical?: boolean;
  /** Part of the first contacts dump: told once for all. */
  quiet?: boolean;
  callback?: string;
  /** Of somebody who was erased, perhaps from before: it counts only where its message is there. */
  ifKnown?: true;
}

export interface JournalRow {
  n: number;
  receivedAt: number;
  fact: JournalFact;
  derived: Derived;
  /** What it came by, where anybody asked. */
  requestId?: string | null;
}

/** A number that waited for days can hold more than memory should. */
const REDERIVE_AT_ONCE = 500;

/**
 * Facts that are durable here and not yet in D1. `n` grows for ever, also over an empty table and
 * a restart, because D1's fence is compared with it.
 */
export class Journal {
  readonly #sql: SqlStorage;
  readonly #settings: SettingsStore;
  /** Keys that are in the table: the repeat of an unflushed fact is dropped here, a later one by D1. */
  readonly #keys = new Map<string, number>();
  #next = 1;

  constructor(sql: SqlStorage, settings: SettingsStore) {
    this.#sql = sql;
    this.#settings = settings;
    this.reread();
  }

  /** What memory holds is what the table does. Numbers that were given are not given again. */
  reread(): void {
    this.#keys.clear();
    this.#next = Math.max(this.#next, (this.#settings.get<number>("fence") ?? 0) + 1);
    for (const row of this.#sql.exec<{ n: number; key: string }>(`SELECT n, key FROM journal`)) {
      this.#keys.set(row.key, row.n);
      this.#next = Math.max(this.#next, row.n + 1);
    }
  }

  get size(): number {
    return this.#keys.size;
  }

  /** The highest number given so far. */
  get lastNumber(): number {
    return this.#next - 1;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Under the request id that is in force. */
  append(fact: JournalFact, derived: Derived, receivedAt: number): void {
    const n = this.#next++;
    this.#sql.exec(
      `INSERT INTO journal (n, key, fact, received_at, request_id) VALUES (?, ?, ?, ?, ?)`,
      n,
      fact.key,
      JSON.stringify({ fact, derived }),
      receivedAt,
      requestIdNow() ?? null,
    );
    this.#keys.set(fact.key, n);
  }

  /** The oldest rows behind `after`, up to a number and a size in bytes; at least one if any. */
  oldest(limit: number, maxBytes = Number.POSITIVE_INFINITY, after = 0): JournalRow[] {
    const rows: JournalRow[] = [];
    let bytes = 0;
    const cursor = this.#sql.exec<{
      n: number;
      fact: string;
      received_at: number;
      request_id: string | null;
      size: number;
    }>(
      `SELECT n, fact, received_at, request_id, octet_length(fact) AS size FROM journal
       WHERE n > ? ORDER BY n LIMIT ?`,
      after,
      limit,
    );
    for (const row of cursor) {
      bytes += row.size;
      if (rows.length > 0 && bytes > maxBytes) break;
      const { fact, derived } = JSON.parse(row.fact) as { fact: JournalFact; derived: Derived };
      const { n, received_at: receivedAt, request_id: requestId } = row;
      rows.push({ n, receivedAt, fact, derived, requestId });
    }
    return rows;
  }

  /** Works facts out again that came before the number was configured. */
  rederive(work: (fact: JournalFact, receivedAt: number) => Derived): void {
    let after = 0;
    for (;;) {
      const rows = this.oldest(REDERIVE_AT_ONCE, Number.POSITIVE_INFINITY, after);
      for (const { n, fact, receivedAt } of rows) {
        const worked = JSON.stringify({ fact, derived: work(fact, receivedAt) });
        this.#sql.exec(`UPDATE journal SET fact = ? WHERE n = ?`, worked, n);
      }
      after = rows.at(-1)?.n ?? after;
      if (rows.length < REDERIVE_AT_ONCE) return;
    }
  }

  /** Drops rows that D1 has; the fence is stored first, so that n goes on from there. */
  remove(rows: readonly JournalRow[]): void {
    const last = rows.at(-1);
    if (last === undefined) return;
    if (last.n > (this.#settings.get<number>("fence") ?? 0)) this.#settings.set("fence", last.n);
    this.#sql.exec(`DELETE FROM journal WHERE n <= ?`, last.n);
    for (const row of rows) {
      if (this.#keys.get(row.fact.key) === row.n) this.#keys.delete(row.fact.key);
    }
  }

  /**
   * Forgets facts that are never to reach D1.
   *
   * @returns them
   */
  drop(which: (row: JournalRow) => boolean): JournalRow[] {
    const dropped: JournalRow[] = [];
    let after = 0;
    for (;;) {
      const rows = this.oldest(REDERIVE_AT_ONCE, Number.POSITIVE_INFINITY, after);
      for (const row of rows.filter((each) => which(each))) {
        this.#sql.exec(`DELETE FROM journal WHERE n = ?`, row.n);
        if (this.#keys.get(row.fact.key) === row.n) this.#keys.delete(row.fact.key);
        dropped.push(row);
      }
      after = rows.at(-1)?.n ?? after;
      if (rows.length < REDERIVE_AT_ONCE) return dropped;
    }
  }

  oldestReceivedAt(): number | null {
    const [row] = this.#sql
      .exec<{ at: number | null }>(`SELECT received_at AS at FROM journal ORDER BY n LIMIT 1`)
      .toArray();
    return row?.at ?? null;
  }
}
