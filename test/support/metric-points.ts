import { env } from "cloudflare:workers";
import { METRIC_POINTS } from "../../src/lib/metrics.ts";
import type { PointName } from "../../src/lib/metrics.ts";

/** A point as Analytics Engine gets it, its values by their names. */
export interface SeenPoint {
  name: string;
  about: string;
  [value: string]: string | number;
}

const dataset = env.METRICS;
let raw: AnalyticsEngineDataPoint[] = [];

/** From here to `stopMeasuring` every point is kept, and goes where it went before. */
export function measurePoints(): void {
  raw = [];
  const recording: AnalyticsEngineDataset = {
    writeDataPoint(point) {
      raw.push(point ?? {});
      dataset.writeDataPoint(point);
    },
  };
  Object.assign(env, { METRICS: recording });
}

export function stopMeasuring(): void {
  Object.assign(env, { METRICS: dataset });
}

export const rawPoints = (): readonly AnalyticsEngineDataPoint[] => raw;

/** The points of a kind so far. @throws Error for one that is not as the table has it */
export function pointsOf(name: PointName): SeenPoint[] {
  return raw.map(read).filter((point) => point.name === name);
}

function read({ indexes = [], blobs = [], doubles = [] }: AnalyticsEngineDataPoint): SeenPoint {
  const [name, about, ...labels] = blobs.map(String);
  const table = METRIC_POINTS[name as PointName];
  if (table === undefined || indexes.length !== 1 || indexes[0] !== about) {
    throw new Error(`No such point: ${JSON.stringify({ indexes, blobs, doubles })}`);
  }
  if (labels.length !== table.blobs.length || doubles.length !== table.doubles.length) {
    throw new Error(`Not as the table has it: ${JSON.stringify({ blobs, doubles })}`);
  }
  const point: SeenPoint = { name: name ?? "", about: about ?? "" };
  table.blobs.forEach((blob, n) => (point[blob] = labels[n] ?? ""));
  table.doubles.forEach((double, n) => (point[double] = doubles[n] ?? Number.NaN));
  return point;
}
