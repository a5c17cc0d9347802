import { easeHold, extendHold, NO_HOLD, readHold, slowedInterval } from "./hold.ts";
import { AHEAD_MS, Pacer } from "./pacer.ts";
import { PairBudgets } from "./pair-budget.ts";
import type { Aliases } from "./aliases.ts";
import type { Hold } from "./hold.ts";
import type { Outbox, OutboxRow, UsedPlace } from "./outbox.ts";
import type { Lane } from "./pacer.ts";
import type { PairHold } from "./pair-budget.ts";
import type { SettingsStore } from "./settings-store.ts";

/** With the next free place this near, the drainers are not ahead of the pace. */
const BEHIND_MS = 100;
/** How far back places matter: the longest pair budget, and clocks that differ. */
const RECENT_MS = 10 * 60_000;
/** So many seconds of places are shown. */
const FIGURES_S = 120;
/** Reserved places go back to all when no drainer has gone short for so long. */
const RESERVE_MS = 2 * AHEAD_MS;

interface Parts {
  settings: SettingsStore;
  outbox: Outbox;
  aliases: Aliases;
  /** The least time between two places, whatever a sender's pace. */
  intervalMs: number;
}

/**
 * When the next send may leave: the number's pace and the pair's budget together, rebuilt from the
 * outbox after a restart. The rules themselves are pacer.ts, hold.ts and pair-budget.ts.
 */
export class Places {
  readonly #parts: Parts;
  readonly #pacer: Pacer;
  readonly #pairs = new PairBudgets();
  #mps: number | undefined;

