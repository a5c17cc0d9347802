import { isOfWrongClock } from "./wrong-clock.ts";

/** Meta allows one message in 6 s to one customer, or a burst borrowed from later quota. */
const STEP_MS = 6_000;
const MAX_BURST = 45;
const REFUSALS_MAX = 6;
/** A row of refusals is over when Meta takes a message, or has not been asked for so long. */
const REFUSALS_KEEP_MS = 3_600_000;

interface Burst {
  startAt: number;
  count: number;
  /** Meta refused for this pair (131056): nothing before. */
  heldUntil: number;
  refusals: number;
}

/** A customer whom Meta refused, as it is stored. */
export interface PairHold {
  customer: string;
  heldUntil: number;
  refusals: number;
}

/**
 * How soon one customer may be sent the next message (protocol.md 3.5): at most 45 in any 6 s, and
 * after a burst of n nothing more until n × 6 s from its start. Only that customer waits. Pure:
 * time is an argument; kept in memory and rebuilt from the outbox.
 */
export class PairBudgets {
  readonly #bursts = new Map<string, Burst>();

  /** The first instant at or after `from` (epoch ms) at which this customer may be sent to. */
  earliest(customer: string, from: number): number {
    const burst = this.#bursts.get(customer);
    if (burst === undefined) return from;
    const at = Math.max(from, heldUntil(burst, from));
    const open = at < burst.startAt + STEP_MS && burst.count < MAX_BURST;
    return open ? at : Math.max(at, burst.startAt + burst.count * STEP_MS);
  }

  /** Whether there was a send to this customer in the last seconds. */
  isRecent(customer: string): boolean {
    return this.#bursts.has(customer);
  }

  /** Until when Meta's refusals hold this customer back (epoch ms); 0 where there is none. */
  heldUntil(customer: string, now: number): number {
    const burst = this.#bursts.get(customer);
    return burst === undefined ? 0 : heldUntil(burst, now);
  }

  /** Counts a message that starts at `at`, an instant that `earliest` allowed. */
  take(customer: string, at: number): void {
    const burst = this.#bursts.get(customer);
    if (burst !== undefined && at < burst.startAt + burst.count * STEP_MS) {
      burst.startAt = Math.min(burst.startAt, at);
      burst.count += 1;
    } else {
      this.#bursts.set(customer, {
        startAt: at,
        count: 1,
        heldUntil: burst?.heldUntil ?? 0,
        refusals: burst?.refusals ?? 0,
      });
    }
  }

  /**
   * A message was taken back before its place at `at`. The first of a burst stays counted: when the
   * others are paid off hangs on its start.
   */
  release(customer: string, at: number): void {
    const burst = this.#bursts.get(customer);
    if (burst === undefined || at < burst.startAt) return;
    if (at === burst.startAt && burst.count > 1) return;
    burst.count -= 1;
    if (burst.count === 0 && burst.refusals === 0) this.#bursts.delete(customer);
  }

  /** Two customers turned out to be one: what was sent to either counts for both. */
  merge(from: string, to: string): void {
    const burst = this.#bursts.get(from);
    if (burst === undefined || from === to) return;
    this.#bursts.delete(from);
    const other = this.#bursts.get(to);
    this.#bursts.set(
      to,
      other === undefined
        ? burst
        : {
            startAt: Math.max(burst.startAt, other.startAt),
            count: Math.min(burst.count + other.count, MAX_BURST),
            heldUntil: Math.max(burst.heldUntil, other.heldUntil),
            refusals: Math.max(burst.refusals, other.refusals),
          },
    );
  }

  /**
   * Meta refused a message to this customer whose place was at `placeAt`: wait 4^n s, n counting
   * refusals in a row. What was on its way when the wait began says nothing new.
   */
  refused(customer: string, placeAt: number, now: number): void {
    const burst = this.#bursts.get(customer) ?? {
      startAt: now,
      count: 1,
      heldUntil: 0,
      refusals: 0,
    };
    if (placeAt < heldUntil(burst, now)) return;
    burst.refusals = Math.min(burst.refusals + 1, REFUSALS_MAX);
    burst.heldUntil = now + holdMs(burst);
    this.#bursts.set(customer, burst);
  }

  /**
   * Meta took a message whose place was at `placeAt`. One that left before the wait began says
   * nothing about it.
   *
   * @returns whether this ended a row of refusals
   */
  accepted(customer: string, placeAt: number): boolean {
    const burst = this.#bursts.get(customer);
    if (burst === undefined || burst.refusals === 0 || placeAt < heldUntil(burst, placeAt))
      return false;
    burst.refusals = 0;
    return true;
  }

  /** Customers whom Meta refused lately: all of this that a restart must not forget. */
  holds(): PairHold[] {
    return [...this.#bursts].flatMap(([customer, { heldUntil, refusals }]) =>
      refusals === 0 ? [] : [{ customer, heldUntil, refusals }],
    );
  }

  restoreHolds(holds: readonly PairHold[]): void {
    for (const { customer, heldUntil, refusals } of holds) {
      const burst = this.#bursts.get(customer) ?? { startAt: 0, count: 0 };
      this.#bursts.set(customer, { ...burst, heldUntil, refusals });
    }
  }

  /** Forgets one customer, whatever is owed to them. */
  drop(customer: string): void {
    this.#bursts.delete(customer);
  }

  /** Forgets customers whose budget is whole again. */
  forget(now: number): void {
    for (const [customer, burst] of this.#bursts) {
      const counted = burst.refusals === 0 ? 0 : burst.heldUntil + REFUSALS_KEEP_MS;
      const spent = Math.max(burst.startAt + burst.count * STEP_MS, counted);
      if (spent + STEP_MS < now) this.#bursts.delete(customer);
    }
  }
}

/** 4^n s after n refusals in a row. */
function holdMs({ refusals }: Burst): number {
  return 4 ** refusals * 1_000;
}

function heldUntil(burst: Burst, now: number): number {
  return isOfWrongClock(burst.heldUntil, holdMs(burst), now) ? 0 : burst.heldUntil;
}
