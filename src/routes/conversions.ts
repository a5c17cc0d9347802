import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { findConversion, listConversions } from "../database/conversions.ts";
import { AppError } from "../errors.ts";
import { CONVERSION_NAMES, isConversionName, meantConversion } from "../meta/conversion-names.ts";
import { reportConversion } from "../operations/report-conversion.ts";
import { customerKey } from "./customer-key.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { instant } from "./instant.ts";
import { ownSender } from "./own-sender.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { validateBody, validateQuery } from "./validate.ts";
import { viewConversion } from "./views.ts";
import type { AppContext } from "../env.ts";

const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));
const CUSTOM_MAX = 30;

const name = z.string().transform((text, context) => {
  if (isConversionName(text)) return text;
  const meant = meantConversion(text);
  context.addIssue({
    code: "custom",
    message: `is not of Meta's list${meant === undefined ? "" : `; ${meant} is meant, it seems`}. Take one of ${CONVERSION_NAMES.join(", ")}`,
  });
  return z.NEVER;
});

/** Order ids and such; money has fields of its own. */
const customData = z
  .record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/),
    z.union([z.string().max(500), z.number(), z.boolean()]),
  )
  .refine((data) => Object.keys(data).length <= CUSTOM_MAX, {
    error: `may have ${CUSTOM_MAX} values`,
  })
  .refine((data) => !("currency" in data) && !("value" in data), {
    error: "currency and value go beside name",
  });

export const conversionBody = z
  .strictObject({
    name,
    at: z.iso.datetime({ offset: true }).optional(),
    customer: customerKey.optional(),
    ctwa_clid: z.string().trim().min(1).max(1_000).optional(),
    currency: z
      .string()
      .refine((code) => CURRENCIES.has(code), {
        error: "is no currency: write EUR, as in ISO 4217",
      })
      .optional(),
    value: z.number().min(0).max(1e12).optional(),
    custom_data: customData.optional(),
    detected_in: z.string().trim().min(1).max(512).optional(),
    test_event_code: z.string().trim().min(1).max(64).optional(),
  })
  .superRefine((body, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: [field], message });
    if ((body.customer ?? body.ctwa_clid ?? body.detected_in) === undefined) {
      refuse("customer", "is missing: whose conversion is it? Or pass ctwa_clid");
    }
    if (body.name === "Purchase" && body.value === undefined) {
      refuse("value", "is missing: a Purchase needs currency and value");
    }
    if (body.value !== undefined && body.currency === undefined) {
      refuse("currency", "is missing beside value");
    }
    if (body.currency !== undefined && body.value === undefined && body.name !== "Purchase") {
      refuse("value", "is missing beside currency");
    }
  });

const conversionsQuery = pageQuery.extend({
  state: z.enum(["intended", "reported", "refused", "unknown"]).optional(),
  name: name.optional(),
  since: instant.optional(),
  until: instant.optional(),
});
const conversionsCursor = z.object({ createdAt: z.number(), id: z.string() });

/**
 * What a sender's customers came to, reported to Meta's ads. Mounted under the senders, behind their
 * guard. 201 says what came of it; 202 that nobody knows yet, or ever will: it is not sent again.
 */
export const conversionRoutes = new Hono<AppContext>()
  .post("/:id/conversions", validateBody(conversionBody), async (c) => {
    const sender = await ownSender(c);
    const body = c.req.valid("json");
    const { conversion, replayed } = await reportConversion(
      c.var.services,
      sender,
      {
        name: body.name,
        at: body.at === undefined ? undefined : Date.parse(body.at),
        customer: body.customer,
        ctwaClid: body.ctwa_clid,
        currency: body.currency,
        value: body.value,
        customData: body.custom_data ?? {},
        detectedIn: body.detected_in,
        testEventCode: body.test_event_code,
      },
      readIdempotencyKey(c.req.header("idempotency-key")),
    );
    if (replayed) c.header("idempotent-replayed", "true");
    const isSettled = conversion.state === "reported" || conversion.state === "refused";
    return c.json(viewConversion(conversion), isSettled ? 201 : 202);
  })
  .get("/:id/conversions", validateQuery(conversionsQuery), async (c) => {
    const sender = await ownSender(c);
    const { cursor, limit, ...filter } = c.req.valid("query");
    const rows = await listConversions(c.var.services.shard(sender.shard), sender.key, {
      after: openCursor(conversionsCursor, cursor),
      filter,
      limit,
    });
    return c.json({
      data: rows.map(viewConversion),
      next_cursor: nextCursor(rows, limit, ({ createdAt, id }) => ({ createdAt, id })),
    });
  })
  .get("/:id/conversions/:conversion", async (c) => {
    const sender = await ownSender(c);
    const database = c.var.services.shard(sender.shard);
    const found = await findConversion(database, sender.key, c.req.param("conversion"));
    if (found === null) throw new AppError("not_found", "There is no conversion with this id.");
    return c.json(viewConversion(found));
  });
