import { readLedger } from "../database/history.ts";
import { countContacts } from "../database/read-contacts.ts";
import { findSync, listGenerations } from "../database/syncs.ts";
import { AppError } from "../errors.ts";
import { explainContacts, explainHistory } from "../operations/explain-sync.ts";
import { weighLedger } from "../operations/weigh-ledger.ts";
import { viewLooseChunks, viewPhase, viewSync } from "./sync-views.ts";
import { iso } from "./views.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/**
 * How a sender's imports are, as its partner and operators read it.
 *
 * @param wanted an earlier onboarding (epoch ms); left out: the present one
 * @throws AppError not_found for an onboarding that there was not
 */
export async function readSync(services: Services, sender: Sender, wanted?: number) {
  const database = services.shard(sender.shard);
  const generations = await listAllGenerations(database, sender);
  const asked = pickGeneration(wanted, sender, generations);
  const [contacts, history, ledger, count] = await Promise.all([
    findSync(database, sender.key, asked, "contacts"),
    findSync(database, sender.key, asked, "history"),
    readLedger(database, sender.key, asked),
    countContacts(database, sender.key),
  ]);
  const verdict = weighLedger(history, ledger, services.now());
  return {
    generation: iso(asked),
    generations: generations.map((each) => iso(each)),
    contacts: {
      ...viewSync(contacts),
      reason: explainContacts(contacts?.state ?? "none", count),
      count,
    },
    history: {
      ...viewSync(history),
      reason: explainHistory(history?.state ?? "none", verdict, history),
      progress: verdict.phases.at(-1)?.progress ?? 0,
      stored_percent: storedPercent(ledger),
      phases: verdict.phases.map((phase) => viewPhase(phase, ledger)),
      without_phase: viewLooseChunks(ledger),
      missing: verdict.missing,
      missing_chunks: verdict.missing_chunks,
      missing_pages: verdict.missing_pages,
    },
  };
}

/** Our progress: the share of known pages that are stored. Of chunks that never came it knows nothing. */
function storedPercent(ledger: { pages: number; pagesStored: number }[]): number | null {
  const pages = ledger.reduce((sum, row) => sum + row.pages, 0);
  if (pages === 0) return null;
  const stored = ledger.reduce((sum, row) => sum + row.pagesStored, 0);
  return Math.floor((stored / pages) * 100);
}

/** The onboardings that something is known of, the present one first. */
export async function listAllGenerations(database: D1Database, sender: Sender): Promise<number[]> {
  const known = await listGenerations(database, sender.key);
  return known.includes(sender.generation) ? known : [sender.generation, ...known];
}

/** @throws AppError not_found for an onboarding that there was not */
export function pickGeneration(asked: number | undefined, sender: Sender, known: number[]): number {
  if (asked === undefined) return sender.generation;
  if (known.includes(asked)) return asked;
  throw new AppError(
    "not_found",
    "generation: this sender has none that began then; `generations` of its sync lists them.",
    { field: "generation" },
  );
}
