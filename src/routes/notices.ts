import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { listNotices } from "../database/read-notices.ts";
import { ownSender } from "./own-sender.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { validateQuery } from "./validate.ts";
import { viewNotice } from "./views.ts";
import type { AppContext } from "../env.ts";

const noticesQuery = pageQuery.extend({
  field: z.string().trim().min(1).max(100).optional(),
  template: z.string().trim().min(1).max(100).optional(),
});
const noticeCursor = z.object({ at: z.number(), id: z.string() });

/**
 * What Meta said of a sender's account: templates, quality, names, limits, alerts. Mounted under the
 * senders, behind their guard. They stay when events are forgotten.
 */
export const noticeRoutes = new Hono<AppContext>().get(
  "/:id/notices",
  validateQuery(noticesQuery),
  async (c) => {
    const sender = await ownSender(c);
    const { cursor, limit, ...filter } = c.req.valid("query");
    const rows = await listNotices(c.var.services.shard(sender.shard), sender.key, {
      after: openCursor(noticeCursor, cursor),
      filter,
      limit,
    });
    return c.json({
      data: rows.map(viewNotice),
      next_cursor: nextCursor(rows, limit, ({ at, id }) => ({ at, id })),
    });
  },
);
