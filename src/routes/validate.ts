import { createMiddleware } from "hono/factory";
import { validator } from "hono/validator";
import { readBody } from "../lib/read-body.ts";
import { AppError } from "../errors.ts";
import type { Context, MiddlewareHandler } from "hono";
import type * as z from "zod";
import type { AppContext } from "../env.ts";

const JSON_MAX_BYTES = 256_000;

/** Where a validator shows what it checks: the OpenAPI document is made from it (src/openapi). */
export const CHECKS = Symbol("checks");

export interface Checks {
  target: "query" | "param" | "json";
  schema: z.ZodType;
  /** A body that may be left out. */
  optional: boolean;
}

/** What is valid, for the handler behind it: `c.req.valid("json")`. */
type BodyHandler<T extends z.ZodType> = MiddlewareHandler<
  AppContext,
  string,
  { in: { json: z.input<T> }; out: { json: z.output<T> } }
>;

/**
 * A JSON body checked with a schema, typed in the handler; every fault names its field.
 *
 * @param options.optional a call without a body counts as `{}`
 */
export function validateBody<T extends z.ZodType>(
  schema: T,
  { maxBytes = JSON_MAX_BYTES, optional = false }: { maxBytes?: number; optional?: boolean } = {},
): BodyHandler<T> {
  const handler = createMiddleware<AppContext>(async (c, next) => {
    const isLeftOut = optional && !hasBody(c);
    const body = isLeftOut ? {} : await readJson(c.req.raw, maxBytes);
    c.req.addValidatedData("json", check(schema, body) as object);
    await next();
  });
  return mark(handler as BodyHandler<T>, { target: "json", schema, optional });
}

/** A JSON body. @throws AppError when it is too large or not JSON */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const raw = await readBody(request, maxBytes);
  if (raw === null) throw new AppError("body_too_large", `The body may have ${maxBytes} bytes.`);
  try {
    return JSON.parse(new TextDecoder().decode(raw)) as unknown;
  } catch (cause) {
    throw new AppError("invalid_request", "The body is not JSON.", { cause });
  }
}

/** Query parameters checked with a schema, typed in the handler. */
export function validateQuery<T extends z.ZodType>(schema: T) {
  const handler = validator("query", (query) => check(schema, query));
  return mark(handler, { target: "query", schema, optional: false });
}

/** Parts of the path checked with a schema, typed in the handler. */
export function validatePath<T extends z.ZodType>(schema: T) {
  const handler = validator("param", (path) => check(schema, path));
  return mark(handler, { target: "param", schema, optional: false });
}

function mark<H extends object>(handler: H, checks: Checks): H {
  return Object.assign(handler, { [CHECKS]: checks });
}

function hasBody(c: Context<AppContext>): boolean {
  return c.req.raw.body !== null && c.req.header("content-length") !== "0";
}

/** What a schema makes of a value. @throws AppError naming the field */
export function check<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join(".") ?? "";
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : "";
  throw new AppError(
    "invalid_request",
    field === "" ? (issue?.message ?? "Not valid.") : `${field}: ${issue?.message}`,
    { field: field === "" ? unknown || undefined : field, cause: result.error },
  );
}
