/*
 * Points of Analytics Engine (platform.md 1.5). Every point begins alike: index1 and blob2
 * name the sender (or the partner, endpoint, queue or sweep that it is about), blob1 the point. What
 * follows has its place here, and docs/operating.md prints this table. A place is never given to
 * something else: points live for three months.
 *
 * No value is a number, a name, a text or a token: ids, kinds, counts, bytes and durations (ms).
 */
const POINTS = {
  /** A webhook at Meta's door; ms is until its answer. */
  webhook: { blobs: ["outcome", "field"], doubles: ["facts", "bytes", "ms"] },
  /**
   * A batch of facts to D1: lag_ms is how long the oldest had waited since the door when it was
   * written, inbound are customers' live messages (each counts as a place), rows what was billed.
   */
  flush: {
    blobs: ["outcome", "partner", "shard"],
    doubles: ["facts", "inbound", "lag_ms", "ms", "rows", "left"],
  },
  /** Places that sends of a number used, and how long they had waited for them together. */
  places: { blobs: ["lane"], doubles: ["used", "waited_ms", "longest_ms"] },
  /** Sends that came to one outcome; code is Meta's, or ours where we refused. ms: Graph's time. */
  sends: { blobs: ["outcome", "type", "code"], doubles: ["count", "ms"] },
  /** Posts of an endpoint in one go that ended alike; repeats are those that were not the first. */
  deliveries: { blobs: ["outcome", "partner", "format"], doubles: ["count", "repeats", "ms"] },
  /** A raw history body, as far as it was stored. */
  history: { blobs: ["partner", "phase"], doubles: ["messages", "pages", "ms"] },
  /** An attempt at a message's file, and what became of the file with it. */
  media: { blobs: ["outcome", "reason"], doubles: ["bytes", "attempts", "ms"] },
  /** Messages of a queue that were consumed in one batch. */
  queue: { blobs: [], doubles: ["done", "retried", "attempts", "ms"] },
  /** A sweep that found something or failed. */
  sweep: { blobs: ["outcome"], doubles: ["count", "ms"] },
  /** An alarm was raised or cleared. */
  alarm: { blobs: ["change", "alarm"], doubles: ["count"] },
} as const satisfies Record<string, { blobs: readonly string[]; doubles: readonly string[] }>;

export type PointName = keyof typeof POINTS;

/** A point's values by name; a blob that does not apply is "". */
export type Point<Name extends PointName> = {
  [Blob in (typeof POINTS)[Name]["blobs"][number]]: string;
} & { [Double in (typeof POINTS)[Name]["doubles"][number]]: number };

/** The table, for docs and their test. */
export const METRIC_POINTS: Record<
  PointName,
  { blobs: readonly string[]; doubles: readonly string[] }
> = POINTS;

/** Where points go: an AnalyticsEngineDataset; undefined where none is bound. */
type Dataset =
  | { writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void }
  | undefined;

/**
 * Writes a point and returns at once: the platform sends it behind the answer. Never throws: what is
 * measured goes on. An invocation may write 25, so whoever handles many things writes one for all.
 *
 * @param about a sender's phone_number_id, or another id; up to 96 bytes
 */
export function writePoint<Name extends PointName>(
  dataset: Dataset,
  name: Name,
  about: string,
  values: Point<Name>,
): void {
  const { blobs, doubles } = METRIC_POINTS[name];
  const given = values as Record<string, string | number>;
  try {
    dataset?.writeDataPoint({
      indexes: [about],
      blobs: [name, about, ...blobs.map((blob) => String(given[blob]))],
      doubles: doubles.map((double) => Number(given[double])),
    });
  } catch {
    // A point that is lost is a gap in a curve; a log line for each would be a flood.
  }
}
