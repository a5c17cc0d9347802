import { Admissions } from "./admission.ts";
import { Batches } from "./batches.ts";
import { credentialsOf } from "./carry.ts";
import { DrainLeases } from "./drain-leases.ts";
import { IdempotencyKeys } from "./idempotency-keys.ts";
import { Outcomes } from "./outcomes.ts";
import { Places } from "./places.ts";
import { refuseHeldSender } from "./refusals.ts";
import { SendQueue } from "./send-queue.ts";
import { OUTBOX_KEEP_MS } from "./send-types.ts";
import { isOfWrongClock } from "./wrong-clock.ts";
import type { ErrorEffect } from "../meta/graph-errors.ts";
import type { Aliases } from "./aliases.ts";
import type { SettledFact } from "./journal.ts";
import type { OperatorHold } from "./operator-hold.ts";
import type { Outbox } from "./outbox.ts";
import type { Credentials, CredentialsAnswer, SendOutcome, Settled } from "./send-types.ts";
import type { Block, SenderConfig, SenderState } from "./sender-state.ts";
import type { WindowView } from "./service-window.ts";
import type { SettingsStore } from "./settings-store.ts";
import type { ThreadOwners } from "./thread-owners.ts";
import type { Windows } from "./windows.ts";

/** Due jobs look through all that is queued: not at every call. */
const JOBS_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 60_000;
/** Keys have no index by age, and one that is too old is not found anyway. */
const PRUNE_KEYS_EVERY_MS = 3_600_000;

/** What sending knows of the rest of the object. */
export interface SendingParts {
  sql: SqlStorage;
  settings: SettingsStore;
  outbox: Outbox;
  windows: Windows;
  threads: ThreadOwners;
  aliases: Aliases;
  intervalMs: number;
  config: () => SenderConfig | undefined;
  state: () => SenderState;
  block: () => Block | null;
  operatorHold: OperatorHold;
  window: (customer: string, now: number) => WindowView;
  /** Puts what a send came to into the journal. */
  tell: (fact: SettledFact, admitted: { customer: string; at: number }) => void;
  /** What an answer of Meta to a send that left at `leftAt` means for the sender as a whole. */
  affect: (effect: ErrorEffect, code: number, now: number, leftAt: number) => void;
  /** Meta took a send whose place was at `placeAt`. */
  succeeded: (placeAt: number, now: number) => void;
}

/** Admission, queue and outcomes of one number's sends. Every method is one synchronous step. */
export class Sending {
  readonly places: Places;
  readonly outcomes: Outcomes;
  readonly admissions: Admissions;
  readonly queue: SendQueue;
  readonly #parts: SendingParts;
  readonly #leases = new DrainLeases();
  readonly #keys: IdempotencyKeys;
  readonly #batches: Batches;
  #pruneAt = 0;
  #pruneKeysAt = 0;
  #jobsAt = 0;

  constructor(parts: SendingParts) {
    this.#parts = parts;
    this.#keys = new IdempotencyKeys(parts.sql);
    this.#batches = new Batches(parts.sql, parts.outbox);
    this.places = new Places(parts, parts.config()?.mps);
    this.outcomes = new Outcomes({ ...parts, places: this.places });
    const shared = { ...parts, places: this.places, batches: this.#batches };
    this.queue = new SendQueue({ ...shared, outcomes: this.outcomes, leases: this.#leases });
    this.admissions = new Admissions({
      ...shared,
      keys: this.#keys,
      takeTicket: (now) => this.#takeTicket(now),
      loseTicket: () => this.#leases.loseTicket(),
    });
  }

  settle(send: string, outcome: SendOutcome, now: number, placeAt?: number): Settled | null {
    const settled = this.outcomes.settle(send, outcome, now, placeAt);
    if (settled === null) return null;
    const { view, retryAfterMs } = settled;
    const ticket = settled.again && this.#takeTicket(now);
    return { view, ticket, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }

  /** A drainer goes though sends are queued. @returns whether it is to send a ticket for the next one */
  leave(drainer: string, now: number): boolean {
    this.#leases.end(drainer);
    return this.#parts.outbox.hasQueued() && this.#takeTicket(now);
  }

  /** To write takes an active number; to read, one that still has its token. */
  credentials(partner: string, use: "read" | "write"): CredentialsAnswer {
    const config = this.#parts.config();
    if (config === undefined || config.partner !== partner) return { kind: "not_found" };
    const { phase } = this.#parts.state();
    return phase === "active" || (use === "read" && phase !== "disconnected")
      ? { kind: "ok", credentials: credentialsOf(config) }
      : { kind: "refused", refusal: refuseHeldSender(phase) };
  }

  /** The sender's token, whatever its state; null where it is erased. */
  ownToken(): Credentials | null {
    const config = this.#parts.config();
    return config === undefined || config.token === null ? null : credentialsOf(config);
  }

  /** The number moves to another partner, which must not meet this one's keys. */
  forgetKeys(): void {
    this.#keys.clear();
  }

  /** When something here needs the alarm (epoch ms), or null. */
  nextLookAt(soon: number): number | null {
    return this.#parts.outbox.nextLookAt(soon);
  }

  /** Overdue and stranded sends; what is kept no longer. */
  doDueJobs(now: number, force: boolean): { ticketFor: string | null } {
    if (isOfWrongClock(this.#jobsAt, JOBS_EVERY_MS, now)) {
      this.#leases.clear();
      this.#jobsAt = this.#pruneAt = this.#pruneKeysAt = now;
    }
    if (now < this.#jobsAt && !force) return { ticketFor: null };
    this.#jobsAt = now + JOBS_EVERY_MS;
    if (now >= this.#pruneAt) {
      this.#pruneAt = now + PRUNE_EVERY_MS;
      this.places.forget(now);
      this.#parts.outbox.prune(now - OUTBOX_KEEP_MS);
      this.#batches.prune(now - OUTBOX_KEEP_MS);
    }
    if (now >= this.#pruneKeysAt) {
      this.#pruneKeysAt = now + PRUNE_KEYS_EVERY_MS;
      this.#keys.prune(now);
    }
    this.outcomes.endOverdue(now);
    const config = this.#parts.config();
    if (config === undefined || !this.#parts.outbox.hasQueued()) return { ticketFor: null };
    return { ticketFor: this.#takeTicket(now) ? config.phoneNumberId : null };
  }

  #takeTicket(now: number): boolean {
    return this.queue.mayGo() && this.#leases.takeTicket(now);
  }
}
