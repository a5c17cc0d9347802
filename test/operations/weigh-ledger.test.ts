import { describe, expect, it } from "vitest";
import { weighLedger } from "../../src/operations/weigh-ledger.ts";
import type { LedgerChunk } from "../../src/database/history.ts";
import type { SyncState } from "../../src/database/syncs.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 1_795_000_000_000;

function chunk(
  phase: number | null,
  chunkOrder: number | null,
  progress: number | null,
  extra: Partial<LedgerChunk> = {},
): LedgerChunk {
  const id = `${phase}.${chunkOrder}`;
  return {
    chunk: id,
    kind: "chunk",
    phase,
    chunkOrder,
    progress,
    messages: 10,
    pages: 1,
    pagesStored: 1,
    at: NOW,
    ...extra,
  };
}

function sync(state: SyncState, ages: { requested?: number; first?: number; last?: number } = {}) {
  const at = (age: number | undefined) => (age === undefined ? null : NOW - age);
  return {
    state,
    requestedAt: at(ages.requested),
    firstAt: at(ages.first),
    lastAt: at(ages.last),
  };
}

describe("weighLedger", () => {
  const importing = sync("importing", { first: HOUR, last: 60_000 });
  const quiet = sync("importing", { first: DAY, last: 6 * HOUR + 1 });
  const silent = sync("importing", { first: DAY, last: 2 * HOUR + 1 });
  const old = sync("importing", { first: 7 * DAY + 1, last: 60_000 });
  const half = { pages: 2, pagesStored: 1 };

  it.each<[string, Parameters<typeof weighLedger>[0], LedgerChunk[], SyncState]>([
    ["nothing at all", null, [], "none"],
    ["asked just now", sync("requested", { requested: HOUR }), [], "requested"],
    [
      "asked for, nothing in two hours",
      sync("requested", { requested: 2 * HOUR + 1 }),
      [],
      "stalled",
    ],
    [
      "asked for, only media in two hours",
      sync("requested", { requested: 2 * HOUR + 1, first: HOUR, last: 60_000 }),
      [chunk(null, null, null, { kind: "follow_up" })],
      "stalled",
    ],
    ["a chunk that names no phase", importing, [chunk(null, null, null)], "importing"],
    ["six hours of quiet after one that names none", quiet, [chunk(null, null, null)], "complete"],
    ["what nobody asked for", sync("not_requested"), [], "not_requested"],
    ["a phase at 100 that is not the last", importing, [chunk(0, 1, 100)], "importing"],
    ["phase 2 at 100", importing, [chunk(2, 1, 100)], "complete"],
    ["phase 2 below 100", importing, [chunk(2, 1, 99)], "importing"],
    [
      "phases each to 100",
      importing,
      [chunk(0, 1, 100), chunk(1, 1, 100), chunk(2, 1, 100)],
      "complete",
    ],
    [
      "an overall count, 100 only at the end",
      importing,
      [chunk(0, 1, 5), chunk(1, 1, 50), chunk(2, 1, 100)],
      "complete",
    ],
    [
      "counts per phase, one still short",
      importing,
      [chunk(0, 1, 100), chunk(1, 1, 60), chunk(2, 1, 100)],
      "importing",
    ],
    ["a gap before the end", importing, [chunk(2, 1, 50), chunk(2, 3, 100)], "importing"],
    ["a page missing at the end", importing, [chunk(2, 1, 100, half)], "importing"],
    ["six hours of quiet, nothing missing", quiet, [chunk(1, 1, 100)], "complete"],
    ["six hours of quiet over a gap", quiet, [chunk(1, 2, 100)], "stalled"],
    ["two hours over a gap", silent, [chunk(1, 2, 100)], "stalled"],
    ["two hours over a missing page", silent, [chunk(1, 1, 100, half)], "stalled"],
    ["two hours of quiet, nothing missing", silent, [chunk(1, 1, 100)], "importing"],
    ["the ceiling, nothing missing", old, [chunk(1, 1, 70)], "complete"],
    ["the ceiling over a gap", old, [chunk(1, 2, 70)], "incomplete"],
    ["the ceiling over a missing page", old, [chunk(1, 1, 70, half)], "incomplete"],
    ["numbers from 0", importing, [chunk(2, 0, 50), chunk(2, 1, 100)], "complete"],
    ["numbers from 0 with a hole", importing, [chunk(2, 0, 50), chunk(2, 2, 100)], "importing"],
    ["no numbers at all", importing, [chunk(2, null, 100)], "complete"],
    ["an owner who declined", sync("declined"), [chunk(2, 2, 10)], "declined"],
    [
      "what was complete, with one more chunk",
      sync("complete", { first: DAY, last: 0 }),
      [chunk(1, 3, 10)],
      "complete",
    ],
    [
      "what was incomplete until the hole closed",
      sync("incomplete", { first: 8 * DAY, last: 0 }),
      [chunk(2, 1, 90), chunk(2, 2, 100)],
      "complete",
    ],
    [
      "what was stalled until the hole closed",
      sync("stalled", { first: DAY, last: 0 }),
      [chunk(2, 1, 90), chunk(2, 2, 100)],
      "complete",
    ],
  ])("judges %s", (_, row, ledger, state) => {
    expect(weighLedger(row, ledger, NOW).state).toBe(state);
  });

  it.each<[string, number, SyncState]>([
    ["just now", 0, "importing"],
    ["a minute ago", 60_000, "importing"],
    ["longer ago than a minute", 60_001, "complete"],
  ])("does not believe the end while bodies are open and the last came %s", (_, last, state) => {
    const row = sync("importing", { first: HOUR, last });
    expect(weighLedger(row, [chunk(2, 1, 100)], NOW, true).state).toBe(state);
    expect(weighLedger(row, [chunk(2, 1, 100)], NOW, false).state).toBe("complete");
    expect(weighLedger(row, [chunk(2, 2, 100)], NOW, true).state).toBe("importing");
  });

  it("names every missing number of every phase, and counts missing pages", () => {
    const ledger = [
      chunk(1, 4, 40, { pages: 5, pagesStored: 2 }),
      chunk(0, 1, 100),
      chunk(1, 2, 20),
      chunk(2, 2, 10, half),
    ];
    expect(weighLedger(importing, ledger, NOW)).toMatchObject({
      missing: [
        { phase: 1, chunk_order: 1 },
        { phase: 1, chunk_order: 3 },
        { phase: 2, chunk_order: 1 },
      ],
      missing_pages: 4,
    });
  });

  it("sums up phases in order, each with the highest progress seen, however they came", () => {
    const ledger = [chunk(2, 1, 10), chunk(0, 2, 100), chunk(0, 1, 60), chunk(null, null, null)];
    expect(weighLedger(importing, ledger, NOW).phases).toEqual([
      { phase: 0, progress: 100, chunks: 2, pages: 2, pages_stored: 2, messages: 20 },
      { phase: 2, progress: 10, chunks: 1, pages: 1, pages_stored: 1, messages: 10 },
    ]);
  });
});
