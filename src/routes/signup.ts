import { Hono } from "hono";
import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import * as z from "zod";
import { findSession } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { confirmSender } from "../operations/confirm-sender.ts";
import { finishSignup } from "../operations/finish-signup.ts";
import { openSignup } from "../operations/open-signup.ts";
import { requirePartner } from "./require-partner.ts";
import { timezone } from "./timezone.ts";
import { parseBody } from "./validate.ts";
import { viewSender, viewSession } from "./views.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { SignupSession } from "../database/signup-sessions.ts";

const text = z.string().trim().min(1).max(500);
const createBody = z.strictObject({
  external_id: text.optional(),
  return_url: z.url({ protocol: /^https?$/ }).optional(),
  locale: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, "is not a locale such as pt-BR")
    .optional(),
  phone_number: z
    .string()
    .transform((number, context) => {
      const parsed = parsePhoneNumberFromString(number.startsWith("+") ? number : `+${number}`);
      if (parsed?.isPossible() === true) return parsed.number;
      context.addIssue({ code: "custom", message: "is not a phone number with country code" });
      return z.NEVER;
    })
    .optional(),
});
const finishBody = z.strictObject({
  code: text.max(2_000),
  waba_id: text,
  phone_number_id: text.optional(),
});
/** Which syncs to ask Meta for: both, unless the owner or the partner does not want one. */
const syncChoice = z
  .strictObject({ contacts: z.boolean().default(true), history: z.boolean().default(true) })
  .default({ contacts: true, history: true });
const confirmBody = z.strictObject({
  timezone,
  phone_number_id: text.optional(),
  sync: syncChoice,
});

/** A partner's signups: create a session, finish Meta's part, confirm the account. */
export const signupRoutes = new Hono<AppContext>()
  .use(requirePartner)
  .post("/", async (c) => {
    const body = await parseBody(c, createBody);
    const session = await openSignup(c.var.services, {
      partner: c.var.partner,
      externalId: body.external_id ?? null,
      returnUrl: body.return_url ?? null,
      locale: body.locale ?? null,
      phoneNumber: body.phone_number ?? null,
    });
    return c.json(viewSession(session, c.var.services.settings.PUBLIC_URL), 201);
  })
  .get("/:id", async (c) => {
    return c.json(viewSession(await ownSession(c), c.var.services.settings.PUBLIC_URL));
  })
  .post("/:id/finish", async (c) => {
    const body = await parseBody(c, finishBody);
    const session = await finishSignup(c.var.services, await ownSession(c), {
      code: body.code,
      wabaId: body.waba_id,
      phoneNumberId: body.phone_number_id,
    });
    return c.json(viewSession(session, c.var.services.settings.PUBLIC_URL));
  })
  .post("/:id/confirm", async (c) => {
    const body = await parseBody(c, confirmBody);
    const sender = await confirmSender(c.var.services, await ownSession(c), {
      timezone: body.timezone,
      phoneNumberId: body.phone_number_id,
      sync: body.sync,
    });
    return c.json({ sender: viewSender(sender) });
  });

async function ownSession(c: Context<AppContext>): Promise<SignupSession> {
  const { registry, now } = c.var.services;
  const session = await findSession(registry, c.var.partner, c.req.param("id") ?? "");
  if (session === null) throw new AppError("not_found", "There is no signup session with this id.");
  if (session.expiresAt < now() && session.state !== "finished") {
    throw new AppError("conflict", "This signup session has expired; create a new one.");
  }
  return session;
}
