import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { stream } from "hono/streaming";
import { z } from "zod";
import type { Business } from "../businesses.ts";
import {
  createBusiness,
  findBusiness,
  issueCode,
  issueToken,
  newBusinessSchema,
  viewBusiness,
} from "../businesses.ts";
import { faultsSchema } from "../faults.ts";
import * as account from "../live/account.ts";
import * as ads from "../live/ads.ts";
import * as customers from "../live/customers.ts";
import * as inputs from "../live/inputs.ts";
import * as owner from "../live/owner.ts";
import * as responder from "../live/responder.ts";
import { tellStatus } from "../live/statuses.ts";
import { popupBehaviourSchema } from "../popup/behaviour.ts";
import { historyWamids } from "../scenarios/history-run.ts";
import { playLive } from "../scenarios/live-run.ts";
import { liveScenarioSchema } from "../scenarios/live-scenario.ts";
import type { World } from "../world.ts";
import { deliver, idle, setWebhookUrl, verifyWebhook } from "./operations.ts";

class NotFound extends Error {}

const advanceSchema = z.strictObject({ ms: z.number().min(0) });
const idleSchema = z.strictObject({ timeoutMs: z.number().min(0).optional() });
const webhookUrlSchema = z.strictObject({
  url: z.url().nullable(),
  verifyToken: z.string().optional(),
  fields: z.array(z.string()).optional(),
});
const deliverySchema = z.strictObject({
  shuffle: z.boolean().optional(),
  jitterMs: z.number().min(0).optional(),
  duplicates: z.number().min(0).max(1).optional(),
  paused: z.boolean().optional(),
});
const delay = z.number().min(0).nullable().optional();
const statusDelaysSchema = z.strictObject({ sentMs: delay, deliveredMs: delay, readMs: delay });

/** A live function by name: its input is checked by its own schema. */
type Action = (world: World, business: Business, input: unknown) => unknown;

function action<Schema extends z.ZodType>(
  schema: Schema,
  run: (world: World, business: Business, input: z.input<Schema>) => unknown,
): Action {
  // Checked here so that a wrong body is a 400; the function itself applies the defaults.
  return (world, business, input) => {
    schema.parse(input);
    return run(world, business, input as z.input<Schema>);
  };
}

const ACTIONS = new Map<string, Action>(
  Object.entries({
    code: (world, business) => issueCode(world, business),
    token: (world, business) => ({ token: issueToken(world, business) }),
    "customer-writes": action(inputs.customerWritesSchema, customers.customerWrites),
    "customer-comes-by-ad": action(inputs.customerComesByAdSchema, ads.customerComesByAd),
    "automatic-event": action(inputs.automaticEventSchema, ads.automaticEvent),
    "customer-edits": action(inputs.customerEditsSchema, customers.customerEdits),
    "customer-revokes": action(inputs.customerRevokesSchema, customers.customerRevokes),
    "customer-reacts": action(inputs.customerReactsSchema, customers.customerReacts),
    "customer-moves": action(inputs.customerMovesSchema, customers.customerMoves),
    "customer-rotates": action(inputs.customerRotatesSchema, customers.customerRotates),
    "message-status": action(inputs.messageStatusSchema, tellStatus),
    "live-scenario": action(liveScenarioSchema, (world, business, input) => {
      playLive(world, business, input);
    }),
    "unavailable-message": action(inputs.unavailableMessageSchema, customers.unavailableMessage),
    "owner-writes": action(inputs.ownerWritesSchema, owner.ownerWrites),
    "change-contact": action(inputs.changeContactSchema, owner.changeContact),
    "account-update": action(inputs.accountUpdateSchema, account.accountUpdate),
    "remove-partner": action(inputs.removePartnerSchema, account.removePartner),
    "open-window": action(inputs.openWindowSchema, customers.openWindow),
    "responder-takes": action(inputs.responderTakesSchema, responder.responderTakes),
    "responder-writes": action(inputs.responderWritesSchema, responder.responderWrites),
    "responder-passes": action(inputs.responderPassesSchema, responder.responderPasses),
    "block-sends": action(inputs.blockSendsSchema, account.blockSends),
  }),
);

