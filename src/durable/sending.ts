import { tokenBinding } from "../lib/seal.ts";
import { DrainLeases } from "./drain-leases.ts";
import { IdempotencyKeys } from "./idempotency-keys.ts";
import { viewSend } from "./outbox.ts";
import { Outcomes } from "./outcomes.ts";
import { AHEAD_MS } from "./pacer.ts";
import { Places } from "./places.ts";
import {
  refuseBusyNumber,
  refuseBusyPair,
  refuseClosedWindow,
  refuseHeldSender,
} from "./refusals.ts";
import { OUTBOX_KEEP_MS } from "./send-types.ts";
import type { Aliases } from "./aliases.ts";
import type { SettledFact } from "./journal.ts";
import type { Outbox, OutboxRow } from "./outbox.ts";
import type { SenderConfig, SenderState } from "./sender-state.ts";
import type { SettingsStore } from "./settings-store.ts";
import type {
  Admission,
  Carry,
  Credentials,
  CredentialsAnswer,
  NextSends,
  Refusal,
  SendCommand,
  SendOutcome,
  SendState,
  SendView,
} from "./send-types.ts";
import type { WindowView } from "./service-window.ts";
import type { Windows } from "./windows.ts";

/** Due jobs look through all that is queued: not at every call. */
const JOBS_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 60_000;

interface Parts {
  sql: SqlStorage;
  settings: SettingsStore;
  outbox: Outbox;
  windows: Windows;
  aliases: Aliases;
  intervalMs: number;
  config: () => SenderConfig | undefined;
  state: () => SenderState;
  /** Puts what a send came to into the journal. */
  tell: (fact: SettledFact, customer: string) => void;
}

