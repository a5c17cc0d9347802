import { ordersByPhase } from "../operations/weigh-ledger.ts";
import { iso } from "./views.ts";
import type { LedgerChunk } from "../database/history.ts";
import type { SyncRow } from "../database/syncs.ts";
import type { PhaseView } from "../operations/weigh-ledger.ts";

/** Of a history with thousands of holes so many runs of numbers are shown; the count is whole. */
const RUNS_SHOWN = 200;

/** What contacts and history have in common. */
export function viewSync(sync: SyncRow | null) {
  return {
    state: sync?.state ?? "none",
    requested_at: iso(sync?.requestedAt ?? null),
    request_id: sync?.requestId ?? null,
    first_at: iso(sync?.firstAt ?? null),
    last_at: iso(sync?.lastAt ?? null),
    ended_at: iso(sync?.endedAt ?? null),
    error: sync?.error ?? null,
  };
}

/**
 * A phase with two counts of progress. `progress` is Meta's: how much it says it has sent; it knows
 * nothing of what was lost on the way, and has been 100 before the last chunk. `stored_percent` is
 * ours: the share of the pages we know of that can be read; it knows nothing of chunks to come.
 */
export function viewPhase(phase: PhaseView, ledger: readonly LedgerChunk[]) {
  const rows = ledger.filter((row) => row.phase === phase.phase);
  const orders = ordersByPhase(rows).get(phase.phase) ?? [];
  return {
    ...phase,
    stored_percent: phase.pages === 0 ? null : Math.floor((phase.pages_stored / phase.pages) * 100),
    seen: writeRuns(orders),
    highest: orders.at(-1) ?? null,
    ...viewArrivals(rows),
  };
}

/** Media of the last days and errors, which belong to no phase; and chunks that name none. */
export function viewLooseChunks(ledger: readonly LedgerChunk[]) {
  const rows = ledger.filter((row) => row.phase === null);
  const sum = (read: (row: LedgerChunk) => number) =>
    rows.reduce((total, row) => total + read(row), 0);
  return {
    chunks: rows.filter((row) => row.kind === "chunk").length,
    follow_ups: rows.filter((row) => row.kind === "follow_up").length,
    errors: rows.filter((row) => row.kind === "error").length,
    messages: sum((row) => row.messages),
    pages: sum((row) => row.pages),
    pages_stored: sum((row) => row.pagesStored),
    ...viewArrivals(rows),
  };
}

export function viewChunk(row: LedgerChunk) {
  return {
    id: row.chunk,
    kind: row.kind,
    phase: row.phase,
    chunk_order: row.chunkOrder,
    progress: row.progress,
    messages: row.messages,
    pages: row.pages,
    pages_stored: row.pagesStored,
    at: iso(row.at),
  };
}

function viewArrivals(rows: readonly LedgerChunk[]) {
  let first: number | null = null;
  let last: number | null = null;
  for (const { at } of rows) {
    first = Math.min(first ?? at, at);
    last = Math.max(last ?? at, at);
  }
  return { first_at: iso(first), last_at: iso(last) };
}

/** Ascending numbers in few words: "1-4,6". */
export function writeRuns(numbers: readonly number[]): string {
  const runs: { from: number; to: number }[] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && number === run.to + 1) run.to = number;
    else runs.push({ from: number, to: number });
  }
  const shown = runs
    .slice(0, RUNS_SHOWN)
    .map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  return [...shown, ...(runs.length > RUNS_SHOWN ? ["…"] : [])].join(",");
}
