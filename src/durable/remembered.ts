/** About a megabyte of short rows. */
const REMEMBERED_MAX = 10_000;

/**
 * Rows of an object's table by key, read through memory: the first read of a call costs it more
 * than all that follows. Whoever writes the table says so here; a key without a row is remembered
 * too, as undefined.
 */
export class Remembered<Row> {
  readonly #read: (key: string) => Row | undefined;
  readonly #rows = new Map<string, Row | undefined>();

  constructor(read: (key: string) => Row | undefined) {
    this.#read = read;
  }

  get(key: string): Row | undefined {
    if (this.#rows.has(key)) return this.#rows.get(key);
    return this.note(key, this.#read(key));
  }

  /** What the table holds for this key from now on. */
  note(key: string, row: Row | undefined): Row | undefined {
    if (this.#rows.size >= REMEMBERED_MAX) this.#rows.clear();
    this.#rows.set(key, row);
    return row;
  }

  clear(): void {
    this.#rows.clear();
  }
}
