import { LOG_LEVELS } from "../../src/lib/log.ts";
import type { LogEvent, LogLevel } from "../../src/lib/log.ts";

/** A line as the gateway logs it; what else it carries is by `LogFields` of src/lib/log.ts. */
export interface LogLine extends Record<string, unknown> {
  level: LogLevel;
  event: string;
  /** ISO 8601. */
  at: string;
}

/** Which lines are to be shown; left out: all. */
export interface TailFilter {
  /** Names of events, or beginnings that end in `.*`. */
  events?: string[];
  /** This one and worse. */
  level?: LogLevel;
  /** A sender's key, as lines name it. */
  sender?: string;
  requestId?: string;
}

const RANK: Record<LogLevel, number> = { info: 0, warn: 1, error: 2 };
export const LEVELS = Object.keys(RANK);

export function isLevel(text: unknown): text is LogLevel {
  return typeof text === "string" && Object.hasOwn(RANK, text);
}

/** Whether a level is bad enough to be shown. */
export function isBadEnough(level: LogLevel, { level: least = "info" }: TailFilter): boolean {
  return RANK[level] >= RANK[least];
}

/** Whether the filter asks for more than a level: then only lines of the gateway can answer. */
export function isNarrow({ events, sender, requestId }: TailFilter): boolean {
  return events !== undefined || sender !== undefined || requestId !== undefined;
}

export function isWanted(line: LogLine, filter: TailFilter): boolean {
  if (!isBadEnough(line.level, filter)) return false;
  const { events, sender, requestId } = filter;
  if (events !== undefined && !events.some((name) => covers(name, line.event))) return false;
  if (sender !== undefined && String(line["sender"]) !== sender) return false;
  return requestId === undefined || isOf(requestId, line);
}

/** @throws Error naming an event that the gateway never logs: its filter would wait for ever */
export function checkEvents(names: readonly string[]): void {
  const known = Object.keys(LOG_LEVELS) as LogEvent[];
  for (const name of names) {
    if (known.some((event) => covers(name, event))) continue;
    throw new Error(`The gateway logs no ${name}. docs/logs.md lists what it logs.`);
  }
}

function covers(name: string, event: string): boolean {
  return name.endsWith(".*") ? event.startsWith(name.slice(0, -1)) : event === name;
}

/** A step for many requests names five of them (src/lib/request-id.ts). */
function isOf(requestId: string, line: LogLine): boolean {
  const { requestIds } = line;
  return (
    line["requestId"] === requestId || (Array.isArray(requestIds) && requestIds.includes(requestId))
  );
}
