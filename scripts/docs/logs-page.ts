import { LOG_LEVELS } from "../../src/lib/log.ts";
import { LOG_MEANINGS } from "./log-events.ts";
import type { LogEvent, LogLevel } from "../../src/lib/log.ts";

const HEAD = `# What the gateway logs

Written by \`npm run docs\` from \`scripts/docs/log-events.ts\`. How to read the lines: [operating.md](operating.md#logs).

One event has one level: **error** needs a person, **warn** heals itself (and says here from when on it does not), **info** is routine. "Tell us" means an issue in this repository, with the line: it holds no content.
`;

const LEVELS: Record<LogLevel, string> = {
  error: "Errors: a person is needed",
  warn: "Warnings: they heal themselves",
  info: "Routine",
};

/** Every log event with what it means and what to do, the worst first. */
export function logsPage(): string {
  return [HEAD, ...(Object.keys(LEVELS) as LogLevel[]).map(section)].join("\n");
}

function section(level: LogLevel): string {
  const events = (Object.keys(LOG_LEVELS) as LogEvent[])
    .filter((event) => LOG_LEVELS[event] === level)
    .toSorted();
  // Of what is routine there is nothing to be done.
  const columns = level === "info" ? ["Event", "Means"] : ["Event", "Means", "What to do"];
  const rows = events.map((event) => {
    const { means, todo } = LOG_MEANINGS[event];
    return level === "info" ? [`\`${event}\``, means] : [`\`${event}\``, means, todo];
  });
  const lines = [columns, columns.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
  return `## ${LEVELS[level]}\n\n${lines.join("\n")}\n`;
}