/** What the programmatic object does, for other processes: JSON in, JSON out (README.md lists it). */
export function controlApp(world: World) {
  const businessOf = (id: string): Business => {
    const business = findBusiness(world, id);
    if (!business) throw new NotFound(`there is no business ${id}`);
    return business;
  };

  return new Hono<{ Bindings: HttpBindings }>()
    .get("/health", (c) => {
      const { timeScale, appId, seed } = world.settings;
      return c.json({ ok: true, now: world.clock.now(), timeScale, appId, seed });
    })
    .get("/ledger", (c) =>
      c.json(world.ledger.report(["1", "true"].includes(c.req.query("detail") ?? ""))),
    )
    .get("/businesses", (c) => c.json([...world.businesses.values()].map(viewBusiness)))
    .post("/businesses", async (c) => {
      const input = newBusinessSchema.parse(await readBody(c.req.raw));
      return c.json(viewBusiness(createBusiness(world, input)), 201);
    })
    .get("/businesses/:id", (c) => c.json(viewBusiness(businessOf(c.req.param("id")))))
    .get("/businesses/:id/history-wamids", (c) => {
      const business = businessOf(c.req.param("id"));
      c.header("content-type", "application/x-ndjson");
      return stream(c, async (out) => {
        let lines: string[] = [];
        for (const wamid of historyWamids(business)) {
          lines.push(JSON.stringify(wamid));
          if (lines.length < 1_000) continue;
          await out.write(`${lines.join("\n")}\n`);
          lines = [];
        }
        if (lines.length > 0) await out.write(`${lines.join("\n")}\n`);
      });
    })
    .post("/businesses/:id/:action", async (c) => {
      const run = ACTIONS.get(c.req.param("action"));
      if (!run) throw new NotFound(`there is no action ${c.req.param("action")}`);
      const business = businessOf(c.req.param("id"));
      return c.json(run(world, business, await readBody(c.req.raw)) ?? { ok: true });
    })
    .post("/webhook-url", async (c) => {
      const { url, verifyToken, fields } = webhookUrlSchema.parse(await readBody(c.req.raw));
      setWebhookUrl(world, {
        url: url ?? undefined,
        ...(verifyToken === undefined ? {} : { verifyToken }),
        ...(fields === undefined ? {} : { fields }),
      });
      return c.json({ ok: true });
    })
    .post("/verify-webhook", async (c) => c.json(await verifyWebhook(world)))
    .post("/deliver", async (c) => {
      const { first } = deliver(world, new Uint8Array(await c.req.arrayBuffer()));
      return c.json({ status: await first });
    })
    .post("/faults", async (c) => {
      world.faults.set(faultsSchema.parse(await readBody(c.req.raw)));
      return c.json({ ok: true });
    })
    .post("/popup", async (c) => {
      world.popup.behaviour = popupBehaviourSchema.parse(await readBody(c.req.raw));
      return c.json(world.popup.behaviour);
    })
    .post("/delivery", async (c) => {
      const mode = deliverySchema.parse(await readBody(c.req.raw));
      world.webhooks.setMode(mode);
      return c.json({ ok: true });
    })
    .post("/status-delays", async (c) => {
      Object.assign(
        world.settings.statusDelays,
        statusDelaysSchema.parse(await readBody(c.req.raw)),
      );
      return c.json(world.settings.statusDelays);
    })
    .post("/advance", async (c) => {
      world.clock.advance(advanceSchema.parse(await readBody(c.req.raw)).ms);
      return c.json({ now: world.clock.now() });
    })
    .post("/retry-webhooks", (c) => {
      world.webhooks.retryNow();
      return c.json({ ok: true });
    })
    .post("/idle", async (c) => {
      await idle(world, idleSchema.parse(await readBody(c.req.raw)).timeoutMs);
      return c.json({ ok: true });
    })
    .notFound((c) => c.json({ error: `nothing at ${c.req.method} ${c.req.path}` }, 404))
    .onError((err, c) => {
      if (err instanceof z.ZodError) return c.json({ error: z.prettifyError(err) }, 400);
      return c.json({ error: err.message }, err instanceof NotFound ? 404 : 409);
    });
}

/** JSON, or `{}` when there is no body. */
async function readBody(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return z.never({ error: "the body is not JSON" }).parse(text);
  }
}
