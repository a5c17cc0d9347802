import { Hono } from "../lib/hono.ts";
import { findEndpoint, listEndpoints } from "../database/endpoints.ts";
import { AppError } from "../errors.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { cancelReplay, noReplay } from "../operations/cancel-replay.ts";
import { changeEndpoint } from "../operations/change-endpoint.ts";
import { createEndpoint } from "../operations/create-endpoint.ts";
import { readStandings } from "../operations/read-standings.ts";
import { removeEndpoint } from "../operations/remove-endpoint.ts";
import { replayEndpoint } from "../operations/replay-endpoint.ts";
import { rotateEndpointSecret } from "../operations/rotate-endpoint-secret.ts";
import { testEndpoint } from "../operations/test-endpoint.ts";
import {
  deliveriesQuery,
  endpointChange,
  newEndpointBody,
  replayBody,
  rotationBody,
  testBody,
  toDeliveryQuery,
} from "./endpoint-bodies.ts";
import {
  viewAttempt,
  viewDelivery,
  viewEndpoint,
  viewReplay,
  viewStanding,
} from "./endpoint-views.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { requirePartner } from "./require-partner.ts";
import { validateBody, validateQuery } from "./validate.ts";
import type { Context } from "hono";
import type * as z from "zod";
import type { EndpointChanges, StoredEndpoint } from "../database/endpoints.ts";
import type { Delivery } from "../durable/endpoint-types.ts";
import type { AppContext } from "../env.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Where a partner is told events: addresses, secrets, what was delivered, and telling it again. */
export const endpointRoutes = new Hono<AppContext>()
  .use(requirePartner)
  .post("/", validateBody(newEndpointBody), async (c) => {
    const body = c.req.valid("json");
    const { services, partner } = c.var;
    mayHear(c);
    mayName(c, body.senders);
    inRetention(c, "since", body.since);
    const { endpoint, secret } = await createEndpoint(services, {
      partner,
      url: body.url,
      description: body.description,
      format: body.format,
      types: body.types,
      senders: body.senders,
      ordered: body.ordered,
      state: body.state,
      maxPerSecond: body.max_per_second,
      since: body.since ?? null,
      verifyToken: body.verify_token ?? null,
    });
    return c.json({ ...viewEndpoint(endpoint, services.now()), secret }, 201);
  })
  .get("/", async (c) => {
    const { services, partner } = c.var;
    const endpoints = await listEndpoints(services.registry, partner);
    const now = services.now();
    const data = endpoints.filter((each) => covers(c, each)).map((each) => viewEndpoint(each, now));
    return c.json({ data, next_cursor: null });
  })
  .get("/:id", async (c) => {
    const endpoint = await ownEndpoint(c);
    const [standing = null] = await readStandings(c.var.services, [endpoint]);
    return c.json(viewStanding(endpoint, standing, c.var.services.now()));
  })
  .patch("/:id", validateBody(endpointChange), async (c) => {
    const body = c.req.valid("json");
    const endpoint = await ownEndpoint(c);
    if (body.url !== undefined) mayHear(c);
    if (body.senders !== undefined) mayName(c, body.senders);
    if (body.verify_token !== undefined && endpoint.format !== "cloud_api") {
      throw new AppError(
        "invalid_request",
        "verify_token: only endpoints in cloud_api format are verified: leave it out.",
        { field: "verify_token" },
      );
    }
    const { services } = c.var;
    const changed = await changeEndpoint(
      services,
      endpoint,
      changesOf(body),
      "partner",
      body.verify_token ?? null,
    );
    return c.json(viewEndpoint(changed, services.now()));
  })
  .delete("/:id", async (c) => {
    await removeEndpoint(c.var.services, await ownEndpoint(c));
    return c.body(null, 204);
  })
  .post("/:id/rotate-secret", validateBody(rotationBody, { optional: true }), async (c) => {
    const body = c.req.valid("json");
    const endpoint = await ownEndpoint(c);
    const { secret, previousUntil } = await rotateEndpointSecret(
      c.var.services,
      endpoint,
      body.overlap_hours * HOUR_MS,
    );
    return c.json({
      id: endpoint.id,
      secret,
      previous_secret_until: previousUntil === null ? null : new Date(previousUntil).toISOString(),
    });
  })
  .post("/:id/test", validateBody(testBody, { optional: true }), async (c) => {
    const body = c.req.valid("json");
    const endpoint = await ownEndpoint(c);
    return c.json(viewAttempt(await testEndpoint(c.var.services, endpoint, body.type ?? null)));
  })
  .get("/:id/deliveries", validateQuery(deliveriesQuery), async (c) => {
    const query = toDeliveryQuery(c.req.valid("query"));
    const endpoint = await ownEndpoint(c);
    const page = await c.var.services
      .endpoint(endpoint.id)
      .deliveries({ ...query, ...(c.var.senders === null ? {} : { senders: c.var.senders }) });
    return c.json({ data: page.deliveries.map(viewDelivery), next_cursor: page.next });
  })
  .get("/:id/deliveries/:event", async (c) => {
    return c.json(viewDelivery(await ownDelivery(c, await ownEndpoint(c))));
  })
  .post("/:id/deliveries/:event/retry", async (c) => {
    const endpoint = await ownEndpoint(c);
    const { event } = await ownDelivery(c, endpoint);
    if (!(await c.var.services.endpoint(endpoint.id).retry(event))) throw noDelivery();
    return c.json({ event_id: event, state: "retrying" as const }, 202);
  })
  .post("/:id/replays", validateBody(replayBody), async (c) => {
    const body = c.req.valid("json");
    const endpoint = await ownEndpoint(c);
    inRetention(c, "since", body.since);
    if (body.senders !== undefined) mayName(c, body.senders, true);
    const key = readIdempotencyKey(c.req.header("idempotency-key"));
    const replay = await replayEndpoint(c.var.services, endpoint, {
      of: body.failed_since === undefined ? "range" : "failed",
      since: body.failed_since ?? body.since ?? 0,
      until: body.until ?? null,
      types: body.types ?? null,
      senders: body.senders ?? null,
      idempotencyKey: key,
    });
    return c.json(viewReplay(replay), 202);
  })
  .get("/:id/replays", async (c) => {
    const endpoint = await ownEndpoint(c);
    const replays = await c.var.services.endpoint(endpoint.id).replays();
    return c.json({ data: replays.map(viewReplay), next_cursor: null });
  })
  .get("/:id/replays/:replay", async (c) => {
    const endpoint = await ownEndpoint(c);
    const replays = await c.var.services.endpoint(endpoint.id).replays();
    const replay = replays.find((each) => each.id === c.req.param("replay"));
    if (replay === undefined) throw noReplay();
    return c.json(viewReplay(replay));
  })
  .delete("/:id/replays/:replay", async (c) => {
    const endpoint = await ownEndpoint(c);
    return c.json(viewReplay(await cancelReplay(c.var.services, endpoint, c.req.param("replay"))));
  });

