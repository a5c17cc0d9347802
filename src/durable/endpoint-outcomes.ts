import { EVENT_VERSION } from "../events/partner-event.ts";
import { newId } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import { endOf, placeOf } from "./delivery-types.ts";
import { notSent, REFUSED } from "./endpoint-courier.ts";
import { afterFailure, FAILURES_MAX, isLookDue, OWN_WAY_FROM } from "./endpoint-schedule.ts";
import { PostTally } from "./post-tally.ts";
import type { PartnerEvent } from "../events/partner-event.ts";
import type { DeliveryStore, Verdict } from "./delivery-store.ts";
import type { Job } from "./delivery-types.ts";
import type { EndpointCourier, NotPosted } from "./endpoint-courier.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import type { EndpointLines } from "./endpoint-lines.ts";
import type { EndpointLog } from "./endpoint-log.ts";
import type { EndpointReplays } from "./endpoint-replays.ts";
import type { EndpointTrouble, OurReason } from "./endpoint-trouble.ts";
import type { EndpointTurns } from "./endpoint-turns.ts";
import type { Attempt, EndpointConfig } from "./endpoint-types.ts";
import type { ToldLog } from "./told-log.ts";

/** Failures of a test that say nothing of the endpoint. */
const OURS: readonly (string | null)[] = [
  "dns_unavailable",
  "not_posted",
  "secret_unreadable",
] satisfies OurReason[];

interface Parts {
  store: DeliveryStore;
  told: ToldLog;
  log: EndpointLog;
  lines: EndpointLines;
  health: EndpointHealth;
  trouble: EndpointTrouble;
  replays: EndpointReplays;
  turns: EndpointTurns;
  courier: EndpointCourier;
  timeScale: number;
  /** What is being posted, by event. */
  inFlight: ReadonlyMap<string, unknown>;
  config: () => EndpointConfig | undefined;
  now: () => number;
  /** All of it or nothing. */
  whole: (step: () => void) => void;
  /** Writes down what was told, and how far the log is told. */
  writeRows: (now: number) => void;
  disable: (reason: "gone" | "failing", since: number | null, error: string) => void;
  /** Whether it is down has changed. */
  healthChanged: () => void;
}

/** What becomes of an event, and of its endpoint, with what came of an attempt. */
export class EndpointOutcomes {
  readonly #parts: Parts;
  /** Attempts since the run began. */
  taken = 0;
  failed = 0;
  /** Whose requests led to what was told since then. */
  readonly requestIds = new Set<string | null>();
  readonly posts = new PostTally();
  /** Epoch ms; null: none that memory knows of. */
  lastSuccessAt: number | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @param config with which it was tried: it may be another by now */
  async settle(
    job: Job,
    came: Attempt | NotPosted | "untold",
    config: EndpointConfig,
  ): Promise<void> {
    if (came !== "untold" && !("ours" in came)) this.posts.add(came);
    if (this.#parts.config() === undefined) return; // removed meanwhile
    this.requestIds.add(job.requestId);
    if (came === "untold") return this.#settleUntold(job);
    if ("ours" in came) return this.#putBack(job, came.ours, config);
    const { health, trouble } = this.#parts;
    health.excuse(trouble.over(this.#parts.now()));
    if (came.failure === null) this.#succeeded(job, came);
    else await this.#didFail(job, came, config);
  }

  #succeeded(job: Job, attempt: Attempt): void {
    const { store, told, log: events, lines, replays } = this.#parts;
    this.taken += 1;
    const oldest = this.#parts.turns.triedBeside(job);
    this.#parts.turns.made(job);
    this.lastSuccessAt = Math.max(this.lastSuccessAt ?? 0, endOf(attempt));
    const verdict: Verdict = { state: "delivered", failures: job.failures, nextAt: null };
    this.#parts.whole(() => {
      if (store.find(job.event) === null) told.add({ ...placeOf(job), attempt });
      else store.note(job, attempt, verdict);
      if (job.way === "replay") replays.done(job, true);
      else events.settle(job);
      this.#getsThrough(oldest);
    });
    if (job.way === "line") lines.release(job);
  }

