import { DurableObject } from "cloudflare:workers";
import { findEndpoint, projectEndpoint } from "../database/endpoints.ts";
import { PARTNER_SHARD, partnerKey, tellPartner } from "../database/partner-log.ts";
import { readSettings } from "../env.ts";
import { eventId } from "../lib/ids.ts";
import { errorKind, log } from "../lib/log.ts";
import { newWorkId, underRequestId } from "../lib/request-id.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { Alarm } from "./alarm.ts";
import { listDeliveries, readDelivery } from "./delivery-pages.ts";
import { DeliveryStore } from "./delivery-store.ts";
import { EndpointAddress } from "./endpoint-address.ts";
import { EndpointHealth } from "./endpoint-health.ts";
import { EndpointLetters } from "./endpoint-letters.ts";
import { EndpointLines } from "./endpoint-lines.ts";
import { EndpointLog } from "./endpoint-log.ts";
import { describe } from "./endpoint-outcomes.ts";
import { EndpointPump } from "./endpoint-pump.ts";
import { EndpointReplays } from "./endpoint-replays.ts";
import { OwnAlarms } from "./own-alarms.ts";
import { FAILURES_MAX } from "./endpoint-schedule.ts";
import { EndpointTrouble } from "./endpoint-trouble.ts";
import { ENDPOINT_TABLES } from "./endpoint-tables.ts";
import { SettingsStore } from "./settings-store.ts";
import { applyTables } from "./tables.ts";
import { ToldLog } from "./told-log.ts";
import { ringEndpoints } from "./ring-endpoints.ts";
import type { EndpointProjection } from "../database/endpoints.ts";
import type { NewEvent } from "../database/append-events.ts";
import type { Settings } from "../env.ts";
import type { PartnerEvent } from "../events/partner-event.ts";
import type {
  Attempt,
  Delivery,
  DeliveryPage,
  DeliveryQuery,
  EndpointConfig,
  EndpointFigures,
  Forgotten,
  Replay,
  ReplayOrder,
} from "./endpoint-types.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Deliveries that went well are shown for so long; those given up as long as the log has them. */
const DELIVERED_KEPT_MS = 7 * DAY;
/** The registry did not take what it is owed. */
const OWED_RETRY_MS = 30_000;
/** What it was just asked to do is done then, if it dies before it has begun. */
const GUARD_MS = 30_000;
/** From this size on those that went well are forgotten sooner: an object ends at 10 GB. */
const SIZE_MAX_BYTES = 1_000_000_000;

/** What the registry and the partner's log have not been told yet. */
interface Owed {
  projection: EndpointProjection;
  disabled: NewEvent | null;
}

/**
 * One address of a partner that events are told to. What is owed is what lies in the log behind its
 * cursor: it reads there itself, and a ring only says that there may be something new.
 */
