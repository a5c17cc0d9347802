import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { markdownTable } from "./print-table.ts";
import type { RowResult } from "./row.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Everything that was measured in one run, as `bench/RESULTS.md` has it. */
export function writeResultsPage(
  results: readonly RowResult[],
  run: { rounds: number; startedAt: Date; minutes: number },
): string {
  const rows = results.map(({ row, what, bar, beside, measured, verdict }) => [
    String(row),
    what,
    bar,
    measured,
    beside,
    verdict === "missed" || verdict === "broken" ? `**${verdict}**` : verdict,
  ]);
  return [
    "# What the bench found last",
    "",
    "Written by `npm run bench`; [README.md](README.md) says how each row is measured and how to read it.",
    "",
    `- ${run.startedAt.toISOString().slice(0, 16).replace("T", " ")} UTC, ${Math.round(run.minutes)} minutes, ${run.rounds} rounds of each; commit ${commit()}`,
    `- ${machine()}`,
    `- ${versions()}`,
    "",
    "A spread is the median, with the smallest and the largest round in brackets.",
    "",
    markdownTable(["row", "what", "bar", "measured", "beside, in the same run", "verdict"], rows),
    ...results.flatMap(({ row, what, page }) =>
      typeof page === "string" ? ["", `## Row ${row}: ${what}`, "", page] : [],
    ),
    "",
  ].join("\n");
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
  try {
    const dirty = git("status", "--porcelain", "--", "src") === "" ? "" : ", with changes";
    return `${git("rev-parse", "--short", "HEAD")}${dirty}`;
  } catch {
    return "unknown"; // a folder without its history
  }
}

function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} processors (${first?.model.trim() ?? "unknown"}), ${memory} GiB, ${process.platform}`;
}

function versions(): string {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  return `node ${process.versions.node}, workerd ${devDependencies["workerd"]}`;
}
