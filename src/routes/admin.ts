import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { listAllEndpoints, listEndpoints } from "../database/endpoints.ts";
import { partnerExists } from "../database/partners.ts";
import { AppError } from "../errors.ts";
import { changePartner } from "../operations/change-partner.ts";
import { createPartner } from "../operations/create-partner.ts";
import { examineGateway } from "../operations/examine-gateway.ts";
import { importSender } from "../operations/import-sender.ts";
import { doNoted, nameSender } from "../operations/note-audit.ts";
import { readStandings } from "../operations/read-standings.ts";
import { removePartner } from "../operations/remove-partner.ts";
import { viewStanding } from "./endpoint-views.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { partnerBody, partnerChange, readPartnerChange } from "./partner-bodies.ts";
import { placesASecond } from "./places-a-second.ts";
import { requireOperator } from "./require-operator.ts";
import { timezone } from "./timezone.ts";
import { validateBody, validateQuery } from "./validate.ts";
import { viewPartner, viewSender } from "./views.ts";
import type { AppContext } from "../env.ts";

const id = z.string().trim().min(1).max(200);
const senderBody = z.strictObject({
  partner_id: id,
  phone_number_id: id,
  waba_id: id,
  display_phone_number: z.string().regex(/\d/, "has no digits").max(40),
  access_token: z.string().min(1).max(2_000),
  timezone,
  onboarded_at: z.iso.datetime({ offset: true }).optional(),
  mps: placesASecond.optional(),
});

const removalQuery = z.object({
  confirm: z.string().optional(),
  reason: z.string().trim().min(1).max(200),
});
const endpointsQuery = pageQuery.extend({
  partner: id.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** Operators' door. Every change is logged with the operator's name. */
export const adminRoutes = new Hono<AppContext>()
  .use(requireOperator)
  .post("/partners", validateBody(partnerBody), async (c) => {
    const { services, operator } = c.var;
    const body = c.req.valid("json");
    const input = {
      name: body.name,
      logoUrl: body.logo_url,
      mediaRetentionDays: body.media_retention_days,
      messageRetentionDays: body.message_retention_days,
    };
    return c.json(viewPartner(await createPartner(services, input, operator)), 201);
  })
  .patch("/partners/:id", validateBody(partnerChange), async (c) => {
    const { services, operator } = c.var;
    const changes = readPartnerChange(c.req.valid("json"));
    const changed = await changePartner(services, c.req.param("id"), changes, operator);
    return c.json(viewPartner(changed));
  })
  .delete("/partners/:id", validateQuery(removalQuery), async (c) => {
    const { services, operator } = c.var;
    const { confirm, reason } = c.req.valid("query");
    await removePartner(services, c.req.param("id"), confirm, { operator, reason });
    return c.body(null, 204);
  })
  .post("/senders", validateBody(senderBody), async (c) => {
    const body = c.req.valid("json");
    const { services } = c.var;
    if (!(await partnerExists(services.registry, body.partner_id))) {
      throw new AppError("invalid_request", "partner_id: there is no partner with this id.", {
        field: "partner_id",
      });
    }
    const [partner, phoneNumberId] = [body.partner_id, body.phone_number_id];
    // Its key is made by the import.
    const detail = phoneNumberId.slice(0, 40);
    const entry = { operator: c.var.operator, action: "sender.import", partner, detail } as const;
    const sender = await doNoted(services, entry, async (noted) => {
      const imported = await importSender(services, {
        partner,
        phoneNumberId,
        wabaId: body.waba_id,
        displayPhoneNumber: body.display_phone_number,
        accessToken: body.access_token,
        timezone: body.timezone,
        mps: body.mps,
        onboardedAt: body.onboarded_at === undefined ? undefined : Date.parse(body.onboarded_at),
      });
      await nameSender(services, noted, imported.key);
      return imported;
    });
    return c.json(viewSender(sender), 201);
  })
  // With a look into each one's object: at most as many as a page of them.
  .get("/endpoints", validateQuery(endpointsQuery), async (c) => {
    const { partner, cursor, limit } = c.req.valid("query");
    const { services } = c.var;
    const after = openCursor(z.object({ id: z.string() }), cursor)?.id ?? "";
    const endpoints =
      partner === undefined
        ? await listAllEndpoints(services.registry, after, limit)
        : await listEndpoints(services.registry, partner);
    const standings = await readStandings(services, endpoints);
    const data = endpoints.map((endpoint, n) => ({
      ...viewStanding(endpoint, standings[n] ?? null, services.now()),
      partner_id: endpoint.partner,
    }));
    const next =
      partner === undefined ? nextCursor(endpoints, limit, (last) => ({ id: last.id })) : null;
    return c.json({ data, next_cursor: next });
  })
  .get("/doctor", validateQuery(z.object({ sender: id.optional() })), async (c) => {
    const findings = await examineGateway(c.var.services, c.req.valid("query").sender);
    return c.json({ ok: findings.every(({ state }) => state !== "missing"), findings });
  });