/** The endpoint of the path, if this key may see it. @throws AppError not_found */
async function ownEndpoint(c: Context<AppContext>): Promise<StoredEndpoint> {
  const endpoint = await findEndpoint(c.var.services.registry, c.req.param("id") ?? "");
  const isOwn = endpoint?.partner === c.var.partner && endpoint.state !== "removing";
  if (endpoint === null || !isOwn || !covers(c, endpoint)) {
    throw new AppError("not_found", "There is no endpoint with this id.");
  }
  return endpoint;
}

/** A key for some senders sees endpoints that are told of no others. */
function covers(c: Context<AppContext>, { senders }: Pick<StoredEndpoint, "senders">): boolean {
  const own = c.var.senders;
  return own === null || (senders !== null && senders.every((sender) => own.includes(sender)));
}

/**
 * Whoever chooses an address reads what is told there, which takes more than `manage`.
 *
 * @throws AppError forbidden
 */
function mayHear(c: Context<AppContext>): void {
  if (c.var.key.scopes.includes("read")) return;
  throw new AppError(
    "forbidden",
    "url: whoever has events told to an address reads them: it takes a key with the scope read as well.",
    { field: "url", reason: "scope" },
  );
}

/**
 * The delivery of the path, if this key may see its sender: the endpoint may have been told of more
 * senders before.
 *
 * @throws AppError not_found
 */
async function ownDelivery(c: Context<AppContext>, { id }: StoredEndpoint): Promise<Delivery> {
  const found = await c.var.services.endpoint(id).delivery(c.req.param("event") ?? "");
  if (found === null || !coversSender(c.var.senders, found.senderId)) throw noDelivery();
  return found;
}

/** @param all whether null, all of the endpoint's, is fine @throws AppError naming `senders` */
function mayName(c: Context<AppContext>, senders: string[] | null, all = false): void {
  if (covers(c, { senders }) || (all && senders === null)) return;
  throw new AppError(
    "forbidden",
    "senders: this key is for some senders only: name those that it is for.",
    { field: "senders" },
  );
}

/** @throws AppError naming the field where events of that time may be forgotten, or are to come */
function inRetention(c: Context<AppContext>, field: string, at: number | undefined): void {
  if (at === undefined) return;
  const { now, settings } = c.var.services;
  const days = settings.EVENT_RETENTION_DAYS;
  if (at < now() - days * DAY_MS) {
    throw new AppError(
      "invalid_request",
      `${field}: events are kept for ${days} days, and this is longer ago.`,
      { field },
    );
  }
  if (at > now()) {
    throw new AppError("invalid_request", `${field}: is in the future.`, { field });
  }
}

function changesOf(body: z.infer<typeof endpointChange>): EndpointChanges {
  const { max_per_second: maxPerSecond, verify_token: _, ...rest } = body;
  const changes = { ...rest, ...(maxPerSecond === undefined ? {} : { maxPerSecond }) };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

function noDelivery(): AppError {
  return new AppError(
    "not_found",
    "This endpoint keeps no delivery of this event: it was not told it, or so long ago that it is forgotten.",
  );
}
