import type { Sealed } from "../lib/seal.ts";
import type { ErrorEffect } from "../meta/graph-errors.ts";

/** What an Idempotency-Key of a partner stands for. */
export interface CallKey {
  key: string;
  bodyHash: string;
}

/** A send as its door hands it over. */
export interface SendCommand {
  partner: string;
  /** Phone digits or BSUID of the recipient. */
  recipient: string;
  type: string;
  /** Free text and media need an open window; templates and reactions on them do not differ. */
  needsWindow: boolean;
  /** It may take the customer's thread from another responder of the number. */
  takeControl?: boolean;
  /** Meta's request body, without our callback id. */
  body: Record<string, unknown>;
  /** The partner's own biz_opaque_callback_data. */
  callback?: string;
  idempotency?: CallKey;
  /** Names this very call: a caller that lost our answer takes the send back by it. */
  attempt: string;
  /** A waiting caller gets a place within `maxWaitMs` or nothing; a queued send is kept. */
  mode: { wait: true; maxWaitMs: number } | { wait: false; expiresInMs: number };
}

/** A refusal before Meta, in Meta's own terms. */
export interface Refusal {
  /** HTTP status of the answer. */
  status: number;
  /** Meta's code. */
  code: number;
  title: string;
  details: string;
  retryAfterMs?: number;
}

/** What a send came to. `unknown` means that nobody can say; it is never sent again by itself. */
export type SendOutcome =
  | { state: "accepted"; wamid: string; answer: Record<string, unknown> }
  | {
      state: "refused";
      status: number;
      error: Record<string, unknown>;
      /** What the error means for the sender as a whole. */
      effect: ErrorEffect;
    }
  | {
      state: "retriable";
      status: number;
      error: Record<string, unknown>;
      scope: "number" | "customer";
    }
  | { state: "unknown"; why: string };

/** What became of a carrier's word. */
export interface Settled {
  view: SendView;
  /** The send is queued once more and nobody drains: a ticket is due. */
  ticket: boolean;
  /** When Meta may be asked again, after it found us too fast (ms from now). */
  retryAfterMs?: number;
}

export type SendState =
  | "queued"
  | "placed"
  | "accepted"
  | "refused"
  | "unknown"
  | "expired"
  | "cancelled";

/** A send as the API shows it. */
export interface SendView {
  send: string;
  state: SendState;
  wamid: string | null;
  admittedAt: number;
  placeAt: number | null;
  settledAt: number | null;
  /** What Meta answered, or why it ended otherwise. */
  outcome: SendOutcome | null;
  /** Of the call that it came by. */
  requestId: string | null;
}

/** A bulk call as the API shows it: how many of its sends are in which state. */
export interface BatchView {
  batch: string;
  admittedAt: number;
  total: number;
  states: Partial<Record<SendState, number>>;
}

/** Some of a batch's sends. */
export interface BatchSends {
  sends: SendView[];
  /** How many to pass over for the next page; null after the last. */
  next: number | null;
}

/** What a bulk call came to, item by item. */
export interface BatchAdmission {
  /** Null: nothing of it was queued. */
  batch: string | null;
  items: Admission[];
  ticket: boolean;
}

/** What came of asking to cancel a send. */
export type Cancellation =
  | { kind: "cancelled"; view: SendView }
  /** It has its place, or is settled. */
  | { kind: "too_late"; view: SendView }
  | { kind: "not_found" };

/** With what a Worker speaks to Graph for a number. */
export interface Credentials {
  phoneNumberId: string;
  token: Sealed;
  tokenBoundTo: string;
}

export type CredentialsAnswer =
  | { kind: "ok"; credentials: Credentials }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "not_found" };

/** What whoever carries a send needs: when to go, with which token, and what to say. */
export interface Carry extends Credentials {
  send: string;
  /** Epoch ms by the object's clock; with the send it names this very carrying. */
  placeAt: number;
  /** From now, by the object's clock: the two machines' clocks differ. */
  waitMs: number;
  /** From its admission to its place; of a send that is queued again, of all its time. */
  waitedMs: number;
  body: Record<string, unknown>;
  /** Of the call that it came by: lines about it go by that, whoever carries it. */
  requestId: string | null;
}

export type Admission =
  | { kind: "carry"; carry: Carry }
  /** `ticket`: nobody drains this sender at the moment, so a ticket is due. */
  | { kind: "queued"; send: string; ticket: boolean }
  /** The same idempotency key and body came before: this is what it is about. */
  | { kind: "known"; view: SendView }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "key_reused" }
  | { kind: "not_found" }
  /** Its caller took this attempt back before it arrived. */
  | { kind: "retracted" };

/** What comes of asking, just before its place, whether a send that waited may leave. */
export type Confirmation =
  | { kind: "go" }
  /** Things have changed; nothing of it is left. */
  | { kind: "refused"; refusal: Refusal }
  /** It is not waiting any more. */
  | { kind: "failed" };

/** What a drainer is given. */
export interface NextSends {
  carries: Carry[];
  /** When to ask again (ms); null: nothing is queued. */
  askAgainMs: number | null;
  /** The queue is not kept up with: one more drainer is to be called. */
  help: boolean;
}

/** How long a carrier waits for Meta's answer. */
export const GRAPH_TIMEOUT_MS = 30_000;
/** After its place and this long without a word from its carrier, a send is unknown. */
export const CARRIER_LOST_MS = GRAPH_TIMEOUT_MS + 30_000;
/** An unknown send is reported after an hour, and its caller may decide to send again. */
export const UNKNOWN_REPORT_MS = 3_600_000;
/** Settled rows stay so long: late statuses find the partner's callback data here. */
export const OUTBOX_KEEP_MS = 3 * 24 * 3_600_000;
