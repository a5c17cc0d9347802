/** What the page's script draws (client/charts.ts). Times are epoch seconds, as uPlot wants them. */
export interface ChartSpec {
  kind: "stacked" | "area" | "points";
  unit: string;
  /** The top of the scale, where it is fixed. */
  top?: number;
  x: number[];
  series: { label: string; tone: string; values: number[] }[];
}
