/** A drainer that has not asked for so long is gone. */
const LEASE_MS = 15_000;
/** A Worker may wait for six answers at once (platform.md 1.1), which can be too few for 20/s. */
const MAX_DRAINERS = 3;

/** The clocks of whoever sends a ticket and of this object differ by less. */
const CLOCKS_DIFFER_MS = 2_000;

/** Who drains the queue of this number at the moment, and whether a ticket is due. In memory only:
 * after a restart a ticket too many finds nothing left to do. */
export class DrainLeases {
  readonly #until = new Map<string, number>();
  #ticketUntil = 0;
  #beganAt = 0;

  /** A drainer asks for work. @returns whether it was at work before */
  renew(drainer: string, now: number): boolean {
    const known = this.#until.has(drainer);
    this.#until.set(drainer, now + LEASE_MS);
    if (!known) {
      this.#ticketUntil = 0; // a ticket has arrived
      this.#beganAt = now;
    }
    return known;
  }

  /**
   * Whether it is one too many: enough are at work, or somebody began after its ticket was sent, for
   * which that one's work is done. Where consumers are few, tickets are renewed while they wait: each
   * of them would have a run of its own, and the numbers behind them would wait for all.
   *
   * @param sentAt when its ticket was sent (epoch ms); undefined where it must not be sent away for that
   */
  isTooMany(drainer: string, sentAt: number | undefined, now: number): boolean {
    if (this.#until.has(drainer)) return false;
    const isOvertaken = sentAt !== undefined && sentAt < this.#beganAt - CLOCKS_DIFFER_MS;
    return isOvertaken || this.#alive(now) >= MAX_DRAINERS;
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
    this.#ticketUntil = this.#beganAt = 0;
  }

  #alive(now: number): number {
    for (const [drainer, until] of this.#until) if (until <= now) this.#until.delete(drainer);
    return this.#until.size;
  }
}
