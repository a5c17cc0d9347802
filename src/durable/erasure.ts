import { wholeSecond } from "../lib/erased-names.ts";
import { GENERATION_TOLERANCE_MS } from "../lib/generation.ts";
import { TABLES } from "./tables.ts";
import { judgeErased } from "./erased-facts.ts";
import { NEXT_PARTNER } from "./next-partner.ts";
import { ERASED } from "./outbox.ts";
import { erasedName } from "./tombstones.ts";
import type { Aliases } from "./aliases.ts";
import type { Flusher } from "./flusher.ts";
import type { Journal, JournalRow } from "./journal.ts";
import type { NextPartners } from "./next-partner.ts";
import type { Outbox } from "./outbox.ts";
import type { Sending } from "./sending.ts";
import type { SenderConfig } from "./sender-state.ts";
import type { SettingsStore } from "./settings-store.ts";
import type { ThreadOwners } from "./thread-owners.ts";
import type { ErasedName, Tombstones } from "./tombstones.ts";
import type { Windows } from "./windows.ts";

/** Which customer of which sender is to be erased. */
export interface ErasureOrder {
  senderKey: number;
  /** Phone digits or BSUID, as it was asked for. */
  customer: string;
  /** Keys that D1 knows the customer by. */
  keys: string[];
  /** Epoch ms: what is older goes and does not come back. */
  until: number;
  /** Wamids in D1 whose stamp is not older: of that very second, or of a clock that is ahead. */
  wamids: string[];
}

/** Which sender is to be erased. */
export interface SenderOrder {
  senderKey: number;
  /** Epoch ms: what is older was its; it may have lost the number long ago. */
  before: number;
  /** Whether a signup is about to connect the number anew. */
  isAwaited: boolean;
}

/** What an object had of a customer. */
export interface ErasedHere {
  /** Every key of theirs, as rows in D1 may carry them. */
  keys: string[];
  /** Phones and BSUIDs, and when each was theirs: as content names them. */
  names: ErasedName[];
  /** Wamids of the very second of the erasure, in D1 or on their way there. */
  wamids: string[];
  facts: number;
  sends: number;
}

interface Parts {
  sql: SqlStorage;
  settings: SettingsStore;
  journal: Journal;
  aliases: Aliases;
  windows: Windows;
  threads: ThreadOwners;
  outbox: Outbox;
  sending: Sending;
  flusher: Flusher;
  tombstones: Tombstones;
  nextPartners: NextPartners;
  config: () => SenderConfig | undefined;
}

/** Since when an erased number belongs to nobody (epoch ms). */
const ERASED_AT = "erasedAt";
/** What is older was an erased sender's (epoch ms), whoever has the number by now. */
const ERASED_BEFORE = "erasedBefore";
/** What stays of an object whose sender is erased, so that numbers that were given are not given again. */
const STAYS = ["fence", "outboxFrom", ERASED_AT, ERASED_BEFORE];

/** Every table but the settings, of which some stay. */
const OWN_TABLES = TABLES.flatMap((step) => /CREATE TABLE (\w+)/.exec(step)?.[1] ?? []).filter(
  (name) => name !== "settings",
);

