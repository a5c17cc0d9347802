import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { findSession, listSessions } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { sessionPath } from "../lib/session-link.ts";
import { cancelSignup } from "../operations/cancel-signup.ts";
import { checkNumber } from "../operations/check-number.ts";
import { confirmSender } from "../operations/confirm-sender.ts";
import { finishSignup } from "../operations/finish-signup.ts";
import { openReauthorisation, openSignup } from "../operations/open-signup.ts";
import { resumeSignup } from "../operations/resume-signup.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { requirePartner } from "./require-partner.ts";
import { timezone } from "./timezone.ts";
import { validateBody, validateQuery } from "./validate.ts";
import { viewSender, viewSession } from "./views.ts";
import { needPhonePlans } from "./need-phone-plans.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

const text = z.string().trim().min(1).max(500);
const session = {
  external_id: text.optional(),
  return_url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional(),
  locale: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, "is not a locale such as pt-BR")
    .optional(),
};
/** A session is a connection's unless it says otherwise. */
const createBody = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("connect").optional(),
    ...session,
    phone_number: z.string().max(40).optional(),
  }),
  z.strictObject({ kind: z.literal("reauthorise"), ...session, phone_number_id: text }),
]);
const finishBody = z.strictObject({
  code: text.max(2_000),
  waba_id: text.optional(),
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
  /** Connects although webhooks are not proven to come, or the credit line is not shared. */
  force: z.boolean().default(false),
});
const listCursor = z.object({ at: z.number(), id: z.string() });

/** A partner's signups: create a session, finish Meta's part, confirm; list them, cancel one. */
export const signupRoutes = new Hono<AppContext>()
  .use(requirePartner)
  .use(needPhonePlans)
  .post("/", validateBody(createBody), async (c) => {
    const body = c.req.valid("json");
    const given = {
      partner: c.var.partner,
      externalId: body.external_id ?? null,
      returnUrl: body.return_url ?? null,
      locale: body.locale ?? null,
    };
    const opened =
      body.kind === "reauthorise"
        ? await openReauthorisation(c.var.services, {
            ...given,
            phoneNumberId: body.phone_number_id,
          })
        : await openSignup(c.var.services, {
            ...given,
            phoneNumber: readNumber(c.var.services, body.phone_number),
          });
    return c.json(view(c, opened), 201);
  })
  .get("/", validateQuery(pageQuery), async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const before = openCursor(listCursor, cursor);
    const { services, partner, senders } = c.var;
    const rows = await listSessions(services.registry, { partner, senders }, before, limit);
    const next = nextCursor(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }));
    return c.json({ data: rows.map((row) => view(c, row)), next_cursor: next });
  })
  .get("/:id", async (c) => c.json(view(c, await ownSession(c))))
  .delete("/:id", async (c) => {
    return c.json(view(c, await cancelSignup(c.var.services, await ownSession(c))));
  })
  .post("/:id/finish", validateBody(finishBody), async (c) => {
    const body = c.req.valid("json");
    const finished = await finishSignup(c.var.services, await liveSession(c), {
      code: body.code,
      wabaId: body.waba_id,
      phoneNumberId: body.phone_number_id,
    });
    return c.json(view(c, finished));
  })
  .post("/:id/resume", async (c) => {
    return c.json(view(c, await resumeSignup(c.var.services, await liveSession(c))));
  })
  .post("/:id/confirm", validateBody(confirmBody), async (c) => {
    const body = c.req.valid("json");
    const sender = await confirmSender(c.var.services, await liveSession(c), {
      timezone: body.timezone,
      phoneNumberId: body.phone_number_id,
      sync: body.sync,
      force: body.force,
    });
    return c.json({ sender: viewSender(sender) });
  });

function readNumber(services: Services, input: string | undefined): string | null {
  if (input === undefined) return null;
  const checked = checkNumber(services, input);
  if (checked.ok) return checked.number;
  const detail =
    checked.reason === "country"
      ? `phone_number: numbers of this country (${checked.country}) cannot be connected.`
      : "phone_number: is not a phone number with country code";
  throw new AppError("invalid_request", detail, { field: "phone_number", reason: checked.reason });
}

/** A session as this key may see it: the account can have numbers that it is not for. */
function view(c: Context<AppContext>, session: SignupSession) {
  const { services, senders } = c.var;
  const candidates =
    session.candidates?.filter((each) => coversSender(senders, each.phoneNumberId)) ?? null;
  const { API_KEY_PEPPER, PUBLIC_URL } = services.settings;
  // Whoever has the link can connect a number: only who may make one sees it.
  const mayConnect = c.var.key.scopes.includes("manage") && senders === null;
  const url = mayConnect ? `${PUBLIC_URL}${sessionPath(API_KEY_PEPPER, session.id)}` : null;
  return viewSession({ ...session, candidates }, url);
}

async function ownSession(c: Context<AppContext>): Promise<SignupSession> {
  const found = await findSession(c.var.services.registry, c.req.param("id") ?? "", c.var.partner);
  if (found === null || !coversSender(c.var.senders, found.phoneNumberId ?? "")) {
    throw new AppError("not_found", "There is no signup session with this id.");
  }
  return found;
}

async function liveSession(c: Context<AppContext>): Promise<SignupSession> {
  const found = await ownSession(c);
  if (found.expiresAt < c.var.services.now() && found.state !== "finished") {
    throw new AppError("conflict", "This signup session has expired; create a new one.");
  }
  return found;
}
