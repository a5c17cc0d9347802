import { createHmac } from "node:crypto";

/** Every line the gateway can log. Operators filter on these names; a new one is added here. */
export type LogEvent =
  | "admin.changed"
  | "credit.revoked"
  | "connection.lost"
  | "connection.unverified"
  | "console.refused"
  | "endpoint.changed"
  | "endpoint.not_configured"
  | "endpoint.not_rung"
  | "conversion.settled"
  | "endpoint.disabled"
  | "endpoint.down"
  | "endpoint.failed_event"
  | "endpoint.forgotten"
  | "endpoint.told"
  | "endpoint.up"
  | "erasure.advanced"
  | "erasure.done"
  | "erasure.failed"
  | "export.broken"
  | "flush.dead_fact"
  | "flush.done"
  | "flush.failed"
  | "graph.token_withheld"
  | "history.body_waits"
  | "history.erased"
  | "history.stored"
  | "key.use_not_noted"
  | "media.deleted"
  | "media.not_fetched"
  | "media.not_noted"
  | "media.stored"
  | "media.unavailable"
  | "media.uploaded"
  | "messages.expired"
  | "move.advanced"
  | "move.done"
  | "move.failed"
  | "move.given_up"
  | "object.configured"
  | "object.erased"
  | "object.failed"
  | "queue.dead_letter"
  | "queue.not_pointed"
  | "queue.retry"
  | "request.failed"
  | "scheduled.failed"
  | "scheduled.swept"
  | "send.settled"
  | "send.unknown"
  | "sender.detached"
  | "sender.disconnected"
  | "sends.drained"
  | "signup.advanced"
  | "signup.event"
  | "signup.failed"
  | "signup.not_told"
  | "sync.requested"
  | "webhook.accepted"
  | "webhook.overflowed"
  | "webhook.refused";

/**
 * What a line may carry: ids, counts, enums and durations (ms). No field is meant for content, so
 * a message text, a token or a phone number has no way in. Wamids and numbers go through `shortId`.
 */
export interface LogFields {
  requestId?: string;
  partner?: string;
  sender?: string | number;
  /** By `sessionMark`. */
  session?: string;
  endpoint?: string;
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
  status?: number;
  attempts?: number;
  count?: number;
  bytes?: number;
  pages?: number;
  ms?: number;
  waitMs?: number;
  error?: string;
}

function write(level: "info" | "warn" | "error", event: LogEvent, fields: LogFields): void {
  const line = JSON.stringify({ level, event, at: new Date().toISOString(), ...fields });
  if (level === "info") console.log(line);
  else if (level === "warn") console.warn(line);
  else console.error(line);
}

/** JSON lines for `wrangler tail`: info is routine, warn heals itself, error needs a person. */
export const log = {
  info: (event: LogEvent, fields: LogFields = {}) => write("info", event, fields),
  warn: (event: LogEvent, fields: LogFields = {}) => write("warn", event, fields),
  error: (event: LogEvent, fields: LogFields = {}) => write("error", event, fields),
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
