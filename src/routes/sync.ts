import { Hono } from "hono";
import * as z from "zod";
import { listChunks, readLedger } from "../database/history.ts";
import { countContacts } from "../database/read-contacts.ts";
import { findSync, listGenerations } from "../database/syncs.ts";
import { AppError } from "../errors.ts";
import { explainContacts, explainHistory } from "../operations/explain-sync.ts";
import { redriveHistory } from "../operations/redrive-history.ts";
import { weighLedger } from "../operations/weigh-ledger.ts";
import { instant } from "./instant.ts";
import { ownSender } from "./own-sender.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { validateQuery } from "./validate.ts";
import { iso } from "./views.ts";
import { viewChunk, viewLooseChunks, viewPhase, viewSync } from "./sync-views.ts";
import type { AppContext } from "../env.ts";
import type { Sender } from "../database/senders.ts";

const generation = instant.optional();
const chunksQuery = pageQuery.extend({ generation });
const chunkCursor = z.object({ at: z.number(), chunk: z.string() });

/**
 * What became of asking Meta for contacts and history. Mounted under the senders, behind their
 * guard. `generation` names an earlier onboarding, as `generations` lists them.
 */
export const syncRoutes = new Hono<AppContext>()
  .get("/:id/sync", validateQuery(z.object({ generation })), async (c) => {
    const sender = await ownSender(c);
    const database = c.var.services.shard(sender.shard);
    const generations = await listAllGenerations(database, sender);
    const asked = pickGeneration(c.req.valid("query").generation, sender, generations);
    const [contacts, history, ledger, count] = await Promise.all([
      findSync(database, sender.key, asked, "contacts"),
      findSync(database, sender.key, asked, "history"),
      readLedger(database, sender.key, asked),
      countContacts(database, sender.key),
    ]);
    const verdict = weighLedger(history, ledger, c.var.services.now());
    return c.json({
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
    });
  })
  .get("/:id/sync/chunks", validateQuery(chunksQuery), async (c) => {
    const sender = await ownSender(c);
    const database = c.var.services.shard(sender.shard);
    const query = c.req.valid("query");
    const generations = await listAllGenerations(database, sender);
    const asked = pickGeneration(query.generation, sender, generations);
    const after = openCursor(chunkCursor, query.cursor);
    const rows = await listChunks(database, sender.key, asked, { after, limit: query.limit });
    const next = nextCursor(rows, query.limit, ({ at, chunk }) => ({ at, chunk }));
    return c.json({ data: rows.map(viewChunk), next_cursor: next });
  })
  .post("/:id/sync/redrive", async (c) => {
    return c.json(await redriveHistory(c.var.services, await ownSender(c)), 202);
  });

/** Our progress: the share of known pages that are stored. Of chunks that never came it knows nothing. */
function storedPercent(ledger: { pages: number; pagesStored: number }[]): number | null {
  const pages = ledger.reduce((sum, row) => sum + row.pages, 0);
  if (pages === 0) return null;
  const stored = ledger.reduce((sum, row) => sum + row.pagesStored, 0);
  return Math.floor((stored / pages) * 100);
}

async function listAllGenerations(database: D1Database, sender: Sender): Promise<number[]> {
  const known = await listGenerations(database, sender.key);
  return known.includes(sender.generation) ? known : [sender.generation, ...known];
}

function pickGeneration(asked: number | undefined, sender: Sender, known: number[]): number {
  if (asked === undefined) return sender.generation;
  if (known.includes(asked)) return asked;
  throw new AppError(
    "not_found",
    "generation: this sender has none that began then; `generations` of its sync lists them.",
    { field: "generation" },
  );
}
