import { createHmac } from "node:crypto";
import { requestIdField } from "./request-id.ts";

/** info is routine, warn heals itself, error needs a person. */
export type LogLevel = "info" | "warn" | "error";

/**
 * Every line the gateway can log, and its level: one event, one level, so that an operator may go by
 * either. What each means and what is to be done stands in docs/logs.md; a new one is added to both.
 * (The Worker does not carry this table: it is for types, scripts and tests.)
 */
export const LOG_LEVELS = {
  "admin.changed": "info",
  "alarm.cleared": "info",
  "alarm.not_raised": "error",
  "alarm.not_told": "warn",
  "alarm.raised": "error",
  "connection.lost": "warn",
  "connection.unverified": "error",
  "console.refused": "warn",
  "conversion.settled": "info",
  "credit.not_revoked": "warn",
  "credit.revoked": "info",
  "dead_letter.not_ended": "warn",
  "endpoint.attempt_failed": "warn",
  "endpoint.changed": "info",
  "endpoint.disabled": "error",
  "endpoint.down": "warn",
  "endpoint.failed_event": "error",
  "endpoint.forgotten": "error",
  "endpoint.held_up": "error",
  "endpoint.left_behind": "info",
  "endpoint.log_behind": "error",
  "endpoint.log_unread": "warn",
  "endpoint.not_configured": "warn",
  "endpoint.not_posted": "warn",
  "endpoint.not_rung": "warn",
  "endpoint.registry_owed": "warn",
  "endpoint.told": "info",
  "endpoint.unresolved": "warn",
  "endpoint.up": "info",
  "erasure.advanced": "info",
  "erasure.done": "info",
  "erasure.failed": "warn",
  "erasure.stuck": "error",
  "export.broken": "warn",
  "flush.dead_fact": "error",
  "flush.done": "info",
  "flush.failed": "warn",
  "graph.token_withheld": "error",
  "history.body_unreadable": "error",
  "history.body_waits": "info",
  "history.complete": "info",
  "history.dead_item": "error",
  "history.declined": "info",
  "history.erased": "info",
  "history.incomplete": "error",
  "history.stalled": "error",
  "history.stored": "info",
  "key.not_rehashed": "warn",
  "key.refused": "warn",
  "key.use_not_noted": "warn",
  "media.deleted": "info",
  "media.not_fetched": "warn",
  "media.not_noted": "warn",
  "media.stored": "info",
  "media.unavailable": "warn",
  "media.uploaded": "info",
  "messages.expired": "info",
  "move.advanced": "info",
  "move.done": "info",
  "move.failed": "warn",
  "move.given_up": "error",
  "object.configured": "info",
  "object.erased": "info",
  "object.failed": "error",
  "object.unanswered": "warn",
  "operator.not_counted": "warn",
  "operator.refused": "warn",
  "queue.dead_letter": "error",
  "queue.not_pointed": "warn",
  "queue.retry": "warn",
  "request.failed": "error",
  "scheduled.behind": "info",
  "scheduled.failed": "error",
  "scheduled.skipped": "warn",
  "scheduled.slow": "warn",
  "scheduled.swept": "info",
  "scheduled.unmarked": "warn",
  "secret.key_unused": "info",
  "secret.not_noted": "warn",
  "secret.not_visited": "warn",
  "secret.unopened": "error",
  "send.not_carried": "error",
  "send.settled": "info",
  "send.unknown": "warn",
  "sender.blocked": "error",
  "sender.corrected": "warn",
  "sender.detached": "info",
  "sender.disconnected": "info",
  "sender.moved": "info",
  "sender.unblocked": "info",
  "sender.warned": "error",
  "sends.drained": "info",
  "shard.unmeasured": "warn",
  "signup.advanced": "info",
  "signup.event": "info",
  "signup.failed": "warn",
  "signup.needs_help": "error",
  "signup.not_resumed": "warn",
  "signup.not_told": "warn",
  "sync.refused": "error",
  "sync.requested": "info",
  "webhook.accepted": "info",
  "webhook.overflowed": "warn",
  "webhook.refused": "warn",
  "webhook.unrouted": "warn",
} as const satisfies Record<string, LogLevel>;

export type LogEvent = keyof typeof LOG_LEVELS;
type EventAt<Level extends LogLevel> = {
  [Event in LogEvent]: (typeof LOG_LEVELS)[Event] extends Level ? Event : never;
}[LogEvent];

/**
 * What a line may carry: ids, counts, enums and durations (ms). No field is meant for content, so
 * a message text, a token or a phone number has no way in. Wamids and numbers go through `shortId`.
 */
export interface LogFields {
  /** Left out: the one under which the line is written, if any (request-id.ts). */
  requestId?: string;
  /** Of a step for many requests, by `listRequestIds`: some of them, and how many there were. */
  requestIds?: string[];
  requests?: number;
  partner?: string;
  sender?: string | number;
  /** By `sessionMark`. */
  session?: string;
  endpoint?: string;
  /** Of a partner's event (`evt_…`): `event` is the line's own name. */
  eventId?: string;
  send?: string;
  customer?: string;
  message?: string;
  queue?: string;
  key?: string;
  field?: string;
  reason?: string;
  outcome?: string;
  code?: number | string;
  action?: string;
  operator?: string;
  sweep?: string;
  alarm?: string;
  /** What an alarm is about: an id of Meta's, of an endpoint, a shard, a queue. */
  subject?: string;
  shard?: string;
  status?: number;
  attempts?: number;
  count?: number;
  found?: number;
  left?: number;
  bytes?: number;
  pages?: number;
  ms?: number;
  waitMs?: number;
  error?: string;
}

function write(level: LogLevel, event: LogEvent, fields: LogFields): void {
  const at = new Date().toISOString();
  const line = JSON.stringify({ level, event, at, ...requestIdField(), ...fields });
  if (level === "info") console.log(line);
  else if (level === "warn") console.warn(line);
  else console.error(line);
}

/** JSON lines for `wrangler tail`, each under the request id that is in force. */
export const log = {
  info: (event: EventAt<"info">, fields: LogFields = {}) => write("info", event, fields),
  warn: (event: EventAt<"warn">, fields: LogFields = {}) => write("warn", event, fields),
  error: (event: EventAt<"error">, fields: LogFields = {}) => write("error", event, fields),
};

/**
 * A wamid or a number as 10 keyed hex digits: the same one is recognised from line to line, and
 * nobody without the key can find out whose it is (a wamid embeds a phone number).
 */
export function shortId(key: string, value: string): string {
  return createHmac("sha256", key).update(value).digest("hex").slice(0, 10);
}

/**
 * A signup session as logs name it: whoever has the whole id has the link, and whoever has the link
 * can connect a number. What is left out are 50 random bits.
 */
export function sessionMark(id: string): string {
  return id.slice(0, "signup_".length + 6);
}

/**
 * The kind of a failure without its words: database and network errors can quote the values they
 * failed on, and those may be somebody's number or text.
 */
export function errorKind(err: unknown): string {
  if (!(err instanceof Error)) return typeof err;
  const code = /SQLITE_[A-Z_]+/.exec(err.message)?.[0] ?? /D1_[A-Z_]+/.exec(err.message)?.[0];
  return code === undefined ? err.name : `${err.name}:${code}`;
}
