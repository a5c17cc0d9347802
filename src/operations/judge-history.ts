import { readImport } from "../database/history.ts";
import { moveSync } from "../database/syncs.ts";
import { eventId } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import { explainHistory } from "./explain-sync.ts";
import { listOpenBodies } from "./list-open-bodies.ts";
import { tell } from "./tell.ts";
import { weighLedger } from "./weigh-ledger.ts";
import type { OpenBody } from "./list-open-bodies.ts";
import type { Verdict } from "./weigh-ledger.ts";
import type { NewEvent } from "../database/append-events.ts";
import type { Sender } from "../database/senders.ts";
import type { SyncState } from "../database/syncs.ts";
import type { Services } from "../services.ts";

/**
 * Looks at a sender's history ledger and tells what it says: that the import came a step further,
 * that it is complete, incomplete or stalled. Asked again, it tells nothing twice.
 *
 * @param stored what was just stored to its end, if that is why we look: chunks, and the body they
 *   came in, which is open until its number is judged
 * @returns the state, and whether it would be complete were it not for bodies that are still open
 */
export async function judgeSenderHistory(
  services: Services,
  sender: Sender,
  stored: { chunks: readonly string[]; body?: string } = { chunks: [] },
): Promise<{ state: SyncState; awaitsBodies: boolean }> {
  const database = services.shard(sender.shard);
  const { key, generation, phoneNumberId } = sender;
  const { sync, ledger } = await readImport(database, key, generation);
  const now = services.now();
  let verdict = weighLedger(sync, ledger, now);
  let awaitsBodies = false;
  if (verdict.state === "complete" && sync?.state !== "complete") {
    // Chunks overtake each other: what no consumer has opened yet may be of an earlier phase.
    const { open, next } = await listOpenBodies(services);
    const isTheirs = (body: OpenBody) => body.mayBringMore || body.numbers.includes(phoneNumberId);
    // Behind where the look ended there may be others.
    const bodiesOpen =
      next !== null || open.some((body) => body.key !== stored.body && isTheirs(body));
    verdict = weighLedger(sync, ledger, now, bodiesOpen);
    awaitsBodies = verdict.state !== "complete";
  }
  const events: NewEvent[] = [];
  const whole = ledger.filter(
    (row) => stored.chunks.includes(row.chunk) && row.pagesStored === row.pages,
  );
  const told = new Set<string>();
  for (const row of whole) {
    // A long import has hundreds of chunks: one for each ten percent of a phase says enough.
    const tenth = row.progress === null ? "?" : Math.floor(row.progress / 10);
    const step = `hp:${generation}:${row.phase ?? "?"}:${tenth}`;
    if (told.has(step)) continue; // of one batch D1 takes an id once
    told.add(step);
    events.push({
      id: eventId(key, step),
      type: "history.progress",
      at: now,
      data: {
        phase: row.phase,
        chunk_order: row.chunkOrder,
        progress: row.progress,
        messages: row.messages,
        phases: verdict.phases,
      },
    });
  }
  const moved = verdict.state !== (sync?.state ?? "none");
  const type = TOLD[verdict.state];
  if (moved && type !== undefined) {
    // A stall can end and come again; the others happen once a generation.
    const suffix = verdict.state === "stalled" ? `:${sync?.lastAt ?? 0}` : "";
    events.push({
      id: eventId(key, `h:${generation}:${verdict.state}${suffix}`),
      type,
      at: now,
      data: {
        phases: verdict.phases,
        missing: verdict.missing,
        missing_chunks: verdict.missing_chunks,
        missing_pages: verdict.missing_pages,
        reason: explainHistory(verdict.state, verdict, sync),
      },
    });
  }
  const judged = { state: verdict.state, awaitsBodies };
  if (events.length === 0 && !moved) return judged;
  const writes = moved ? [moveSync(database, key, generation, "history", verdict.state, now)] : [];
  await tell(services, sender, events, { writes });
  if (moved) logTurn(sender.key, verdict);
  return judged;
}

/** How an import stands, when that has changed. */
function logTurn(sender: number, verdict: Verdict): void {
  const { state, missing_chunks, missing_pages: pages } = verdict;
  const line = { sender, count: missing_chunks, pages };
  if (state === "complete") log.info("history.complete", { sender });
  else if (state === "stalled") log.error("history.stalled", line);
  else if (state === "incomplete") log.error("history.incomplete", line);
}

const TOLD: Partial<
  Record<SyncState, "history.completed" | "history.incomplete" | "history.stalled">
> = {
  complete: "history.completed",
  incomplete: "history.incomplete",
  stalled: "history.stalled",
};
