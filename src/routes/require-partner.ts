import { createMiddleware } from "hono/factory";
import { AppError } from "../errors.ts";
import { admitKey } from "../operations/admit-key.ts";
import { noteKeyUse } from "../operations/note-key-use.ts";
import { ruleOf } from "./scopes.ts";
import { noteGuess, refuseGuesser } from "./limit-guesses.ts";
import { limitRate } from "./limit-rate.ts";
import type { ApiKey } from "../database/api-keys.ts";
import type { AppContext } from "../env.ts";

/**
 * Lets a partner's key in (`Authorization: Bearer tdm_…`) as far as its scopes go, and names the
 * partner, the key and the senders that it is for.
 */
export const requirePartner = createMiddleware<AppContext>(async (c, next) => {
  // Two apps on one path have the same guard: the call is one all the same.
  const admitted: ApiKey | undefined = c.var.key;
  if (admitted !== undefined) return next();
  const bearer = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const key = await admitKey(c.var.services, bearer);
  if (key === null) {
    // Behind the look at the key: one wrong client must not shut out a partner's others beside it.
    refuseGuesser(c, "partner");
    noteGuess(c, "partner");
    throw refused();
  }
  limitRate(c, key.id);
  const rule = ruleOf(c);
  if (rule !== null && !key.scopes.includes(rule.scope)) {
    throw new AppError(
      "forbidden",
      `This takes a key with the scope ${rule.scope}; this key has ${key.scopes.join(", ")}.`,
      { reason: "scope" },
    );
  }
  if (rule?.wholePartner === true && key.senders !== null) {
    throw new AppError(
      "forbidden",
      "This concerns the partner as a whole: it takes a key that is not restricted to senders.",
      { reason: "senders" },
    );
  }
  c.set("partner", key.partner);
  c.set("key", key);
  c.set("senders", key.senders);
  const noted = noteKeyUse(c.var.services, key);
  if (noted !== null) c.executionCtx.waitUntil(noted);
  await next();
});

function refused(): AppError {
  return new AppError(
    "unauthorized",
    "Send a partner key as a Bearer token: Authorization: Bearer tdm_…",
  );
}
