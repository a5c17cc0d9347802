import type { Sealed } from "../lib/seal.ts";
import type { OurReason } from "./endpoint-trouble.ts";

export { endpointBinding } from "../lib/seal.ts";

export type EndpointFormat = "native" | "cloud_api";

/** What is to be told, to whom, and how: the registry's row, as the object keeps it. */
export interface EndpointConfig {
  id: string;
  /** Of the registry's row: a later one is never replaced by a former one. */
  version: number;
  partner: string;
  url: string;
  format: EndpointFormat;
  /** null: all. */
  types: string[] | null;
  /** phone_number_ids; null: all of the partner's. */
  senders: string[] | null;
  /** A sender's events one after the other, by seq; else as many at once as the object may. */
  ordered: boolean;
  /** Attempts a second, replays among them; null: as fast as it answers. */
  maxPerSecond: number | null;
  state: "enabled" | "paused" | "disabled";
  /** Sealed, bound by `endpointBinding`. */
  secret: Sealed;
  /** Signs as well until then (epoch ms). */
  previousSecret: { sealed: Sealed; until: number } | null;
  /** Where its telling begins, by shard: the partner's positions when the endpoint was made. */
  from: Record<string, number>;
}

/** One call to the partner's address. */
export interface Attempt {
  /** 1 is the first. */
  n: number;
  /** Epoch ms. */
  at: number;
  /** Until the status came, or patience ended. */
  ms: number;
  /** Of HTTP; null where none came. */
  status: number | null;
  /**
   * Why it failed: "http_500", "redirect", "timeout", "refused_address", "connection"; null if not.
   * For a reason of ours, which counts for nothing: "dns_unavailable", "secret_unreadable", and
   * "not_posted" for the rest. Only figures show them: the event is tried again in a while.
   */
  failure: string | null;
  /** The first 1,000 bytes of the answer's body, as text. */
  answer: string | null;
  replay: boolean;
}

/**
 * "waiting": its first retry is due and its sender waits with it; "retrying": later ones, nobody
 * waits; "failed": the schedule is at its end; "delivered".
 */
export type DeliveryState = "waiting" | "retrying" | "failed" | "delivered";

/** An event on its way to an endpoint, or there. */
export interface Delivery {
  event: string;
  type: string;
  senderId: string;
  seq: number;
  state: DeliveryState;
  attempts: Attempt[];
  /** Epoch ms of the next attempt, where one is due. */
  nextAt: number | null;
}

export interface DeliveryQuery {
  state?: DeliveryState;
  type?: string;
  senderId?: string;
  /** Those that the caller may know of; left out: all. */
  senders?: readonly string[];
  /** Of the last attempt; epoch ms, from (in) to (out). */
  since?: number;
  until?: number;
  /** The `next` of the page before. */
  cursor?: string;
  limit: number;
}

/** Newest first. */
export interface DeliveryPage {
  deliveries: Delivery[];
  next: string | null;
}

/** What is to be told again. Failed: what the schedule gave up; range: whatever the log still has. */
export type ReplayOrder = {
  id: string;
  /** By the events' own time; epoch ms, from (in) to (out). */
  since: number;
  until: number;
  types: string[] | null;
  senders: string[] | null;
} & ({ of: "failed" } | { of: "range" });

export interface Replay {
  id: string;
  of: "failed" | "range";
  state: "running" | "done" | "cancelled";
  /** Told again so far, and how many of them were taken. */
  told: number;
  taken: number;
  createdAt: number;
  endedAt: number | null;
}

/** Events older than the log keeps them, behind which an endpoint was: nobody can tell them any more. */
export interface Forgotten {
  /** Positions, also of events that it did not want. */
  positions: number;
  /** When that was noticed last (epoch ms). */
  at: number;
}

/** How an endpoint is, for its partner and for operators. */
export interface EndpointFigures {
  /** "down": nothing gets through, and it is tried now and then with the oldest event owed. */
  health: "healthy" | "down";
  failingSince: number | null;
  lastSuccessAt: number | null;
  lastFailure: Attempt | null;
  /** What of ours keeps it from being told anything, since when (epoch ms). */
  heldUp: { reason: OurReason; since: number } | null;
  /** Positions it has been told up to, by shard. */
  reached: Record<string, number>;
  /** What the log forgot before it was told. */
  forgotten: Forgotten | null;
  /** Events that have a retry coming, and those given up. */
  retrying: number;
  failed: number;
  nextAttemptAt: number | null;
}
