import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import type { AppContext } from "../../env.ts";

/**
 * Only our own page may change a session: a form or script of another site has another `Origin`,
 * or none, or cannot say `application/json` without asking first.
 *
 * @throws AppError forbidden for another origin, invalid_request for another type
 */
export const sameOrigin = createMiddleware<AppContext>(async function sameOrigin(c, next) {
  const origin = c.req.header("origin");
  const own = [new URL(c.req.url).origin, new URL(c.var.services.settings.PUBLIC_URL).origin];
  if (origin === undefined || !own.includes(origin)) {
    throw new AppError("forbidden", "Only the signup page itself may call this address.");
  }
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new AppError("invalid_request", "Send the body as application/json.");
  }
  await next();
});
