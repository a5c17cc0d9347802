import { Hono } from "hono";
import { hashOf } from "../random.ts";
import type { ConversionEvent } from "../rules/conversion-event.ts";
import { refuseConversion } from "../rules/conversion-event.ts";
import { DATASET_TASKS, mayUpload } from "../rules/dataset-access.ts";
import { noAccess } from "../rules/refusal.ts";
import type { World } from "../world.ts";
import { covers, requireToken, requireWaba } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphContext, GraphEnv } from "./graph-env.ts";
import { readJson, readParams, textOf } from "./graph-env.ts";

/** An account's dataset, who may upload to it, and what is reported to it (protocol.md 5). */
export function datasetRoutes(world: World) {
  return new Hono<GraphEnv>()
    .get("/me", (c) => c.json({ id: userOf(requireToken(world, c)) }))
    .get("/:wabaId/dataset", faulty(world, "datasets"), (c) => {
      const { dataset } = requireWaba(world, c, c.req.param("wabaId"));
      return c.json(dataset ? { id: dataset.id } : {});
    })
    .post("/:wabaId/dataset", faulty(world, "datasets"), (c) => {
      const business = requireWaba(world, c, c.req.param("wabaId"));
      business.dataset ??= { id: idOf("61", business.wabaId), uploaders: new Set() };
      return c.json({ id: business.dataset.id });
    })
    .post("/:dataset/assigned_users", faulty(world, "datasets"), async (c) => {
      const { business, dataset, token } = requireDataset(world, c);
      // Whoever shall be let in cannot do that: it takes the account's own word.
      if (token === world.settings.systemToken || !covers(world, token, business)) {
        throw new GraphError(noAccess(dataset.id));
      }
      const { user, tasks } = await readParams(c);
      const named = Array.isArray(tasks) ? tasks : [];
      if (textOf(user) === undefined || !named.every((task) => DATASET_TASKS.includes(task))) {
        throw new GraphError({ code: 100, details: "user and tasks are required" });
      }
      if (named.includes("UPLOAD")) dataset.uploaders.add(String(user));
      else dataset.uploaders.delete(String(user));
      return c.json({ success: true });
    })
    .post("/:dataset/events", faulty(world, "conversions"), async (c) => {
      const { business, dataset, token } = requireDataset(world, c);
      const isOfSignup = token !== world.settings.systemToken;
      const needsTask = business.datasetNeedsTask;
      if (
        !covers(world, token, business) ||
        !mayUpload(dataset, userOf(token), { isOfSignup, needsTask })
      ) {
        throw new GraphError(noAccess(dataset.id));
      }
      const { data, test_event_code: testCode } = await readJson(c);
      const events = Array.isArray(data) ? (data as ConversionEvent[]) : [];
      if (events.length === 0) throw new GraphError({ code: 100, details: "data is required" });
      // One bad event refuses the whole call.
      for (const event of events) {
        const refusal = refuseConversion(event, business, world.clock.now());
        if (refusal) throw new GraphError(refusal);
      }
      for (const event of events) count(world, c, dataset.id, event, textOf(testCode) ?? null);
      return c.json({ events_received: events.length, fbtrace_id: `A${idOf("", dataset.id)}` });
    });
}

/** No dedupe, not by `event_id` either: each that comes counts (protocol.md 5.2). */
function count(
  world: World,
  c: GraphContext,
  dataset: string,
  event: ConversionEvent & { event_id?: unknown; messaging_outcome_data?: unknown },
  testEventCode: string | null,
): void {
  const record = {
    dataset,
    name: String(event.event_name),
    ctwaClid: String(event.user_data?.ctwa_clid),
    eventId: textOf(event.event_id) ?? null,
    eventTime: Number(event.event_time),
    customData: event.custom_data ?? {},
    testEventCode,
    answersDetection: event.messaging_outcome_data !== undefined,
    atMs: c.var.arrivedAt,
    answer: "ok" as const,
  };
  world.ledger.conversions.push(record);
  c.set("taken", record);
}

function requireDataset(world: World, c: GraphContext) {
  const token = requireToken(world, c);
  const id = c.req.param("dataset") ?? "";
  const business = [...world.businesses.values()].find((each) => each.dataset?.id === id);
  if (!business?.dataset) throw new GraphError(noAccess(id));
  return { business, dataset: business.dataset, token };
}

/** The system user that a token is of. */
function userOf(token: string): string {
  return idOf("12", token);
}

/** Fifteen digits that are always the same ones: nothing is drawn for them. */
function idOf(prefix: string, of: string): string {
  const digits = String(hashOf(prefix, of)).padStart(13, "0");
  return `${prefix}${digits.slice(-13)}`;
}
