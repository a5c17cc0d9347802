import { AHEAD_MS, Pacer } from "./pacer.ts";
import { PairBudgets } from "./pair-budget.ts";
import type { Aliases } from "./aliases.ts";
import type { Outbox, OutboxRow } from "./outbox.ts";
import type { SettingsStore } from "./settings-store.ts";

/** With the next free place this near, the drainers are not ahead of the pace. */
const BEHIND_MS = 100;
const PENALTY_MAX_MS = 60_000;
/** How far back places matter: the longest pair budget, and clocks that differ. */
const RECENT_MS = 10 * 60_000;

interface Parts {
  settings: SettingsStore;
  outbox: Outbox;
  aliases: Aliases;
  intervalMs: number;
}

/**
 * When the next send may leave: the number's pace and the pair's budget together, rebuilt from the
 * outbox after a restart. The rules themselves are pacer.ts and pair-budget.ts.
 */
export class Places {
  readonly #parts: Parts;
  readonly #pacer: Pacer;
  readonly #pairs = new PairBudgets();
  #penaltyMs = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const recent = parts.outbox.recentPlaces(Date.now() - RECENT_MS);
    const mark = parts.settings.get<number>("pacerMark") ?? 0;
    // Also places that are past by this clock: the next one may run on a machine that is behind.
    const taken = [...parts.outbox.placed(), ...recent].map((row) => row.placeAt);
    this.#pacer = new Pacer(parts.intervalMs, mark, taken);
    for (const row of recent) {
      this.#pairs.take(parts.aliases.resolve(row.customer), row.placeAt);
    }
  }

  /**
   * The first place that both the number's pace and the pair's budget allow.
   *
   * @returns `pairFrom`: since when the pair alone would allow it
   */
  find(customer: string, now: number): { at: number; pairFrom: number } {
    let pairFrom = this.#pairs.earliest(customer, now);
    for (;;) {
      const at = this.#pacer.firstFree(now, pairFrom);
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

  /** Gives a place back whose send was taken back before its time. */
  release(at: number): void {
    this.#pacer.release(at);
  }

  countInbound(now: number): void {
    this.#storeMark(this.#pacer.countInbound(now));
  }

  /** Whether the next free place is so near that whoever drains does not keep up. */
  isBehind(now: number): boolean {
    return this.#pacer.firstFree(now) < now + BEHIND_MS;
  }

  /** When to look again while only these customers' sends are left (ms from now). */
  untilUnblocked(blockedUntil: Iterable<number>, now: number): number {
    // No later than a second: a newcomer brings no ticket while somebody is at it.
    const soonest = Math.min(...blockedUntil, now + AHEAD_MS * 2);
    return Math.max(this.#parts.intervalMs, soonest - AHEAD_MS - now);
  }

  accepted(customer: string): void {
    this.#penaltyMs = 0;
    this.#pairs.accepted(customer);
  }

  /** Meta found us too fast: the number as a whole, or this one pair. */
  refused(scope: "number" | "customer", customer: string, now: number): void {
    if (scope === "customer") {
      this.#pairs.refused(customer, now);
      return;
    }
    this.#penaltyMs = Math.min(Math.max(1_000, this.#penaltyMs * 2), PENALTY_MAX_MS);
    this.#pacer.holdUntil(now + this.#penaltyMs);
  }

  /** A customer's other name was learnt. */
  followAlias(alias: string, customer: string): void {
    this.#pairs.merge(alias, customer);
  }

  forget(now: number): void {
    this.#pairs.forget(now);
  }

  #storeMark(mark: number | null): void {
    if (mark !== null) this.#parts.settings.set("pacerMark", mark);
  }
}
