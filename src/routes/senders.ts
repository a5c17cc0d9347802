import { Hono } from "hono";
import { z } from "zod";
import { listContacts } from "../database/read-contacts.ts";
import { listAllMessages, listConversation } from "../database/read-messages.ts";
import { readLedger } from "../database/history.ts";
import { listSenders } from "../database/senders.ts";
import { findSync } from "../database/syncs.ts";
import { AppError } from "../errors.ts";
import { readCursor, writeCursor } from "../lib/cursor.ts";
import { askPhone } from "../operations/ask-phone.ts";
import { changePace } from "../operations/change-pace.ts";
import { linkMessages } from "../operations/link-messages.ts";
import { weighLedger } from "../operations/weigh-ledger.ts";
import { messageHistoryRoutes } from "./message-history.ts";
import { ownSender } from "./own-sender.ts";
import { placesASecond } from "./places-a-second.ts";
import { requirePartner } from "./require-partner.ts";
import { usageRoutes } from "./usage.ts";
import { parseBody, validateQuery } from "./validate.ts";
import { iso, viewContact, viewMessage, viewSender } from "./views.ts";
import type { AppContext } from "../env.ts";

const limit = z.coerce.number().int().min(1).max(500).default(50);
const paceBody = z.strictObject({ mps: placesASecond });
const pageQuery = z.object({ cursor: z.string().optional(), limit });
const messagesQuery = pageQuery.extend({ customer: z.string().trim().min(1).optional() });
const conversationCursor = z.object({ at: z.number(), wamid: z.string() });
const keyCursor = z.object({ after: z.string() });

/** What a partner reads of its senders. */
export const senderRoutes = new Hono<AppContext>()
  .use(requirePartner)
  .route("/", messageHistoryRoutes)
  .route("/", usageRoutes)
  .get("/", async (c) => {
    const senders = await listSenders(c.var.services.registry, c.var.partner);
    return c.json({ data: senders.map(viewSender) });
  })
  .get("/:id", async (c) => c.json(viewSender(await ownSender(c))))
  .patch("/:id", async (c) => {
    const sender = await ownSender(c);
    const { mps } = await parseBody(c, paceBody);
    await changePace(c.var.services, sender, mps);
    return c.json(viewSender({ ...sender, mps }));
  })
  .get("/:id/messages", validateQuery(messagesQuery), async (c) => {
    const sender = await ownSender(c);
    const database = c.var.services.shard(sender.shard);
    const query = c.req.valid("query");
    if (query.customer !== undefined) {
      const before = openCursor(conversationCursor, query.cursor);
      const rows = await listConversation(
        database,
        sender.key,
        customerKey(query.customer),
        before,
        query.limit,
      );
      const last = rows.length === query.limit ? rows.at(-1) : undefined;
      const next = last === undefined ? null : writeCursor({ at: last.at, wamid: last.wamid });
      return c.json({
        data: (await linkMessages(database, sender.key, rows)).map(viewMessage),
        next_cursor: next,
      });
    }
    const after = openCursor(keyCursor, query.cursor)?.after ?? "";
    const rows = await listAllMessages(database, sender.key, after, query.limit);
    const last = rows.length === query.limit ? rows.at(-1) : undefined;
    const next = last === undefined ? null : writeCursor({ after: last.wamid });
    return c.json({
      data: (await linkMessages(database, sender.key, rows)).map(viewMessage),
      next_cursor: next,
    });
  })
  .get("/:id/contacts", validateQuery(pageQuery), async (c) => {
    const sender = await ownSender(c);
    const query = c.req.valid("query");
    const after = openCursor(keyCursor, query.cursor)?.after ?? "";
    const database = c.var.services.shard(sender.shard);
    const rows = await listContacts(database, sender.key, after, query.limit);
    const last = rows.length === query.limit ? rows.at(-1) : undefined;
    const next = last === undefined ? null : writeCursor({ after: last.customer });
    return c.json({ data: rows.map(viewContact), next_cursor: next });
  })
  .get("/:id/windows/:customer", async (c) => {
    const sender = await ownSender(c);
    const window = (await askPhone(c.var.services, sender.phoneNumberId).window(
      c.var.partner,
      customerKey(c.req.param("customer")),
    )) ?? { open: false, closesAt: null, why: "number_moved", threadOwner: "other" };
    return c.json({
      open: window.open,
      closes_at: iso(window.closesAt),
      why: window.why,
      thread_owner: window.threadOwner,
    });
  })
  .get("/:id/sync", async (c) => {
    const sender = await ownSender(c);
    const database = c.var.services.shard(sender.shard);
    const [contacts, history, ledger] = await Promise.all([
      findSync(database, sender.key, sender.generation, "contacts"),
      findSync(database, sender.key, sender.generation, "history"),
      readLedger(database, sender.key, sender.generation),
    ]);
    const verdict = weighLedger(history, ledger, c.var.services.now());
    return c.json({
      contacts: {
        state: contacts?.state ?? "none",
        count: contacts?.count ?? null,
        requested_at: iso(contacts?.requestedAt ?? null),
        error: contacts?.error ?? null,
      },
      history: {
        state: history?.state ?? "none",
        progress: verdict.phases.at(-1)?.progress ?? 0,
        phases: verdict.phases,
        missing: verdict.missing,
        missing_pages: verdict.missing_pages,
        requested_at: iso(history?.requestedAt ?? null),
        first_at: iso(history?.firstAt ?? null),
        last_at: iso(history?.lastAt ?? null),
        ended_at: iso(history?.endedAt ?? null),
        error: history?.error ?? null,
      },
    });
  });

/** A phone number as digits, or a BSUID as it is. */
function customerKey(text: string): string {
  return text.includes(".") && /[A-Z]/.test(text) ? text : text.replace(/\D/g, "");
}

function openCursor<T extends z.ZodType>(schema: T, cursor: string | undefined): z.infer<T> | null {
  if (cursor === undefined) return null;
  const result = schema.safeParse(readCursor(cursor));
  if (!result.success) {
    throw new AppError("invalid_request", "cursor: take it from next_cursor of the last page.", {
      field: "cursor",
    });
  }
  return result.data;
}
