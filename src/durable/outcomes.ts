import { underRequestId } from "../lib/request-id.ts";
import { viewCustomer } from "./fact-events.ts";
import { ERASED, viewSend } from "./outbox.ts";
import { GIVEN_AHEAD_MS } from "./pacer.ts";
import { CARRIER_LOST_MS, UNKNOWN_REPORT_MS } from "./send-types.ts";
import type { StatusFact } from "../meta/facts.ts";
import type { ErrorEffect } from "../meta/graph-errors.ts";
import type { SettledFact } from "./journal.ts";
import type { OutboxRow } from "./outbox.ts";
import type { Places } from "./places.ts";
import type { SendOutcome, SendState, SendView } from "./send-types.ts";
import type { SendingParts } from "./sending.ts";

interface Parts extends SendingParts {
  places: Places;
}

/** Account-level refusals hold the number: a queued send waits for the way back. */
function holdsNumber(effect: ErrorEffect): boolean {
  return effect !== "none" && effect !== "close_window";
}

/** Whether Meta certainly did not take a send for a reason that passes: it may go again. */
export function mayGoLater(outcome: SendOutcome | null): boolean {
  return (
    outcome?.state === "retriable" || (outcome?.state === "refused" && holdsNumber(outcome.effect))
  );
}

/** What sends come to: by their carrier's word, by a status, by silence; each told once. */
export class Outcomes {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The carrier's word. A second word about a settled send changes nothing, unless the first was
   * "unknown"; nor does the repeated word of a carrier whose send has been queued again since.
   *
   * @param placeAt the place it was carried at
   * @returns `again`: the send is queued once more; `retryAfterMs`: since when Meta may be asked
   */
  settle(
    send: string,
    outcome: SendOutcome,
    now: number,
    placeAt?: number,
  ): { view: SendView; again: boolean; retryAfterMs?: number } | null {
    const row = this.#parts.outbox.find(send);
    if (row === undefined) return null;
    if (placeAt !== undefined && row.placeAt !== placeAt) {
      return { view: this.#view(row), again: row.state === "queued" };
    }
    if (row.state !== "placed" && row.state !== "unknown") {
      // A status was quicker than Meta's answer: the answer is what a repeat is to be given.
      if (outcome.state === "accepted" && row.wamid === outcome.wamid) {
        this.#parts.outbox.settle(row.n, "accepted", outcome, row.settledAt ?? now);
      }
      return { view: this.#view(row), again: false };
    }
    const retryAfterMs = this.#learnFrom(row, outcome, now);
    const again = mayGoLater(outcome) && row.expiresAt > now && this.mayGoAgain(row);
    if (again) {
      this.#parts.outbox.requeue(row.n);
    } else {
      this.finish(row, outcome.state === "retriable" ? "refused" : outcome.state, outcome, now);
    }
    const view = row.customer === ERASED ? answerTo(this.#view(row), outcome) : this.#view(row);
    return retryAfterMs === undefined ? { view, again } : { view, again, retryAfterMs };
  }

  /** A status that carries our id settles a send whose answer never came. */
  noteStatus(
    fact: StatusFact,
    now: number,
  ): { customer: string; callback: string | null } | undefined {
    const row = fact.send === undefined ? undefined : this.#parts.outbox.find(fact.send);
    if (row === undefined || row.sender !== this.#parts.config()?.senderKey) return undefined;
    if (row.state === "unknown" || row.state === "placed") {
      const answer = { messaging_product: "whatsapp", messages: [{ id: fact.wamid }] };
      const outcome: SendOutcome = { state: "accepted", wamid: fact.wamid, answer };
      // Where statuses overtake answers this is all we learn: else a hold would never ease.
      if (fact.status !== "failed") this.#learnFrom(row, outcome, now);
      this.finish(row, "accepted", outcome, now);
    }
    const customer = this.#parts.aliases.resolve(row.customer, row.admittedAt);
    return { customer, callback: row.callback };
  }

  /** Whether a status is about a send that was admitted for another sender. */
  isForeign(send: string | undefined, senderKey: number): boolean {
    const row = send === undefined ? undefined : this.#parts.outbox.find(send);
    return row !== undefined && row.sender !== senderKey;
  }

  /** Whether a send was to somebody who was erased since. */
  isErased(send: string | undefined): boolean {
    return send !== undefined && this.#parts.outbox.find(send)?.customer === ERASED;
  }

  /** Carriers that are lost, unknown sends nobody was told of, queued ones past their time. */
  endOverdue(now: number): void {
    // No place is given so far ahead: the clock that named it was wrong, and its minute is over too.
    const notGivenFrom = now + GIVEN_AHEAD_MS + CARRIER_LOST_MS;
    for (const row of this.#parts.outbox.overdue(now - CARRIER_LOST_MS, notGivenFrom)) {
      this.finish(row, "unknown", { state: "unknown", why: "carrier_lost" }, now);
    }
    for (const row of this.#parts.outbox.unreported(now - UNKNOWN_REPORT_MS)) {
      this.#parts.outbox.markReported(row.n, row.outcome);
      this.#tell(row, "unknown", null, now);
    }
    for (const row of this.#parts.outbox.queuedBefore(now, 500)) {
      this.finish(row, "expired", null, now);
    }
  }

  cancelQueued(now: number): void {
    for (;;) {
      const rows = this.#parts.outbox.allQueued(500);
      if (rows.length === 0) return;
      for (const row of rows) this.finish(row, "cancelled", null, now);
    }
  }

  /** Whether a send may be queued once more: not of a waiting caller, and not of an onboarding that is over (invariant 10). */
  mayGoAgain(row: OutboxRow): boolean {
    const config = this.#parts.config();
    if (config === undefined || !row.queued || row.customer === ERASED) return false;
    if (this.#parts.state().phase === "disconnected") return false;
    return row.sender === config.senderKey && row.admittedAt >= config.generation;
  }

  finish(row: OutboxRow, state: SendState, outcome: SendOutcome | null, now: number): void {
    // Meta's answer names who it was sent to.
    const kept = row.customer === ERASED && state !== "unknown" ? null : outcome;
    this.#parts.outbox.settle(row.n, state, kept, now);
    // An unknown send is told after an hour at the latest; a status may settle it before.
    if (state === "unknown" || state === "queued" || state === "placed") return;
    if (state === "accepted") this.#takeThread(row, now);
    this.#tell(row, state, outcome, now);
  }

  /** A message of ours, not a template, makes its customer's thread ours. */
  #takeThread(row: OutboxRow, now: number): void {
    const customer = this.#parts.aliases.resolve(row.customer);
    this.#parts.threads.sent(customer, row.type, row.placeAt ?? now);
  }

  /**
   * Meta's answers say something about pace, window and account that we should have known.
   *
   * @returns how long Meta is to be left alone, where it found us too fast (ms)
   */
  #learnFrom(row: OutboxRow, outcome: SendOutcome, now: number): number | undefined {
    const { places, windows, aliases, affect, succeeded } = this.#parts;
    const customer = aliases.resolve(row.customer);
    const placeAt = row.placeAt ?? now;
    switch (outcome.state) {
      case "accepted":
        places.accepted({ customer, placeAt }, now);
        succeeded(placeAt, now);
        return undefined;
      case "retriable":
        return places.refused(outcome.scope, { customer, placeAt }, now);
      case "refused":
        if (outcome.effect === "close_window") windows.refute(customer, now);
        else affect(outcome.effect, briefError(outcome.error).code, now, placeAt);
        return undefined;
      case "unknown":
        return undefined;
    }
  }

  #tell(
    row: OutboxRow,
    outcome: SettledFact["outcome"],
    how: SendOutcome | null,
    now: number,
  ): void {
    // The number has moved on to another partner: there is nobody here to tell.
    if (row.sender !== this.#parts.config()?.senderKey) return;
    const fact: SettledFact = {
      kind: "settled",
      key: `x:${row.id}:${outcome}`,
      send: row.id,
      at: now,
      customer: viewCustomer({}, row.customer),
      outcome,
      // Without it no message is stored: the customer was erased while it was on its way.
      ...(how?.state === "accepted" && row.customer !== ERASED ? { wamid: how.wamid } : {}),
      type: row.type,
      body: contentOf(row),
      ...(row.callback === null ? {} : { callback: row.callback }),
      ...(how !== null && "error" in how ? { error: briefError(how.error) } : {}),
    };
    const admitted = { customer: row.customer, at: row.admittedAt };
    // Whatever brought its end (a carrier, a webhook, the alarm): it is that call's send.
    underRequestId(row.requestId, () => this.#parts.tell(fact, admitted));
  }

  #view(row: OutboxRow): SendView {
    return viewSend(this.#parts.outbox.byNumber(row.n) ?? row);
  }
}

/** What whoever carried the send is told, though it is not kept. */
function answerTo(view: SendView, outcome: SendOutcome): SendView {
  return { ...view, outcome, wamid: outcome.state === "accepted" ? outcome.wamid : null };
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
