import { Hono } from "../../lib/hono.ts";
import { createMiddleware } from "hono/factory";
import * as z from "zod";
import { AppError } from "../../errors.ts";
import { findSession } from "../../database/signup-sessions.ts";
import { sessionPath } from "../../lib/session-link.ts";
import { checkNumber } from "../../operations/check-number.ts";
import { confirmSender } from "../../operations/confirm-sender.ts";
import { describeSignup } from "../../operations/describe-signup.ts";
import { finishSignup } from "../../operations/finish-signup.ts";
import { noteSignupEvent } from "../../operations/note-signup-event.ts";
import { findOpenSession } from "../../operations/open-session.ts";
import { resumeSignup } from "../../operations/resume-signup.ts";
import { timezone } from "../../routes/timezone.ts";
import { validateBody } from "../../routes/validate.ts";
import { ConnectPage, UnknownLinkPage } from "./connect-page.tsx";
import { connectHeaders, contentPolicy, neverKept } from "./headers.ts";
import { stampOf, viewOf } from "./page-view.ts";
import { describeProgress } from "./progress.ts";
import { refusalText } from "./refusal-text.ts";
import { refuseHaste, refuseHastyCode, refuseHastyConfirmation } from "./refuse-haste.ts";
import { sameOrigin } from "./same-origin.ts";
import { pickTexts } from "./texts/pick-texts.ts";
import { needPhonePlans } from "../../routes/need-phone-plans.ts";
import type { Context } from "hono";
import type { SignupSession } from "../../database/signup-sessions.ts";
import type { AppContext } from "../../env.ts";

const id = z.string().regex(/^\d{1,32}$/, "is not an id of Meta's");
/** A name or number of Meta's, of a screen, an error or a session: never a sentence. */
const token = z.string().regex(/^[A-Za-z0-9_.:-]{1,100}$/, "is not a name or number");

const numberBody = z.strictObject({ number: z.string().trim().min(1).max(40) });
const eventBody = z.strictObject({
  kind: z.enum(["opened", "blocked", "cancelled", "error", "wrong_branch", "finished"]),
  step: token.optional(),
  code: token.optional(),
  meta_session: token.optional(),
  waba_id: id.optional(),
});
const finishBody = z.strictObject({
  code: z.string().trim().min(1).max(2_000),
  waba_id: id.optional(),
  phone_number_id: id.optional(),
});
const confirmBody = z.strictObject({
  timezone,
  phone_number_id: id.optional(),
  sync: z.strictObject({ contacts: z.boolean(), history: z.boolean() }),
});

/**
 * The session of the link, which is the key to it. Here its proof comes in a header and nowhere
 * else: Cloudflare writes a request's whole address beside each line that is logged under it.
 */
const needSession = createMiddleware<AppContext>(async function needSession(c, next) {
  const part = `${c.req.param("id")}-${c.req.header("x-tandem-link")}`;
  const session = await findOpenSession(c.var.services, part);
  if (session === null) throw new AppError("not_found", "There is no signup with this link.");
  c.set("session", session);
  await next();
});

/** Nothing of a session changes once its time is over. */
const needTime = createMiddleware<AppContext>(async function needTime(c, next) {
  const { session, services } = c.var;
  if (session.expiresAt < services.now() && session.state !== "finished") {
    throw new AppError("conflict", "This link has expired; ask for a new one.");
  }
  await next();
});

