import { createMiddleware } from "hono/factory";
import { underRequestId } from "../lib/request-id.ts";
import type { AppContext } from "../env.ts";

/**
 * What a caller's own request id has to look like: it comes back in headers and stands in log lines,
 * so nothing that could be a phone number, a token or a line of its own.
 */
const LOOKS_LIKE_AN_ID = /^(?=[\w.-]*[A-Za-z])[A-Za-z0-9][\w.-]{7,63}$/;
const LOOKS_LIKE_A_KEY = /^tdm_/;

/**
 * Names each request, and says so on each answer, whatever gave it: also on files, whose own headers
 * cannot be added to, and on what Hono answers by itself. All that is done for it, and logged, goes
 * by that name. Outermost of all.
 */
export const answerHeaders = createMiddleware<AppContext>(async function answerHeaders(c, next) {
  const given = c.req.header("x-request-id");
  const isTaken =
    given !== undefined && LOOKS_LIKE_AN_ID.test(given) && !LOOKS_LIKE_A_KEY.test(given);
  const requestId = isTaken ? given : crypto.randomUUID();
  c.set("requestId", requestId);
  await underRequestId(requestId, next);
  const { rate } = c.var;
  try {
    write(c.res.headers, requestId, rate);
  } catch {
    // Headers of a fetched answer are immutable; Hono copies them over to a Response of ours.
    c.res = new Response(c.res.body, c.res);
    write(c.res.headers, requestId, rate);
  }
});

function write(headers: Headers, requestId: string, rate: AppContext["Variables"]["rate"]): void {
  headers.set("x-request-id", requestId);
  if (rate === undefined) return;
  headers.set("ratelimit-policy", rate.policy);
  headers.set("ratelimit", rate.limit);
}
