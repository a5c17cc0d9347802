import { createHmac } from "node:crypto";
import { phoneVariants } from "./phone-variants.ts";

/** Whom something is about, by whatever it names. */
interface NamedRef {
  phone?: string | undefined;
  bsuid?: string | undefined;
}

/** What keeps an erased name from coming back: its hash, and of which time it is erased. */
export interface Tombstone {
  /** Keyed hash of a phone, a BSUID or a wamid. */
  name: string;
  /** Epoch ms: a number that came from hand to hand was somebody else's before. */
  from: number;
  /** Epoch ms: what is older is erased. */
  until: number;
}

/** All tombstones of a sender, with the key of their hashes (base64). */
export interface TombstoneSet {
  key: string;
  tombstones: Tombstone[];
}

/** Stands for a wamid that is erased whatever its time. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** The keyed hash that stands for a name. @param key base64 */
export function hashName(key: string, name: string): string {
  return createHmac("sha256", Buffer.from(key, "base64"))
    .update(name)
    .digest("base64url")
    .slice(0, 27);
}

/**
 * Who of a sender's customers was erased, and from when on they are somebody new. Meta's stamps have
 * whole seconds: in the very second of the erasure it is the wamids that tell what was there.
 */
export class ErasedNames {
  readonly #key: string;
  readonly #byName: Map<string, Tombstone>;
  readonly #hashes = new Map<string, string>();

  constructor({ key, tombstones }: TombstoneSet) {
    this.#key = key;
    this.#byName = new Map(tombstones.map((tombstone) => [tombstone.name, tombstone]));
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  /** The newest tombstone of whom this names; undefined for who was never erased. */
  find(ref: NamedRef): Tombstone | undefined {
    let newest: Tombstone | undefined;
    for (const name of namesOf(ref)) {
      const found = this.#byName.get(this.#hash(name));
      if (found !== undefined && found.until > (newest?.until ?? 0)) newest = found;
    }
    return newest;
  }

  /** Names of this customer that have no tombstone yet, though others of theirs have. */
  missing(ref: NamedRef): string[] {
    return namesOf(ref).filter((name) => !this.#byName.has(this.#hash(name)));
  }

  /**
   * Whether something is erased.
   *
   * @param at epoch ms by Meta
   * @param wamid the message that it is, or is about
   */
  covers(ref: NamedRef, at: number, wamid?: string): boolean {
    const tombstone = this.find(ref);
    const known = tombstone !== undefined && at >= wholeSecond(tombstone.from);
    if (known && at < wholeSecond(tombstone.until)) return true;
    return wamid !== undefined && this.hasWamid(wamid);
  }

  /** Whether a message was erased in the very second in which it came. */
  hasWamid(wamid: string): boolean {
    return this.#byName.has(this.#hash(wamid));
  }

  #hash(name: string): string {
    const known = this.#hashes.get(name);
    if (known !== undefined) return known;
    const hash = hashName(this.#key, name);
    if (this.#hashes.size > 50_000) this.#hashes.clear();
    this.#hashes.set(name, hash);
    return hash;
  }
}

/** Every spelling that a customer may be named by. */
function namesOf({ phone, bsuid }: NamedRef): string[] {
  const phones = phone === undefined ? [] : [phone, ...phoneVariants(phone)];
  return bsuid === undefined ? phones : [...phones, bsuid];
}

export function wholeSecond(at: number): number {
  return at - (at % 1_000);
}
