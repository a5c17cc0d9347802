import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { listAllMessages, listConversation } from "../database/read-messages.ts";
import { AppError } from "../errors.ts";
import { linkMessages } from "../operations/link-messages.ts";
import { customerKey } from "./customer-key.ts";
import { instant } from "./instant.ts";
import { ownSender } from "./own-sender.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { validateQuery } from "./validate.ts";
import { viewMessage } from "./views.ts";
import type { AppContext } from "../env.ts";

const messagesQuery = pageQuery.extend({
  customer: customerKey.optional(),
  order: z.enum(["asc", "desc"]).optional(),
  since: instant.optional(),
  until: instant.optional(),
  direction: z.enum(["inbound", "outbound"]).optional(),
  type: z.string().trim().min(1).max(50).optional(),
});
const wamidCursor = z.object({ after: z.string() });

/**
 * Messages of a sender, both ways. Mounted under the senders, behind their guard.
 *
 * With `customer`: its whole thread under all of its keys, by time, the newest first unless
 * `order=asc`. Without: everything, in the order of the wamids, which is none in time: a second
 * index would be a third billed row of every message of the past. `since` (inclusive), `until`
 * (exclusive), `direction` and `type` narrow either. Both cursors are places in an order that does
 * not change: what arrives meanwhile shifts no page.
 */
export const messageRoutes = new Hono<AppContext>().get(
  "/:id/messages",
  validateQuery(messagesQuery),
  async (c) => {
    const sender = await ownSender(c);
    const database = c.var.services.shard(sender.shard);
    const { customer, order, cursor, limit, ...filter } = c.req.valid("query");
    if (filter.since !== undefined && filter.until !== undefined && filter.since >= filter.until) {
      throw new AppError("invalid_request", "since: is not before until.", { field: "since" });
    }
    if (customer === undefined) {
      if (order !== undefined) {
        throw new AppError(
          "invalid_request",
          "order: needs customer; all messages together are listed by wamid.",
          { field: "order" },
        );
      }
      const after = openCursor(wamidCursor, cursor)?.after ?? "";
      const rows = await listAllMessages(database, sender.key, { after, filter, limit });
      const next = nextCursor(rows, limit, ({ wamid }) => ({ after: wamid }));
      const linked = await linkMessages(database, sender.key, rows);
      return c.json({ data: linked.map((row) => viewMessage(row, sender)), next_cursor: next });
    }
    const way = order ?? "desc";
    const threadCursor = z.object({ order: z.literal(way), at: z.number(), wamid: z.string() });
    const rows = await listConversation(database, sender.key, customer, {
      order: way,
      after: openCursor(threadCursor, cursor),
      filter,
      limit,
    });
    const next = nextCursor(rows, limit, ({ at, wamid }) => ({ order: way, at, wamid }));
    const linked = await linkMessages(database, sender.key, rows);
    return c.json({ data: linked.map((row) => viewMessage(row, sender)), next_cursor: next });
  },
);
