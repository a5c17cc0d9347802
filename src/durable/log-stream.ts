/** How far a stream of a log has been told: everything up to `reached`, and these beyond it. */
export interface StreamProgress {
  reached: number;
  ahead: number[];
}

/** A log as it is read forward: what was read, what of it is settled, and how far that is unbroken. */
export class LogStream {
  reached: number;
  /** Up to here it has been read. */
  scanned: number;
  isReading = false;
  readonly #ahead: Set<number>;
  /** Positions that were read and are not settled, in their order, with their senders. */
  readonly #open: Map<number, string>;

  /** @param open what was read already, in its order */
  constructor(
    { reached, ahead }: StreamProgress,
    open: ReadonlyMap<number, string> = new Map(),
    scanned = reached,
  ) {
    this.reached = reached;
    this.scanned = scanned;
    this.#ahead = new Set(ahead);
    this.#open = new Map(open);
  }

  get progress(): StreamProgress {
    return { reached: this.reached, ahead: [...this.#ahead] };
  }

  get open(): ReadonlyMap<number, string> {
    return this.#open;
  }

  /** How many are settled beyond `reached`. */
  get aheadSize(): number {
    return this.#ahead.size;
  }

  isSettled(pos: number): boolean {
    return this.#ahead.has(pos);
  }

  /** Rows were read, up to a position. */
  took(rows: readonly { pos: number; senderId: string }[], scanned: number): void {
    for (const { pos, senderId } of rows) this.#open.set(pos, senderId);
    this.scanned = scanned;
    this.#advance();
  }

  settle(pos: number): void {
    if (pos <= this.reached) return;
    this.#open.delete(pos);
    this.#ahead.add(pos);
    this.#advance();
  }

  /** These are another stream's from now on. */
  giveUp(positions: Iterable<number>): void {
    for (const pos of positions) this.#open.delete(pos);
    this.#advance();
  }

  #advance(): void {
    const [oldest] = this.#open.keys(); // a Map keeps the order in which positions were read
    this.reached = oldest === undefined ? this.scanned : oldest - 1;
    for (const pos of this.#ahead) if (pos <= this.reached) this.#ahead.delete(pos);
  }
}
