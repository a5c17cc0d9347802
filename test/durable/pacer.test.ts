import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pacer } from "../../src/durable/pacer.ts";
import { SET_BACK_MS } from "../../src/durable/wrong-clock.ts";
import type { Lane } from "../../src/durable/pacer.ts";

const INTERVAL_MS = 50;
const SECOND_MS = 1_000;
const START = 1_790_000_000_000;

/** 20, 17.5, 10, 3 and 1 a second. */
const INTERVALS = [50, 57, 100, 334, 1_000];

type Step =
  | { do: "pass"; ms: number }
  | { do: "step_back"; ms: number }
  | { do: "send"; notBeforeMs: number; lane: Lane }
  | { do: "inbound" }
  | { do: "reserve"; ms: number }
  | { do: "withdraw"; which: number }
  | { do: "settle" }
  | { do: "hold"; ms: number }
  | { do: "change"; intervalMs: number }
  | { do: "restart" }
  | { do: "restart_changed"; intervalMs: number };

const intervalMs = fc.constantFrom(...INTERVALS);
const lane = fc.constantFrom<Lane[]>("waiting", "queued");

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.nat(700) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("step_back"), ms: fc.nat(3_000) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("send"),
      notBeforeMs: fc.oneof(fc.constant(0), fc.nat(8_000)),
      lane,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reserve"), ms: fc.nat(4_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("change"), intervalMs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart_changed"), intervalMs }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("inbound") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("withdraw"), which: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("hold"), ms: fc.nat(5_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("settle") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart") }) },
);

/** A place, and the pace it was given at. */
interface Given {
  at: number;
  intervalMs: number;
}

/** A number's life as its object lives it: the mark is stored, open sends are rows. */
class Life {
  now = START;
  #latest = START;
  #mark = 0;
  #intervalMs = INTERVAL_MS;
  /** Rows of the outbox that are still placed. */
  #open = new Set<number>();
  #pacer = new Pacer(INTERVAL_MS, 0);
  sends: Given[] = [];
  readonly inbound: Given[] = [];

  get places(): Given[] {
    return [...this.sends, ...this.inbound].toSorted((left, right) => left.at - right.at);
  }

