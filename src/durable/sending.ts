import { tokenBinding } from "../lib/seal.ts";
import { DrainLeases } from "./drain-leases.ts";
import { IdempotencyKeys } from "./idempotency-keys.ts";
import { PairBudgets } from "./pair-budget.ts";
import { AHEAD_MS, Pacer } from "./pacer.ts";
import { viewCustomer } from "./fact-events.ts";
import { viewSend } from "./outbox.ts";
import { CARRIER_LOST_MS, OUTBOX_KEEP_MS, UNKNOWN_REPORT_MS } from "./send-types.ts";
import {
  refuseBusyNumber,
  refuseBusyPair,
  refuseClosedWindow,
  refuseHeldSender,
} from "./refusals.ts";
import type { StatusFact } from "../meta/facts.ts";
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

/** With the next free place this near, the drainers are not ahead of the pace. */
const BEHIND_MS = 100;
const PENALTY_MAX_MS = 60_000;
/** Due jobs look through all that is queued: not at every call. */
const JOBS_EVERY_MS = 1_000;

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

/** Admission, places and outcomes of one number's sends. Every method is one synchronous step. */
export class Sending {
  readonly #parts: Parts;
  readonly #pacer: Pacer;
  readonly #pairs = new PairBudgets();
  readonly #leases = new DrainLeases();
  readonly #keys: IdempotencyKeys;
  #penaltyMs = 0;
  #pruneAt = 0;
  #jobsAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#keys = new IdempotencyKeys(parts.sql);
    const recent = parts.outbox.recentPlaces(Date.now() - 10 * 60_000);
    const mark = parts.settings.get<number>("pacerMark") ?? 0;
    // Also places that are past by this clock: the next one may run on a machine that is behind.
    const taken = [...parts.outbox.placed(), ...recent].map((row) => row.placeAt);
    this.#pacer = new Pacer(parts.intervalMs, mark, taken);
    for (const row of recent) {
      this.#pairs.take(parts.aliases.resolve(row.customer), row.placeAt);
    }
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
      : this.#admitQueued(command, command.mode.expiresInMs, customer, now);
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
    this.#leases.renew(drainer, now);
    const carries: Carry[] = [];
    const waiting = new Map<string, number>();
    let aheadEnough = false;
    while (carries.length < limit && !aheadEnough) {
      const rows = this.#parts.outbox.queued(limit, [...waiting.keys()]);
      if (rows.length === 0) break;
      for (const row of rows) {
        if (carries.length >= limit) break;
        if (waiting.has(row.customer)) continue;
        if (this.#endedMeanwhile(row, now)) continue;
        const place = this.#findPlace(this.#parts.aliases.resolve(row.customer), now);
        if (place.pairFrom > now + AHEAD_MS) {
          waiting.set(row.customer, place.pairFrom);
        } else if (place.at > now + AHEAD_MS) {
          aheadEnough = true;
          break;
        } else {
          this.#parts.outbox.place(row.n, place.at);
          carries.push(this.#take(row, place.at, config, now));
        }
      }
    }
    if (!this.#parts.outbox.hasQueued()) {
      this.#leases.end(drainer);
      return { carries, askAgainMs: null, help: false };
    }
    // All its hands are full and yet the next place is now: alone it will not hold the pace.
    const behind = carries.length === limit && this.#pacer.firstFree(now) < now + BEHIND_MS;
    return {
      carries,
      askAgainMs: aheadEnough ? AHEAD_MS / 4 : this.#untilUnblocked(waiting, now),
      help: behind && this.#leases.takeHelp(now),
    };
  }

  /** A second word about a settled send changes nothing, unless the first was "unknown". */
  settle(
    send: string,
    outcome: SendOutcome,
    now: number,
  ): { view: SendView; ticket: boolean } | null {
    const row = this.#parts.outbox.find(send);
    if (row === undefined) return null;
    if (row.state !== "placed" && row.state !== "unknown") {
      // A status was quicker than Meta's answer: the answer is what a repeat is to be given.
      if (outcome.state === "accepted" && row.wamid === outcome.wamid) {
        this.#parts.outbox.settle(row.n, "accepted", outcome, row.settledAt ?? now);
      }
      return { view: viewSend(this.#parts.outbox.find(send) ?? row), ticket: false };
    }
    this.#learnFrom(row, outcome, now);
    const again = outcome.state === "retriable" && row.expiresAt > now && this.#mayGoAgain(row);
    if (again) {
      this.#parts.outbox.requeue(row.n);
    } else {
      const state: SendState = outcome.state === "retriable" ? "refused" : outcome.state;
      this.#finish(row, state, outcome, now);
    }
    const settled = this.#parts.outbox.find(send) ?? row;
    return { view: viewSend(settled), ticket: again && this.#takeTicket(now) };
  }

  withdraw(send: string, now: number): boolean {
    const row = this.#parts.outbox.find(send);
    if (row?.state !== "placed" || (row.placeAt ?? 0) <= now) return false;
    this.#pacer.release(row.placeAt ?? 0);
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

  /** A status that carries our id settles a send whose answer never came. */
  noteStatus(
    fact: StatusFact,
    now: number,
  ): { customer: string; callback: string | null } | undefined {
    const row = fact.send === undefined ? undefined : this.#parts.outbox.find(fact.send);
    if (row === undefined || row.sender !== this.#parts.config()?.senderKey) return undefined;
    if (row.state === "unknown" || row.state === "placed") {
      const answer = { messages: [{ id: fact.wamid }] };
      this.#finish(row, "accepted", { state: "accepted", wamid: fact.wamid, answer }, now);
    }
    return { customer: row.customer, callback: row.callback };
  }

  /** Whether a status is about a send that was admitted for another sender. */
  isForeign(send: string | undefined, senderKey: number): boolean {
    const row = send === undefined ? undefined : this.#parts.outbox.find(send);
    return row !== undefined && row.sender !== senderKey;
  }

  /** A customer's other name was learnt. */
  followAlias(alias: string, customer: string): void {
    this.#pairs.merge(alias, customer);
  }

  countInbound(now: number): void {
    const mark = this.#pacer.countInbound(now);
    if (mark !== null) this.#parts.settings.set("pacerMark", mark);
  }

  /** Everything this object knows of sends belongs to a partner that holds the number no more. */
  forgetKeys(): void {
    this.#keys.clear();
  }

  cancelQueued(now: number): void {
    for (;;) {
      const rows = this.#parts.outbox.allQueued(500);
      if (rows.length === 0) return;
      for (const row of rows) this.#finish(row, "cancelled", null, now);
    }
  }

  /** When something here needs the alarm (epoch ms), or null. */
  nextLookAt(soon: number): number | null {
    return this.#parts.outbox.nextLookAt(soon);
  }

  /** Lost carriers, unreported unknowns, expired and stranded queued sends. */
  doDueJobs(now: number, force: boolean): { ticketFor: string | null } {
    if (now < this.#jobsAt && !force) return { ticketFor: null };
    this.#jobsAt = now + JOBS_EVERY_MS;
    if (now >= this.#pruneAt) {
      this.#pruneAt = now + 60_000;
      this.#pairs.forget(now);
      this.#parts.outbox.prune(now - OUTBOX_KEEP_MS);
      this.#keys.prune(now);
    }
    for (const row of this.#parts.outbox.overdue(now - CARRIER_LOST_MS)) {
      this.#finish(row, "unknown", { state: "unknown", why: "carrier_lost" }, now);
    }
    for (const row of this.#parts.outbox.unreported(now - UNKNOWN_REPORT_MS)) {
      this.#parts.outbox.markReported(row.n, row.outcome);
      this.#tell(row, "unknown", undefined, now);
    }
    for (const row of this.#parts.outbox.queuedBefore(now, 500)) {
      this.#finish(row, "expired", null, now);
    }
    const config = this.#parts.config();
    const stranded =
      config !== undefined &&
      this.#parts.state().phase === "active" &&
      this.#parts.outbox.hasQueued();
    return { ticketFor: stranded && this.#takeTicket(now) ? config.phoneNumberId : null };
  }

  /** Not of a waiting caller, and not of an onboarding that is over (invariant 10). */
  #mayGoAgain(row: OutboxRow): boolean {
    const config = this.#parts.config();
    if (config === undefined || !row.queued) return false;
    return row.sender === config.senderKey && row.admittedAt >= config.generation;
  }

  /** A queued send may expire or its window close: then it ends here, not at Meta. */
  #endedMeanwhile(row: OutboxRow, now: number): boolean {
    if (row.expiresAt <= now) {
      this.#finish(row, "expired", null, now);
      return true;
    }
    if (row.type === "template") return false;
    const window = this.#window(this.#parts.aliases.resolve(row.customer), now);
    if (window.open !== false) return false;
    const refusal = refuseClosedWindow(window);
    const error = { code: refusal.code, message: refusal.details };
    this.#finish(row, "refused", { state: "refused", status: refusal.status, error }, now);
    return true;
  }

  #window(customer: string, now: number): WindowView {
    const observedFrom = this.#parts.settings.get<number | null>("observedFrom") ?? null;
    return this.#parts.windows.view(customer, now, observedFrom);
  }

  #refuse(command: SendCommand, customer: string, now: number): Refusal | null {
    const state = this.#parts.state();
    const held = state.phase === "paused" || state.phase === "verifying";
    // While held, queued sends wait for the verdict; nobody else can.
    if (state.phase === "disconnected" || (held && command.mode.wait)) {
      return refuseHeldSender(state.phase);
    }
    if (!command.needsWindow) return null;
    const window = this.#window(customer, now);
    return window.open === false ? refuseClosedWindow(window) : null;
  }

  /** The first place that both the number's pace and the pair's budget allow. */
  #findPlace(customer: string, now: number): { at: number; pairFrom: number } {
    let pairFrom = this.#pairs.earliest(customer, now);
    for (;;) {
      const at = this.#pacer.firstFree(now, pairFrom);
      // The number's own queue can push a message over the end of its burst.
      const allowed = this.#pairs.earliest(customer, at);
      if (allowed <= at) return { at, pairFrom };
      pairFrom = allowed;
    }
  }

  #admitWaiting(
    command: SendCommand,
    maxWaitMs: number,
    config: SenderConfig,
    customer: string,
    now: number,
  ): Admission {
    const { at, pairFrom } = this.#findPlace(customer, now);
    if (pairFrom - now > maxWaitMs) {
      return { kind: "refused", refusal: refuseBusyPair(pairFrom - now) };
    }
    if (at - now > maxWaitMs) return { kind: "refused", refusal: refuseBusyNumber(at - now) };
    const row = this.#add(command, customer, now, { state: "placed", placeAt: at, expiresAt: at });
    return { kind: "carry", carry: this.#take(row, at, config, now) };
  }

  #admitQueued(
    command: SendCommand,
    expiresInMs: number,
    customer: string,
    now: number,
  ): Admission {
    const expiresAt = now + expiresInMs;
    const row = this.#add(command, customer, now, { state: "queued", placeAt: null, expiresAt });
    return { kind: "queued", send: row.id, ticket: this.#takeTicket(now) };
  }

  #add(
    command: SendCommand,
    customer: string,
    now: number,
    how: { state: SendState; placeAt: number | null; expiresAt: number },
  ): OutboxRow {
    const row = this.#parts.outbox.add({
      sender: this.#parts.config()?.senderKey ?? 0,
      customer,
      queued: !command.mode.wait,
      state: how.state,
      type: command.type,
      body: command.body,
      callback: command.callback ?? null,
      admittedAt: now,
      expiresAt: how.expiresAt,
      placeAt: how.placeAt,
    });
    if (command.idempotency !== undefined) {
      const { key, bodyHash } = command.idempotency;
      this.#keys.note(key, bodyHash, row.n, now);
    }
    return row;
  }

