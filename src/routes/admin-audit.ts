import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { listAudit } from "../database/audit.ts";
import { instant } from "./instant.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { requireOperator } from "./require-operator.ts";
import { validateQuery } from "./validate.ts";
import { iso } from "./views.ts";
import type { StoredAudit } from "../database/audit.ts";
import type { AppContext } from "../env.ts";

const text = z.string().trim().min(1).max(200);
const auditQuery = pageQuery.extend({
  operator: text.optional(),
  action: text.optional(),
  sender: text.optional(),
  partner: text.optional(),
  since: instant.optional(),
  until: instant.optional(),
});
const place = z.object({ at: z.number(), id: z.string() });

/** What operators did and looked at, for operators; reading it is no deed. */
export const adminAuditRoutes = new Hono<AppContext>()
  .use(requireOperator)
  .get("/", validateQuery(auditQuery), async (c) => {
    const { cursor, limit, sender, ...filter } = c.req.valid("query");
    const after = openCursor(place, cursor);
    const asked = { ...filter, senderId: sender, after, limit };
    const rows = await listAudit(c.var.services.registry, asked);
    const next = nextCursor(rows, limit, ({ at, id }) => ({ at, id }));
    return c.json({ data: rows.map(viewAudit), next_cursor: next });
  });

function viewAudit({ at, id, operator, action, senderId, partner, detail }: StoredAudit) {
  return {
    id: `${at}-${id}`,
    at: iso(at),
    operator,
    action,
    sender_id: senderId,
    partner_id: partner,
    detail,
  };
}
