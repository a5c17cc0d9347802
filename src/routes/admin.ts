import { Hono } from "hono";
import * as z from "zod";
import { listAllEndpoints, listEndpoints } from "../database/endpoints.ts";
import { partnerExists } from "../database/partners.ts";
import { AppError } from "../errors.ts";
import { changePartner } from "../operations/change-partner.ts";
import { createPartner } from "../operations/create-partner.ts";
import { examineGateway } from "../operations/examine-gateway.ts";
import { importSender } from "../operations/import-sender.ts";
import { noteAudit } from "../operations/note-audit.ts";
import { readStandings } from "../operations/read-standings.ts";
import { viewStanding } from "./endpoint-views.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { placesASecond } from "./places-a-second.ts";
import { requireOperator } from "./require-operator.ts";
import { timezone } from "./timezone.ts";
import { validateBody, validateQuery } from "./validate.ts";
import { viewPartner, viewSender } from "./views.ts";
import type { AppContext } from "../env.ts";

const name = z.string().trim().min(1).max(200);
/** null: until they are deleted. */
const retention = z.number().int().min(1).max(3_650).nullable();
/** Not under 30: Meta repeats webhooks for days, and a message that is there is told once. */
const messageRetention = z.number().int().min(30).max(3_650).nullable();
/** Owners' browsers load it. */
const logo = z
  .url({ protocol: /^https$/ })
  .max(1_000)
  .nullable();
const partnerBody = z.strictObject({
  name,
  logo_url: logo.default(null),
  media_retention_days: retention.default(null),
  message_retention_days: messageRetention.default(null),
});
const partnerChange = z
  .strictObject({
    name,
    logo_url: logo,
    media_retention_days: retention,
    message_retention_days: messageRetention,
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, "names nothing to change");
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

const endpointsQuery = pageQuery.extend({
  partner: id.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** Operators' door. Every change is logged with the operator's name. */
export const adminRoutes = new Hono<AppContext>()
  .use(requireOperator)
  .post("/partners", validateBody(partnerBody), async (c) => {
    const body = c.req.valid("json");
    const partner = await createPartner(c.var.services, {
      name: body.name,
      logoUrl: body.logo_url,
      mediaRetentionDays: body.media_retention_days,
      messageRetentionDays: body.message_retention_days,
    });
    await noteAudit(c.var.services, {
      operator: c.var.operator,
      action: "partner.create",
      partner: partner.id,
    });
    return c.json(viewPartner(partner), 201);
  })
  .patch("/partners/:id", validateBody(partnerChange), async (c) => {
    const partner = c.req.param("id");
    const body = c.req.valid("json");
    const changed = await changePartner(c.var.services, partner, {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.logo_url === undefined ? {} : { logoUrl: body.logo_url }),
      ...(body.media_retention_days === undefined
        ? {}
        : { mediaRetentionDays: body.media_retention_days }),
      ...(body.message_retention_days === undefined
        ? {}
        : { messageRetentionDays: body.message_retention_days }),
    });
    if (changed === null) throw new AppError("not_found", "There is no partner with this id.");
    await noteAudit(c.var.services, {
      operator: c.var.operator,
      action: "partner.change",
      partner,
    });
    return c.json(viewPartner(changed));
  })
  .post("/senders", validateBody(senderBody), async (c) => {
    const body = c.req.valid("json");
    const { services } = c.var;
    if (!(await partnerExists(services.registry, body.partner_id))) {
      throw new AppError("invalid_request", "partner_id: there is no partner with this id.", {
        field: "partner_id",
      });
    }
    const sender = await importSender(services, {
      partner: body.partner_id,
      phoneNumberId: body.phone_number_id,
      wabaId: body.waba_id,
      displayPhoneNumber: body.display_phone_number,
      accessToken: body.access_token,
      timezone: body.timezone,
      mps: body.mps,
      onboardedAt: body.onboarded_at === undefined ? undefined : Date.parse(body.onboarded_at),
    });
    await noteAudit(c.var.services, {
      operator: c.var.operator,
      action: "sender.import",
      sender: sender.key,
      partner: sender.partner,
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
