import { carryOf } from "./carry.ts";
import { refuseFreeForm } from "./free-form.ts";
import { viewSend } from "./outbox.ts";
import { AHEAD_MS } from "./pacer.ts";
import type { Batches } from "./batches.ts";
import type { DrainLeases } from "./drain-leases.ts";
import type { OutboxRow } from "./outbox.ts";
import type { Outcomes } from "./outcomes.ts";
import type { Places } from "./places.ts";
import type {
  BatchSends,
  BatchView,
  Cancellation,
  Carry,
  NextSends,
  SendView,
} from "./send-types.ts";
import type { SenderConfig } from "./sender-state.ts";
import type { SendingParts } from "./sending.ts";

/** A customer's next send is looked at again this soon after the last one left. */
const NEXT_TO_CUSTOMER_MS = 200;

interface Parts extends SendingParts {
  places: Places;
  outcomes: Outcomes;
  leases: DrainLeases;
  batches: Batches;
}

/** What waits in a number's queue: handed out at its pace, cancelled, or read. */
export class SendQueue {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Queued sends whose place is within a second. Each customer's go one after the other, in the
   * order of admission: a slow customer holds one hand, and nobody's messages overtake each other.
   *
   * @param drainer who asks: at most three are at work at a time, a fourth is sent away
   * @param limit how many it can carry now
   * @param sentAt of the ticket by which it begins; see DrainLeases
   */
  next(drainer: string, limit: number, now: number, sentAt?: number): NextSends {
    const { places, outbox, leases } = this.#parts;
    const config = this.#parts.config();
    if (config === undefined || !this.mayGo() || leases.isTooMany(drainer, sentAt, now)) {
      leases.end(drainer);
      return { carries: [], askAgainMs: null, help: false };
    }
    // It comes back with free hands only now that places pass by: alone it does not hold the pace.
    const behind = leases.renew(drainer, now) && places.isBehind(now);
    const carries: Carry[] = [];
    /** Customers who are to wait, and until when: by their key, whatever name a send has. */
    const waits = new Map<string, number>();
    const afterThis = now + AHEAD_MS + NEXT_TO_CUSTOMER_MS;
    const names = new Set<string>();
    const customerOf = this.#resolver();
    for (const { customer: name } of outbox.placed()) {
      waits.set(customerOf(name), afterThis);
      names.add(name);
    }
    let aheadEnough = false;
    for (const { n, customer: name } of outbox.queued(names)) {
      if (carries.length >= limit) break;
      const customer = customerOf(name);
      if (waits.has(customer)) {
        names.add(name);
        continue;
      }
      const place = places.find(customer, now, "queued");
      if (place.pairFrom > now + AHEAD_MS) {
        waits.set(customer, place.pairFrom);
        continue;
      }
      if (place.at > now + AHEAD_MS) {
        aheadEnough = true;
        break;
      }
      const row = outbox.byNumber(n);
      if (row === undefined || this.#endedMeanwhile(row, now)) continue;
      if (place.at >= row.expiresAt) {
        waits.set(customer, row.expiresAt); // it would leave too late, and ends when its time comes
      } else {
        waits.set(customer, afterThis);
        carries.push(this.#handOut(row, place.at, drainer, config, now));
      }
    }
    if (!outbox.hasQueued()) {
      leases.end(drainer);
      return { carries, askAgainMs: null, help: false };
    }
    const handsFull = carries.length === limit;
    // Also with full hands: places that callers took meanwhile are gone for as long as they wait.
    if (aheadEnough || handsFull) places.reserveForQueue(now);
    return {
      carries,
      askAgainMs: aheadEnough ? AHEAD_MS / 4 : places.untilUnblocked(waits.values(), now),
      help: behind && handsFull && leases.takeHelp(now),
    };
  }

  /**
   * A drainer lost our answer: what it gave to carry lies here with nobody to carry it, and waits
   * once more.
   *
   * @param carried the places (epoch ms) of all that this drainer did get
   */
  giveBack(drainer: string, carried: readonly number[], now: number): void {
    const { outbox, outcomes, places } = this.#parts;
    for (const row of outbox.placedFor(drainer)) {
      if (row.placeAt === null || carried.includes(row.placeAt)) continue;
      places.release(row);
      if (outcomes.mayGoAgain(row)) outbox.requeue(row.n);
      else outcomes.finish(row, "cancelled", null, now);
    }
  }

  /** Whether sends may leave at present: the number is neither held, by anybody, nor blocked. */
  mayGo(): boolean {
    const { state, block, operatorHold } = this.#parts;
    return state().phase === "active" && block() === null && operatorHold.current === null;
  }

  /** Ends a send that still waits; the partner is told as of any other end. */
  cancel(partner: string, send: string, now: number): Cancellation {
    const row = this.#own(partner, send);
    if (row === undefined) return { kind: "not_found" };
    if (row.state !== "queued") {
      const kind = row.state === "cancelled" ? "cancelled" : "too_late";
      return { kind, view: viewSend(row) };
    }
    this.#parts.outcomes.finish(row, "cancelled", null, now);
    return { kind: "cancelled", view: viewSend(this.#parts.outbox.byNumber(row.n) ?? row) };
  }

  /** Ends what still waits of a batch. */
  cancelBatch(partner: string, batch: string, now: number): BatchView | null {
    const sender = this.#senderOf(partner);
    const rows = sender === undefined ? null : this.#parts.batches.queued(batch, sender);
    for (const row of rows ?? []) this.#parts.outcomes.finish(row, "cancelled", null, now);
    return this.batch(partner, batch);
  }

  batch(partner: string, batch: string): BatchView | null {
    const sender = this.#senderOf(partner);
    return sender === undefined ? null : this.#parts.batches.view(batch, sender);
  }

  /** @param after how many of the batch's sends to pass over */
  batchSends(partner: string, batch: string, after: number, limit: number): BatchSends | null {
    const sender = this.#senderOf(partner);
    if (sender === undefined) return null;
    const page = this.#parts.batches.sends(batch, sender, after, limit);
    return page === null ? null : { sends: page.rows.map(viewSend), next: page.next };
  }

  /** For the partner that holds the number now; another's sends are as absent as none. */
  view(partner: string, send: string): SendView | null {
    const row = this.#own(partner, send);
    return row === undefined ? null : viewSend(row);
  }

  #own(partner: string, send: string): OutboxRow | undefined {
    const row = this.#parts.outbox.find(send);
    return row !== undefined && row.sender === this.#senderOf(partner) ? row : undefined;
  }

  #senderOf(partner: string): number | undefined {
    const config = this.#parts.config();
    return config?.partner === partner ? config.senderKey : undefined;
  }

  /** Who a name stands for, asked once for each: many sends wait for one customer. */
  #resolver(): (name: string) => string {
    const known = new Map<string, string>();
    return (name) => {
      const customer = known.get(name) ?? this.#parts.aliases.resolve(name);
      known.set(name, customer);
      return customer;
    };
  }

  #handOut(row: OutboxRow, at: number, drainer: string, config: SenderConfig, now: number): Carry {
    this.#parts.outbox.place(row.n, at, drainer);
    this.#parts.places.use(row, at, now);
    return carryOf(row, at, config, now);
  }

  /** A queued send may expire, lose its window or its thread: then it ends here, not at Meta. */
  #endedMeanwhile(row: OutboxRow, now: number): boolean {
    if (row.expiresAt <= now) {
      this.#parts.outcomes.finish(row, "expired", null, now);
      return true;
    }
    if (row.type === "template") return false;
    const customer = this.#parts.aliases.resolve(row.customer);
    const refusal = refuseFreeForm(this.#parts, customer, row.takeControl, now);
    if (refusal === null) return false;
    const error = { code: refusal.code, message: refusal.details };
    const outcome = {
      state: "refused" as const,
      status: refusal.status,
      error,
      effect: "none" as const,
    };
    this.#parts.outcomes.finish(row, "refused", outcome, now);
    return true;
  }
}
