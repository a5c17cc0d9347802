import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { listContacts } from "../database/read-contacts.ts";
import { listSenders } from "../database/senders.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { askPhone } from "../operations/ask-phone.ts";
import { changePace } from "../operations/change-pace.ts";
import { conversionRoutes } from "./conversions.ts";
import { conversationRoutes } from "./conversations.ts";
import { customerRoutes } from "./customers.ts";
import { customerKey } from "./customer-key.ts";
import { erasureRoutes } from "./erasures.ts";
import { exportRoutes } from "./export.ts";
import { lifeRoutes } from "./life.ts";
import { mediaRoutes } from "./media.ts";
import { messageHistoryRoutes } from "./message-history.ts";
import { messageRoutes } from "./messages.ts";
import { noticeRoutes } from "./notices.ts";
import { ownSender } from "./own-sender.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { placesASecond } from "./places-a-second.ts";
import { requirePartner } from "./require-partner.ts";
import { syncRoutes } from "./sync.ts";
import { usageRoutes } from "./usage.ts";
import { validateBody, validatePath, validateQuery } from "./validate.ts";
import { iso, viewContact, viewSender } from "./views.ts";
import type { AppContext } from "../env.ts";

const paceBody = z.strictObject({ mps: placesASecond });
const windowPath = z.object({ id: z.string(), customer: customerKey });
const keyCursor = z.object({ after: z.string() });

/** What a partner reads of its senders. */
export const senderRoutes = new Hono<AppContext>()
  .use(requirePartner)
  .route("/", lifeRoutes)
  .route("/", syncRoutes)
  .route("/", conversationRoutes)
  .route("/", conversionRoutes)
  .route("/", customerRoutes)
  .route("/", noticeRoutes)
  .route("/", messageRoutes)
  .route("/", messageHistoryRoutes)
  .route("/", exportRoutes())
  .route("/", mediaRoutes)
  .route("/", usageRoutes)
  .route("/", erasureRoutes)
  .get("/", async (c) => {
    const senders = await listSenders(c.var.services.registry, c.var.partner);
    const visible = senders.filter(({ phoneNumberId }) =>
      coversSender(c.var.senders, phoneNumberId),
    );
    return c.json({ data: visible.map(viewSender), next_cursor: null });
  })
  .get("/:id", async (c) => c.json(viewSender(await ownSender(c))))
  .patch("/:id", validateBody(paceBody), async (c) => {
    const sender = await ownSender(c);
    const { mps } = c.req.valid("json");
    await changePace(c.var.services, sender, mps);
    return c.json(viewSender({ ...sender, mps }));
  })
  .get("/:id/contacts", validateQuery(pageQuery), async (c) => {
    const sender = await ownSender(c);
    const query = c.req.valid("query");
    const after = openCursor(keyCursor, query.cursor)?.after ?? "";
    const database = c.var.services.shard(sender.shard);
    const rows = await listContacts(database, sender.key, after, query.limit);
    const next = nextCursor(rows, query.limit, ({ customer }) => ({ after: customer }));
    return c.json({ data: rows.map(viewContact), next_cursor: next });
  })
  .get("/:id/windows/:customer", validatePath(windowPath), async (c) => {
    const sender = await ownSender(c);
    const window = (await askPhone(c.var.services, sender.phoneNumberId).window(
      c.var.partner,
      c.req.valid("param").customer,
    )) ?? { open: false, closesAt: null, why: "number_moved", threadOwner: "other" };
    return c.json({
      open: window.open,
      closes_at: iso(window.closesAt),
      why: window.why,
      thread_owner: window.threadOwner,
    });
  });
