import type { Job } from "./delivery-types.ts";

interface Line {
  /** Failed once: what is behind it waits for its retry. In the order of the log. */
  waiting: Job[];
  fresh: Job[];
  isBusy: boolean;
}

/**
 * Who may go next: of each sender one event at a time, by seq, and side by side with other senders.
 * Where no order is asked for, every event is a line of its own.
 */
export class EndpointLines {
  readonly #lines = new Map<string, Line>();
  #isOrdered = true;
  #size = 0;

  /** Empties all lines. @param isOrdered whether a sender's events go one after the other */
  reset(isOrdered: boolean): void {
    this.#lines.clear();
    this.#isOrdered = isOrdered;
    this.#size = 0;
  }

  get size(): number {
    return this.#size;
  }

  /** Events of the log, behind whatever their senders have. */
  add(jobs: readonly Job[]): void {
    for (const job of jobs) this.#lineOf(job).fresh.push(job);
    this.#size += jobs.length;
  }

  /**
   * Drops the events of a sender's line behind so many; they are read again.
   *
   * @returns their positions; null where the line has events of another shard too, whose order
   *   would change
   */
  cut(shard: string, senderId: string, keep: number): number[] | null {
    const line = this.#lines.get(senderId);
    if (line === undefined) return [];
    if (line.fresh.some((job) => job.shard !== shard)) return null;
    const dropped = line.fresh.splice(keep);
    this.#size -= dropped.length;
    return dropped.map(({ pos }) => pos);
  }

  /** One that failed once: its sender waits for it. */
  addWaiting(job: Job): void {
    const { waiting } = this.#lineOf(job);
    const at = waiting.findIndex(({ pos }) => pos > job.pos);
    waiting.splice(at < 0 ? waiting.length : at, 0, job);
    this.#size += 1;
  }

  /** One that could not be posted yet comes next of its line, when it is due. */
  putBack(job: Job): void {
    this.#lineOf(job).fresh.unshift(job);
    this.#size += 1;
  }

  /** Another time for one that waits. @returns false where none does */
  hasten(event: string, at: number): boolean {
    for (const { waiting } of this.#lines.values()) {
      const job = waiting.find((one) => one.event === event);
      if (job === undefined) continue;
      job.dueAt = at;
      return true;
    }
    return false;
  }

  /** Those that wait for their first retry are none of it any more. */
  dropWaiting(): void {
    for (const [key, line] of this.#lines) {
      this.#size -= line.waiting.length;
      line.waiting = [];
      this.#tidy(key, line);
    }
  }

  /**
   * Takes the next event that may go out now; its line is busy until `release`.
   *
   * @param mayGo which of those that stand first
   */
  take(now: number, mayGo: (job: Job) => boolean = () => true): Job | null {
    for (const [key, line] of this.#lines) {
      const job = headOf(line);
      if (line.isBusy || job === undefined || job.dueAt > now || !mayGo(job)) continue;
      (line.waiting.length > 0 ? line.waiting : line.fresh).shift();
      line.isBusy = true;
      this.#size -= 1;
      // To the end: others come before it goes again.
      this.#lines.delete(key);
      this.#lines.set(key, line);
      return job;
    }
    return null;
  }

  /** Whether `take` would find something. */
  hasReady(now: number): boolean {
    for (const line of this.#lines.values()) {
      const job = headOf(line);
      if (!line.isBusy && job !== undefined && job.dueAt <= now) return true;
    }
    return false;
  }

  /** The event taken of this line is done with, or goes back into it. */
  release(job: Job): void {
    const key = this.#keyOf(job);
    const line = this.#lines.get(key);
    if (line === undefined) return;
    line.isBusy = false;
    this.#tidy(key, line);
  }

  /** When the next event that waits may go (epoch ms); null where none waits for a time. */
  nextAt(): number | null {
    let next: number | null = null;
    for (const line of this.#lines.values()) {
      const job = headOf(line);
      if (line.isBusy || job === undefined) continue;
      if (next === null || job.dueAt < next) next = job.dueAt;
    }
    return next;
  }

  #lineOf(job: Job): Line {
    const key = this.#keyOf(job);
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const line: Line = { waiting: [], fresh: [], isBusy: false };
    this.#lines.set(key, line);
    return line;
  }

  #keyOf({ senderId, event }: Job): string {
    return this.#isOrdered ? senderId : event;
  }

  #tidy(key: string, line: Line): void {
    if (!line.isBusy && headOf(line) === undefined) this.#lines.delete(key);
  }
}

function headOf({ waiting, fresh }: Line): Job | undefined {
  return waiting[0] ?? fresh[0];
}