  async #didFail(job: Job, attempt: Attempt, config: EndpointConfig): Promise<void> {
    const { store, log: events, lines, health, replays } = this.#parts;
    const now = this.#parts.now();
    const isProbe = this.#parts.turns.isProbe(job);
    const wasDown = health.isDown;
    this.failed += 1;
    this.#parts.turns.made(job);
    const verdict = this.#judge(job, now);
    this.#parts.whole(() => {
      if (job.way === "line") health.failed(job.event, attempt, now);
      else health.noteFailure(attempt);
      if (isProbe) health.probed(now);
      store.note(job, attempt, verdict);
      if (job.way === "replay") replays.done(job, false);
      else events.settle(job);
      this.#parts.writeRows(now);
    });
    const { state, nextAt } = verdict;
    const isFirstRetry = job.way === "line" && verdict.failures === OWN_WAY_FROM;
    if (job.way === "line") {
      const waits = state === "waiting" && !this.#parts.health.isDown;
      if (waits) lines.addWaiting({ ...job, dueAt: nextAt ?? now, failures: verdict.failures });
      lines.release(job);
    }
    if (state === "failed" && job.way !== "replay") {
      log.error("endpoint.failed_event", {
        ...(job.requestId !== null && { requestId: job.requestId }),
        endpoint: config.id,
        eventId: job.event,
        attempts: attempt.n,
      });
    }
    if (!wasDown && health.isDown) this.#wentDown(config);
    const since = health.streakSince;
    if (this.#isFormer(config)) return;
    if (attempt.status === 410) this.#parts.disable("gone", since, describe(attempt));
    else if (health.isHopeless(now)) this.#parts.disable("failing", since, describe(attempt));
    else if (isProbe && attempt.failure !== REFUSED) {
      if (isLookDue(health.probes)) this.#parts.turns.lookAtAnother();
    } else if (isFirstRetry && health.isAlone(job.event)) await this.#askForLife(job, config);
  }

  /** What becomes of an event that failed; a look at an endpoint that is down costs it nothing. */
  #judge(job: Job, now: number): Verdict {
    const { store, health, timeScale } = this.#parts;
    const known = store.find(job.event);
    if (job.way === "replay") {
      const { state, failures, nextAt } = known ?? { failures: FAILURES_MAX, nextAt: null };
      const goesOn = state === "waiting" || state === "retrying";
      return { state: goesOn ? state : "failed", failures, nextAt };
    }
    const failures =
      job.way === "line" && health.isDown ? Math.max(job.failures, 1) : job.failures + 1;
    const { state, waitMs } = afterFailure(failures, timeScale, Math.random());
    return { state, failures, nextAt: waitMs === null ? null : now + waitMs };
  }

  /**
   * One event alone has failed, its first retry too, and nothing else was told since. A test that
   * does not get through either shows that the endpoint is down: else the only event of a quiet
   * night would walk its schedule to the end in an outage.
   */
  async #askForLife(job: Job, config: EndpointConfig): Promise<void> {
    const { health } = this.#parts;
    const event: PartnerEvent = {
      id: newId("evt"),
      type: "endpoint.test",
      version: EVENT_VERSION,
      sender_id: null,
      seq: 0,
      at: new Date().toISOString(),
      data: { endpoint_id: config.id, message: "An event failed: does anything get through?" },
    };
    const attempt = await this.#parts.courier.tryOut(config, event);
    if (attempt.failure === null || OURS.includes(attempt.failure)) return;
    if (this.#isFormer(config)) return;
    if (!health.isAlone(job.event)) return;
    this.#parts.whole(() => health.failed(event.id, attempt, this.#parts.now()));
    this.#wentDown(config);
  }

  #wentDown(config: EndpointConfig): void {
    this.#parts.lines.dropWaiting(); // they wait in the table until something gets through
    log.warn("endpoint.down", { endpoint: config.id });
    this.#parts.healthChanged();
  }

  /**
   * Something was taken. After an outage what failed in it goes first, in order.
   *
   * @param poison an event that failed just before: nobody waits for it any more
   */
  #getsThrough(poison: string | null): void {
    const { store, lines, health } = this.#parts;
    const config = this.#parts.config();
    const downSince = health.succeeded();
    if (downSince === null) return;
    const nextAt = this.#parts.now();
    store.recover(downSince, nextAt);
    if (poison !== null) {
      // At once: the outage may have ended between the two.
      store.change(poison, { state: "retrying", failures: OWN_WAY_FROM, nextAt });
    }
    lines.dropWaiting();
    // What is under way comes back by itself where it fails.
    for (const job of store.listWaiting()) {
      if (!this.#parts.inFlight.has(job.event)) lines.addWaiting(job);
    }
    log.info("endpoint.up", { ...(config && { endpoint: config.id }) });
    this.#parts.healthChanged();
  }

  /** It cannot be told any more: the log has forgotten it, or the format has no form for it. */
  #settleUntold(job: Job): void {
    const { store, log: events, lines, replays } = this.#parts;
    this.#parts.whole(() => {
      if (job.way === "replay") replays.pass(job);
      else if (store.find(job.event) !== null) {
        store.change(job.event, { state: "failed", failures: job.failures, nextAt: null });
      }
      events.settle(job);
    });
    this.#parts.turns.made(job);
    if (job.way === "line") lines.release(job);
  }

  /** Nothing was posted, for a reason of ours: a little later, and before what is behind it. */
  #putBack(job: Job, reason: OurReason, config: EndpointConfig): void {
    const { lines, store, health, trouble } = this.#parts;
    const now = this.#parts.now();
    // All of it waits; a new configuration ends that for all of it.
    trouble.met(reason, config.id, now);
    const dueAt = now;
    this.#parts.turns.made(job);
    health.noteFailure(notSent(reason, job.failures + 1, now, job.way === "replay"));
    if (job.way === "replay") {
      this.#parts.replays.putBack(job);
      return;
    }
    const isKnown = store.find(job.event) !== null;
    if (isKnown) {
      const state = job.way === "own" ? "retrying" : "waiting";
      store.change(job.event, { state, failures: job.failures, nextAt: dueAt });
    }
    if (job.way === "own") return;
    // One that is in the table is taken from there when the endpoint is up again.
    if (!isKnown) lines.putBack({ ...job, dueAt });
    else if (!health.isDown) lines.addWaiting({ ...job, dueAt });
    lines.release(job);
  }

  /** What an address answers says nothing of the next one, nor of one that is not asked any more. */
  #isFormer({ url }: EndpointConfig): boolean {
    const config = this.#parts.config();
    return config?.state !== "enabled" || config.url !== url;
  }
}

/** A failed attempt in a few words, without what was sent or answered. */
export function describe({ status, failure }: Attempt): string {
  return status === null ? (failure ?? "") : `HTTP ${status}`;
}