/** Takes a customer, or the sender itself, out of a number's object. Each method is one step. */
export class Erasure {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes a customer out, and sees to it that nothing of the time before comes back. Repeatable. */
  customer(order: ErasureOrder, now: number): ErasedHere {
    const { senderKey, until } = order;
    const isHolder = this.#parts.config()?.senderKey === senderKey;
    // Of a number that another partner holds by now, the names here are of that one's customers.
    const names = isHolder
      ? this.#parts.aliases.namesOf(order.customer, order.keys)
      : new Map([order.customer, ...order.keys].map((name) => [name, null]));
    const sends = this.#eraseSends(order, names, isHolder);
    const erased = [...names].map(([name, givenUpAt]) => erasedName(name, givenUpAt, until));
    this.#parts.tombstones.add(senderKey, erased, order.wamids);
    const facts = this.#parts.journal.drop(
      (row) =>
        this.#parts.flusher.ownerOf(row.n) === senderKey &&
        isAbout(row, names) &&
        this.#isBefore(row, order),
    );
    const fresh = facts.flatMap(({ fact }) =>
      "wamid" in fact && fact.wamid !== undefined && (fact.at ?? 0) >= wholeSecond(until)
        ? [fact.wamid]
        : [],
    );
    const wamids = [...new Set([...order.wamids, ...fresh])];
    this.#parts.tombstones.add(senderKey, [], fresh);
    if (isHolder) {
      for (const name of names.keys()) {
        this.#parts.windows.forget(name, until);
        this.#parts.threads.forget(name, until);
      }
      this.#parts.sending.places.forgetCustomers(names.keys());
      this.#parts.aliases.forget(names.keys());
      for (const row of sends.queued) {
        this.#parts.sending.outcomes.finish(row, "cancelled", null, now);
      }
    }
    const keys = [...names.keys()];
    return { keys, names: erased, wamids, facts: facts.length, sends: sends.count };
  }

  /**
   * Takes a sender out: all of the object where it is the number's last holder, else what is left
   * of its time. From then on facts of that time are dropped for ever, and all others of the number
   * until somebody begins to connect it; what came for who has begun already stays.
   */
  sender({ senderKey, before, isAwaited }: SenderOrder, now: number): void {
    const { sql, settings, journal, outbox, flusher, tombstones, nextPartners } = this.#parts;
    const config = this.#parts.config();
    if (config !== undefined && config.senderKey !== senderKey) {
      // What came between its successor's subscription and confirmation is the successor's.
      const movedAt = settings.get<number>("handedOverAt") ?? Number.POSITIVE_INFINITY;
      this.#forgetBefore(Math.min(before, movedAt - GENERATION_TOLERANCE_MS));
      journal.drop(({ n }) => flusher.ownerOf(n) === senderKey);
      // Without their rows late statuses of its sends would be the new holder's.
      const addressed = outbox.addressees(senderKey, now).map(({ customer }) => customer);
      if (addressed.length > 0) outbox.erase(senderKey, addressed, now);
      tombstones.forget(senderKey);
      return;
    }
    if (config === undefined && settings.get(ERASED_AT) !== undefined) return; // it was, before
    const next = nextPartners.expected(now);
    settings.set("fence", journal.lastNumber);
    settings.set("outboxFrom", outbox.next);
    settings.set(ERASED_AT, isAwaited || next !== null ? null : now);
    this.#forgetBefore(Math.min(before, next?.since ?? before));
    for (const name of OWN_TABLES) {
      if (name !== "expected" || next === null) sql.exec(`DELETE FROM ${name}`);
    }
    sql.exec(
      `DELETE FROM settings WHERE name NOT IN (SELECT value FROM json_each(?))`,
      JSON.stringify(next === null ? STAYS : [...STAYS, NEXT_PARTNER]),
    );
    outbox.eraseSender(senderKey);
  }

  #forgetBefore(before: number): void {
    const { settings } = this.#parts;
    settings.set(ERASED_BEFORE, Math.max(settings.get<number>(ERASED_BEFORE) ?? 0, before));
  }

  /** Up to when what is stamped was an erased sender's (epoch ms); 0 where none was. */
  get erasedBefore(): number {
    return wholeSecond(this.#parts.settings.get<number>(ERASED_BEFORE) ?? 0);
  }

  /** Whether the number's last holder was erased, and nobody has begun to connect it since. */
  get isVacant(): boolean {
    return this.#parts.config() === undefined && this.#parts.settings.get(ERASED_AT) != null;
  }

  /** Somebody begins to connect the number: what comes from now on is theirs. */
  endVacancy(): void {
    if (this.#parts.settings.get(ERASED_AT) != null) this.#parts.settings.set(ERASED_AT, null);
  }

  /** Where the order comes late, what came meanwhile is of somebody new. */
  #isBefore({ fact, receivedAt }: JournalRow, { senderKey, until }: ErasureOrder): boolean {
    const { outbox, tombstones } = this.#parts;
    if (receivedAt <= until) return true;
    if (fact.kind === "settled") return outbox.find(fact.send)?.customer === ERASED;
    return judgeErased(tombstones.of(senderKey), fact, false) !== "keep";
  }

  #eraseSends(
    { senderKey, until }: ErasureOrder,
    names: ReadonlyMap<string, unknown>,
    isHolder: boolean,
  ) {
    const { outbox, aliases } = this.#parts;
    const addressed = outbox
      .addressees(senderKey, until)
      .filter(({ customer, admittedAt }) => {
        return (
          names.has(customer) || (isHolder && names.has(aliases.resolve(customer, admittedAt)))
        );
      })
      .map(({ customer }) => customer);
    const queued = addressed.length === 0 ? [] : outbox.erase(senderKey, addressed, until);
    return { queued, count: addressed.length };
  }
}

function isAbout({ fact, derived }: JournalRow, names: ReadonlyMap<string, unknown>): boolean {
  if (names.has(derived.customer ?? "")) return true;
  if (fact.kind === "customer_change") {
    return names.has(fact.before.phone ?? fact.before.bsuid ?? "");
  }
  return fact.kind === "notice" && [...names.keys()].some((name) => namesIn(fact.detail, name));
}

function namesIn(value: unknown, name: string): boolean {
  return JSON.stringify(value).includes(JSON.stringify(name));
}
