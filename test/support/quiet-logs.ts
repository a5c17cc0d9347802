import type { TestContext } from "vitest";

const LEVELS = ["log", "warn", "error"] as const;
const MAX_LINES = 200;
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
      if (lines.length < MAX_LINES) lines.push(parts.map(String).join(" "));
    };
  }
}

/** Shows what was logged during a test that failed. */
export function showLogsOf({ task }: TestContext): void {
  if (task.result?.state === "fail" && lines.length > 0) {
    console.info(`Logged during "${task.name}":\n${lines.join("\n")}`);
  }
  lines = [];
}
