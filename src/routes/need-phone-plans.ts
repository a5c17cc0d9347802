import { createMiddleware } from "hono/factory";
import { loadPhonePlans } from "../lib/phone-plans.ts";
import type { AppContext } from "../env.ts";

/** For doors where numbers are checked, or shown as people write them. */
export const needPhonePlans = createMiddleware<AppContext>(async (c, next) => {
  await loadPhonePlans(c.var.services);
  return next();
});
