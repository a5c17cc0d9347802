import { createMiddleware } from "hono/factory";
import type { AppContext } from "../env.ts";

/** For doors where numbers are checked, or shown as people write them. */
export const needPhonePlans = createMiddleware<AppContext>(async (c, next) => {
  await c.var.services.loadPhonePlans();
  return next();
});
