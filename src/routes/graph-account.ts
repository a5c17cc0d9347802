import { Hono } from "../lib/hono.ts";
import { asObject } from "../meta/read-json.ts";
import { listNumbers } from "../operations/list-numbers.ts";
import { readNode } from "../operations/read-node.ts";
import { refuseRegistration } from "../operations/refuse-registration.ts";
import { relayToNumber, relayToWaba } from "../operations/relay-to-graph.ts";
import { answerGraph, queryOf, refuseInGraph } from "./graph-answer.ts";
import { readJson } from "./validate.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { SenderFilter } from "../lib/sender-filter.ts";
import type { Json } from "../meta/read-json.ts";
import type { GraphRefusal } from "../operations/graph-answer.ts";

const BODY_MAX_BYTES = 256_000;

/** Numbers, accounts and templates: passed on to Graph for what is the partner's own. */
export const graphAccountRoutes = new Hono<AppContext>()
  .get("/:id{[0-9]+}", async (c) =>
    answerGraph(
      c,
      await readNode(c.var.services, {
        ...callOf(c),
        version: c.req.param("version") ?? c.var.services.settings.GRAPH_VERSION,
      }),
    ),
  )
  .get("/:id{[0-9]+}/phone_numbers", async (c) => {
    const { id, ...call } = callOf(c);
    return answerGraph(c, await listNumbers(c.var.services, { ...call, wabaId: id }));
  })
  .get("/:id{[0-9]+}/message_templates", async (c) =>
    answerGraph(
      c,
      await relayToWaba(c.var.services, { ...callOf(c), method: "GET", edge: "message_templates" }),
    ),
  )
  .delete("/:id{[0-9]+}/message_templates", async (c) =>
    answerGraph(
      c,
      await relayToWaba(c.var.services, {
        ...callOf(c),
        method: "DELETE",
        edge: "message_templates",
      }),
    ),
  )
  .post("/:id{[0-9]+}/message_templates", async (c) => {
    const body = await readObject(c);
    if (body === undefined) return refuseInGraph(c, NO_OBJECT);
    const call = { ...callOf(c), method: "POST" as const, edge: "message_templates", body };
    return answerGraph(c, await relayToWaba(c.var.services, call));
  })
  .post("/:id{[0-9]+}/thread_control", async (c) => {
    const body = await readObject(c);
    if (body === undefined) return refuseInGraph(c, NO_OBJECT);
    const call = { ...callOf(c), method: "POST" as const, edge: "thread_control", body };
    return answerGraph(c, await relayToNumber(c.var.services, call, "write"));
  })
  .post("/:id{[0-9]+}/:edge{register|deregister}", async (c) => {
    return refuseInGraph(c, await refuseRegistration(c.var.services, callOf(c)));
  });

const NO_OBJECT: GraphRefusal = {
  status: 400,
  code: 100,
  title: "Invalid parameter",
  details: "The body must be a JSON object.",
};

function callOf(c: Context<AppContext>): {
  partner: string;
  senders: SenderFilter;
  id: string;
  query: [string, string][];
} {
  const { partner, senders } = c.var;
  return { partner, senders, id: c.req.param("id") ?? "", query: queryOf(c) };
}

async function readObject(c: Context<AppContext>): Promise<Json | undefined> {
  return asObject(await readJson(c.req.raw, BODY_MAX_BYTES));
}
