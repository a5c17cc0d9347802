import { errorKind, log } from "../lib/log.ts";
import { listRequestIds } from "../lib/request-id.ts";
import { EndpointCourier } from "./endpoint-courier.ts";
import { EndpointOutcomes } from "./endpoint-outcomes.ts";
import { SET_BACK_MS } from "./wrong-clock.ts";
import type { PartnerEvent } from "../events/partner-event.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { Job } from "./delivery-types.ts";
import type { EndpointAddress } from "./endpoint-address.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import type { EndpointLetters } from "./endpoint-letters.ts";
import type { EndpointLines } from "./endpoint-lines.ts";
import type { EndpointLog, ShardProgress } from "./endpoint-log.ts";
import { EndpointTurns } from "./endpoint-turns.ts";
import type { EndpointReplays } from "./endpoint-replays.ts";
import type { EndpointTrouble } from "./endpoint-trouble.ts";
import type { Attempt, EndpointConfig, Forgotten } from "./endpoint-types.ts";
import type { SettingsStore } from "./settings-store.ts";
import type { ToldLog } from "./told-log.ts";

/** Six connections may wait for an answer at once (platform.md 1.1), and D1 needs one. */
const AT_ONCE = 5;
/** Subrequests are charged to the call that began the work: an alarm goes on with a fresh account. */
const RUN_MAX_POSTS = 500;
const RUN_MAX_MS = 60_000;
/** The clock alone bounds nothing: it stands still where nothing comes from outside. */
const RUN_MAX_TURNS = 2_000;
/** What is due sooner is a timer's: an alarm is a billed row, and costs an invocation. */
const TIMER_MAX_MS = 1_500;
/** While there is work an alarm stands so far behind, for an object that dies. */
const GUARD_MS = 30_000;
const LOOK_EVERY_MS = 3_600_000;
const WRITE_EVERY_MS = 1_000;
const WRITE_MAX_TOLD = 100;
/** Positions passed without telling anything: written down so often. */
const WRITE_EVERY_POSITIONS = 1_000;
/** Fewer than these in line: the next page is read while they go out. */
const LOW = 25;
/** Storage or a shard failed us, or a run got nowhere: to go on at once would be the same again. */
const BACK_OFF_MS = 5_000;

interface Progress {
  shards: Record<string, ShardProgress>;
  lastSuccessAt: number | null;
  /** Of this write (epoch ms). */
  at: number;
}

interface Parts {
  env: Env;
  settings: SettingsStore;
  store: DeliveryStore;
  told: ToldLog;
  log: EndpointLog;
  lines: EndpointLines;
  health: EndpointHealth;
  trouble: EndpointTrouble;
  replays: EndpointReplays;
  letters: EndpointLetters;
  address: EndpointAddress;
  timeScale: number;
  config: () => EndpointConfig | undefined;
  /** All of it or nothing. */
  whole: (step: () => void) => void;
  /** Makes sure that the object looks again at this instant (epoch ms). */
  wakeAt: (at: number) => void;
  disable: (reason: "gone" | "failing", since: number | null, error: string) => void;
  /** Whether it is down has changed. */
  healthChanged: () => void;
}

/**
 * What brings events to an endpoint: one run at a time, up to five posts side by side. A run ends
 * when nothing is due soon; what is due later has an alarm.
 */