  run(next: Step): void {
    switch (next.do) {
      case "pass":
        this.now += next.ms;
        this.#latest = Math.max(this.#latest, this.now);
        return;
      case "step_back":
        // Further back than machines differ is another rule's, below.
        this.now = Math.max(this.now - next.ms, this.#latest - SET_BACK_MS);
        return;
      case "send": {
        const at = this.#pacer.firstFree(this.now, this.now + next.notBeforeMs, next.lane);
        const mark = this.#pacer.take(at, this.now);
        if (mark !== null) this.#mark = mark;
        this.#open.add(at);
        this.sends.push({ at, intervalMs: this.#intervalMs });
        return;
      }
      case "inbound": {
        const at = this.#pacer.firstFree(this.now);
        const mark = this.#pacer.countInbound(this.now);
        if (mark !== null) this.#mark = mark;
        const counted = this.#pacer.firstFree(this.now) !== at;
        if (counted) this.inbound.push({ at, intervalMs: this.#intervalMs });
        return;
      }
      case "reserve":
        this.#pacer.reserveForQueue(this.now + next.ms);
        return;
      case "withdraw": {
        const future = [...this.#open].filter((at) => at > this.#latest);
        const at = future[next.which % Math.max(1, future.length)];
        if (at === undefined) return;
        this.#pacer.release(at);
        this.#open.delete(at);
        this.sends = this.sends.filter((given) => given.at !== at);
        return;
      }
      case "settle":
        for (const at of this.#open) if (at < this.#latest) this.#open.delete(at);
        return;
      case "hold":
        this.#pacer.holdUntil(this.now + next.ms);
        return;
      case "change":
        this.#intervalMs = next.intervalMs;
        this.#pacer.changeInterval(next.intervalMs);
        return;
      case "restart_changed":
        this.#intervalMs = next.intervalMs;
        return this.#restart();
      case "restart":
        return this.#restart();
    }
  }

  /** At once, and perhaps on a machine whose clock is behind. The outbox keeps its rows for days, also those that are settled. */
  #restart(): void {
    const rows = this.sends.map(({ at }) => at);
    this.#pacer = new Pacer(this.#intervalMs, this.#mark, rows);
  }
}

/** The most instants within any half-open span. */
function mostWithin(instants: readonly number[], spanMs: number): number {
  const sorted = instants.toSorted((left, right) => left - right);
  let most = 0;
  let from = 0;
  for (const [index, at] of sorted.entries()) {
    while (at - (sorted[from] ?? at) >= spanMs) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

describe("the pacer", () => {
  it("invariant 6: never gives more than 20 places in any 1,000 ms, nor two nearer than the smaller of their intervals, in whatever order things happen", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 250 }), (steps) => {
        const life = new Life();
        for (const next of steps) {
          life.run(next);
          const { places } = life;
          const instants = places.map(({ at }) => at);
          expect(mostWithin(instants, SECOND_MS)).toBeLessThanOrEqual(20);
          for (const [index, place] of places.entries()) {
            const before = places[index - 1];
            if (before === undefined) continue;
            const least = Math.min(before.intervalMs, place.intervalMs);
            expect(place.at - before.at).toBeGreaterThanOrEqual(least);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives places at once after a change of pace, though one was given far ahead", () => {
    for (const [before, after] of [
      [50, 57],
      [57, 50],
      [50, 1_000],
    ] as const) {
      const pacer = new Pacer(before, 0);
      pacer.take(pacer.firstFree(START, START + 50_000), START);
      pacer.changeInterval(after);
      expect(pacer.firstFree(START) - START).toBeLessThan(after);
      const restarted = new Pacer(after, 0, [pacer.firstFree(START, START + 50_000) + 1]);
      expect(restarted.firstFree(START) - START).toBeLessThan(after);
    }
  });

  it("leaves each fourth place to the queue while it is reserved, and all to everybody after", () => {
    const pacer = new Pacer(INTERVAL_MS, 0);
    pacer.reserveForQueue(START + SECOND_MS);
    const take = (lane: Lane, now: number) => {
      const at = pacer.firstFree(now, 0, lane);
      pacer.take(at, now);
      return at - START;
    };
    const waiting = Array.from({ length: 16 }, () => take("waiting", START));
    const queued = Array.from({ length: 4 }, () => take("queued", START));
    expect(Math.max(...waiting)).toBeLessThan(SECOND_MS);
    // The first was about to pass: the queue had not wanted it.
    expect(queued).toEqual([200, 400, 600, 800]);
    // Its places of the time after are nobody's own once the reserve is over.
    const later = Array.from({ length: 4 }, () => take("waiting", START + SECOND_MS));
    expect(later).toEqual([1_000, 1_050, 1_100, 1_150]);
  });

  it("invariant 6: does not give again, after a restart, what inbound messages used up", () => {
    const before = new Pacer(INTERVAL_MS, 0);
    const places: number[] = [];
    let mark = 0;
    for (let count = 0; count < 20; count++) {
      places.push(before.firstFree(START));
      mark = before.countInbound(START) ?? mark;
    }
    const after = new Pacer(INTERVAL_MS, mark);
    for (let count = 0; count < 20; count++) {
      const at = after.firstFree(START);
      after.take(at, START);
      places.push(at);
    }
    expect(new Set(places).size).toBe(places.length);
    expect(mostWithin(places, SECOND_MS)).toBeLessThanOrEqual(20);
  });

  it("keeps its distance, after a restart at another pace, to what inbound messages used up", () => {
    for (let start = START; start < START + SECOND_MS; start += 7) {
      const before = new Pacer(57, 0);
      let [last, mark] = [0, 0];
      for (
        let at = before.firstFree(start);
        at <= start + SECOND_MS;
        at = before.firstFree(start)
      ) {
        last = at;
        mark = before.countInbound(start) ?? mark;
      }
      const after = new Pacer(INTERVAL_MS, mark);
      expect(after.firstFree(start) - last).toBeGreaterThanOrEqual(INTERVAL_MS);
    }
  });

  it("gives a place at once when idle", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (offset) => {
        const now = START + offset;
        const wait = new Pacer(INTERVAL_MS, now - 1).firstFree(now) - now;
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThan(INTERVAL_MS);
      }),
    );
  });

  it("loses no time under load: 1,000 places take 50 seconds", () => {
    const pacer = new Pacer(INTERVAL_MS, 0);
    const places: number[] = [];
    for (let count = 0; count <= 1_000; count++) {
      const at = pacer.firstFree(START);
      pacer.take(at, START);
      places.push(at);
    }
    expect((places[1_000] ?? 0) - (places[0] ?? 0)).toBe(50_000);
    expect(mostWithin(places, SECOND_MS)).toBe(20);
  });

  it("stores at most one mark a second under load", () => {
    const pacer = new Pacer(INTERVAL_MS, 0);
    let marks = 0;
    for (let count = 0; count < 200; count++) {
      const at = pacer.firstFree(START + count * INTERVAL_MS);
      if (pacer.take(at, START + count * INTERVAL_MS) !== null) marks += 1;
    }
    expect(marks).toBeGreaterThan(0);
    expect(marks).toBeLessThanOrEqual(10); // 200 places are ten seconds
  });

  it("gives a released place to the next who asks", () => {
    const pacer = new Pacer(INTERVAL_MS, 0);
    for (const at of [START, START + 50, START + 100]) pacer.take(at, START);
    pacer.release(START + 50);
    expect(pacer.firstFree(START)).toBe(START + 50);
  });

  it("lets inbound messages use up at most the places of the coming second", () => {
    const pacer = new Pacer(INTERVAL_MS, 0);
    for (let count = 0; count < 500; count++) pacer.countInbound(START);
    const wait = pacer.firstFree(START) - START;
    expect(wait).toBeGreaterThan(SECOND_MS - INTERVAL_MS);
    expect(wait).toBeLessThanOrEqual(SECOND_MS + INTERVAL_MS);
  });

  it("gives nothing before the end of a hold, and a shorter hold does not end a longer one", () => {
    const pacer = new Pacer(INTERVAL_MS, 0);
    pacer.holdUntil(START + 2_000);
    pacer.holdUntil(START + 500);
    expect(pacer.firstFree(START)).toBe(START + 2_000);
  });
});

describe("a clock that was an hour ahead", () => {
  const HOUR_MS = 3_600_000;

  /** Twenty and five places of an hour that never was; then the clock is right. */
  function wrongHour() {
    const ahead = new Pacer(INTERVAL_MS, 0);
    const given: number[] = [];
    let mark = 0;
    for (let send = 0; send < 25; send++) {
      const at = ahead.firstFree(START + HOUR_MS);
      mark = ahead.take(at, START + HOUR_MS) ?? mark;
      given.push(at);
    }
    return { ahead, given, mark };
  }

  it("is not waited for: the next place lies behind those whose carriers are waiting, and no further", () => {
    const { ahead, given } = wrongHour();
    const last = (given.at(-1) ?? 0) - HOUR_MS; // carriers wait for a duration
    expect(ahead.firstFree(START)).toBe(last + INTERVAL_MS);
    expect(ahead.firstFree(START + 5_000)).toBe(START + 5_000);
  });

  it("is not waited for by the object's next life either, which keeps the same distance", () => {
    const { given, mark } = wrongHour();
    const next = new Pacer(INTERVAL_MS, mark, given);
    const last = (given.at(-1) ?? 0) - HOUR_MS;
    const at = next.firstFree(START);
    expect(at).toBeGreaterThanOrEqual(last + INTERVAL_MS);
    expect(at).toBeLessThanOrEqual(START + 5_000);
    const later = next.firstFree(START + 5_000);
    expect(next.take(later, START + 5_000)).toBe(later + SECOND_MS); // instead of the wrong hour's
  });

  it("holds nothing back by a refusal of that hour", () => {
    const { ahead } = wrongHour();
    ahead.holdUntil(START + HOUR_MS + 4_000);
    expect(ahead.firstFree(START)).toBe(START + 4_000);
  });
});
