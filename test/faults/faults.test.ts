import { expect, it } from "vitest";
import { soak } from "./soak.ts";
import type { Fault } from "./fault-list.ts";

/** Several of the faults at once: `npm run soak` has each of them by itself. */
const AT_ONCE: readonly Fault[] = [
  {
    name: "D1 and the queues",
    plan: {
      database: { before: 0.3, after: 0.2, slowMs: 100 },
      queues: { before: 0.1, lost: 0.3, twice: 0.3, late: 0.3 },
    },
    graph: { messages: { refuse503: 0.1 } },
  },
  {
    name: "R2, objects, Graph and the endpoint",
    plan: { archive: { before: 0.2, after: 0.2 }, objects: { before: 0.1, after: 0.1 } },
    graph: { messages: { acceptThenDrop: 0.1, rateLimit: 0.05 } },
    receiver: 500,
    poison: true,
  },
];

it(
  "loses nothing and doubles nothing over faults and SIGKILLs during an import, traffic and sends",
  { timeout: 300_000 },
  async () => {
    const { problems, ...figures } = await soak({
      rounds: 2,
      seed: 3,
      seconds: 5,
      settleEvery: 2,
      fault: (round) => AT_ONCE[round],
      customers: 40,
      historyMessages: 600,
      queued: 40,
      hurry: true,
      say: (line) => console.log(line),
    });
    expect(problems).toEqual([]);
    expect(figures).toMatchObject({ rounds: 2, lost: 0, duplicates: 0, state: null });
    expect(figures.kills).toBeGreaterThanOrEqual(2);
    // It must have been about something.
    expect(figures.disturbed).toBeGreaterThan(30);
    expect(figures.messages).toBeGreaterThan(1_200);
    expect(figures.accepted).toBeGreaterThan(100);
    expect(figures.maxPlaces).toBeLessThanOrEqual(20);
  },
);
