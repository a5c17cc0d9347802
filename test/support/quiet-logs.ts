import { findLeaks } from "./known-content.ts";
import type { TestContext } from "vitest";

const LEVELS = ["log", "warn", "error"] as const;
const SHOWN_MAX = 200;
let lines: string[] = [];

/**
 * Keeps the gateway's log lines aside. Vitest would send each to its own process from whatever
 * request wrote it (an object, a queue's consumer), and a promise made in one request is never
 * resolved for another once that is gone: a line written at the very end of a run left the runner
 * waiting for ever.
 */
export function keepLogsAside(): void {
  for (const level of LEVELS) {
    console[level] = (...parts: unknown[]) => {
      const line = parts.map(String).join(" ");
      if (!line.startsWith("[MSW]")) lines.push(line); // what our stub of the Internet says
    };
  }
}

/** What was logged since the test began, as text; each line of the gateway's is one of JSON. */
export function loggedLines(): readonly string[] {
  return lines;
}

/** The gateway's lines since the test began, of one event. */
export function loggedOf(event: string): Record<string, unknown>[] {
  return lines
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line["event"] === event);
}

/** Shows what was logged during a test that failed. */
export function showLogsOf({ task }: TestContext): void {
  if (task.result?.state === "fail" && lines.length > 0) {
    console.info(`Logged during "${task.name}":\n${lines.slice(0, SHOWN_MAX).join("\n")}`);
  }
}

/**
 * The end of a test's lines.
 *
 * @throws Error naming each that holds what somebody wrote, is called or signs in with (invariant 9)
 */
export function endLogs(): void {
  const leaks = findLeaks(lines);
  lines = [];
  if (leaks.length === 0) return;
  const named = leaks.map(({ kind, line }) => `  a ${kind}: ${line}`).join("\n");
  throw new Error(`Invariant 9: logs hold no content, and these do:\n${named}`);
}
