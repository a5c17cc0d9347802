/** Shares are of the calls, 0 to 1, drawn from the plan's seed. */
export interface Disturbance {
  /** The call fails and nothing was done. */
  before?: number;
  /** The call is done, and its answer is a failure. */
  after?: number;
  /** Each call waits up to so long first (ms). */
  slowMs?: number;
}

export type QueueName = "HISTORY" | "SENDS" | "MEDIA" | "OVERFLOW";

/** What happens to messages on their way into a queue. */
export interface QueueDisturbance extends Disturbance {
  /** Only these queues; all of them by default. */
  names?: QueueName[];
  /** Said to be sent, and gone. */
  lost?: number;
  /** Delivered twice. */
  twice?: number;
  /** Delivered up to three seconds late: later ones overtake it. */
  late?: number;
}

/** What goes wrong in the gateway until the next plan: `{}` for nothing. */
export interface FaultPlan {
  seed?: number;
  database?: Disturbance;
  archive?: Disturbance;
  objects?: Disturbance;
  queues?: QueueDisturbance;
  /** How far the gateway's clock is off (ms). */
  clockMs?: number;
}

/** The door of the faulty gateway: only in its entry, and only with the token it was started with. */
export const FAULTS_DOOR = "/faults";

/** How often each kind of thing was disturbed since the plan before. */
export type Hits = Record<string, number>;

/** One statement on a database of the gateway, by its binding. */
export interface Statement {
  binding: "DB" | "DB_1";
  sql: string;
}
