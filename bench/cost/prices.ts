import type { Bill } from "../lib/bill.ts";

/**
 * Cloudflare's list prices beyond what the paid plan includes, dollars for one of each; read on
 * 2026-11-22 from developers.cloudflare.com: workers, d1, durable-objects, queues, r2, workers logs
 * and analytics engine, each under `platform/pricing`.
 */
export const PRICES: Record<keyof Bill, number> = {
  requests: 0.3e-6,
  d1Written: 1e-6,
  d1Read: 0.001e-6,
  objectRequests: 0.15e-6,
  // $12.50 a million GB-seconds, and an object is counted as 128 MB.
  objectMs: (12.5e-6 * 0.128) / 1_000,
  objectWritten: 1e-6,
  objectRead: 0.001e-6,
  alarms: 1e-6,
  queueOperations: 0.4e-6,
  archiveWrites: 4.5e-6,
  archiveReads: 0.36e-6,
  logLines: 0.6e-6,
  points: 0.25e-6,
};

/** A millisecond of the Worker's processor time. */
export const CPU_MS_PRICE = 0.02e-6;

/** Lines of the bill as people read them, in the table's order. */
export const LINES: Record<string, readonly (keyof Bill)[]> = {
  requests: ["requests"],
  "object requests": ["objectRequests"],
  "objects awake": ["objectMs"],
  "rows written, D1": ["d1Written"],
  "rows written, objects": ["objectWritten", "alarms"],
  "rows read": ["d1Read", "objectRead"],
  queues: ["queueOperations"],
  R2: ["archiveWrites", "archiveReads"],
  logs: ["logLines"],
  metrics: ["points"],
};
