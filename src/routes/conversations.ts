import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { readProfiles } from "../database/customer-names.ts";
import { listConversations } from "../database/read-conversations.ts";
import { linkConversations } from "../operations/link-messages.ts";
import { ownSender } from "./own-sender.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { validateQuery } from "./validate.ts";
import { viewConversation } from "./views.ts";
import type { AppContext } from "../env.ts";

const cursorShape = z.object({ lastAt: z.number(), person: z.string() });

/**
 * A sender's conversations, the newest first, one per customer. Mounted under the senders, behind
 * their guard. A conversation that gets a message meanwhile moves to the top and so away from the
 * pages to come; of the others none is shown twice or passed over.
 */
export const conversationRoutes = new Hono<AppContext>().get(
  "/:id/conversations",
  validateQuery(pageQuery),
  async (c) => {
    const sender = await ownSender(c);
    const database = c.var.services.shard(sender.shard);
    const { cursor, limit } = c.req.valid("query");
    const after = openCursor(cursorShape, cursor);
    const rows = await listConversations(database, sender.key, { order: "newest", after, limit });
    const persons = rows.map((row) => row.person);
    const profiles = await readProfiles(database, sender.key, persons);
    const linked = await linkConversations(database, sender.key, rows);
    return c.json({
      data: linked.map((row) => viewConversation(row, sender, profiles.get(row.person))),
      next_cursor: nextCursor(rows, limit, ({ lastAt, person }) => ({ lastAt, person })),
    });
  },
);
