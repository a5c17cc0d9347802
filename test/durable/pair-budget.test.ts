import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PairBudgets } from "../../src/durable/pair-budget.ts";

const START = 1_790_000_000_000;
const STEP_MS = 6_000;

/** The rule as it is written down, told from the whole past of a customer. */
class NaivePair {
  readonly past: number[] = [];

  allows(at: number): boolean {
    let burst: { startAt: number; count: number } | undefined;
    for (const before of this.past) {
      if (burst !== undefined && before < burst.startAt + STEP_MS) burst.count += 1;
      else burst = { startAt: before, count: 1 };
    }
    if (burst === undefined) return true;
    if (at < burst.startAt + STEP_MS) return burst.count < 45;
    return at >= burst.startAt + burst.count * STEP_MS;
  }

  earliest(from: number): number {
    // Only the end of a burst's debt turns a refusal into leave, and it lies on a step.
    const first = this.past.find((before) => before >= from - 300_000) ?? from;
    if (this.allows(from)) return from;
    const candidates = this.past
      .filter((before) => before >= first)
      .flatMap((before) => Array.from({ length: 46 }, (_, n) => before + n * STEP_MS))
      .filter((at) => at > from)
      .toSorted((left, right) => left - right);
    return candidates.find((at) => this.allows(at)) ?? Number.NaN;
  }
}

describe("the pair budget", () => {
  it("agrees with the rule told naively, customer by customer", () => {
    const asks = fc.array(
      fc.record({
        customer: fc.constantFrom("a", "b"),
        gapMs: fc.oneof(fc.nat(200), fc.nat(7_000), fc.nat(60_000)),
      }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(asks, (sequence) => {
        const pairs = new PairBudgets();
        const naive = { a: new NaivePair(), b: new NaivePair() };
        const clock = { a: START, b: START };
        for (const { customer, gapMs } of sequence) {
          const from = clock[customer] + gapMs;
          const at = pairs.earliest(customer, from);
          expect(at).toBe(naive[customer].earliest(from));
          pairs.take(customer, at);
          naive[customer].past.push(at);
          clock[customer] = at;
        }
      }),
    );
  });

  it("never allows more than 45 in any 6 seconds to one customer", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { minLength: 60, maxLength: 200 }), (gaps) => {
        const pairs = new PairBudgets();
        const taken: number[] = [];
        let clock = START;
        for (const gap of gaps) {
          clock = pairs.earliest("a", clock + gap);
          pairs.take("a", clock);
          taken.push(clock);
        }
        for (const from of taken) {
          const within = taken.filter((at) => at >= from && at < from + STEP_MS);
          expect(within.length).toBeLessThanOrEqual(45);
        }
      }),
    );
  });

  it.each([1, 2, 20, 45])("after a burst of %i gives nothing until n × 6 s from its start", (n) => {
    const pairs = new PairBudgets();
    for (let count = 0; count < n; count++) {
      const at = START + count * 50;
      expect(pairs.earliest("a", at)).toBe(at);
      pairs.take("a", at);
    }
    expect(pairs.earliest("a", START + STEP_MS)).toBe(START + n * STEP_MS);
    expect(pairs.earliest("a", START + n * STEP_MS + 1)).toBe(START + n * STEP_MS + 1);
  });

  it("makes the 46th of a burst wait", () => {
    const pairs = new PairBudgets();
    for (let count = 0; count < 45; count++) pairs.take("a", START + count);
    expect(pairs.earliest("a", START + 45)).toBe(START + 45 * STEP_MS);
  });

  it("leaves other customers alone", () => {
    const pairs = new PairBudgets();
    for (let count = 0; count < 45; count++) pairs.take("a", START + count);
    pairs.refused("a", START, START);
    expect(pairs.earliest("b", START + 100)).toBe(START + 100);
  });

  it("backs off 4^n seconds for the n-th refusal in a row, and starts anew after an acceptance", () => {
    const pairs = new PairBudgets();
    let now = START;
    for (const n of [1, 2, 3]) {
      pairs.refused("a", now, now);
      expect(pairs.earliest("a", now) - now).toBe(4 ** n * 1_000);
      now = pairs.earliest("a", now);
    }
    expect(pairs.accepted("a", now)).toBe(true);
    now += 600_000;
    pairs.refused("a", now, now);
    expect(pairs.earliest("a", now) - now).toBeGreaterThanOrEqual(4_000);
    expect(pairs.earliest("a", now) - now).toBeLessThan(16_000);
  });

  it("counts refusals in a row also when minutes lie between them, and forgets them after an hour", () => {
    const pairs = new PairBudgets();
    let now = START;
    for (const n of [1, 2]) {
      pairs.refused("a", now, now);
      expect(pairs.earliest("a", now) - now).toBe(4 ** n * 1_000);
      now += 5 * 60_000;
      pairs.forget(now);
    }
    now += 3_600_000;
    pairs.forget(now);
    pairs.refused("a", now, now);
    expect(pairs.earliest("a", now) - now).toBe(4_000);
  });

  it("is not freed by a message that left before the refusal, also not after a restart", () => {
    const pairs = new PairBudgets();
    pairs.take("a", START);
    pairs.take("a", START + 50);
    pairs.refused("a", START + 50, START + 200);
    expect(pairs.accepted("a", START)).toBe(false);
    const restarted = new PairBudgets();
    restarted.restoreHolds(pairs.holds());
    expect(restarted.earliest("a", START + 200)).toBe(START + 200 + 4_000);
  });

  it("does not charge what was taken back: fifty who hung up leave the budget whole", () => {
    const pairs = new PairBudgets();
    for (let count = 0; count < 50; count++) {
      const at = START + count * 100;
      pairs.take("a", at);
      pairs.release("a", at);
    }
    pairs.take("a", START + STEP_MS);
    expect(pairs.earliest("a", START + 2 * STEP_MS)).toBe(START + 2 * STEP_MS);
  });

  it("never allows more than the rule, whichever messages of a burst are taken back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gap: fc.nat(3_000), back: fc.boolean() }), { maxLength: 80 }),
        (sends) => {
          const pairs = new PairBudgets();
          const naive = new NaivePair();
          let clock = START;
          for (const { gap, back } of sends) {
            clock = pairs.earliest("a", clock + gap);
            expect(naive.allows(clock)).toBe(true);
            pairs.take("a", clock);
            if (back) pairs.release("a", clock);
            else naive.past.push(clock);
          }
        },
      ),
    );
  });

  it("forgets nobody who still has to wait", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 45 }), fc.nat(400_000), (n, later) => {
        const kept = new PairBudgets();
        const swept = new PairBudgets();
        for (let count = 0; count < n; count++) {
          kept.take("a", START + count);
          swept.take("a", START + count);
        }
        const now = START + later;
        swept.forget(now);
        expect(swept.earliest("a", now)).toBe(kept.earliest("a", now));
      }),
    );
  });
});
