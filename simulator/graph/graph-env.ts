import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { SendRecord } from "../ledger.ts";

export type GraphEnv = {
  Bindings: HttpBindings;
  Variables: {
    /** When the request came in, real epoch ms. */
    arrivedAt: number;
    /** What this request led to and counts: its fate on the way back belongs into the ledger. */
    taken?: Pick<SendRecord, "answer">;
  };
};

export type GraphContext = Context<GraphEnv>;

/** Graph takes parameters from query, form and JSON alike; the body wins. */
export async function readParams(c: GraphContext): Promise<Record<string, unknown>> {
  const params: Record<string, unknown> = { ...c.req.query() };
  const type = c.req.header("content-type") ?? "";
  if (type.includes("json")) Object.assign(params, await readJson(c));
  else if (type.includes("form")) Object.assign(params, await c.req.parseBody());
  return params;
}

/** A JSON object, or an empty one when the body is none. */
export async function readJson(c: GraphContext): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await c.req.json();
    return typeof body === "object" && body !== null && !Array.isArray(body)
      ? (body as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `fields=a,b{c}`: the names, without what is asked of their insides; null when not asked at all. */
export function askedFields(c: GraphContext): Set<string> | null {
  const fields = c.req.query("fields");
  if (!fields) return null;
  return new Set(
    fields
      .replaceAll(/\{[^}]*\}/g, "")
      .split(",")
      .map((field) => field.trim()),
  );
}
