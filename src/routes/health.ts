import { Hono } from "../lib/hono.ts";
import { readPulse } from "../operations/read-pulse.ts";
import { iso } from "./views.ts";
import type { AppContext } from "../env.ts";

/**
 * Whether this Worker serves, for a load balancer or a deploy: it asks nobody, so a fault of ours
 * that does not stop it from taking webhooks never takes it out of service. And whether the sweeps
 * run, for a watch from outside: what does not run cannot say so itself. Neither tells anybody's
 * data.
 */
export const healthRoutes = new Hono<AppContext>()
  .get("/", (c) => c.json({ ok: true }))
  .get("/sweeps", async (c) => {
    const { ok, sweptAt, detail } = await readPulse(c.var.services);
    const body = { ok, swept_at: sweptAt === null ? null : iso(sweptAt), detail };
    return c.json(body, ok ? 200 : 503);
  });