export class Endpoint extends DurableObject<Env> {
  readonly #gateway: Settings;
  readonly #settings: SettingsStore;
  readonly #store: DeliveryStore;
  readonly #told: ToldLog;
  readonly #log: EndpointLog;
  readonly #lines = new EndpointLines();
  readonly #health: EndpointHealth;
  readonly #trouble: EndpointTrouble;
  readonly #replays: EndpointReplays;
  readonly #pump: EndpointPump;
  readonly #alarm: Alarm;
  readonly #alarms: OwnAlarms;
  #prunedAt = 0;
  #lookedUpAt = 0;
  #paying: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new Alarm(ctx);
    applyTables(ctx.storage, ENDPOINT_TABLES);
    const { sql } = ctx.storage;
    this.#gateway = readSettings(env);
    const timeScale = this.#gateway.TIME_SCALE;
    this.#settings = new SettingsStore(sql);
    this.#store = new DeliveryStore(sql);
    this.#told = new ToldLog(sql);
    this.#log = new EndpointLog(env);
    this.#alarms = new OwnAlarms(env, this.#settings, (work) => ctx.waitUntil(work));
    this.#health = new EndpointHealth(this.#settings, timeScale);
    this.#trouble = new EndpointTrouble(this.#settings);
    this.#replays = new EndpointReplays(sql, env, this.#store);
    this.#pump = new EndpointPump({
      env,
      settings: this.#settings,
      store: this.#store,
      told: this.#told,
      log: this.#log,
      lines: this.#lines,
      health: this.#health,
      trouble: this.#trouble,
      replays: this.#replays,
      letters: new EndpointLetters(env.DB, this.#gateway, (opens) => this.#tellSecret(opens)),
      address: new EndpointAddress(this.#gateway),
      timeScale,
      config: () => this.#config,
      whole: (step) => this.#whole(step),
      wakeAt: (at) => this.#wakeAt(at),
      disable: (reason, since, error) => this.#disable(reason, since, error),
      healthChanged: () => this.#tellHealth(),
    });
  }

  /**
   * Takes the registry's row on: starts, pauses or goes on. The same again changes nothing, and a
   * former one that comes late is left. What the object decided itself (it is disabled) holds until the registry knows of it.
   */
  configure(config: EndpointConfig): void {
    applyTables(this.ctx.storage, ENDPOINT_TABLES); // a removed one has none
    const before = this.#config;
    if (before !== undefined && config.version < before.version) return;
    const isDecided = before?.state === "disabled" && this.#owed?.disabled != null;
    const taken: EndpointConfig = isDecided ? { ...config, state: "disabled" } : config;
    this.#settings.set("config", taken);
    if (taken.state === "enabled")
      this.#alarms.set("endpoint_disabled", taken.id, null, Date.now());
    if (before === undefined || !isReadAlike(before, taken)) this.#pump.reload();
    const wasHeld = before !== undefined && before.state !== "enabled";
    if (wasHeld && taken.state === "enabled") this.#beginAnew();
    if (before !== undefined && before.url !== taken.url) this.#health.hurry(Date.now());
    this.#trouble.hurry(Date.now()); // with another secret, say
    this.#log.ring(); // while it was paused it heard nothing
    this.#go();
  }

  /** Stops at once and forgets everything. */
  async remove(): Promise<void> {
    await this.#alarms.end();
    this.#settings.clear();
    this.#pump.forget();
    this.#alarm.isOver();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  /** There may be something new in a shard. Returns at once. */
  ring(shard: string): void {
    if (this.#config?.state !== "enabled") return;
    this.#log.ring(shard);
    void this.#pump.run(); // never rejects
  }

  /** What was read and not told yet is read anew at its turn: its content may be gone since. */
  reread(): void {
    if (this.#config === undefined) return;
    this.#pump.reload();
    this.#go();
  }

  /** How it is. */
  figures(): EndpointFigures {
    if (this.#config === undefined) return NOTHING;
    const { retrying, failed } = this.#store.counts();
    const trouble = this.#trouble.current;
    const dueAt = this.#health.isDown ? this.#health.nextProbeAt : this.#store.nextAt();
    const nextAt = trouble === null ? dueAt : Math.max(trouble.nextAt, dueAt ?? 0);
    return {
      health: this.#health.isDown ? "down" : "healthy",
      failingSince: this.#health.failingSince,
      lastSuccessAt: this.#pump.lastSuccessAt,
      lastFailure: this.#health.lastFailure,
      heldUp: trouble === null ? null : { reason: trouble.reason, since: trouble.since },
      reached: this.#reached(),
      forgotten: this.#settings.get<Forgotten>("forgotten") ?? null,
      retrying,
      failed,
      nextAttemptAt: this.#config.state === "enabled" ? nextAt : null,
    };
  }

  /**
   * Posts an event that is not of the log, whatever state the endpoint is in. (A method named `test`
   * is the runtime's own and cannot be called from outside.)
   */
  tryOut(event: PartnerEvent): Promise<Attempt> {
    const config = this.#config;
    if (config === undefined) return Promise.resolve(notConfigured(Date.now()));
    return this.#pump.tryOut(config, event);
  }

  /** Newest attempt first; see listDeliveries. */
  deliveries(query: DeliveryQuery): DeliveryPage {
    if (this.#config === undefined) return { deliveries: [], next: null };
    if (this.#told.unwritten > 0) this.#pump.write(Date.now());
    return listDeliveries(this.#store, this.#told, query);
  }

  /** What became of one event; null where it was never tried, or that is forgotten. */
  delivery(event: string): Delivery | null {
    if (this.#config === undefined) return null;
    return readDelivery(this.#store, this.#told, event);
  }

  /**
   * Tells one event once more now, whatever became of it; on a paused endpoint as soon as it goes
   * on. What is under way already is left alone.
   *
   * @returns false for an event that was never tried, that is forgotten, or whose sender it is not
   *   told of any more
   */
  retry(event: string): boolean {
    const config = this.#config;
    if (config === undefined) return false;
    if (this.#pump.isInFlight(event)) return true;
    const row = this.#store.find(event);
    const told = row === null ? this.#told.find(event) : [];
    const place = row ?? told[0];
    if (place === undefined || !coversSender(config.senders, place.senderId)) return false;
    const now = Date.now();
    if (row === null) {
      const asked = { state: "retrying", failures: FAILURES_MAX - 1, nextAt: now } as const;
      const attempts = told.map(({ attempt }) => attempt);
      this.#store.save(place, attempts, asked);
    } else if (row.state === "waiting") {
      this.#store.change(event, { ...row, nextAt: now });
      this.#lines.hasten(event, now);
    } else {
      // One more attempt: of a schedule that is over it is the last.
      const isOver = row.state !== "retrying";
      const failures = isOver ? FAILURES_MAX - 1 : row.failures;
      this.#store.change(event, { state: "retrying", failures, nextAt: now });
    }
    this.#pump.ask(event);
    this.#go();
    return true;
  }

  /**
   * Tells again what was given up, or what the log has of a time. One id is one replay.
   *
   * @returns null where too many wait already
   */
  replay(order: ReplayOrder): Replay | null {
    const replay = this.#replays.order(order, this.#reached(), Date.now());
    this.#go();
    return replay;
  }

  /** Ends a replay before its time. @returns null for one that is not among the last 50 */
  cancelReplay(id: string): Replay | null {
    if (this.#config === undefined) return null;
    const replay = this.#replays.cancel(id, Date.now());
    this.#go(); // the next one has its turn
    return replay;
  }

  /** Newest first, the last 50. */
  replays(): Replay[] {
    return this.#config === undefined ? [] : this.#replays.list();
  }

  /** May come twice, late, or beside other calls; never throws, or it is retried six times and dropped. */
  override async alarm(): Promise<void> {
    this.#alarm.isOver();
    if (this.#config === undefined) return;
    await underRequestId(newWorkId("alarm"), () => this.#doDueWork(this.#config?.id ?? ""));
  }

  async #doDueWork(endpoint: string): Promise<void> {
    try {
      this.#prune(Date.now());
      this.#log.ring();
      await this.#payOwed();
      await this.#pump.run();
      await this.#endIfUnknown(Date.now());
    } catch (err) {
      log.error("object.failed", { endpoint, reason: "alarm", error: errorKind(err) });
      this.#wakeAt(Date.now() + OWED_RETRY_MS);
    }
  }

  get #config(): EndpointConfig | undefined {
    return this.#settings.get<EndpointConfig>("config");
  }

  get #owed(): Owed | null {
    return this.#settings.get<Owed | null>("owed") ?? null;
  }

  #go(): void {
    void this.#payOwed(); // never rejects
    if (this.#config?.state !== "enabled") return;
    this.#wakeAt(Date.now() + GUARD_MS);
    void this.#pump.run(); // never rejects
  }

  #reached(): Record<string, number> {
    const config = this.#config;
    if (config !== undefined && Object.keys(this.#log.reached).length === 0)
      this.#pump.load(config);
    return this.#log.reached;
  }

  /**
   * Enabled after it was disabled or paused: what failed goes first, as after any outage, and days
   * in which it was not asked do not count as failing.
   */
  #beginAnew(): void {
    const since = this.#health.streakSince;
    if (since === null) return;
    this.#health.succeeded();
    this.#store.recover(since, Date.now());
    this.#pump.reload();
    this.#settings.set("owed", {
      projection: { failingSince: null, lastError: null },
      disabled: null,
    });
  }

  #tellHealth(): void {
    if (this.#config?.state === "disabled") return; // its end is what is to be told
    const { failingSince, lastFailure } = this.#health;
    const isDown = failingSince !== null;
    const lastError = isDown && lastFailure !== null ? describe(lastFailure) : null;
    this.#settings.set("owed", { projection: { failingSince, lastError }, disabled: null });
    void this.#payOwed();
  }

  #disable(reason: "gone" | "failing", since: number | null, lastError: string): void {
    const config = this.#config;
    if (config?.state !== "enabled") return; // whoever paused it has decided already
    const at = Date.now();
    const failingSince = since ?? at;
    this.#settings.set("config", { ...config, state: "disabled" });
    const disabled: NewEvent = {
      id: eventId(partnerKey(config.partner), `endpoint.disabled|${config.id}|${at}`),
      type: "endpoint.disabled",
      at,
      data: {
        endpoint_id: config.id,
        host: URL.parse(config.url)?.host ?? "",
        reason,
        failing_since: new Date(failingSince).toISOString(),
      },
    };
    const projection = {
      state: "disabled" as const,
      stateReason: reason,
      failingSince,
      lastError,
    };
    this.#settings.set("owed", { projection, disabled } satisfies Owed);
    log.error("endpoint.disabled", { endpoint: config.id, partner: config.partner, reason });
    const detail =
      reason === "gone" ? "It answered 410 Gone." : `Nothing got through for days: ${lastError}.`;
    const finding = { since: failingSince, detail, path: pageOf(config) };
    this.#alarms.set("endpoint_disabled", config.id, finding, at);
    void this.#payOwed();
  }

  #tellSecret(opens: boolean): void {
    const config = this.#config;
    if (config === undefined) return;
    const now = Date.now();
    const detail = "The key that sealed it is not among TOKEN_KEYS, or the row was changed.";
    const finding = opens ? null : { since: now, detail, path: pageOf(config) };
    this.#alarms.set("endpoint_secret", config.id, finding, now);
  }

  /** Tells the registry, and the partner's log, what they have not been told. Never rejects. */
  #payOwed(): Promise<void> {
    this.#paying ??= this.#pay().finally(() => {
      this.#paying = null;
    });
    return this.#paying;
  }

  async #pay(): Promise<void> {
    for (let owed = this.#owed; owed !== null; owed = this.#owed) {
      const config = this.#config;
      if (config === undefined) return;
      try {
        await projectEndpoint(this.env.DB, config.id, owed.projection);
        if (owed.disabled !== null) {
          const isNews = await tellPartner(this.env.DB, config.partner, [owed.disabled]);
          if (isNews) await ringEndpoints(this.env, config.partner, PARTNER_SHARD);
        }
      } catch (err) {
        const error = errorKind(err);
        log.warn("endpoint.registry_owed", { endpoint: config.id, error });
        this.#wakeAt(Date.now() + OWED_RETRY_MS);
        return;
      }
      if (this.#owed === owed) this.#settings.set("owed", null);
    }
  }

  /**
   * Once an hour: a configuration that arrived behind its removal would be told of events for ever,
   * with nobody left who knows of it.
   */
  async #endIfUnknown(now: number): Promise<void> {
    const config = this.#config;
    if (config === undefined || this.#lookedUpAt + HOUR > now) return;
    if ((await findEndpoint(this.env.DB, config.id)) === null) await this.remove();
    this.#lookedUpAt = now;
  }

  #prune(now: number): void {
    if (this.#prunedAt + HOUR > now) return;
    const isFull = this.ctx.storage.sql.databaseSize > SIZE_MAX_BYTES;
    const isDone = [
      this.#told.prune(isFull ? now : now - DELIVERED_KEPT_MS),
      this.#store.prune("delivered", now - DELIVERED_KEPT_MS),
      this.#store.prune("failed", now - this.#gateway.EVENT_RETENTION_DAYS * DAY),
    ];
    if (!isDone.includes(false)) this.#prunedAt = now; // else the next alarm goes on
  }

  /** One step, all of it or nothing; what memory mirrors is read anew where it fails. */
  #whole(step: () => void): void {
    try {
      this.ctx.storage.transactionSync(step);
    } catch (err) {
      this.#settings.reread();
      throw err;
    }
  }

  #wakeAt(at: number): void {
    if (this.#config !== undefined) this.#alarm.setFor(at);
  }
}

/** Of an endpoint that is not configured, or not any more. */
const NOTHING: EndpointFigures = {
  health: "healthy",
  failingSince: null,
  lastSuccessAt: null,
  lastFailure: null,
  heldUp: null,
  reached: {},
  forgotten: null,
  retrying: 0,
  failed: 0,
  nextAttemptAt: null,
};

/** Where operators see it. */
function pageOf({ partner }: EndpointConfig): string {
  return `/console/partners/${partner}/endpoints`;
}

function notConfigured(at: number): Attempt {
  const failure = "not_configured";
  return { n: 1, at, ms: 0, status: null, failure, answer: null, replay: false };
}

/** Whether what is in line stays as it is under another configuration. */
function isReadAlike(a: EndpointConfig, b: EndpointConfig): boolean {
  const marks = ({ partner, types, senders, ordered, from }: EndpointConfig) =>
    JSON.stringify([partner, types, senders, ordered, from]);
  return marks(a) === marks(b);
}
