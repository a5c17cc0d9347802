import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ackedWebhooks } from "./acked-webhooks.ts";
import { addedTime } from "./added-time.ts";
import { costs } from "./cost/index.ts";
import { Cleanup } from "./lib/cleanup.ts";
import { bundleSize } from "./bundle-size.ts";
import { largeBody } from "./large-body.ts";
import { liveBesideImport } from "./live-beside-import.ts";
import { queuedSends } from "./queued-sends.ts";
import { writeResultsPage } from "./lib/results-page.ts";
import { printTable } from "./lib/print-table.ts";
import { rowsWritten } from "./rows-written.ts";
import { storedHistory } from "./stored-history.ts";
import { thousandNumbers } from "./thousand-numbers.ts";
import { toldEvents } from "./told-events.ts";
import type { Row, RowResult } from "./lib/row.ts";

/** By their numbers in design.md, section 8; rows 1 and 2, 9 and 10 are measured together. */
const ROWS: Record<string, Row> = {
  "1": ackedWebhooks,
  "2": ackedWebhooks,
  "3": storedHistory,
  "3b": liveBesideImport,
  "4": largeBody,
  "5": queuedSends,
  "6": addedTime,
  "7": rowsWritten,
  "8": bundleSize,
  "9": toldEvents,
  "10": toldEvents,
  "11": thousandNumbers,
  cost: costs,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error("--rounds takes a whole number from 1 on: how often each side has its turn.");
}
const asked = positionals.length === 0 ? Object.keys(ROWS) : positionals;
for (const name of asked) {
  if (ROWS[name] !== undefined) continue;
  throw new Error(`There is no row ${name}; there are ${Object.keys(ROWS).join(", ")}.`);
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
for (const row of new Set(asked.map((name) => ROWS[name]))) {
  if (row === undefined) continue;
  try {
    results.push(...(await row({ rounds, quick: values.quick, cleanup })));
  } catch (err) {
    await stopping; // what it stumbled over is that everything is being taken away
    throw err;
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
if (positionals.length === 0 && !values.quick) {
  const minutes = (Date.now() - startedAt.getTime()) / 60_000;
  writeFileSync(
    join(import.meta.dirname, "RESULTS.md"),
    writeResultsPage(results, { rounds, startedAt, minutes }),
  );
}
for (const { page: _page, ...result } of results) console.log(JSON.stringify(result));
