import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ALARMS } from "../../src/lib/alarms.ts";
import { METRIC_POINTS } from "../../src/lib/metrics.ts";

const PAGE = readFileSync("docs/operating.md", "utf8");
const SECTION = PAGE.slice(
  PAGE.indexOf("## Metrics and alarms"),
  PAGE.indexOf("## When something"),
);

const cellsOf = (line: string) =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

describe("docs/operating.md, Metrics and alarms", () => {
  it("has every point with its values in their places, and no other", () => {
    const table = SECTION.slice(
      SECTION.indexOf("<!-- points -->"),
      SECTION.indexOf("<!-- /points"),
    );
    const rows = table
      .split("\n")
      .filter((line) => /^\| [a-z]/.test(line) && !line.startsWith("| point"))
      .map(cellsOf)
      .map(([point, , ...values]) => [point, values] as const);
    const expected = Object.entries(METRIC_POINTS).map(([point, { blobs, doubles }]) => {
      const padded = (names: readonly string[], to: number) =>
        Array.from({ length: to }, (_, n) => names[n] ?? "");
      return [point, [...padded(blobs, 3), ...padded(doubles, 6)]] as const;
    });
    expect(rows).toEqual(expected);
  });

  it("says of every alarm what it means and what to do, in the order of their names", () => {
    const rows = SECTION.split("\n").filter((line) => /^\| `[a-z_]+` \| /.test(line));
    const names = rows.map((line) => cellsOf(line)[0]?.replaceAll("`", ""));
    expect(names).toEqual(Object.keys(ALARMS));
    for (const row of rows) expect(cellsOf(row).every((cell) => cell !== "")).toBe(true);
    expect(names).toEqual(names.toSorted());
  });

  it("asks the dataset for values by the place that they have", () => {
    const queries = [...SECTION.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql ?? "");
    expect(queries.length).toBeGreaterThanOrEqual(3);
    for (const sql of queries) {
      const point = /blob1 = '(\w+)'/.exec(sql)?.[1] ?? "";
      const { blobs, doubles } = METRIC_POINTS[point as keyof typeof METRIC_POINTS];
      for (const [, kind, n] of sql.matchAll(/\b(blob|double)(\d+)\b/g)) {
        const place = Number(n);
        const last = kind === "blob" ? blobs.length + 2 : doubles.length;
        expect(place, `${kind}${n} of ${point}`).toBeLessThanOrEqual(last);
      }
      for (const [, column, name] of sql.matchAll(/\bblob(\d+) AS (\w+)/g)) {
        const label = Number(column) === 2 ? "sender" : blobs[Number(column) - 3];
        expect(name).toBe(label);
      }
    }
  });
});
