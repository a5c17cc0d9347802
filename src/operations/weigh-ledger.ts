import type { LedgerChunk } from "../database/history.ts";
import type { SyncRow, SyncState } from "../database/syncs.ts";

const QUIET_MS = 6 * 3_600_000;
const SETTLED_MS = 60_000;
const STALLED_MS = 2 * 3_600_000;
const CEILING_MS = 7 * 24 * 3_600_000;

export interface PhaseView {
  phase: number;
  /** The highest progress Meta named in this phase, 0 to 100. */
  progress: number;
  chunks: number;
  pages: number;
  pages_stored: number;
  messages: number;
}

export interface Verdict {
  state: SyncState;
  phases: PhaseView[];
  /** Chunk numbers that others stand around, and pages not stored. */
  missing: { phase: number; chunk_order: number }[];
  missing_pages: number;
}

/**
 * What a history ledger says (design: History; protocol.md 2.3.4). Pure: `now` is an argument.
 * Progress counts per phase: 100 has been seen early, and phase 2 may never come.
 *
 * @param bodiesOpen whether bodies wait to be split, whosever they are: then the end of phase 2 is
 *   not believed until it has been quiet for a minute
 */
export function weighLedger(
  sync: Pick<SyncRow, "state" | "requestedAt" | "lastAt" | "firstAt"> | null,
  ledger: readonly LedgerChunk[],
  now: number,
  bodiesOpen = false,
): Verdict {
  const phases = listPhases(ledger);
  const missing = listGaps(ledger);
  const missingPages = ledger.reduce((sum, row) => sum + row.pages - row.pagesStored, 0);
  const verdict = (state: SyncState): Verdict => ({
    state,
    phases,
    missing,
    missing_pages: missingPages,
  });
  const state = sync?.state ?? "none";
  if (state === "complete" || state === "declined") return verdict(state);
  const chunks = ledger.filter((row) => row.phase !== null);
  if (chunks.length === 0) {
    const waited = now - (sync?.requestedAt ?? now);
    if (state !== "requested" && state !== "unknown" && state !== "stalled") return verdict(state);
    if (waited > CEILING_MS) return verdict("incomplete");
    return verdict(waited > STALLED_MS ? "stalled" : state);
  }
  const firstAt = sync?.firstAt ?? now;
  const lastAt = sync?.lastAt ?? now;
  const whole = missing.length === 0 && missingPages === 0;
  const ended = isAtItsEnd(phases) && (!bodiesOpen || now - lastAt > SETTLED_MS);
  if (whole && (ended || now - lastAt > QUIET_MS || now - firstAt > CEILING_MS)) {
    return verdict("complete");
  }
  if (!whole && now - firstAt > CEILING_MS) return verdict("incomplete");
  if (!whole && now - lastAt > STALLED_MS) return verdict("stalled");
  return verdict("importing");
}

/** Phase 2 at 100; and where Meta counts each phase by itself, every phase that came at 100. */
function isAtItsEnd(phases: PhaseView[]): boolean {
  if (phases.find((phase) => phase.phase === 2)?.progress !== 100) return false;
  const perPhase = phases.some((phase) => phase.phase < 2 && phase.progress === 100);
  return !perPhase || phases.every((phase) => phase.progress === 100);
}

function listPhases(ledger: readonly LedgerChunk[]): PhaseView[] {
  const phases = new Map<number, PhaseView>();
  for (const row of ledger) {
    if (row.phase === null) continue;
    const phase = phases.get(row.phase) ?? {
      phase: row.phase,
      progress: 0,
      chunks: 0,
      pages: 0,
      pages_stored: 0,
      messages: 0,
    };
    phase.progress = Math.max(phase.progress, row.progress ?? 0);
    phase.chunks += 1;
    phase.pages += row.pages;
    phase.pages_stored += row.pagesStored;
    phase.messages += row.messages;
    phases.set(row.phase, phase);
  }
  return [...phases.values()].sort((left, right) => left.phase - right.phase);
}

/** Numbers missing between the first (0 or 1) and the highest seen of a phase. */
function listGaps(ledger: readonly LedgerChunk[]): { phase: number; chunk_order: number }[] {
  const seen = new Map<number, Set<number>>();
  for (const { phase, chunkOrder } of ledger) {
    if (phase === null || chunkOrder === null) continue;
    seen.set(phase, (seen.get(phase) ?? new Set()).add(chunkOrder));
  }
  return [...seen].flatMap(([phase, orders]) => {
    const highest = Math.max(...orders);
    const gaps: { phase: number; chunk_order: number }[] = [];
    for (let order = 1; order < highest; order++) {
      if (!orders.has(order)) gaps.push({ phase, chunk_order: order });
    }
    return gaps;
  });
}
