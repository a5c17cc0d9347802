import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { findEndpoint } from "../database/endpoints.ts";
import { findCurrentSender } from "../database/senders.ts";
import { AppError } from "../errors.ts";
import { cancelReplay } from "../operations/cancel-replay.ts";
import { changeEndpoint } from "../operations/change-endpoint.ts";
import { doNoted } from "../operations/note-audit.ts";
import { redriveHistory } from "../operations/redrive-history.ts";
import { replayEndpoint } from "../operations/replay-endpoint.ts";
import { deliveriesQuery, replayBody, toDeliveryQuery } from "./endpoint-bodies.ts";
import { viewDelivery, viewEndpoint, viewReplay } from "./endpoint-views.ts";
import { instant } from "./instant.ts";
import { readSync } from "./read-sync.ts";
import { requireOperator } from "./require-operator.ts";
import { validateBody, validateQuery } from "./validate.ts";
import type { Context } from "hono";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { Sender } from "../database/senders.ts";
import type { AppContext } from "../env.ts";
import type { Deed } from "../lib/audit-actions.ts";

const reason = z.string().trim().min(1).max(200);
const stateBody = z.strictObject({ state: z.enum(["enabled", "paused"]), reason });

/** Operators': repairs of what a partner could repair too, for whoever is called at night. */
export const adminRepairRoutes = new Hono<AppContext>()
  .use(requireOperator)
  .get(
    "/senders/:id/sync",
    validateQuery(z.object({ generation: instant.optional() })),
    async (c) => {
      const sender = await heldSender(c);
      return c.json(await readSync(c.var.services, sender, c.req.valid("query").generation));
    },
  )
  .post("/senders/:id/sync/redrive", async (c) => {
    const sender = await heldSender(c);
    const { services, operator } = c.var;
    const { key, partner } = sender;
    const entry = { operator, action: "history.redrive", sender: key, partner } as const;
    return c.json(await doNoted(services, entry, () => redriveHistory(services, sender)), 202);
  })
  .patch("/endpoints/:id", validateBody(stateBody), async (c) => {
    const endpoint = await anyEndpoint(c);
    const { state, reason: why } = c.req.valid("json");
    const { services } = c.var;
    const action = state === "enabled" ? "endpoint.enable" : "endpoint.pause";
    const changed = await doing(c, endpoint, action, why, () =>
      changeEndpoint(services, endpoint, { state }, "operator"),
    );
    return c.json(viewEndpoint(changed, services.now()));
  })
  .get("/endpoints/:id/deliveries", validateQuery(deliveriesQuery), async (c) => {
    const endpoint = await anyEndpoint(c);
    const query = toDeliveryQuery(c.req.valid("query"));
    const page = await c.var.services.endpoint(endpoint.id).deliveries(query);
    // What a partner's server answered is the partner's to read.
    const data = page.deliveries.map(viewDelivery).map((delivery) => ({
      ...delivery,
      attempts: delivery.attempts.map((attempt) => ({ ...attempt, answer: null })),
    }));
    return c.json({ data, next_cursor: page.next });
  })
  .post("/endpoints/:id/deliveries/:event/retry", async (c) => {
    const endpoint = await anyEndpoint(c);
    const event = c.req.param("event");
    await doing(c, endpoint, "delivery.retry", event.slice(0, 80), async () => {
      if (!(await c.var.services.endpoint(endpoint.id).retry(event))) {
        throw new AppError("not_found", "This endpoint keeps no delivery of this event.");
      }
    });
    return c.json({ event_id: event, state: "retrying" as const }, 202);
  })
  .post("/endpoints/:id/replays", validateBody(replayBody), async (c) => {
    const endpoint = await anyEndpoint(c);
    const body = c.req.valid("json");
    const of = body.failed_since === undefined ? "range" : "failed";
    const replay = await doing(c, endpoint, "endpoint.replay", of, () =>
      replayEndpoint(c.var.services, endpoint, {
        of,
        since: body.failed_since ?? body.since ?? 0,
        until: body.until ?? null,
        types: body.types ?? null,
        senders: body.senders ?? null,
      }),
    );
    return c.json(viewReplay(replay), 202);
  })
  .get("/endpoints/:id/replays", async (c) => {
    const endpoint = await anyEndpoint(c);
    const replays = await c.var.services.endpoint(endpoint.id).replays();
    return c.json({ data: replays.map(viewReplay), next_cursor: null });
  })
  .delete("/endpoints/:id/replays/:replay", async (c) => {
    const endpoint = await anyEndpoint(c);
    const replay = c.req.param("replay");
    const detail = replay.slice(0, 80);
    const cancelled = await doing(c, endpoint, "endpoint.cancel_replay", detail, () =>
      cancelReplay(c.var.services, endpoint, replay),
    );
    return c.json(viewReplay(cancelled));
  });

/** Whoever holds the number of the path. @throws AppError not_found */
async function heldSender(c: Context<AppContext>): Promise<Sender> {
  const sender = await findCurrentSender(c.var.services.registry, c.req.param("id") ?? "");
  if (sender === null) throw new AppError("not_found", "Nobody holds a number with this id.");
  return sender;
}

/** @throws AppError not_found */
async function anyEndpoint(c: Context<AppContext>): Promise<StoredEndpoint> {
  const endpoint = await findEndpoint(c.var.services.registry, c.req.param("id") ?? "");
  if (endpoint === null || endpoint.state === "removing") {
    throw new AppError("not_found", "There is no endpoint with this id.");
  }
  return endpoint;
}

function doing<T>(
  c: Context<AppContext>,
  { id, partner }: StoredEndpoint,
  action: Deed,
  detail: string,
  deed: () => Promise<T>,
): Promise<T> {
  const { services, operator } = c.var;
  return doNoted(services, { operator, action, partner, detail: `${id}: ${detail}` }, deed);
}
