import { graphErrorBody } from "./graph-shape.ts";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../env.ts";
import type { GraphAnswer, GraphRefusal } from "../operations/graph-answer.ts";

/** What an operation brought from Graph, as an answer in Graph's shape. */
export function answerGraph(c: Context<AppContext>, answer: GraphAnswer): Response {
  if (answer.kind === "refused") return refuseInGraph(c, answer.refusal);
  c.header("content-type", "application/json");
  return c.body(answer.json, answer.status as ContentfulStatusCode);
}

export function refuseInGraph(c: Context<AppContext>, refusal: GraphRefusal): Response {
  if (refusal.retryAfterMs !== undefined) {
    c.header("retry-after", String(Math.ceil(refusal.retryAfterMs / 1_000)));
  }
  const status = refusal.status as ContentfulStatusCode;
  return c.json(graphErrorBody({ ...refusal, status }, c.var.requestId), status);
}

/** The query as it came, every value of a repeated name. */
export function queryOf(c: Context<AppContext>): [string, string][] {
  return [...new URL(c.req.url).searchParams];
}
