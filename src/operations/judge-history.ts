import { appendEvents } from "../database/append-events.ts";
import { readLedger } from "../database/history.ts";
import { findSync, moveSync } from "../database/syncs.ts";
import { eventId } from "../lib/ids.ts";
import { explainHistory } from "./explain-sync.ts";
import { listOpenBodies } from "./list-open-bodies.ts";
import { weighLedger } from "./weigh-ledger.ts";
import type { NewEvent } from "../database/append-events.ts";
import type { Sender } from "../database/senders.ts";
import type { SyncState } from "../database/syncs.ts";
import type { Services } from "../services.ts";

/**
 * Looks at a sender's history ledger and tells what it says: that a chunk is stored, that the
 * import is complete, incomplete or stalled. Asked again, it tells nothing twice.
 *
 * @param chunk the chunk that was just stored to its end, if that is why we look
 */
export async function judgeSenderHistory(
  services: Services,
  sender: Sender,
  chunk?: string,
): Promise<SyncState> {
  const database = services.shard(sender.shard);
  const { key, generation, phoneNumberId } = sender;
  const [sync, ledger] = await Promise.all([
    findSync(database, key, generation, "history"),
    readLedger(database, key, generation),
  ]);
  const now = services.now();
  let verdict = weighLedger(sync, ledger, now);
  if (verdict.state === "complete" && sync?.state !== "complete") {
    // Chunks overtake each other: what no consumer has opened yet may be of an earlier phase.
    const bodies = await listOpenBodies(services);
    const bodiesOpen = bodies.some(
      ({ numbers, mayBringMore }) => mayBringMore || numbers.includes(phoneNumberId),
    );
    verdict = weighLedger(sync, ledger, now, bodiesOpen);
  }
  const events: NewEvent[] = [];
  const stored = ledger.find((row) => row.chunk === chunk && row.pagesStored === row.pages);
  if (stored !== undefined) {
    events.push({
      id: eventId(key, `hp:${stored.chunk}`),
      type: "history.progress",
      at: now,
      data: {
        phase: stored.phase,
        chunk_order: stored.chunkOrder,
        progress: stored.progress,
        messages: stored.messages,
        phases: verdict.phases,
      },
    });
  }
  const moved = verdict.state !== (sync?.state ?? "none");
  if (moved && TOLD.has(verdict.state)) {
    // A stall can end and come again; the others happen once a generation.
    const suffix = verdict.state === "stalled" ? `:${sync?.lastAt ?? 0}` : "";
    const type = verdict.state === "complete" ? "completed" : verdict.state;
    events.push({
      id: eventId(key, `h:${generation}:${verdict.state}${suffix}`),
      type: `history.${type}`,
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
  if (events.length === 0 && !moved) return verdict.state;
  const owner = { partner: sender.partner, sender: key, senderId: phoneNumberId };
  const writes = moved ? [moveSync(database, key, generation, "history", verdict.state, now)] : [];
  await database.batch(appendEvents(database, owner, events, { writes }));
  return verdict.state;
}

const TOLD = new Set<SyncState>(["complete", "incomplete", "stalled"]);
