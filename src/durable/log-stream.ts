/** How far a stream of a log has been told: everything up to `reached`, and these beyond it. */
export interface StreamProgress {
  reached: number;
  ahead: number[];
  /** Senders that were told up to here by themselves, which is beyond `reached`. */
  apart?: Record<string, number>;
}

interface Place {
  pos: number;
  senderId: string;
}

/** A log as it is read forward: what was read, what of it is settled, and how far that is unbroken. */
export class LogStream {
  reached: number;
  /** Up to here it has been read. */
  scanned: number;
  isReading = false;
  /** With their senders; null: it was settled before a restart, and not met again since. */
  readonly #ahead: Map<number, string | null>;
  readonly #apart: Map<string, number>;
  /** Positions that were read and are not settled, in their order, with their senders. */
  readonly #open: Map<number, string>;

  /** @param open what was read already, in its order */
  constructor(
    { reached, ahead, apart = {} }: StreamProgress,
    open: ReadonlyMap<number, string> = new Map(),
    scanned = reached,
  ) {
    this.reached = reached;
    this.scanned = scanned;
    this.#ahead = new Map(ahead.map((pos) => [pos, null]));
    this.#apart = new Map(Object.entries(apart));
    this.#open = new Map(open);
  }

  get progress(): StreamProgress {
    const apart = Object.fromEntries(this.#apart);
    const ahead = [...this.#ahead.keys()];
    return { reached: this.reached, ahead, ...(this.#apart.size > 0 && { apart }) };
  }

  get open(): ReadonlyMap<number, string> {
    return this.#open;
  }

  /** How many are settled beyond `reached`. */
  get aheadSize(): number {
    return this.#ahead.size;
  }

  /** What is settled beyond `reached` of a sender, or may be: whose it was is not known of all. */
  listAhead(sender: string): number[] {
    const theirs = [...this.#ahead].filter(([, each]) => each === sender || each === null);
    return theirs.map(([pos]) => pos);
  }

  /** Rows were read, up to a position. @returns those that are not settled */
  took<Row extends Place>(rows: readonly Row[], scanned: number): Row[] {
    const fresh: Row[] = [];
    for (const row of rows) {
      const { pos, senderId } = row;
      if (this.#ahead.has(pos)) this.#ahead.set(pos, senderId);
      else if (pos > (this.#apart.get(senderId) ?? 0)) fresh.push(row);
    }
    for (const { pos, senderId } of fresh) this.#open.set(pos, senderId);
    this.scanned = scanned;
    this.#advance();
    return fresh;
  }

  settle({ pos, senderId }: Place): void {
    if (pos <= this.reached) return;
    this.#open.delete(pos);
    this.#ahead.set(pos, senderId);
    this.#advance();
  }

  /**
   * A sender is this stream's again. `reached` may lie before what it was told by itself, and a
   * restart reads from there.
   */
  takeBack(sender: string, { reached, ahead }: StreamProgress): void {
    for (const pos of ahead) this.settle({ pos, senderId: sender });
    if (reached > this.reached) this.#apart.set(sender, reached);
  }

  /** These are another stream's from now on. */
  giveUp(positions: Iterable<number>): void {
    for (const pos of positions) this.#open.delete(pos);
    this.#advance();
  }

  #advance(): void {
    const [oldest] = this.#open.keys(); // a Map keeps the order in which positions were read
    this.reached = oldest === undefined ? this.scanned : oldest - 1;
    for (const pos of this.#ahead.keys()) if (pos <= this.reached) this.#ahead.delete(pos);
    for (const [sender, told] of this.#apart) if (told <= this.reached) this.#apart.delete(sender);
  }
}
