import uPlot from "uplot";
import type { ChartSpec } from "../chart-spec.ts";

const HEIGHT = 180;
const drawn = new WeakMap<Element, { json: string; plot: uPlot }>();

/** Draws every chart of the page whose figures are new (`data-chart`, see ../charts.tsx). */
export function drawCharts(): void {
  for (const box of document.querySelectorAll<HTMLElement>(".chart[data-chart]")) {
    const json = box.dataset["chart"] ?? "";
    const before = drawn.get(box);
    if (before?.json === json) continue;
    before?.plot.destroy();
    const spec = JSON.parse(json) as ChartSpec;
    drawn.set(box, { json, plot: new uPlot(optionsOf(spec, box), dataOf(spec), box) });
  }
}

function redraw(): void {
  for (const box of document.querySelectorAll(".chart[data-chart]")) {
    drawn.get(box)?.plot.destroy();
    drawn.delete(box);
  }
  drawCharts();
}

let width = window.innerWidth;
let waiting: ReturnType<typeof setTimeout> | undefined;
window.addEventListener("resize", () => {
  if (window.innerWidth === width) return; // a phone's address bar came or went
  width = window.innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(redraw, 150);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

/** Stacked ones are drawn from the highest sum down, each over the one before. */
function dataOf(spec: ChartSpec): uPlot.AlignedData {
  if (spec.kind !== "stacked") return [spec.x, ...spec.series.map((each) => each.values)];
  const sums = spec.series.map((_, last) =>
    spec.x.map((_, at) =>
      spec.series.slice(0, last + 1).reduce((sum, each) => sum + (each.values[at] ?? 0), 0),
    ),
  );
  return [spec.x, ...sums.toReversed()];
}

function optionsOf(spec: ChartSpec, box: HTMLElement): uPlot.Options {
  const style = getComputedStyle(box);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const series = spec.kind === "stacked" ? spec.series.toReversed() : spec.series;
  const grid = { stroke: color("line"), width: 1 };
  const axis = { stroke: color("soft"), grid, ticks: grid, font: "12px system-ui, sans-serif" };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: spec.kind !== "stacked" }, drag: { x: false, y: false } },
    scales: {
      y: {
        range: (_plot, _low, high) => [0, spec.top ?? Math.max(1, Math.ceil((high ?? 0) * 1.1))],
      },
    },
    axes: [
      { ...axis, space: 60 },
      {
        ...axis,
        size: 44,
        incrs: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
      },
    ],
    series: [{}, ...series.map(({ label, tone }) => ({ label, ...looks(spec.kind, color(tone)) }))],
    hooks: { setCursor: [(plot) => readOut(plot, spec, box)] },
  };
}

function looks(kind: ChartSpec["kind"], color: string): Partial<uPlot.Series> {
  switch (kind) {
    case "stacked": {
      const bars = uPlot.paths.bars?.({ size: [0.8, 40] });
      return {
        stroke: color,
        fill: color,
        width: 0,
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      };
    }
    case "area": {
      const steps = uPlot.paths.stepped?.({ align: 1 });
      return {
        stroke: color,
        fill: `${color}33`,
        width: 1.5,
        points: { show: false },
        ...(steps === undefined ? {} : { paths: steps }),
      };
    }
    case "points":
      return { stroke: color, points: { show: true, size: 5, fill: color }, paths: () => null };
  }
}

/** What lies under the pointer, in words below the chart. */
function readOut(plot: uPlot, spec: ChartSpec, box: HTMLElement): void {
  const line = box.nextElementSibling;
  const at = plot.cursor.idx;
  if (line === null) return;
  const x = at == null ? undefined : spec.x[at];
  if (at == null || x === undefined) {
    line.textContent = "";
    return;
  }
  const time = new Date(x * 1_000).toLocaleTimeString(undefined, {
    timeStyle: spec.kind === "stacked" ? "short" : "medium",
  });
  const values = spec.series.map(({ label, values: all }) => `${label} ${all[at] ?? 0}`);
  line.textContent = `${time}: ${values.join(", ")}`;
}
