import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { listChunks } from "../database/history.ts";
import { redriveHistory } from "../operations/redrive-history.ts";
import { instant } from "./instant.ts";
import { ownSender } from "./own-sender.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { listAllGenerations, pickGeneration, readSync } from "./read-sync.ts";
import { validateQuery } from "./validate.ts";
import { viewChunk } from "./sync-views.ts";
import type { AppContext } from "../env.ts";

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
    return c.json(await readSync(c.var.services, sender, c.req.valid("query").generation));
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
