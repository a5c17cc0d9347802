import { asObject, asObjects, asText } from "./read-json.ts";
import { callGraph, nameOf } from "./graph-http.ts";
import type { GraphCall, GraphOptions } from "./graph-http.ts";
import type { Json } from "./read-json.ts";

const TIMEOUT_MS = 30_000;

/** An answer of Graph, or the lack of one. */
export type GraphResult =
  | { kind: "ok"; body: Json }
  | {
      kind: "error";
      status: number;
      error: Json;
      code: number | undefined;
      subcode: number | undefined;
    }
  /** No answer, or one that is not Graph's: Meta may have acted. */
  | { kind: "unknown"; why: string };

/** A call that did not bring what it was made for. */
export interface Failed {
  failed: GraphResult;
}

/** Whether Graph says that this object is lost to us: gone, or its access revoked. */
export function isLostAccess(result: GraphResult): boolean {
  return result.kind === "error" && result.code === 100 && result.subcode === 33;
}

export interface RequestOptions {
  token?: string;
  query?: Record<string, string>;
  body?: Json;
}

/** One call to Graph, no retries. Never throws: no answer is an answer of its own. */
export async function requestGraph(
  options: GraphOptions,
  method: GraphCall["method"],
  path: string,
  { token, query, body }: RequestOptions,
): Promise<GraphResult> {
  try {
    const response = await callGraph(options, {
      method,
      path,
      token,
      query: Object.entries(query ?? {}),
      ...jsonBody(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    // Answers go on to partners: should Graph ever quote the token, it ends here.
    return readAnswer(
      response.status,
      token === undefined ? text : text.replaceAll(token, "withheld"),
    );
  } catch (err) {
    return { kind: "unknown", why: nameOf(err) };
  }
}

/** Every entry of a list that Graph gives in pages. */
export async function listAll(
  options: GraphOptions,
  path: string,
  call: RequestOptions,
): Promise<Json[] | Failed> {
  const entries: Json[] = [];
  let after: string | undefined;
  do {
    const query = { ...call.query, ...(after === undefined ? {} : { after }) };
    const page = await requestGraph(options, "GET", path, { ...call, query });
    if (page.kind !== "ok") return { failed: page };
    entries.push(...asObjects(page.body["data"]));
    const paging = asObject(page.body["paging"]);
    // The last page has a cursor too, but no next.
    const isLast = asText(paging?.["next"]) === undefined;
    after = isLast ? undefined : asText(asObject(paging?.["cursors"])?.["after"]);
  } while (after !== undefined);
  return entries;
}

export function jsonBody(body: Json | undefined): Pick<GraphCall, "body" | "contentType"> {
  return body === undefined ? {} : { body: JSON.stringify(body), contentType: "application/json" };
}

function readAnswer(status: number, text: string): GraphResult {
  let body: Json | undefined;
  try {
    body = asObject(JSON.parse(text));
  } catch {
    body = undefined;
  }
  if (status >= 200 && status < 300 && body !== undefined) return { kind: "ok", body };
  const error = asObject(body?.["error"]);
  if (error === undefined) return { kind: "unknown", why: `http_${status}` };
  return {
    kind: "error",
    status,
    error,
    code: asNumber(error["code"]),
    subcode: asNumber(error["error_subcode"]),
  };
}

function asNumber(value: unknown): number | undefined {
  const number = Number(asText(value));
  return Number.isFinite(number) ? number : undefined;
}
