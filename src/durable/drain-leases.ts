/** A drainer that has not asked for so long is gone. */
const LEASE_MS = 15_000;
/** A Worker may wait for six answers at once (platform.md 1.1), which can be too few for 20/s. */
const MAX_DRAINERS = 3;

/** Who drains the queue of this number at the moment, and whether a ticket is due. In memory only:
 * after a restart a ticket too many finds nothing left to do. */
export class DrainLeases {
  readonly #until = new Map<string, number>();
  #ticketUntil = 0;

  /** A drainer asks for work. @returns whether it was at work before */
  renew(drainer: string, now: number): boolean {
    const known = this.#until.has(drainer);
    this.#until.set(drainer, now + LEASE_MS);
    if (!known) this.#ticketUntil = 0; // a ticket has arrived
    return known;
  }

  /** Whether enough are at work without this one: it came by a ticket that was overtaken. */
  isCrowded(drainer: string, now: number): boolean {
    return !this.#until.has(drainer) && this.#alive(now) >= MAX_DRAINERS;
  }

  /** A drainer was told that nothing is left, or leaves. */
  end(drainer: string): void {
    this.#until.delete(drainer);
  }

  /** Whether the caller is to send a ticket: nobody is at work, and none is on its way. */
  takeTicket(now: number): boolean {
    if (this.#alive(now) > 0 || now < this.#ticketUntil) return false;
    this.#ticketUntil = now + LEASE_MS;
    return true;
  }

  /** Whoever was to send the ticket never heard of it. */
  loseTicket(): void {
    this.#ticketUntil = 0;
  }

  /** Whether the drainers at work are to call for one more. */
  takeHelp(now: number): boolean {
    if (this.#alive(now) >= MAX_DRAINERS || now < this.#ticketUntil) return false;
    this.#ticketUntil = now + LEASE_MS;
    return true;
  }

  /** The clock was set back: what ends at an instant of the old one would never end. */
  clear(): void {
    this.#until.clear();
    this.#ticketUntil = 0;
  }

  #alive(now: number): number {
    for (const [drainer, until] of this.#until) if (until <= now) this.#until.delete(drainer);
    return this.#until.size;
  }
}