  /** @param mps the sender's places a second, where it has a pace of its own */
  constructor(parts: Parts, mps: number | undefined) {
    this.#parts = parts;
    this.#mps = mps;
    const recent = parts.outbox.recentPlaces(Date.now() - RECENT_MS);
    const mark = parts.settings.get<number>("pacerMark") ?? 0;
    // Also places that are past by this clock: the next one may run on a machine that is behind.
    const taken = [...parts.outbox.placed(), ...recent].map((row) => row.placeAt);
    this.#pacer = new Pacer(this.#interval(), mark, taken);
    this.#pacer.holdUntil(this.#hold.until);
    for (const row of recent) {
      this.#pairs.take(parts.aliases.resolve(row.customer), row.placeAt);
    }
    const holds = parts.settings.get<PairHold[]>("pairHolds") ?? [];
    this.#pairs.restoreHolds(
      // A customer may have another key by now.
      holds.map((hold) => ({ ...hold, customer: parts.aliases.resolve(hold.customer) })),
    );
  }

  /** A customer who is erased: what was sent to them counts for nobody. */
  forgetCustomers(customers: Iterable<string>): void {
    for (const customer of customers) this.#pairs.drop(customer);
    if (this.#parts.settings.get("pairHolds") !== undefined) this.#storePairHolds();
  }

  /** Whether a send of ours to this customer left in the last seconds, or is to leave. */
  wroteLately(customer: string): boolean {
    return this.#pairs.isRecent(customer);
  }

  /**
   * The first place that both the number's pace and the pair's budget allow.
   *
   * @returns `pairFrom`: since when the pair alone would allow it
   */
  find(customer: string, now: number, lane: Lane): { at: number; pairFrom: number } {
    let pairFrom = this.#pairs.earliest(customer, now);
    for (;;) {
      const at = this.#pacer.firstFree(now, pairFrom, lane);
      // The number's own queue can push a message over the end of its burst.
      const allowed = this.#pairs.earliest(customer, at);
      if (allowed <= at) return { at, pairFrom };
      pairFrom = allowed;
    }
  }

  /** Uses a place up for a row that is stored as placed there. */
  use(row: OutboxRow, at: number, now: number): void {
    this.#storeMark(this.#pacer.take(at, now));
    this.#pairs.take(this.#parts.aliases.resolve(row.customer), at);
  }

  /** Until when Meta's refusals hold back the number, or this customer (epoch ms). */
  heldUntil(customer: string, now: number): { number: number; pair: number } {
    return { number: this.#hold.until, pair: this.#pairs.heldUntil(customer, now) };
  }

  /** Gives a place back whose send was taken back before its time. */
  release({ customer, placeAt }: OutboxRow): void {
    if (placeAt === null) return;
    this.#pacer.release(placeAt);
    this.#pairs.release(this.#parts.aliases.resolve(customer), placeAt);
  }

  countInbound(now: number): void {
    this.#storeMark(this.#pacer.countInbound(now));
  }

  /** The queue found no place within its horizon: some of the next are kept for it. */
  reserveForQueue(now: number): void {
    this.#pacer.reserveForQueue(now + RESERVE_MS);
  }

  /** Another pace of the sender: places a second, 20 at most (protocol.md 3.5). */
  changePace(mps: number): void {
    this.#mps = mps;
    this.#pacer.changeInterval(this.#interval());
  }

  /** Whether the next free place is so near that whoever drains does not keep up. */
  isBehind(now: number): boolean {
    return this.#pacer.firstFree(now) < now + BEHIND_MS;
  }

  /** When to look again while only these customers' sends are left (ms from now). */
  untilUnblocked(blockedUntil: Iterable<number>, now: number): number {
    // No later than a second: a newcomer brings no ticket while somebody is at it.
    const soonest = Math.min(...blockedUntil, now + AHEAD_MS * 2);
    return Math.max(this.#pacer.intervalMs, soonest - AHEAD_MS - now);
  }

  /** Meta took a send whose place was at `placeAt`. */
  accepted({ customer, placeAt }: UsedPlace, now: number): void {
    if (this.#pairs.accepted(customer, placeAt)) this.#storePairHolds();
    const hold = this.#hold;
    const eased = easeHold(hold, now);
    if (eased === hold) return;
    this.#parts.settings.set("numberHold", eased);
    this.#pacer.changeInterval(this.#interval());
  }

  /**
   * Meta found us too fast: the number as a whole, or this one pair.
   *
   * @returns how long nothing more may leave, for the number or this customer (ms)
   */
  refused(scope: "number" | "customer", { customer, placeAt }: UsedPlace, now: number): number {
    if (scope === "customer") {
      this.#pairs.refused(customer, placeAt, now);
      this.#storePairHolds();
      return this.#pairs.earliest(customer, now) - now;
    }
    const hold = extendHold(this.#hold, placeAt, now);
    if (hold !== this.#hold) {
      this.#parts.settings.set("numberHold", hold);
      this.#pacer.holdUntil(hold.until);
      this.#pacer.changeInterval(this.#interval());
    }
    return Math.max(0, hold.until - now);
  }

  /** How the number's pace stands, for whoever looks at it. */
  figures(now: number): { used: number[]; placesASecond: number; heldUntil: number | null } {
    const { until } = this.#hold;
    return {
      used: this.#pacer.usedBySecond(now, FIGURES_S),
      placesASecond: Math.floor(1_000 / this.#pacer.intervalMs),
      heldUntil: until > now ? until : null,
    };
  }

  /** A customer's other name was learnt. */
  followAlias(alias: string, customer: string): void {
    this.#pairs.merge(alias, customer);
  }

  forget(now: number): void {
    this.#pairs.forget(now);
  }

  get #hold(): Hold {
    return readHold(this.#parts.settings.get<Hold>("numberHold") ?? NO_HOLD, Date.now());
  }

  #interval(): number {
    const own = this.#mps === undefined ? 0 : Math.ceil(1_000 / this.#mps);
    return slowedInterval(Math.max(own, this.#parts.intervalMs), this.#hold);
  }

  #storePairHolds(): void {
    this.#parts.settings.set("pairHolds", this.#pairs.holds());
  }

  #storeMark(mark: number | null): void {
    if (mark !== null) this.#parts.settings.set("pacerMark", mark);
  }
}
