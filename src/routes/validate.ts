import { validator } from "hono/validator";
import { readBody } from "../lib/read-body.ts";
import { AppError } from "../errors.ts";
import type { Context } from "hono";
import type * as z from "zod";
import type { AppContext } from "../env.ts";

const JSON_MAX_BYTES = 256_000;

/** Parses a JSON body with a schema; every fault names its field. @throws AppError */
export async function parseBody<T extends z.ZodType>(
  c: Context<AppContext>,
  schema: T,
  maxBytes = JSON_MAX_BYTES,
): Promise<z.infer<T>> {
  return check(schema, await readJson(c.req.raw, maxBytes));
}

/** A JSON body that may be left out: then it counts as `{}`. @throws AppError */
export async function parseOptionalBody<T extends z.ZodType>(
  c: Context<AppContext>,
  schema: T,
): Promise<z.infer<T>> {
  const hasBody = c.req.raw.body !== null && c.req.header("content-length") !== "0";
  return hasBody ? parseBody(c, schema) : check(schema, {});
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
  return validator("query", (query) => check(schema, query));
}

/** Parts of the path checked with a schema, typed in the handler. */
export function validatePath<T extends z.ZodType>(schema: T) {
  return validator("param", (path) => check(schema, path));
}

function check<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
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
