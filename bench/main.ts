import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Argument } from "commander";
import { commandLine, wholeNumber } from "../scripts/command-line.ts";
import { Cleanup } from "./lib/cleanup.ts";
import { printTable } from "./lib/print-table.ts";
import { writeResultsPage } from "./lib/results-page.ts";
import { brokenRow } from "./lib/row.ts";
import type { Row, RowResult } from "./lib/row.ts";

/**
 * By their numbers in design.md, section 8; rows 1 and 2, 9 and 10 are measured together. Loaded
 * when they are asked for: all of them take seconds.
 */
const ROWS: Record<string, () => Promise<Row>> = {
  "1": async () => (await import("./acked-webhooks.ts")).ackedWebhooks,
  "2": async () => (await import("./acked-webhooks.ts")).ackedWebhooks,
  "3": async () => (await import("./stored-history.ts")).storedHistory,
  "3b": async () => (await import("./live-beside-import.ts")).liveBesideImport,
  "4": async () => (await import("./large-body.ts")).largeBody,
  "5": async () => (await import("./queued-sends.ts")).queuedSends,
  "6": async () => (await import("./added-time.ts")).addedTime,
  "7": async () => (await import("./rows-written.ts")).rowsWritten,
  "8": async () => (await import("./bundle-size.ts")).bundleSize,
  "9": async () => (await import("./told-events.ts")).toldEvents,
  "10": async () => (await import("./told-events.ts")).toldEvents,
  "11": async () => (await import("./thousand-numbers.ts")).thousandNumbers,
  cost: async () => (await import("./cost/index.ts")).costs,
};

const command = commandLine(
  "npm run bench --",
  "Measures the gateway beside floors and rivals (bench/README.md). All rows take about 50 minutes and write bench/RESULTS.md.",
)
  .addArgument(
    new Argument("[row...]", "which to measure (default: all)").choices(Object.keys(ROWS)),
  )
  .option("--rounds <number>", "how often each side has its turn", wholeNumber(1), 5)
  .option("--quick", "fewer messages: for a look, not for the record")
  .parse();
const { rounds, quick = false } = command.opts<{ rounds: number; quick?: true }>();
const asked = command.args.length === 0 ? Object.keys(ROWS) : command.args;
/** By the first name of each: some have two. */
const rows = new Map<Row, string>();
for (const name of asked) {
  const row = await ROWS[name]?.();
  if (row !== undefined && !rows.has(row)) rows.set(row, name);
}
const startedAt = new Date();
const cleanup = new Cleanup();
let stopping: Promise<void> | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stopping ??= cleanup.run().then(() => process.exit(130));
  });
}
const results: RowResult[] = [];
for (const [row, name] of rows) {
  try {
    results.push(...(await row({ rounds, quick, cleanup })));
  } catch (err) {
    await stopping; // what it stumbled over is that everything is being taken away
    // The others took an hour: what one of them came to does not fall with another.
    console.error(err);
    process.exitCode = 1;
    results.push(brokenRow(name, err));
  } finally {
    await cleanup.run();
  }
}
printTable(
  ["row", "what", "bar", "measured", "verdict"],
  results.map(({ row, what, bar, measured, verdict }) => [
    String(row),
    what,
    bar,
    measured,
    verdict,
  ]),
);
// The record is a whole run's: rows of different days say nothing beside each other.
if (command.args.length === 0 && !quick) {
  const minutes = (Date.now() - startedAt.getTime()) / 60_000;
  writeFileSync(
    join(import.meta.dirname, "RESULTS.md"),
    writeResultsPage(results, { rounds, startedAt, minutes }),
  );
}
for (const { page: _page, ...result } of results) console.log(JSON.stringify(result));