/** The owner's signup: the page, and the doors that its script knocks at. */
export const connectRoutes = new Hono<AppContext>()
  .use(connectHeaders)
  .use(neverKept)
  .use(needPhonePlans)
  .get("/:id", async (c) => {
    const { services } = c.var;
    // The one address with the proof in it, so nothing is logged here but a failure.
    const session = await findOpenSession(services, c.req.param("id"));
    if (session !== null) return showPage(c, session);
    c.header("content-security-policy", contentPolicy(services.settings.FACEBOOK_SDK_URL, null));
    const texts = await pickTexts(services, null, c.req.header("accept-language"));
    return c.html(<UnknownLinkPage texts={texts} />, 404);
  })
  // What the script fetches anew.
  .get("/:id/page", needSession, (c) => showPage(c, c.var.session))
  .get("/:id/state", needSession, async (c) => {
    const { services, session } = c.var;
    const isWaiting = session.state === "waiting" && session.expiresAt >= services.now();
    return c.json(await viewState(c, isWaiting ? await resumeSignup(services, session) : session));
  })
  .use("/:id/*", sameOrigin, needSession, needTime)
  .post("/:id/number", validateBody(numberBody), async (c) => {
    const { services, session } = c.var;
    const { number } = c.req.valid("json");
    refuseHaste(services, session);
    const checked = checkNumber(services, number);
    if (checked.ok) {
      const changed = await noteSignupEvent(services, session, {
        kind: "number",
        phoneNumber: checked.number,
      });
      return c.json({ ok: true, ...(await viewState(c, changed)) });
    }
    await noteSignupEvent(services, session, { kind: "number", code: checked.reason });
    const { reason, country } = checked;
    return c.json({ ok: false, reason, country, words: refusalText(checked, await textsOf(c)) });
  })
  .post("/:id/event", validateBody(eventBody), async (c) => {
    const { services, session } = c.var;
    const body = c.req.valid("json");
    refuseHaste(services, session);
    const changed = await noteSignupEvent(services, session, {
      kind: body.kind,
      ...(body.step === undefined ? {} : { step: body.step }),
      ...(body.code === undefined ? {} : { code: body.code }),
      ...(body.meta_session === undefined ? {} : { metaSession: body.meta_session }),
      ...(body.waba_id === undefined ? {} : { wabaId: body.waba_id }),
    });
    return c.json(await viewState(c, changed));
  })
  .post("/:id/finish", validateBody(finishBody), async (c) => {
    const { services, session } = c.var;
    const body = c.req.valid("json");
    refuseHastyCode(services, session);
    await orTold(
      finishSignup(services, session, {
        code: body.code,
        wabaId: body.waba_id,
        phoneNumberId: body.phone_number_id,
      }),
    );
    return c.json(await viewNow(c));
  })
  .post("/:id/confirm", validateBody(confirmBody), async (c) => {
    const { services, session } = c.var;
    const body = c.req.valid("json");
    refuseHastyConfirmation(services, session);
    await orTold(
      confirmSender(services, session, {
        timezone: body.timezone,
        phoneNumberId: body.phone_number_id,
        sync: body.sync,
      }),
    );
    return c.json(await viewNow(c));
  });

async function showPage(c: Context<AppContext>, session: SignupSession) {
  const { services } = c.var;
  const { API_KEY_PEPPER, FACEBOOK_SDK_URL, PUBLIC_URL } = services.settings;
  const page = await describeSignup(services, session);
  const texts = await pickTexts(services, session.locale, c.req.header("accept-language"));
  c.header("content-security-policy", contentPolicy(FACEBOOK_SDK_URL, page.partner.logoUrl));
  return c.html(
    <ConnectPage
      view={viewOf(services, page, texts)}
      settings={services.settings}
      link={`${PUBLIC_URL}${sessionPath(API_KEY_PEPPER, session.id)}`}
      onPhone={isPhone(c) && c.req.query("here") === undefined}
    />,
  );
}

/** What Meta refuses is kept in the session, where the page finds it in the owner's language. */
async function orTold(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (err) {
    if (!(err instanceof AppError && err.code === "signup_failed")) throw err;
  }
}

async function viewNow(c: Context<AppContext>) {
  const { services, session } = c.var;
  return viewState(c, (await findSession(services.registry, session.id)) ?? session);
}

/** What the script needs to know: whether to fetch the page anew, and how far the bars are. */
async function viewState(c: Context<AppContext>, session: SignupSession) {
  const { services } = c.var;
  const page = await describeSignup(services, session);
  const texts = await pickTexts(services, session.locale, c.req.header("accept-language"));
  const view = viewOf(services, page, texts);
  return {
    state: page.state,
    view: view.name,
    step: view.step,
    stamp: stampOf(view),
    problem: page.problem === null ? null : { step: page.problem.step, code: page.problem.code },
    progress: describeProgress(page.sync, texts),
  };
}

function textsOf(c: Context<AppContext>) {
  const { services, session } = c.var;
  return pickTexts(services, session.locale, c.req.header("accept-language"));
}

/** By what the browser says of itself; tablets count as a screen of their own. */
function isPhone(c: Context<AppContext>): boolean {
  const hint = c.req.header("sec-ch-ua-mobile");
  if (hint !== undefined) return hint === "?1";
  return /iPhone|iPod|Android.+Mobile|Windows Phone/i.test(c.req.header("user-agent") ?? "");
}