/** Admission, queue and drain of one number's sends. Every method is one synchronous step. */
export class Sending {
  readonly places: Places;
  readonly outcomes: Outcomes;
  readonly #parts: Parts;
  readonly #leases = new DrainLeases();
  readonly #keys: IdempotencyKeys;
  #pruneAt = 0;
  #jobsAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#keys = new IdempotencyKeys(parts.sql);
    this.places = new Places(parts);
    this.outcomes = new Outcomes({ ...parts, places: this.places });
  }

  /**
   * Decides about a send: the outcome of its idempotency key, a refusal, a place, or a place in
   * the queue. Nothing is stored of a refused send.
   */
  admit(command: SendCommand, now: number): Admission {
    const config = this.#parts.config();
    if (config === undefined || config.partner !== command.partner) return { kind: "not_found" };
    const known = this.#findByIdempotencyKey(command, now);
    if (known !== null) return known;
    const customer = this.#parts.aliases.resolve(command.recipient);
    const refusal = this.#refuse(command, customer, now);
    if (refusal !== null) return { kind: "refused", refusal };
    return command.mode.wait
      ? this.#admitWaiting(command, command.mode.maxWaitMs, config, customer, now)
      : this.#admitQueued(command, command.mode.expiresInMs, config, customer, now);
  }

  /**
   * Queued sends whose place is within a second, each customer's in the order of admission.
   *
   * @param drainer who asks: at most three at a time are called for
   * @param limit how many it can carry now
   */
  next(drainer: string, limit: number, now: number): NextSends {
    const config = this.#parts.config();
    if (config === undefined || this.#parts.state().phase !== "active") {
      this.#leases.end(drainer);
      return { carries: [], askAgainMs: null, help: false };
    }
    // It comes back with free hands only now that places pass by: alone it does not hold the pace.
    const behind = this.#leases.renew(drainer, now) && this.places.isBehind(now);
    const carries: Carry[] = [];
    const blocked = new Map<string, number>();
    let aheadEnough = false;
    while (carries.length < limit && !aheadEnough) {
      const rows = this.#parts.outbox.queued(limit, [...blocked.keys()]);
      if (rows.length === 0) break;
      for (const row of rows) {
        if (carries.length >= limit) break;
        if (blocked.has(row.customer) || this.#endedMeanwhile(row, now)) continue;
        const place = this.places.find(this.#parts.aliases.resolve(row.customer), now);
        if (place.pairFrom > now + AHEAD_MS) {
          blocked.set(row.customer, place.pairFrom);
        } else if (place.at > now + AHEAD_MS) {
          aheadEnough = true;
          break;
        } else {
          this.#parts.outbox.place(row.n, place.at);
          carries.push(this.#use(row, place.at, config, now));
        }
      }
    }
    if (!this.#parts.outbox.hasQueued()) {
      this.#leases.end(drainer);
      return { carries, askAgainMs: null, help: false };
    }
    return {
      carries,
      askAgainMs: aheadEnough ? AHEAD_MS / 4 : this.places.untilUnblocked(blocked.values(), now),
      help: behind && carries.length === limit && this.#leases.takeHelp(now),
    };
  }

  settle(
    send: string,
    outcome: SendOutcome,
    now: number,
  ): { view: SendView; ticket: boolean } | null {
    const settled = this.outcomes.settle(send, outcome, now);
    if (settled === null) return null;
    return { view: settled.view, ticket: settled.again && this.#takeTicket(now) };
  }

  withdraw(send: string, now: number): boolean {
    const row = this.#parts.outbox.find(send);
    if (row?.state !== "placed" || (row.placeAt ?? 0) <= now) return false;
    this.places.release(row.placeAt ?? 0);
    this.#parts.outbox.remove(row.n);
    this.#keys.free(row.n);
    // A number is given once, also when the newest row is gone and the object starts anew.
    const from = this.#parts.settings.get<number>("outboxFrom") ?? 0;
    if (row.n >= from) this.#parts.settings.set("outboxFrom", row.n + 1);
    return true;
  }

  /** For the partner that holds the number now; another's sends are as absent as none. */
  view(partner: string, send: string): SendView | null {
    const config = this.#parts.config();
    const row = this.#parts.outbox.find(send);
    const own = config?.partner === partner && row?.sender === config.senderKey;
    return own && row !== undefined ? viewSend(row) : null;
  }

  credentials(partner: string): CredentialsAnswer {
    const config = this.#parts.config();
    if (config === undefined || config.partner !== partner) return { kind: "not_found" };
    const { phase } = this.#parts.state();
    return phase === "active"
      ? { kind: "ok", credentials: credentialsOf(config) }
      : { kind: "refused", refusal: refuseHeldSender(phase) };
  }

  heldToken(): Credentials | null {
    const config = this.#parts.config();
    if (config === undefined || this.#parts.state().phase !== "verifying") return null;
    return credentialsOf(config);
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
    if (now < this.#jobsAt && !force) return { ticketFor: null };
    this.#jobsAt = now + JOBS_EVERY_MS;
    if (now >= this.#pruneAt) {
      this.#pruneAt = now + PRUNE_EVERY_MS;
      this.places.forget(now);
      this.#parts.outbox.prune(now - OUTBOX_KEEP_MS);
      this.#keys.prune(now);
    }
    this.outcomes.endOverdue(now);
    const config = this.#parts.config();
    if (config === undefined || !this.#parts.outbox.hasQueued()) return { ticketFor: null };
    return { ticketFor: this.#takeTicket(now) ? config.phoneNumberId : null };
  }

  /** A queued send may expire or its window close: then it ends here, not at Meta. */
  #endedMeanwhile(row: OutboxRow, now: number): boolean {
    if (row.expiresAt <= now) {
      this.outcomes.finish(row, "expired", null, now);
      return true;
    }
    if (row.type === "template") return false;
    const window = this.#window(this.#parts.aliases.resolve(row.customer), now);
    if (window.open !== false) return false;
    const refusal = refuseClosedWindow(window);
    const error = { code: refusal.code, message: refusal.details };
    const outcome = { state: "refused" as const, status: refusal.status, error };
    this.outcomes.finish(row, "refused", outcome, now);
    return true;
  }

  #window(customer: string, now: number): WindowView {
    const observedFrom = this.#parts.settings.get<number | null>("observedFrom") ?? null;
    return this.#parts.windows.view(customer, now, observedFrom);
  }

  #refuse(command: SendCommand, customer: string, now: number): Refusal | null {
    const { phase } = this.#parts.state();
    const held = phase === "paused" || phase === "verifying";
    // While held, queued sends wait for the verdict; nobody else can.
    if (phase === "disconnected" || (held && command.mode.wait)) return refuseHeldSender(phase);
    if (!command.needsWindow) return null;
    const window = this.#window(customer, now);
    return window.open === false ? refuseClosedWindow(window) : null;
  }

  #admitWaiting(
    command: SendCommand,
    maxWaitMs: number,
    config: SenderConfig,
    customer: string,
    now: number,
  ): Admission {
    const { at, pairFrom } = this.places.find(customer, now);
    if (pairFrom - now > maxWaitMs) {
      return { kind: "refused", refusal: refuseBusyPair(pairFrom - now) };
    }
    if (at - now > maxWaitMs) return { kind: "refused", refusal: refuseBusyNumber(at - now) };
    const how = { state: "placed" as const, placeAt: at, expiresAt: at };
    const row = this.#add(command, config, customer, now, how);
    return { kind: "carry", carry: this.#use(row, at, config, now) };
  }

  #admitQueued(
    command: SendCommand,
    expiresInMs: number,
    config: SenderConfig,
    customer: string,
    now: number,
  ): Admission {
    const how = { state: "queued" as const, placeAt: null, expiresAt: now + expiresInMs };
    const row = this.#add(command, config, customer, now, how);
    return { kind: "queued", send: row.id, ticket: this.#takeTicket(now) };
  }

  #add(
    command: SendCommand,
    config: SenderConfig,
    customer: string,
    now: number,
    how: { state: SendState; placeAt: number | null; expiresAt: number },
  ): OutboxRow {
    const row = this.#parts.outbox.add({
      sender: config.senderKey,
      customer,
      queued: !command.mode.wait,
      type: command.type,
      body: command.body,
      callback: command.callback ?? null,
      admittedAt: now,
      ...how,
    });
    if (command.idempotency !== undefined) {
      const { key, bodyHash } = command.idempotency;
      this.#keys.note(key, bodyHash, row.n, now);
    }
    return row;
  }

  #use(row: OutboxRow, at: number, config: SenderConfig, now: number): Carry {
    this.places.use(row, at, now);
    return {
      send: row.id,
      waitMs: Math.max(0, at - now),
      // On the wire the callback is our id; the partner's own is put back in every status.
      body: { ...row.body, biz_opaque_callback_data: row.id },
      ...credentialsOf(config),
    };
  }

  #findByIdempotencyKey(command: SendCommand, now: number): Admission | null {
    if (command.idempotency === undefined) return null;
    const known = this.#keys.find(command.idempotency.key, now);
    if (known === undefined) return null;
    if (known.bodyHash !== command.idempotency.bodyHash) return { kind: "key_reused" };
    const row = this.#parts.outbox.byNumber(known.n);
    return row === undefined ? null : { kind: "known", view: viewSend(row) };
  }

  #takeTicket(now: number): boolean {
    return this.#parts.state().phase === "active" && this.#leases.takeTicket(now);
  }
}

function credentialsOf(config: SenderConfig): Credentials {
  if (config.token === null) throw new Error("A disconnected number has no token.");
  return {
    phoneNumberId: config.phoneNumberId,
    token: config.token,
    tokenBoundTo: tokenBinding(config.partner, config.phoneNumberId),
  };
}