  /** Uses a place up for a row that is stored as placed there. */
  #take(row: OutboxRow, at: number, config: SenderConfig, now: number): Carry {
    const mark = this.#pacer.take(at, now);
    if (mark !== null) this.#parts.settings.set("pacerMark", mark);
    this.#pairs.take(this.#parts.aliases.resolve(row.customer), at);
    return {
      send: row.id,
      waitMs: Math.max(0, at - now),
      // On the wire the callback is our id; the partner's own is put back in every status.
      body: { ...row.body, biz_opaque_callback_data: row.id },
      ...credentialsOf(config),
    };
  }

  #finish(row: OutboxRow, state: SendState, outcome: SendOutcome | null, now: number): void {
    this.#parts.outbox.settle(row.n, state, outcome, now);
    // An unknown send is told after an hour at the latest; a status may settle it before.
    if (state === "unknown" || state === "queued" || state === "placed") return;
    this.#tell(row, state, outcome ?? undefined, now);
  }

  #tell(
    row: OutboxRow,
    outcome: SettledFact["outcome"],
    how: SendOutcome | undefined,
    now: number,
  ): void {
    // The number has moved on to another partner: there is nobody here to tell.
    if (row.sender !== this.#parts.config()?.senderKey) return;
    const error = how !== undefined && "error" in how ? how.error : undefined;
    this.#parts.tell(
      {
        kind: "settled",
        key: `x:${row.id}:${outcome}`,
        send: row.id,
        at: now,
        customer: viewCustomer({}, row.customer),
        outcome,
        ...(how?.state === "accepted" ? { wamid: how.wamid } : {}),
        type: row.type,
        body: contentOf(row),
        ...(row.callback === null ? {} : { callback: row.callback }),
        ...(error === undefined ? {} : { error: briefError(error) }),
      },
      row.customer,
    );
  }

  /** Meta's refusals say something about pace and window that we should have known. */
  #learnFrom(row: OutboxRow, outcome: SendOutcome, now: number): void {
    const customer = this.#parts.aliases.resolve(row.customer);
    if (outcome.state === "accepted") {
      this.#penaltyMs = 0;
      this.#pairs.accepted(customer);
    } else if (outcome.state === "retriable" && outcome.scope === "number") {
      this.#penaltyMs = Math.min(Math.max(1_000, this.#penaltyMs * 2), PENALTY_MAX_MS);
      this.#pacer.holdUntil(now + this.#penaltyMs);
    } else if (outcome.state === "retriable") {
      this.#pairs.refused(customer, now);
    } else if (outcome.state === "refused" && outcome.error["code"] === 131047) {
      this.#parts.windows.refute(customer, now);
    }
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

  /** Only blocked customers are left; but a newcomer brings no ticket while we are at it. */
  #untilUnblocked(waiting: Map<string, number>, now: number): number {
    const soonest = Math.min(...waiting.values(), now + AHEAD_MS * 2);
    return Math.max(this.#parts.intervalMs, soonest - AHEAD_MS - now);
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

function briefError(error: Record<string, unknown>): { code: number; message: string } {
  const { code, message } = error;
  return {
    code: typeof code === "number" ? code : 0,
    message: typeof message === "string" ? message : "",
  };
}

/** What is kept of a sent body: the type's object and the quote, not the addressing. */
function contentOf(row: OutboxRow): Record<string, unknown> {
  const content: Record<string, unknown> = {};
  for (const name of [row.type, "context"]) {
    if (row.body[name] !== undefined) content[name] = row.body[name];
  }
  return content;
}
