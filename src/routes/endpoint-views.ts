import { iso } from "./views.ts";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { Attempt, Delivery, Replay } from "../durable/endpoint-types.ts";
import type { Standing } from "../operations/read-standings.ts";

/** An endpoint as its partner reads it; never a secret. */
export function viewEndpoint(endpoint: StoredEndpoint, now: number) {
  const { previousUntil } = endpoint;
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    format: endpoint.format,
    types: endpoint.types,
    senders: endpoint.senders,
    ordered: endpoint.ordered,
    max_per_second: endpoint.maxPerSecond,
    state: endpoint.state,
    state_reason: endpoint.stateReason,
    state_at: iso(endpoint.stateAt),
    failing_since: iso(endpoint.failingSince),
    last_error: endpoint.lastError,
    previous_secret_until:
      previousUntil !== null && previousUntil > now ? iso(previousUntil) : null,
    created_at: iso(endpoint.createdAt),
  };
}

/** An endpoint with how it stands; that is null where its object does not answer now. */
export function viewStanding(endpoint: StoredEndpoint, standing: Standing | null, now: number) {
  const failure = standing?.lastFailure ?? null;
  return {
    ...viewEndpoint(endpoint, now),
    health: standing?.health ?? null,
    // As the list has it; its object may know before the row says so.
    failing_since: iso(endpoint.failingSince ?? standing?.failingSince ?? null),
    owed: standing?.owed ?? null,
    retrying: standing?.retrying ?? null,
    failed: standing?.failed ?? null,
    forgotten:
      standing?.forgotten == null
        ? null
        : { positions: standing.forgotten.positions, at: iso(standing.forgotten.at) },
    held_up:
      standing?.heldUp == null
        ? null
        : { reason: standing.heldUp.reason, since: iso(standing.heldUp.since) },
    last_success_at: iso(standing?.lastSuccessAt ?? null),
    last_failure: failure === null ? null : viewAttempt(failure),
    next_attempt_at: iso(standing?.nextAttemptAt ?? null),
  };
}

export function viewAttempt(attempt: Attempt) {
  return {
    attempt: attempt.n,
    at: iso(attempt.at),
    ms: attempt.ms,
    status: attempt.status,
    failure: attempt.failure,
    answer: attempt.answer,
    replay: attempt.replay,
  };
}

export function viewDelivery(delivery: Delivery) {
  return {
    event_id: delivery.event,
    type: delivery.type,
    sender_id: delivery.senderId === "" ? null : delivery.senderId,
    seq: delivery.seq,
    state: delivery.state,
    next_attempt_at: iso(delivery.nextAt),
    attempts: delivery.attempts.map(viewAttempt),
  };
}

export function viewReplay(replay: Replay) {
  return {
    id: replay.id,
    of: replay.of,
    state: replay.state,
    told: replay.told,
    taken: replay.taken,
    created_at: iso(replay.createdAt),
    ended_at: iso(replay.endedAt),
  };
}
