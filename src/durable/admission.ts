import { requestIdNow } from "../lib/request-id.ts";
import {
  refuseBlocked,
  refuseBusyNumber,
  refuseBusyPair,
  refuseExpired,
  refuseHeldSender,
} from "./refusals.ts";
import { carryOf } from "./carry.ts";
import { refuseFreeForm } from "./free-form.ts";
import { viewSend } from "./outbox.ts";
import { mayGoLater } from "./outcomes.ts";
import type { Batches } from "./batches.ts";
import type { IdempotencyKeys } from "./idempotency-keys.ts";
import type { OutboxRow } from "./outbox.ts";
import type { Places } from "./places.ts";
import type {
  Admission,
  BatchAdmission,
  CallKey,
  Confirmation,
  Refusal,
  SendCommand,
  SendState,
} from "./send-types.ts";
import type { SenderConfig } from "./sender-state.ts";
import type { SendingParts } from "./sending.ts";

/** So much is remembered of attempts: who takes one back does so within seconds. */
const REMEMBERED_MAX = 10_000;

/** Callers who wait are not sent away for a hold of the number that is as good as over. */
const SHORT_HOLD_MS = 1_000;

interface Parts extends SendingParts {
  places: Places;
  keys: IdempotencyKeys;
  batches: Batches;
  /** Whether the caller is to send a ticket for what it queued. */
  takeTicket: (now: number) => boolean;
  /** A caller lost our answer, and with it perhaps the ticket. */
  loseTicket: () => void;
}

/**
 * Decides about sends at their door: the outcome of an idempotency key, a refusal, a place, or a
 * place in the queue. Nothing is stored of a refused send. Every method is one synchronous step.
 */
export class Admissions {
  readonly #parts: Parts;
  readonly #retracted = new Set<string>();
  /** Attempts that were answered with an earlier send: to take them back takes nothing back. */
  readonly #repeats = new Set<string>();
  /** Queued sends that a repeat was told of, by number: its caller counts on them. */
  readonly #shared = new Set<number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  admit(command: SendCommand, now: number): Admission {
    if (this.#retracted.has(command.attempt)) return { kind: "retracted" };
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
   * Many sends in one step, each decided for itself; what is queued of them is one batch.
   *
   * @param call the key of the call as a whole: with other sends it is refused as a whole
   */
  admitMany(
    commands: SendCommand[],
    now: number,
    call?: CallKey,
  ): BatchAdmission | { kind: "key_reused" } {
    const { keys, outbox, batches } = this.#parts;
    const before = call === undefined ? undefined : keys.find(call.key, now);
    const known = before !== undefined && outbox.byNumber(before.n) !== undefined;
    if (known && before.bodyHash !== call?.bodyHash) return { kind: "key_reused" };
    const items = commands.map((command) => this.admit(command, now));
    const rows = items.flatMap((item) => {
      const row = item.kind === "queued" ? outbox.find(item.send) : undefined;
      return row === undefined ? [] : [row];
    });
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined) {
      return { batch: this.#batchOfKnown(items), items, ticket: false };
    }
    if (call !== undefined && !known) keys.note(call.key, call.bodyHash, first.n, now);
    const ids = { sender: first.sender, first: first.n, last: last.n, at: now };
    const ticket = items.some((item) => item.kind === "queued" && item.ticket);
    return { batch: batches.note(ids), items, ticket };
  }

  /** The same call once more queues nothing: it is about the batch it made then. */
  #batchOfKnown(items: Admission[]): string | null {
    const known = items.find((item) => item.kind === "known");
    const row = known?.kind === "known" ? this.#parts.outbox.find(known.view.send) : undefined;
    return row === undefined ? null : (this.#parts.batches.of(row.n, row.sender) ?? null);
  }

  /**
   * Just before the place of a send that waited long for it: whether it may still leave. What
   * stopped the number or the customer meanwhile stops it too, instead of failing at Meta.
   */
  confirm(send: string, now: number): Confirmation {
    const row = this.#parts.outbox.find(send);
    if (row?.state !== "placed") return { kind: "failed" };
    const refusal = this.#refuseLate(row, now);
    if (refusal === null) return { kind: "go" };
    this.#remove([row]);
    return { kind: "refused", refusal };
  }

  /**
   * Takes back a send whose caller went away before its place came.
   *
   * @returns false when its place has come: then it goes
   */
  withdraw(send: string, now: number): boolean {
    const row = this.#parts.outbox.find(send);
    if (row?.state !== "placed" || (row.placeAt ?? 0) <= now) return false;
    this.#remove([row]);
    return true;
  }

  /**
   * Takes a whole attempt back: its caller never got our answer, and is to be told that it failed.
   * A placed send of it has nobody to carry it. One that arrives only after this is refused.
   *
   * @returns false when something of it was handed out already
   */
  retract(attempt: string): boolean {
    remember(this.#retracted, attempt);
    this.#parts.loseTicket();
    const rows = this.#parts.outbox.ofAttempt(attempt);
    const gone = rows.filter((row) => this.#mayBeTakenBack(row));
    this.#remove(gone);
    const left = rows.some((row) => row.queued && !gone.includes(row));
    return !left && !this.#repeats.has(attempt);
  }

  /** A placed one of a waiting caller has nobody to carry it; what a drainer took may be at Meta. */
  #mayBeTakenBack(row: OutboxRow): boolean {
    return row.queued ? row.state === "queued" && !this.#shared.has(row.n) : row.state === "placed";
  }

  #remove(rows: OutboxRow[]): void {
    const { outbox, places, settings } = this.#parts;
    for (const row of rows) {
      places.release(row);
      outbox.remove(row.n); // and with it its key: one that leads nowhere is free
      // A number is given once, also when the newest row is gone and the object starts anew.
      const from = settings.get<number>("outboxFrom") ?? 0;
      if (row.n >= from) settings.set("outboxFrom", row.n + 1);
    }
  }

  #refuseLate(row: OutboxRow, now: number): Refusal | null {
    const config = this.#parts.config();
    const over = row.sender !== config?.senderKey || row.admittedAt < config.generation;
    const { phase } = this.#parts.state();
    if (over || phase !== "active") return refuseHeldSender(over ? "disconnected" : phase);
    const block = this.#parts.block();
    if (block !== null) return refuseBlocked(block);
    const operators = this.#parts.operatorHold.refusal();
    if (operators !== null) return operators;
    const placeAt = row.placeAt ?? now;
    const held = this.#parts.places.heldUntil(this.#parts.aliases.resolve(row.customer), now);
    // A short hold is over before a caller could try again.
    if (placeAt < held.number && held.number - now > SHORT_HOLD_MS) {
      return refuseBusyNumber(held.number - now);
    }
    return placeAt < held.pair ? refuseBusyPair(held.pair - now) : null;
  }

