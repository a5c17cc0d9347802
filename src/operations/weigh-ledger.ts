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
  /** Chunk numbers that others stand around: the first of them, and how many there are. */
  missing: { phase: number; chunk_order: number }[];
  missing_chunks: number;
  missing_pages: number;
}

/** A gap can be as wide as a number in a webhook: so many of it are named. */
const MISSING_NAMED = 200;

/**
 * What a history ledger says (design: History; protocol.md 2.3.4). Pure: `now` is an argument.
 * Progress counts per phase: 100 has been seen early, and phase 2 may never come.
 *
 * @param bodiesOpen whether bodies of the number wait to be stored: then the end of phase 2 is not
 *   believed until it has been quiet for a minute
 */
export function weighLedger(
  sync: Pick<SyncRow, "state" | "requestedAt" | "lastAt" | "firstAt"> | null,
  ledger: readonly LedgerChunk[],
  now: number,
  bodiesOpen = false,
): Verdict {
  const phases = listPhases(ledger);
  const gaps = listGaps(ledger);
  const missingPages = ledger.reduce((sum, row) => sum + row.pages - row.pagesStored, 0);
  const verdict = (state: SyncState): Verdict => ({
    state,
    phases,
    missing: gaps.flatMap(nameGap).slice(0, MISSING_NAMED),
    missing_chunks: gaps.reduce((sum, gap) => sum + gap.to - gap.from + 1, 0),
    missing_pages: missingPages,
  });
  const state = sync?.state ?? "none";
  if (state === "complete" || state === "declined") return verdict(state);
  const chunks = ledger.filter((row) => row.kind === "chunk");
  if (chunks.length === 0) {
    const waited = now - (sync?.requestedAt ?? now);
    if (state !== "requested" && state !== "unknown" && state !== "stalled") return verdict(state);
    if (waited > CEILING_MS) return verdict("incomplete");
    return verdict(waited > STALLED_MS ? "stalled" : state);
  }
  const firstAt = sync?.firstAt ?? now;
  const lastAt = sync?.lastAt ?? now;
  const whole = gaps.length === 0 && missingPages === 0;
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

interface Gap {
  phase: number;
  /** The first and the last number missing. */
  from: number;
  to: number;
}

/** Numbers missing between the first (0 or 1) and the highest seen of a phase. */
function listGaps(ledger: readonly LedgerChunk[]): Gap[] {
  return [...ordersByPhase(ledger)].flatMap(([phase, orders]) => {
    const gaps: Gap[] = [];
    let next = 1;
    for (const order of orders) {
      if (order > next) gaps.push({ phase, from: next, to: order - 1 });
      next = Math.max(next, order + 1);
    }
    return gaps;
  });
}

function nameGap({ phase, from, to }: Gap): { phase: number; chunk_order: number }[] {
  const named = Math.min(to - from + 1, MISSING_NAMED);
  return Array.from({ length: named }, (_, index) => ({ phase, chunk_order: from + index }));
}

/** The chunk numbers that were seen of each phase, ascending, each once. */
export function ordersByPhase(ledger: readonly LedgerChunk[]): Map<number, number[]> {
  const seen = new Map<number, Set<number>>();
  for (const { phase, chunkOrder } of ledger) {
    if (phase === null || chunkOrder === null) continue;
    seen.set(phase, (seen.get(phase) ?? new Set()).add(chunkOrder));
  }
  return new Map(
    [...seen].map(([phase, orders]) => [phase, [...orders].sort((left, right) => left - right)]),
  );
}
