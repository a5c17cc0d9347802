/** Numbers that look random and are the same on every run with the same seed. */
export type Random = {
  /** In [0, 1). */
  next(): number;
  /** Whole number in [0, limit). */
  int(limit: number): number;
  /** Upper-case hex digits, as in a wamid's token. */
  hex(length: number): string;
  digits(length: number): string;
  /** True in about `share` of the calls (0 to 1). */
  chance(share: number): boolean;
};

/** Scrambles one 32-bit number into another (the finalizer of MurmurHash3). */
export function scramble(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** One 32-bit number from any mix of words and numbers: what identifies a thing decides its look. */
export function hashOf(...parts: (string | number)[]): number {
  let h = 0x811c9dc5;
  for (const part of parts) {
    for (const char of `${part}|`) h = Math.imul(h ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return scramble(h);
}

/** In [0, 1), decided by `key` and `index` alone, so that item n needs no item before it. */
export function shareAt(key: number, index: number): number {
  return scramble(key + Math.imul(index + 1, 0x9e3779b9)) / 2 ** 32;
}

export function hexAt(key: number, index: number, length: number): string {
  let hex = "";
  for (let word = 0; hex.length < length; word++) {
    const value = scramble(scramble(key + word * 0x1b873593) + Math.imul(index + 1, 0x9e3779b9));
    hex += value.toString(16).padStart(8, "0");
  }
  return hex.slice(0, length).toUpperCase();
}

export function createRandom(seed: number): Random {
  let state = scramble(seed ^ 0x5bd1e995);
  const word = () => {
    state = (state + 0x9e3779b9) | 0;
    return scramble(state);
  };
  const next = () => word() / 2 ** 32;
  const int = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    int,
    hex: (length) => Array.from({ length }, () => "0123456789ABCDEF"[int(16)]).join(""),
    digits: (length) => Array.from({ length }, () => int(10)).join(""),
    chance: (share) => share > 0 && next() < share,
  };
}

/** A shuffled copy. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
