import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger.ts";
import type { Random } from "../random.ts";
import { nextAttemptIn } from "../rules/webhook-retry.ts";
import { signatureOf } from "./serialize.ts";

/** How the wire treats webhooks; a scenario changes it while running. */
export type DeliveryMode = {
  /** The next one to leave is any of those that wait. */
  shuffle: boolean;
  /** Each waits a random time up to this (simulated ms) before its first attempt. */
  jitterMs: number;
  /** Share of the webhooks that come a second time although they were taken. */
  duplicates: number;
  /** Nothing leaves; everything waits. */
  paused: boolean;
};

export type Delivery = {
  /** HTTP status of the first attempt, or null when nobody answered. */
  first: Promise<number | null>;
  done: Promise<"delivered" | "dropped">;
};

type Item = {
  field: string;
  body: Buffer;
  target: () => string | undefined;
  attempts: number;
  firstAttemptAt: number;
  settleFirst: (status: number | null) => void;
  settle: (outcome: "delivered" | "dropped") => void;
};

type Setup = {
  clock: Clock;
  ledger: Ledger;
  random: Random;
  appSecret: string;
  /** Webhooks on their way at once. */
  concurrency: number;
  /** Real ms until an attempt counts as unanswered. */
  timeoutMs: number;
  log: (problem: string) => void;
};

const IN_ORDER: DeliveryMode = { shuffle: false, jitterMs: 0, duplicates: 0, paused: false };

/**
 * Delivers webhooks at least once: a few at a time, again and again until one is answered with 2xx
 * or 7 simulated days have passed (rules/webhook-retry.ts). One that waits for its next attempt
 * takes no room from the others, so one that is never taken holds nothing up.
 */
export class WebhookQueue {
  readonly #setup: Setup;
  readonly #stop = new AbortController();
  #ready: Item[] = [];
  #head = 0;
  #inFlight = 0;
  #pending = 0;
  #mode = IN_ORDER;
  /** Makes one of those that wait for their next attempt leave. */
  readonly #waiting = new Set<() => void>();

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  /** Webhooks neither taken nor given up. */
  get pending(): number {
    return this.#pending;
  }

  setMode(mode: Partial<DeliveryMode>): void {
    this.#mode = { ...IN_ORDER, ...mode };
    this.#pump();
  }

  /** What waits for its next attempt leaves now: Meta says of its pace no more than "less often". */
  retryNow(): void {
    for (const again of this.#waiting) again();
  }

  /** @param target asked anew for each attempt, since the receiver may move meanwhile */
  add(field: string, body: Buffer, target: () => string | undefined): Delivery {
    const first = Promise.withResolvers<number | null>();
    const done = Promise.withResolvers<"delivered" | "dropped">();
    const item: Item = {
      field,
      body,
      target,
      attempts: 0,
      firstAttemptAt: 0,
      settleFirst: first.resolve,
      settle: done.resolve,
    };
    this.#pending++;
    this.#setup.ledger.webhookCreated(field, body.length);
    const waitMs = this.#mode.jitterMs ? this.#setup.random.int(this.#mode.jitterMs) : 0;
    if (waitMs) this.#setup.clock.after(waitMs, () => this.#enqueue(item));
    else this.#enqueue(item);
    return { first: first.promise, done: done.promise };
  }

  stop(): void {
    this.#stop.abort();
    this.#ready = [];
    this.#head = 0;
  }

  #enqueue(item: Item): void {
    this.#ready.push(item);
    this.#pump();
  }

  #take(): Item | undefined {
    if (this.#mode.shuffle) {
      const waiting = this.#ready.length - this.#head;
      const at = this.#head + this.#setup.random.int(waiting);
      const [head, chosen] = [this.#ready[this.#head], this.#ready[at]];
      if (head && chosen) [this.#ready[this.#head], this.#ready[at]] = [chosen, head];
    }
    const item = this.#ready[this.#head++];
    // Shifting an array of thousands is slow, so the head moves and the rest is cut off now and then.
    if (this.#head > 1_000) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  #pump(): void {
    while (
      !this.#mode.paused &&
      !this.#stop.signal.aborted &&
      this.#inFlight < this.#setup.concurrency &&
      this.#head < this.#ready.length
    ) {
      const item = this.#take();
      if (!item) return;
      this.#inFlight++;
      void this.#attempt(item).finally(() => {
        this.#inFlight--;
        this.#pump();
      });
    }
  }

  async #attempt(item: Item): Promise<void> {
    const { clock, ledger, random } = this.#setup;
    item.attempts++;
    if (item.attempts === 1) item.firstAttemptAt = clock.now();
    ledger.webhookAttempted(item.field);
    const status = await this.#post(item);
    if (this.#stop.signal.aborted) return;
    item.settleFirst(status);
    if (status !== null && status >= 200 && status < 300) {
      ledger.webhookDelivered(item.field);
      item.settle("delivered");
      if (random.chance(this.#mode.duplicates)) this.#repeat(item);
      this.#pending--;
      return;
    }
    const waitMs = nextAttemptIn(item.attempts, clock.now() - item.firstAttemptAt);
    if (waitMs === null) {
      this.#pending--;
      ledger.webhookDropped(item.field);
      item.settle("dropped");
      return;
    }
    ledger.webhookWaits(item.field, 1);
    const again = () => {
      cancel();
      this.#waiting.delete(again);
      ledger.webhookWaits(item.field, -1);
      this.#enqueue(item);
    };
    const cancel = clock.after(waitMs, again);
    this.#waiting.add(again);
  }

  #repeat(item: Item): void {
    this.#setup.ledger.webhookRepeated(item.field);
    this.#pending++;
    void this.#post(item).finally(() => this.#pending--);
  }

  async #post({ body, target }: Item): Promise<number | null> {
    const url = target();
    if (!url) return null;
    try {
      const response = await fetch(url, {
        method: "POST",
        body: new Uint8Array(body.buffer, body.byteOffset, body.length) as Uint8Array<ArrayBuffer>,
        headers: {
          "content-type": "application/json",
          "user-agent": "facebookexternalua",
          "x-hub-signature-256": signatureOf(body, this.#setup.appSecret),
        },
        redirect: "manual",
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#setup.timeoutMs)]),
      });
      // An unread answer would keep its connection from being used again.
      await response.arrayBuffer();
      return response.status;
    } catch (err) {
      if (!this.#stop.signal.aborted)
        this.#setup.log(`webhook to ${url} was not answered: ${String(err)}`);
      return null;
    }
  }
}