  #refuse(command: SendCommand, customer: string, now: number): Refusal | null {
    const { phase } = this.#parts.state();
    const held = phase === "paused" || phase === "verifying";
    // While held or blocked, queued sends wait for the way back; nobody else can.
    if (phase === "disconnected" || (held && command.mode.wait)) return refuseHeldSender(phase);
    const block = this.#parts.block();
    if (block !== null && command.mode.wait) return refuseBlocked(block);
    const operators = this.#parts.operatorHold.refusal();
    if (operators !== null && command.mode.wait) return operators;
    if (!command.mode.wait && command.mode.expiresInMs <= 0) return refuseExpired();
    if (!command.needsWindow) return null;
    return refuseFreeForm(this.#parts, customer, command.takeControl === true, now);
  }

  #admitWaiting(
    command: SendCommand,
    maxWaitMs: number,
    config: SenderConfig,
    customer: string,
    now: number,
  ): Admission {
    const { at, pairFrom } = this.#parts.places.find(customer, now, "waiting");
    if (pairFrom - now > maxWaitMs) {
      return { kind: "refused", refusal: refuseBusyPair(pairFrom - now) };
    }
    if (at - now > maxWaitMs) return { kind: "refused", refusal: refuseBusyNumber(at - now) };
    const how = { state: "placed" as const, placeAt: at, expiresAt: at };
    const row = this.#add(command, config, customer, now, how);
    this.#parts.places.use(row, at, now);
    return { kind: "carry", carry: carryOf(row, at, config, now) };
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
    return { kind: "queued", send: row.id, ticket: this.#parts.takeTicket(now) };
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
      takeControl: command.takeControl === true,
      type: command.type,
      body: command.body,
      callback: command.callback ?? null,
      admittedAt: now,
      attempt: command.attempt,
      requestId: requestIdNow() ?? null,
      ...how,
    });
    if (command.idempotency !== undefined) {
      const { key, bodyHash } = command.idempotency;
      this.#parts.keys.note(key, bodyHash, row.n, now);
    }
    return row;
  }

  #findByIdempotencyKey(command: SendCommand, now: number): Admission | null {
    if (command.idempotency === undefined) return null;
    const known = this.#parts.keys.find(command.idempotency.key, now);
    if (known === undefined) return null;
    const row = this.#parts.outbox.byNumber(known.n);
    // Taken back, or certainly not taken and free to go later: the key is no repeat of anything.
    if (row === undefined || (row.state === "refused" && mayGoLater(row.outcome))) return null;
    if (known.bodyHash !== command.idempotency.bodyHash) return { kind: "key_reused" };
    remember(this.#repeats, command.attempt);
    if (row.state === "queued") remember(this.#shared, row.n);
    return { kind: "known", view: viewSend(row) };
  }
}

/** Adds to what is remembered, and forgets the oldest. */
function remember<T>(set: Set<T>, value: T): void {
  set.add(value);
  if (set.size <= REMEMBERED_MAX) return;
  for (const oldest of set) {
    set.delete(oldest);
    return;
  }
}
