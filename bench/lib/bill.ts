/** What Cloudflare bills for, as a Worker that counts it answers (`workers/bill.ts`). */
export interface Bill {
  /** Invocations of the Worker: a request, a batch of a queue. */
  requests: number;
  /** Rows that D1 says it wrote and read. */
  d1Written: number;
  d1Read: number;
  /** Calls of an object and its alarms. */
  objectRequests: number;
  /** While an object may not sleep: a call, a timer of its own, a wait for D1 or somebody's answer. */
  objectMs: number;
  objectWritten: number;
  objectRead: number;
  /** An alarm that is set is billed as a row written. */
  alarms: number;
  /** A message is one to write, one to read and one to delete; one more for each 64 kB and retry. */
  queueOperations: number;
  archiveWrites: number;
  archiveReads: number;
  /** Lines for Workers Logs. */
  logLines: number;
  /** Points for Analytics Engine. */
  points: number;
}
