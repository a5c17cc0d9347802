import { Hono } from "../../lib/hono.ts";
import { isBehindAccess } from "./access.ts";
import { plainPage } from "./layout.tsx";
import { endSession, startSession } from "./session.ts";
import { forgiveAttempts, takeAttempt } from "../../database/sign-in-attempts.ts";
import { AppError } from "../../errors.ts";
import { log, shortId } from "../../lib/log.ts";
import { networkOf } from "../../lib/network-of.ts";
import { findOperator } from "../../lib/operators.ts";
import { noteAudit } from "../../operations/note-audit.ts";
import { noteRefusal } from "../../operations/note-refusal.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";

/** What a wrong token costs at least: a person hardly feels it, a list of guesses does. */
const REFUSED_AFTER_MS = 1_000;

/** The console's door for operators with a token; behind Access there is none. */
export const signInRoutes = new Hono<AppContext>()
  .get("/sign-in", (c) => {
    refuseBehindAccess(c);
    return form(c, null);
  })
  .post("/sign-in", async (c) => {
    refuseBehindAccess(c);
    const { services } = c.var;
    const { token } = await c.req.parseBody();
    const from = networkOf(c.req.header("cf-connecting-ip") ?? "");
    const address = shortId(services.settings.API_KEY_PEPPER, `sign-in|${from}`);
    if (!(await takeAttempt(services.registry, address, services.now()))) {
      await noteRefusal(services, "console");
      return form(c, "Too many attempts have failed. Wait a while, then try again.", 429);
    }
    const { OPERATOR_TOKENS } = services.settings;
    const operator = typeof token === "string" ? findOperator(OPERATOR_TOKENS, token.trim()) : null;
    if (operator === null) {
      log.warn("console.refused", { reason: "token", key: address });
      await noteRefusal(services, "console");
      await services.sleep(REFUSED_AFTER_MS);
      return form(c, "This is no operator's token.", 401);
    }
    // First of all: who cannot be written down is not let in.
    await noteAudit(services, { operator: operator.name, action: "console.sign_in" });
    await forgiveAttempts(services.registry, address);
    await startSession(c, operator);
    return c.redirect("/console", 303);
  })
  .post("/sign-out", async (c) => {
    await endSession(c);
    return c.redirect("/console/sign-in", 303);
  });

function refuseBehindAccess(c: Context<AppContext>): void {
  if (isBehindAccess(c.var.services.settings)) {
    throw new AppError("not_found", "Cloudflare Access lets operators in here.");
  }
}

function form(c: Context<AppContext>, problem: string | null, status: 200 | 401 | 429 = 200) {
  return plainPage(
    c,
    "Sign in",
    <form class="card" method="post" action="/console/sign-in">
      <h1>Console</h1>
      <p>
        For operators of this gateway. What you change, and whose messages you read, is written down
        with your name.
      </p>
      {problem === null ? null : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <label>
        Operator token
        <input type="password" name="token" required autocomplete="current-password" autofocus />
      </label>
      <button class="main">Sign in</button>
    </form>,
    status,
  );
}
