import { Hono } from "hono";
import * as z from "zod";
import { readEvents } from "../database/read-events.ts";
import { SHARDS } from "../database/shards.ts";
import { AppError } from "../errors.ts";
import { viewEvent } from "../events/view-event.ts";
import { readCursor, writeCursor } from "../lib/cursor.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { requirePartner } from "./require-partner.ts";
import { validateQuery } from "./validate.ts";
import type { AppContext } from "../env.ts";

const query = z.object({
  after: z.string().optional(),
  sender: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const positions = z.record(z.string(), z.number().int().min(0));

/** A partner's events since a cursor: of every shard, each sender's in the order of its seq. */
export const eventRoutes = new Hono<AppContext>()
  .use(requirePartner)
  .get("/", validateQuery(query), async (c) => {
    const { after, sender, limit } = c.req.valid("query");
    const cursor = positions.safeParse(after === undefined ? {} : readCursor(after));
    if (!cursor.success) {
      throw new AppError("invalid_request", "after: take it from next_cursor of the last page.", {
        field: "after",
      });
    }
    const reached = { ...cursor.data };
    const own = [sender ?? ""].filter((id) => coversSender(c.var.senders, id));
    const lists = await Promise.all(
      SHARDS.map(async (shard) => {
        const { events } = await readEvents(c.var.services.shard(shard), {
          partner: c.var.partner,
          after: reached[shard] ?? 0,
          types: null,
          senders: sender === undefined ? c.var.senders : own,
          limit,
        });
        return events.map((row) => ({ shard, row }));
      }),
    );
    // Within a shard the order of positions must hold; between shards any fair merge will do.
    const merged = mergeFairly(lists, limit);
    for (const { shard, row } of merged) reached[shard] = row.pos;
    return c.json({
      data: merged.map(({ row }) => viewEvent(row)),
      next_cursor: writeCursor(reached),
    });
  });

function mergeFairly<T extends { row: { at: number } }>(lists: T[][], limit: number): T[] {
  const rest = lists.map((list) => [...list]);
  const merged: T[] = [];
  while (merged.length < limit) {
    const oldest = rest
      .filter((list) => list[0] !== undefined)
      .sort((left, right) => (left[0]?.row.at ?? 0) - (right[0]?.row.at ?? 0))[0];
    const next = oldest?.shift();
    if (next === undefined) break;
    merged.push(next);
  }
  return merged;
}
