import { styleText } from "node:util";
import { isBadEnough, isLevel, isNarrow, isWanted } from "./filter.ts";
import { maskPath } from "./mask-path.ts";
import type { LogLevel } from "../../src/lib/log.ts";
import type { LogLine, TailFilter } from "./filter.ts";

export interface TailStyle {
  colour: boolean;
}

/** What `wrangler tail --format json` says of one invocation (wrangler 4, `src/tail/createTail.ts`). */
interface Invocation {
  outcome: string;
  entrypoint?: string;
  eventTimestamp: number | null;
  event: Record<string, unknown> | null;
  logs: { level: string; message: unknown[]; timestamp: number }[];
  exceptions: { name: string; message: unknown; timestamp: number }[];
}

/** In this order, whatever order a line has them in; the rest behind, by name. */
const FIELDS = [
  "sweep",
  "queue",
  "partner",
  "sender",
  "endpoint",
  "session",
  "send",
  "eventId",
  "action",
  "outcome",
  "field",
  "reason",
  "code",
  "status",
  "count",
  "attempts",
  "pages",
  "bytes",
  "ms",
  "waitMs",
  "error",
];
const LAST = ["requestId", "requestIds", "requests"];
const HEAD = new Set(["level", "event", "at", ...LAST]);
const COLOURS = { info: "green", warn: "yellow", error: "red" } as const;
/** The longest names of events have so many letters. */
const EVENT_WIDTH = 24;

/**
 * A document of a tail in lines that people read.
 *
 * @param text JSON of an invocation or of one log line; anything else is given back untouched,
 *   unless the filter asks for what only the gateway's own lines can answer
 */
export function printTail(text: string, filter: TailFilter, style: TailStyle): string[] {
  const value = parse(text);
  if (isLogLine(value)) return isWanted(value, filter) ? [formatLine(value, style)] : [];
  if (isInvocation(value)) return printInvocation(value, filter, style);
  return isNarrow(filter) || !isBadEnough("info", filter) ? [] : [text];
}

function printInvocation(invocation: Invocation, filter: TailFilter, style: TailStyle): string[] {
  const lines: string[] = [];
  for (const { level, message, timestamp } of invocation.logs) {
    const own = message.length === 1 ? parse(message[0]) : undefined;
    if (isLogLine(own)) {
      if (isWanted(own, filter)) lines.push(formatLine(own, style));
      continue;
    }
    const as = isLevel(level) ? level : "info";
    const words = message.map((part) => (typeof part === "string" ? part : JSON.stringify(part)));
    if (!isNarrow(filter) && isBadEnough(as, filter)) {
      lines.push(row(timestamp, as, safe(words.join(" ")), style));
    }
  }
  if (isNarrow(filter)) return lines;
  const { type, message } = (invocation.event ?? {}) as { type?: string; message?: string };
  if (type?.startsWith("overload") === true && message !== undefined) {
    // Cloudflare leaves lines out when there are too many: what is missing here was logged all the same.
    return [...lines, row(invocation.eventTimestamp ?? Date.now(), "warn", safe(message), style)];
  }
  const what = nameOf(invocation);
  for (const { name, message, timestamp } of invocation.exceptions) {
    const said = safe(typeof message === "string" ? message : JSON.stringify(message));
    lines.push(red(row(timestamp, "error", `exception in ${what}: ${name}: ${said}`), style));
  }
  if (invocation.outcome !== "ok" && isBadEnough(levelOf(invocation.outcome), filter)) {
    const text = `${invocation.outcome}: ${what}`;
    lines.push(red(row(invocation.eventTimestamp ?? 0, levelOf(invocation.outcome), text), style));
  }
  return lines;
}

/** A caller who hangs up is no fault of the gateway's. */
function levelOf(outcome: string): LogLevel {
  return outcome === "canceled" ? "warn" : "error";
}

/** What ran, without what may be somebody's: of an address its path only, and that masked. */
function nameOf({ event, entrypoint }: Invocation): string {
  const inside = entrypoint === undefined ? "" : `${entrypoint}.`;
  if (event === null) return `${inside}unknown`;
  const { request, queue, cron, rpcMethod } = event as {
    request?: { method: string; url: string };
    queue?: string;
    cron?: string;
    rpcMethod?: string;
  };
  if (request !== undefined) {
    return safe(`${request.method} ${maskPath(URL.parse(request.url)?.pathname ?? "?")}`);
  }
  if (queue !== undefined) return safe(`queue ${queue}`);
  if (cron !== undefined) return "sweeps";
  if (rpcMethod !== undefined) return safe(`${inside}${rpcMethod}`);
  return "scheduledTime" in event ? `${inside}alarm` : `${inside}unknown`;
}

function formatLine(line: LogLine, style: TailStyle): string {
  const others = Object.keys(line).filter((name) => !HEAD.has(name) && !FIELDS.includes(name));
  const fields = [...FIELDS, ...others.toSorted(), ...LAST]
    .filter((name) => line[name] !== undefined)
    .map((name) => `${name}=${safe(show(line[name]))}`);
  const event = safe(line.event).padEnd(EVENT_WIDTH);
  return row(line.at, line.level, [event, ...fields].join(" ").trimEnd(), style);
}

/** @param at ISO 8601, or epoch ms; shown in UTC */
function row(at: string | number, level: LogLevel, text: string, style?: TailStyle): string {
  const time = new Date(at);
  const clock = Number.isNaN(time.getTime()) ? "--:--:--.---" : time.toISOString().slice(11, 23);
  const name = level.padEnd(5);
  const shown = style?.colour === true ? paint(COLOURS[level], name) : name;
  return `${clock} ${shown} ${text}`;
}

function red(text: string, { colour }: TailStyle): string {
  return colour ? paint("red", text) : text;
}

/** Whether there are colours at all was decided before. */
function paint(colour: "green" | "yellow" | "red", text: string): string {
  return styleText(colour, text, { validateStream: false });
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.map(show).join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Nothing that was logged moves the cursor of who reads it. */
function safe(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (character) =>
    JSON.stringify(character)
      .slice(1, -1)
      .replace(/^[\u007f-\u009f]$/, "?"),
  );
}

function parse(text: unknown): unknown {
  if (typeof text !== "string" || !text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isLogLine(value: unknown): value is LogLine {
  const { level, event, at } = (value ?? {}) as Partial<LogLine>;
  return isLevel(level) && typeof event === "string" && typeof at === "string";
}

function isInvocation(value: unknown): value is Invocation {
  const { outcome, logs, exceptions } = (value ?? {}) as Partial<Invocation>;
  return typeof outcome === "string" && Array.isArray(logs) && Array.isArray(exceptions);
}
