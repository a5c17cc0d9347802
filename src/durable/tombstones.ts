import { ErasedNames, FOR_EVER, hashName } from "../lib/erased-names.ts";
import { isBsuidKey, nameInKey } from "../lib/customer-key.ts";
import { phoneVariants } from "../lib/phone-variants.ts";
import type { Tombstone, TombstoneSet } from "../lib/erased-names.ts";
import type { SettingsStore } from "./settings-store.ts";

const KEY = "tombstoneKey";

interface Names {
  phone?: string;
  bsuid?: string;
}

/** A name of an erased customer, and when the customer had it (epoch ms). */
export interface ErasedName {
  name: string;
  from: number;
  until: number;
}

/**
 * Who was erased, by keyed hashes of their names. The key is random and lives here alone, apart from
 * the databases that the hashes guard: rotating the gateway's secrets changes nothing about it, and it
 * goes when the sender is erased. Read once an instance: most numbers have none.
 */
export class Tombstones {
  readonly #sql: SqlStorage;
  readonly #settings: SettingsStore;
  readonly #bySender = new Map<number, ErasedNames>();

  constructor(sql: SqlStorage, settings: SettingsStore) {
    this.#sql = sql;
    this.#settings = settings;
  }

  /** Those of a sender that has held this number. */
  of(sender: number): ErasedNames {
    const known = this.#bySender.get(sender);
    if (known !== undefined) return known;
    const names = new ErasedNames(this.list(sender) ?? { key: "", tombstones: [] });
    this.#bySender.set(sender, names);
    return names;
  }

  /** Senders of this number, former ones among them, that have any. */
  senders(): number[] {
    return this.#sql
      .exec<{ sender: number }>(`SELECT DISTINCT sender FROM tombstones`)
      .toArray()
      .map(({ sender }) => sender);
  }

  /** The same for who stores history; null where nobody was erased. */
  list(sender: number): TombstoneSet | null {
    const key = this.#settings.get<string>(KEY);
    if (key === undefined) return null;
    const tombstones = this.#sql
      .exec<Tombstone & Record<string, SqlStorageValue>>(
        `SELECT name, from_at AS "from", until FROM tombstones WHERE sender = ?`,
        sender,
      )
      .toArray();
    return tombstones.length === 0 ? null : { key, tombstones };
  }

  /**
   * Erased from now on.
   *
   * @param wamids of messages of the very second of the erasure, or with a stamp of later
   */
  add(sender: number, names: readonly ErasedName[], wamids: readonly string[]): void {
    const key = this.#key();
    const write = (name: string, from: number, until: number) =>
      this.#sql.exec(
        `INSERT INTO tombstones (sender, name, from_at, until) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (sender, name) DO UPDATE SET from_at = min(from_at, excluded.from_at),
           until = max(until, excluded.until)`,
        sender,
        hashName(key, name),
        from,
        until,
      );
    for (const { name, from, until } of names) {
      for (const spelling of [name, ...phoneVariants(name)]) write(spelling, from, until);
    }
    for (const wamid of wamids) write(wamid, 0, FOR_EVER);
    this.#bySender.delete(sender);
  }

  /** A customer who was erased is seen under another name too: the past under that one is erased as well. */
  spread(sender: number, ref: Names): void {
    const tombstone = this.of(sender).find(ref);
    if (tombstone !== undefined) this.cover(sender, tombstone, [ref]);
  }

  /** Names that turned out to be an erased customer's, each from when on it was theirs. */
  cover(sender: number, { from, until }: Tombstone, refs: readonly Names[]): void {
    const missing = refs.flatMap((ref) => this.of(sender).missing(ref));
    if (missing.length > 0)
      this.add(
        sender,
        missing.map((name) => ({ name, from, until })),
        [],
      );
  }

  /** What memory holds is what the table does. */
  reread(): void {
    this.#bySender.clear();
  }

  /** The sender itself is erased. */
  forget(sender: number): void {
    this.#bySender.delete(sender);
    this.#sql.exec(`DELETE FROM tombstones WHERE sender = ?`, sender);
  }

  #key(): string {
    const known = this.#settings.get<string>(KEY);
    if (known !== undefined) return known;
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64");
    this.#settings.set(KEY, key);
    return key;
  }
}

/**
 * The time in which a key named the customer: a number that was given up is the next holder's since,
 * and the next holder's key says from when on it is theirs (lib/customer-key.ts).
 *
 * @param givenUpAt epoch ms; null while it is theirs
 */
export function erasedName(key: string, givenUpAt: number | null, now: number): ErasedName {
  const until = Math.min(givenUpAt ?? now, now);
  if (isBsuidKey(key)) return { name: key, from: 0, until };
  const [, since] = key.split("~");
  return { name: nameInKey(key).phone ?? key, from: Number(since ?? 0), until };
}
