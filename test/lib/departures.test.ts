import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Departures } from "../../src/lib/departures.ts";

const PLACE_MS = 50;
const START = Date.UTC(2026, 10, 2);

/** When each of these leaves, which are ready in this order. */
function leaveAt(readyAt: number[], departures = new Departures(PLACE_MS)): number[] {
  return readyAt.map((at) => at + departures.book("1", at));
}

function most(leftAt: number[], withinMs: number): number {
  return Math.max(
    ...leftAt.map((from) => leftAt.filter((at) => at >= from && at < from + withinMs).length),
  );
}

/** Time that passes only where somebody sleeps, and in which nobody wakes while the machine stands still. */
class StandingTime {
  #now = START;
  readonly #sleepers: { at: number; wake: () => void }[] = [];
  readonly #stalls: { from: number; until: number }[];

  constructor(stalls: { from: number; until: number }[]) {
    this.#stalls = stalls;
  }

  now = () => this.#now;

  sleep = (ms: number) => this.until(this.#now + ms);

  until(at: number): Promise<void> {
    const stall = this.#stalls.find(({ from, until }) => at >= from && at < until);
    return new Promise((wake) => this.#sleepers.push({ at: stall?.until ?? at, wake }));
  }

  async pass(): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve(); // whoever woke goes on
      this.#sleepers.sort((one, other) => one.at - other.at);
      const next = this.#sleepers.shift();
      if (next === undefined) return;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }
}

/** When sends leave whose places are 50 ms apart. */
async function leaveThrough(stalls: { from: number; until: number }[], sends: number) {
  const time = new StandingTime(stalls);
  const departures = new Departures(PLACE_MS);
  const leftAt: number[] = [];
  const carry = async (placeAt: number) => {
    await time.until(placeAt);
    await departures.wait(time, "1", placeAt);
    leftAt.push(time.now());
  };
  const carried = Array.from({ length: sends }, (_, n) => carry(START + n * PLACE_MS));
  await time.pass();
  await Promise.all(carried);
  return leftAt;
}

describe("what leaves for one number", () => {
  it("does not wait where each comes at its place", () => {
    const departures = new Departures(PLACE_MS);
    expect(departures.book("1", START)).toBe(0);
    const places = Array.from({ length: 100 }, (_, n) => START + 2 * PLACE_MS + n * PLACE_MS);
    expect(places.map((at) => departures.book("1", at))).toEqual(places.map(() => 0));
  });

  it("leaves the second of a number at rest a place more: the first is long on its way", () => {
    expect(leaveAt([START, START + 50, START + 100]).map((at) => at - START)).toEqual([
      0, 100, 149.75,
    ]);
    const departures = new Departures(PLACE_MS);
    leaveAt([START, START + 200], departures);
    expect(leaveAt([START + 40_000, START + 40_050], departures)).toEqual([
      START + 40_000,
      START + 40_100,
    ]);
  });

  it("makes up for a stall little by little, 21 in a second at most", () => {
    // Places from 1 s to 2 s come all at once: the machine stood still.
    const readyAt = Array.from({ length: 5_000 }, (_, n) => {
      const at = n * PLACE_MS;
      return START + (at > 1_000 && at < 2_000 ? 2_000 : at);
    });
    const leftAt = leaveAt(readyAt);
    expect(most(leftAt.slice(0, 200), 1_000)).toBeLessThanOrEqual(21);
    expect(leftAt[60]).toBeGreaterThan((readyAt[60] ?? 0) + 800);
    expect(leftAt.at(-1)).toBe(readyAt.at(-1));
  });

  it("is kept apart through stall after stall, and none is left behind", async () => {
    const stalls = Array.from({ length: 12 }, (_, n) => {
      const from = START + 1_000 + n * 5_000;
      return { from, until: from + 300 };
    });
    const leftAt = await leaveThrough(stalls, 1_200);
    expect(leftAt).toHaveLength(1_200);
    expect(most(leftAt, 950)).toBeLessThanOrEqual(21);
  });

  it("is one line also after a stall of many seconds", async () => {
    const leftAt = await leaveThrough([{ from: START + 1_000, until: START + 8_000 }], 400);
    expect(leftAt).toHaveLength(400);
    expect(most(leftAt, 950)).toBeLessThanOrEqual(21);
  });

  it("is nothing to another number", () => {
    const departures = new Departures(PLACE_MS);
    departures.book("1", START);
    expect(departures.book("2", START)).toBe(0);
  });

  it("waits for no clock that was set back", () => {
    const departures = new Departures(PLACE_MS);
    departures.book("1", START + 3_600_000);
    expect(departures.book("1", START)).toBe(0);
    expect(departures.book("1", START + 10)).toBeLessThan(PLACE_MS);
  });

  it("is never closer than a place less a two-hundredth, in whatever heaps it comes", () => {
    const gaps = fc.array(fc.constantFrom(0, 0, 0, 1, 50, 200, 40_000), {
      minLength: 2,
      maxLength: 80,
    });
    fc.assert(
      fc.property(gaps, (steps) => {
        let at = START;
        const leftAt = leaveAt(steps.map((step) => (at += step)));
        for (const [index, left] of leftAt.slice(1).entries()) {
          expect(left - (leftAt[index] ?? 0)).toBeGreaterThanOrEqual(PLACE_MS * 0.995 - 0.001);
        }
      }),
    );
  });

  it("remembers a thousand numbers, those that sent last", () => {
    const departures = new Departures(PLACE_MS);
    for (let n = 0; n < 1_001; n++) departures.book(`${n}`, START);
    expect(departures.book("1", START)).toBeGreaterThan(0);
    expect(departures.book("0", START)).toBe(0); // forgotten: it goes at once
  });
});
