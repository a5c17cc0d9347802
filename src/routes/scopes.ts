import { matchedRoutes } from "hono/route";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { Scope } from "../database/api-keys.ts";

/** What a door asks of a key. */
export interface ScopeRule {
  scope: Scope;
  /** Keys for some senders are refused; elsewhere they see and use what is their senders'. */
  wholePartner: boolean;
}

/** Concerns more than senders. */
const WHOLE = "whole partner";

/**
 * Every door behind a partner's key, by its route: what reads takes `read`; messages, files that
 * are sent, conversions and thread control take `send`; the rest that changes something, `manage`.
 */
const LINES: readonly (readonly [Scope, string, typeof WHOLE?])[] = [
  ["read", "GET /v1/senders"],
  ["read", "GET /v1/senders/:id"],
  ["read", "GET /v1/senders/:id/timeline"],
  ["read", "GET /v1/senders/:id/sync"],
  ["read", "GET /v1/senders/:id/sync/chunks"],
  ["read", "GET /v1/senders/:id/conversations"],
  ["read", "GET /v1/senders/:id/messages"],
  ["read", "GET /v1/senders/:id/messages/:message"],
  ["read", "GET /v1/senders/:id/export"],
  ["read", "GET /v1/senders/:id/media/:wamid"],
  // Gives nobody more than the download above.
  ["read", "POST /v1/senders/:id/media/:wamid/link"],
  ["read", "GET /v1/senders/:id/usage"],
  ["read", "GET /v1/senders/:id/contacts"],
  ["read", "GET /v1/senders/:id/windows/:customer"],
  ["manage", "PATCH /v1/senders/:id"],
  ["manage", "POST /v1/senders/:id/detach"],
  ["manage", "POST /v1/senders/:id/recheck"],
  ["manage", "POST /v1/senders/:id/sync/redrive"],
  // What customers sent, for good: not what a key that only sends should be able to do.
  ["manage", "DELETE /v1/senders/:id/media/:wamid"],

  // For good.
  ["manage", "DELETE /v1/senders/:id/customers/:customer"],
  ["manage", "DELETE /v1/senders/:id", WHOLE],
  ["read", "GET /v1/senders/:id/erasures/:erasure"],

  ["send", "POST /v1/senders/:id/messages:batch"],
  ["read", "GET /v1/senders/:id/batches/:batch"],
  ["read", "GET /v1/senders/:id/batches/:batch/sends"],
  ["send", "DELETE /v1/senders/:id/batches/:batch"],
  ["read", "GET /v1/senders/:id/sends/:send"],
  ["send", "DELETE /v1/senders/:id/sends/:send"],
  ["send", "POST /v1/senders/:id/conversions"],
  ["read", "GET /v1/senders/:id/conversions"],
  ["read", "GET /v1/senders/:id/conversions/:conversion"],
  ["read", "GET /v1/senders/:id/customers"],
  ["read", "GET /v1/senders/:id/customers/:customer"],
  ["read", "GET /v1/senders/:id/notices"],

  ["read", "GET /v1/events"],

  // A restricted key has the endpoints that are told of its senders alone: their doors see to it.
  ["read", "GET /v1/endpoints"],
  ["read", "GET /v1/endpoints/:id"],
  ["read", "GET /v1/endpoints/:id/deliveries"],
  ["read", "GET /v1/endpoints/:id/deliveries/:event"],
  ["read", "GET /v1/endpoints/:id/replays"],
  ["read", "GET /v1/endpoints/:id/replays/:replay"],
  ["manage", "POST /v1/endpoints"],
  ["manage", "PATCH /v1/endpoints/:id"],
  ["manage", "DELETE /v1/endpoints/:id"],
  ["manage", "POST /v1/endpoints/:id/rotate-secret"],
  ["manage", "POST /v1/endpoints/:id/test"],
  ["manage", "POST /v1/endpoints/:id/deliveries/:event/retry"],
  ["manage", "POST /v1/endpoints/:id/replays"],
  ["manage", "DELETE /v1/endpoints/:id/replays/:replay"],

  ["manage", "GET /v1/keys", WHOLE],
  ["manage", "POST /v1/keys", WHOLE],
  ["manage", "PATCH /v1/keys/:key", WHOLE],
  ["manage", "POST /v1/keys/:key/rotate", WHOLE],
  ["manage", "DELETE /v1/keys/:key", WHOLE],

  ["read", "GET /v1/signup-sessions"],
  ["read", "GET /v1/signup-sessions/:id"],
  ["manage", "POST /v1/signup-sessions", WHOLE],
  ["manage", "DELETE /v1/signup-sessions/:id", WHOLE],
  ["manage", "POST /v1/signup-sessions/:id/finish", WHOLE],
  ["manage", "POST /v1/signup-sessions/:id/resume", WHOLE],
  ["manage", "POST /v1/signup-sessions/:id/confirm", WHOLE],

  ["send", "POST /:version/:phoneNumberId/messages"],
  ["send", "POST /:version/:id/media"],
  ["read", "GET /:version/:id/download"],
  ["send", "DELETE /:version/:id"],
  ["read", "GET /:version/:id"],
  ["read", "GET /:version/:id/phone_numbers"],
  ["read", "GET /:version/:id/message_templates"],
  ["manage", "POST /:version/:id/message_templates"],
  ["manage", "DELETE /:version/:id/message_templates"],
  ["send", "POST /:version/:id/thread_control"],
  ["manage", "POST /:version/:id/:edge"],
];

/** By `METHOD /path`, as routes are written, without the patterns of their parameters. */
export const SCOPE_RULES: ReadonlyMap<string, ScopeRule> = new Map(
  LINES.map(([scope, door, whole]) => [door, { scope, wholePartner: whole === WHOLE }]),
);

/**
 * What the called door asks of a key; null where there is none, which its handler says best. A door
 * without a line (a test sees to it that there is none) takes `read` to look, `manage` for the rest.
 */
export function ruleOf(c: Context<AppContext>): ScopeRule | null {
  const method = c.req.method === "HEAD" ? "GET" : c.req.method;
  const door = matchedRoutes(c).find((route) => route.method === method);
  if (door === undefined) return null;
  const known = SCOPE_RULES.get(doorName(door));
  return known ?? { scope: method === "GET" ? "read" : "manage", wholePartner: false };
}

/** A route as the table names it. */
export function doorName({ method, path }: { method: string; path: string }): string {
  return `${method} ${path.replaceAll(/\{[^}]*\}/g, "")}`;
}
