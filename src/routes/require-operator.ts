import { createMiddleware } from "hono/factory";
import { AppError } from "../errors.ts";
import { sameSecret } from "../lib/secrets.ts";
import type { AppContext } from "../env.ts";

/** Lets an operator in: one of OPERATOR_TOKENS (`name:token`, comma between), by name. */
export const requireOperator = createMiddleware<AppContext>(async (c, next) => {
  const bearer = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  for (const entry of c.var.services.settings.OPERATOR_TOKENS.split(",")) {
    const at = entry.indexOf(":");
    if (at > 0 && sameSecret(bearer, entry.slice(at + 1).trim())) {
      c.set("operator", entry.slice(0, at).trim());
      return next();
    }
  }
  throw new AppError("unauthorized", "Send an operator token as a Bearer token.");
});