export class EndpointPump {
  readonly #parts: Parts;
  #running: Promise<void> | null = null;
  /** Asked to run since the last look: a run that is about to end would miss it. */
  #isAskedAgain = false;
  #poke = Promise.withResolvers<void>();
  readonly #inFlight = new Map<string, { job: Job; done: Promise<void> }>();
  readonly #reads = new Set<Promise<void>>();
  readonly #turns: EndpointTurns;
  readonly #courier: EndpointCourier;
  readonly #outcomes: EndpointOutcomes;
  #mustLoad = true;
  /** Storage failed us: what memory says of progress may not be so. */
  #isBroken = false;
  #lastWriteAt = 0;
  #writtenReached = 0;
  #brokenUntil = 0;
  /** The last instant that the clock showed; 0 before the first run of this life. */
  #seenAt = 0;
  /** A clock that stands still stops nothing: what was slept to is over. */
  #sleptTo = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const inFlight = this.#inFlight;
    const turns = new EndpointTurns({ ...parts, inFlight });
    const courier = new EndpointCourier(parts);
    this.#turns = turns;
    this.#courier = courier;
    this.#outcomes = new EndpointOutcomes({
      ...parts,
      inFlight,
      turns,
      courier,
      now: () => this.#now(),
      writeRows: (now) => this.#writeRows(now),
    });
  }

  /** Works until nothing is due soon. Never rejects; a second call joins the first. */
  run(): Promise<void> {
    this.#isAskedAgain = true;
    this.#poke.resolve();
    this.#running ??= this.#runs().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** What is in line is read anew: it was filtered or ordered otherwise. */
  reload(): void {
    this.#parts.log.outdate();
    this.#mustLoad = true;
  }

  /** An event may go although the endpoint is down: somebody asked for it. */
  ask(event: string): void {
    this.#turns.ask(event);
  }

  isInFlight(event: string): boolean {
    return this.#inFlight.has(event);
  }

  get lastSuccessAt(): number | null {
    return this.#outcomes.lastSuccessAt ?? this.#progress().lastSuccessAt;
  }

  /** Reads what was written down; changes nothing that is under way. */
  load(config: EndpointConfig): void {
    const { log: events, lines, store } = this.#parts;
    const { shards, lastSuccessAt, at } = this.#progress();
    events.load(config, shards);
    lines.reset(config.ordered);
    for (const job of store.listWaiting()) lines.addWaiting(job);
    this.#outcomes.lastSuccessAt ??= lastSuccessAt;
    this.#lastWriteAt ||= at;
    this.#writtenReached = events.distance;
    this.#mustLoad = false;
  }

  /** Forgets everything but what is under way. */
  forget(): void {
    const { replays, store, told, log: events } = this.#parts;
    for (const part of [replays, store, told, events]) part.forget();
    this.#turns.forget();
    this.#outcomes.lastSuccessAt = null;
    this.#lastWriteAt = 0;
    this.#mustLoad = true;
  }

  /** Writes down what was told and how far the log is told. */
  write(now: number): void {
    this.#parts.whole(() => this.#writeRows(now));
  }

  #writeRows(now: number): void {
    const { told, log: events, settings, replays } = this.#parts;
    this.#lastWriteAt = now;
    told.write();
    replays.save();
    if (Object.keys(events.reached).length === 0) return; // nothing was read yet
    this.#writtenReached = events.distance;
    const lastSuccessAt = this.#outcomes.lastSuccessAt;
    settings.set("progress", {
      shards: events.progress,
      lastSuccessAt,
      at: now,
    } satisfies Progress);
  }

  /** Posts an event that is not of the log, now. */
  tryOut(config: EndpointConfig, event: PartnerEvent): Promise<Attempt> {
    return this.#courier.tryOut(config, event);
  }

  async #runs(): Promise<void> {
    while (this.#isAskedAgain) {
      try {
        // What is left goes on under the alarm's own account, however often it is rung for.
        if (await this.#run()) return;
      } catch (err) {
        this.#broke(err);
      }
    }
  }

  /** @returns whether it ended because it had done as much as one call may */
  async #run(): Promise<boolean> {
    const startedAt = this.#now();
    [this.#outcomes.taken, this.#outcomes.failed] = [0, 0];
    this.#outcomes.requestIds.clear();
    const begunAt = this.#parts.log.distance;
    let posts = 0;
    let turns = 0;
    let isCut = false;
    for (; ; turns += 1) {
      this.#isAskedAgain = false;
      const config = this.#enabled();
      this.#heedClock();
      const now = this.#now();
      if (config === null || this.#brokenUntil > now) break;
      isCut = posts >= RUN_MAX_POSTS || now - startedAt >= RUN_MAX_MS || turns >= RUN_MAX_TURNS;
      if (isCut) break;
      if (this.#mustLoad && this.#inFlight.size === 0) this.#loadAgain(config, now);
      if (!this.#mustLoad) {
        this.#read(config, now);
        while (this.#inFlight.size < AT_ONCE && posts < RUN_MAX_POSTS) {
          const job = this.#turns.next(now, config.maxPerSecond);
          if (job === null) break;
          posts += 1;
          this.#start(job, config);
        }
        if (this.#mustWrite(now)) this.write(now);
      }
      if (!(await this.#rest(now))) break;
    }
    await Promise.all([...this.#inFlight.values()].map(({ done }) => done));
    const isSpinning = turns >= RUN_MAX_TURNS; // where time alone ended it, the clock may have leapt
    const isStuck = isSpinning && posts === 0 && this.#parts.log.distance === begunAt;
    if (isStuck) this.#backOff("StuckRun");
    this.#finish(isCut);
    return isCut;
  }

  /** What ended since the last write is not read, and told, again. */
  #loadAgain(config: EndpointConfig, now: number): void {
    if (!this.#isBroken) this.write(now);
    this.#isBroken = false;
    this.load(config);
  }

  #finish(isCut: boolean): void {
    const config = this.#parts.config();
    if (config === undefined) return;
    if (this.#parts.told.unwritten > 0 || isCut || this.#isLongUnwritten()) {
      this.write(this.#now());
    }
    this.#outcomes.posts.write(this.#parts.env, config);
    const { taken: count, failed, requestIds } = this.#outcomes;
    if (count + failed > 0) {
      const line = { endpoint: config.id, count, attempts: count + failed };
      log.info("endpoint.told", { ...line, ...listRequestIds(requestIds) });
    }
    const now = this.#now();
    if (this.#enabled() === null || this.#brokenUntil > now) return;
    const next = this.#nextAt(now, true) ?? Number.POSITIVE_INFINITY;
    this.#parts.wakeAt(isCut ? now : Math.min(next, now + LOOK_EVERY_MS));
  }

  /** Positions it only passed: once an hour, so that the log forgets none that counts as owed. */
  #isLongUnwritten(): boolean {
    const hasPassed = this.#parts.log.distance !== this.#writtenReached;
    return hasPassed && this.#lastWriteAt + LOOK_EVERY_MS <= this.#now();
  }

  /** What was in memory may not be what is stored: it is read anew. */
  #broke(err: unknown): void {
    this.#mustLoad = true;
    this.#isBroken = true;
    this.#backOff(errorKind(err)); // else it would post the same again and again
  }

  /** Nothing of it goes on for a little while. */
  #backOff(error: string): void {
    const endpoint = this.#parts.config()?.id;
    log.error("object.failed", { ...(endpoint && { endpoint }), reason: "pump", error });
    this.#brokenUntil = this.#now() + BACK_OFF_MS;
    this.#parts.wakeAt(this.#brokenUntil);
  }

  /** Begins to read what is missing; for one that is down no more than there is to look at. */
  #read(config: EndpointConfig, now: number): void {
    const { log: events, lines, replays, health } = this.#parts;
    const isWanted = health.isDown ? lines.size === 0 : lines.size < LOW || !lines.hasReady(now);
    if (isWanted) {
      const take = (jobs: Job[]) => this.#take(jobs);
      const noteForgotten = (positions: number) => this.#noteForgotten(config, positions);
      const cut = lines.cut.bind(lines);
      for (const read of events.read(config, now, { take, cut, noteForgotten })) this.#watch(read);
    }
    if (
      health.isDown ||
      !replays.isRunning ||
      replays.hasNext ||
      this.#turns.replayNotBefore > now
    ) {
      return;
    }
    // What is under way is not passed yet: it would be read again.
    if (this.#turns.isReplayInFlight) return;
    const loading = replays.load(config, now);
    if (loading === null) return;
    this.#watch(
      loading.catch((err: unknown) => {
        this.#turns.holdReplays(this.#now() + BACK_OFF_MS);
        log.warn("endpoint.log_unread", { endpoint: config.id, error: errorKind(err) });
      }),
    );
  }

  #watch(read: Promise<void>): void {
    const watched = read.finally(() => this.#reads.delete(watched));
    this.#reads.add(watched);
  }

  /** What it was away for too long for: said, and in the same stroke passed, so that it is said once. */
  #noteForgotten(config: EndpointConfig, positions: number): void {
    const { settings } = this.#parts;
    const before = settings.get<Forgotten>("forgotten")?.positions ?? 0;
    const at = this.#now();
    this.#parts.whole(() => {
      settings.set("forgotten", { positions: before + positions, at } satisfies Forgotten);
      this.#writeRows(at);
    });
    log.error("endpoint.forgotten", { endpoint: config.id, count: positions });
  }

  #take(jobs: Job[]): void {
    if (jobs.length > 0) this.#parts.wakeAt(this.#now() + GUARD_MS);
    this.#parts.lines.add(jobs);
  }

  #start(job: Job, config: EndpointConfig): void {
    const done = this.#courier
      .attempt(job, config)
      .then((came) => this.#outcomes.settle(job, came, config))
      .catch((err: unknown) => this.#broke(err))
      .finally(() => {
        this.#inFlight.delete(job.event);
      });
    this.#inFlight.set(job.event, { job, done });
  }

  #mustWrite(now: number): boolean {
    const { told, log: events } = this.#parts;
    if (told.unwritten >= WRITE_MAX_TOLD) return true;
    if (this.#lastWriteAt + WRITE_EVERY_MS > now) return false;
    const passed = Math.abs(events.distance - this.#writtenReached);
    return told.unwritten > 0 || passed >= WRITE_EVERY_POSITIONS;
  }

  /**
   * When the next thing is due (epoch ms).
   *
   * @param atRest nothing is under way: what is due and was not taken is due again in a moment
   */
  #nextAt(now: number, atRest: boolean): number | null {
    const { told, log: events, lines, store, health } = this.#parts;
    const { replayNotBefore, nextStartAt } = this.#turns;
    // These only hold back: once they are past nothing is due of them.
    const heldUntil = this.#parts.trouble.heldUntil;
    const times = [events.retryAt, replayNotBefore, nextStartAt, heldUntil].filter(
      (at) => (at ?? 0) > now,
    );
    if (told.unwritten > 0) times.push(this.#lastWriteAt + WRITE_EVERY_MS);
    if (heldUntil > now) {
      // Nothing else is due before.
    } else if (health.isDown) {
      // Of what owes nothing nothing is due: else it would be looked at without end.
      const isOwed = lines.size > 0 || store.oldestOwed(health.streakSince ?? 0) !== null;
      if (this.#inFlight.size === 0 && isOwed) times.push(health.nextProbeAt);
    } else if (this.#inFlight.size < AT_ONCE) {
      times.push(lines.nextAt(), store.nextOwnAt);
    }
    const due = times.filter((at): at is number => at !== null && at > 0);
    if (due.length === 0) return null;
    if (atRest) return Math.max(Math.min(...due), now + 1);
    const coming = due.filter((at) => at > now);
    return coming.length === 0 ? null : Math.min(...coming);
  }

  /** Waits for whatever comes first. @returns false when nothing is under way or due soon */
  async #rest(now: number): Promise<boolean> {
    const waits = [...this.#reads, ...[...this.#inFlight.values()].map(({ done }) => done)];
    const next = this.#nextAt(now, false);
    const isNear = next !== null && next <= now + TIMER_MAX_MS;
    if (waits.length === 0 && !isNear) return this.#hasReplayToRead(now);
    this.#poke = Promise.withResolvers();
    waits.push(this.#poke.promise);
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (next !== null) {
      const slept = Promise.withResolvers<void>();
      timer = setTimeout(() => {
        this.#sleptTo = Math.max(this.#sleptTo, next);
        slept.resolve();
      }, next - now);
      waits.push(slept.promise);
    }
    await Promise.race(waits);
    clearTimeout(timer);
    return true;
  }

  /** All that was read of a replay was passed over: its next page comes now. */
  #hasReplayToRead(now: number): boolean {
    const { replays, health } = this.#parts;
    const isHeld = this.#parts.trouble.heldUntil > now;
    const mayRead = !health.isDown && !isHeld && this.#turns.replayNotBefore <= now;
    return mayRead && replays.isRunning && !replays.hasNext;
  }

  /** A clock that was minutes or hours ahead left instants that nobody should wait for. */
  #heedClock(): void {
    const now = Date.now();
    const seen = this.#seenAt === 0 ? this.#progress().at : this.#seenAt;
    this.#seenAt = now;
    const byMs = seen - now;
    if (byMs <= SET_BACK_MS) return;
    const { store, health, log: events } = this.#parts;
    this.#parts.whole(() => {
      store.bringForward(byMs);
      health.bringForward(byMs);
      this.#parts.settings.set("progress", { ...this.#progress(), at: now } satisfies Progress);
    });
    this.#turns.forgetTimes();
    events.forgetTimes();
    this.#lastWriteAt = now;
    this.#sleptTo = this.#brokenUntil = 0;
    this.#mustLoad = true; // when those in line are due
  }

  #now(): number {
    const now = Date.now();
    if (this.#sleptTo > now + 2 * TIMER_MAX_MS) this.#sleptTo = 0; // the clock was set back
    return Math.max(now, this.#sleptTo);
  }

  #enabled(): EndpointConfig | null {
    const config = this.#parts.config();
    return config?.state === "enabled" ? config : null;
  }

  #progress(): Progress {
    const saved = this.#parts.settings.get<Progress>("progress");
    return saved ?? { shards: {}, lastSuccessAt: null, at: 0 };
  }
}
