import type { StoredEvent } from "../database/read-events.ts";
import type { Attempt } from "./endpoint-types.ts";

/** Which event, and where it stands in the log. */
export interface EventPlace {
  event: string;
  type: string;
  /** '' for what concerns the partner itself. */
  senderId: string;
  seq: number;
  shard: string;
  pos: number;
}

/** An event to be posted. */
export interface Job extends EventPlace {
  /** "line": in its sender's order; "own": a later retry, beside it; "replay": told again. */
  way: "line" | "own" | "replay";
  /** Not before (epoch ms). */
  dueAt: number;
  /** Attempts of the schedule that failed. */
  failures: number;
  /** The event itself, where it has been read. */
  row: StoredEvent | null;
  /** What the event came by; null also where it has not been read yet. */
  requestId: string | null;
}

/** An event that was taken, with the attempt that it was taken at. */
export interface Told extends EventPlace {
  attempt: Attempt;
}

/** When an attempt was over: what deliveries are listed by. */
export function endOf(attempt: Attempt): number {
  return attempt.at + attempt.ms;
}

export function placeOf({ event, type, senderId, seq, shard, pos }: EventPlace): EventPlace {
  return { event, type, senderId, seq, shard, pos };
}

/** @param row an event of this shard's log; one whose data was left out is read again at its turn */
export function jobOf(shard: string, row: StoredEvent, way: Job["way"]): Job {
  const { id: event, type, senderId, seq, pos, requestId } = row;
  const held = row.data === "" ? null : row;
  return {
    event,
    type,
    senderId,
    seq,
    shard,
    pos,
    way,
    dueAt: 0,
    failures: 0,
    row: held,
    requestId,
  };
}
