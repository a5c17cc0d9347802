import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundle } from "../scripts/gateway.ts";
import { printTable } from "./lib/print-table.ts";
import { verdictOf } from "./lib/row.ts";
import { round } from "./lib/stats.ts";
import type { RowResult } from "./lib/row.ts";

const BAR_KB = 300;

/** Row 8: the Worker as it is deployed, in kB of 1,000 bytes. */
export async function bundleSize(): Promise<RowResult[]> {
  const code = Buffer.from(await bundle(join(import.meta.dirname, "../src/index.ts")));
  const plainKb = round(code.length / 1_000);
  const gzipBytes = gzipSync(code).length;
  const gzipKb = round(gzipBytes / 1_000);
  console.log("  the Worker's bundle");
  printTable(["plain, kB", "gzip, kB"], [[String(plainKb), String(gzipKb)]]);
  return [
    {
      row: 8,
      what: "the Worker's bundle, gzip",
      bar: `<= ${BAR_KB} kB`,
      beside: "",
      measured: `${gzipKb} kB (${plainKb} kB plain)`,
      verdict: verdictOf(gzipBytes <= BAR_KB * 1_000),
      gzipKb,
      plainKb,
    },
  ];
}
