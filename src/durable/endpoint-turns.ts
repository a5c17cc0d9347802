import { jobOfDelivery } from "./delivery-store.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { Job } from "./delivery-types.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import type { EndpointLines } from "./endpoint-lines.ts";
import type { EndpointReplays } from "./endpoint-replays.ts";
import type { EndpointTrouble } from "./endpoint-trouble.ts";

/** Retries that nobody waits for never take all posts that may be open. */
const OWN_AT_ONCE = 2;
/** So many live posts at most go before a replay has its turn. */
const REPLAY_EVERY = 10;
/** So many different events that fail are proof enough that none gets through. */
const LOOKED_AT_MAX = 20;
/** Looks at whatever there is: so many at first, and then one of so many. */
const ANY_AT_FIRST = 6;
const ANY_EVERY = 16;

interface Parts {
  store: DeliveryStore;
  lines: EndpointLines;
  health: EndpointHealth;
  trouble: EndpointTrouble;
  replays: EndpointReplays;
  /** What is being posted, by event. */
  inFlight: ReadonlyMap<string, { job: Job }>;
}

/** Which event goes out next: the line, its retries, replays, and who may while it is down. */
export class EndpointTurns {
  readonly #parts: Parts;
  /** Retries asked for by hand. */
  readonly #asked = new Set<string>();
  #sinceReplay = 0;
  /** A replay that could not be read on waits until then (epoch ms). */
  #replayNotBefore = 0;
  #nextStartAt = 0;
  #wasOwn = false;
  #probe: string | null = null;
  /** The oldest event owed has just failed: another one is tried beside it. */
  #isLookWanted = false;
  #look: { event: string; oldest: string } | null = null;
  #looks = 0;
  #lookedSince: number | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** An event may go although the endpoint is down: somebody asked for it. */
  ask(event: string): void {
    this.#asked.add(event);
  }

  forget(): void {
    this.#asked.clear();
    this.#probe = null;
    this.#look = null;
    this.#isLookWanted = false;
  }

  /** The clock was set back: what was held until an instant of the wrong one goes on. */
  forgetTimes(): void {
    this.#replayNotBefore = 0;
    this.#nextStartAt = 0;
  }

  /** It was tried, or cannot be. */
  made({ event }: Job): void {
    this.#asked.delete(event);
    if (this.#probe === event) this.#probe = null;
    if (this.#look?.event === event) this.#look = null;
  }

  /**
   * The oldest event owed failed again. If another one gets through now, it is this event that
   * cannot be told and not the endpoint that is down: without this look two such events in a row
   * would hold back everything behind them for days. A test would prove less: there are receivers
   * that take what they do not know and fail at what they do, and the other way round.
   */
  lookAtAnother(): void {
    this.#isLookWanted = true;
  }

  /** The event that failed just before, where this one was tried beside it. */
  triedBeside({ event }: Job): string | null {
    return this.#look?.event === event ? this.#look.oldest : null;
  }

  /** Whether it went out to see if the endpoint is still down. */
  isProbe({ event }: Job): boolean {
    return this.#probe === event;
  }

  holdReplays(until: number): void {
    this.#replayNotBefore = until;
  }

  get replayNotBefore(): number {
    return this.#replayNotBefore;
  }

  /** When the pace lets the next post begin. */
  get nextStartAt(): number {
    return this.#nextStartAt;
  }

  get isReplayInFlight(): boolean {
    return this.#countInFlight("replay") > 0;
  }

  /** @param maxPerSecond attempts a second; null: as many as there are */
  next(now: number, maxPerSecond: number | null): Job | null {
    if (this.#parts.trouble.heldUntil > now) return null;
    if (maxPerSecond !== null && this.#nextStartAt > now) return null;
    const job = this.#parts.health.isDown ? this.#pickProbe(now) : this.#pickNext(now);
    if (job !== null && maxPerSecond !== null) this.#nextStartAt = now + 1_000 / maxPerSecond;
    return job;
  }

  /** While down only one goes out, and it is the oldest owed; or one that somebody asked for. */
  #pickProbe(now: number): Job | null {
    const { store, health, lines, inFlight } = this.#parts;
    if (inFlight.size > 0) return null;
    this.#look = null;
    for (const event of this.#asked) {
      const row = store.find(event);
      if (row?.state === "waiting") return jobOfDelivery(row, "line");
      if (row?.state === "retrying") return jobOfDelivery(row, "own");
    }
    if (this.#isLookWanted) {
      this.#isLookWanted = false;
      const job = this.#pickAnother();
      if (job !== null) return job;
    }
    const probeAt = health.nextProbeAt;
    if (probeAt === null || probeAt > now) return null;
    const job = store.oldestOwed(health.streakSince ?? 0) ?? lines.take(Number.POSITIVE_INFINITY);
    this.#probe = job?.event ?? null;
    return job;
  }

  /**
   * In turn those that failed in the outage, and as long as they are few one of the line. After the
   * first minutes mostly the oldest of another sender only: should the outage end between the look
   * before and this one, nobody's events are put out of order by it.
   */
  #pickAnother(): Job | null {
    const { store, health, lines } = this.#parts;
    if (this.#lookedSince !== health.streakSince) this.#looks = 0;
    this.#lookedSince = health.streakSince;
    const owed = store.listOwed(health.streakSince ?? 0, LOOKED_AT_MAX);
    const [oldest] = owed;
    if (oldest === undefined) return null;
    const look = this.#looks++;
    const isAny = look < ANY_AT_FIRST || look % ANY_EVERY === 0;
    const others = owed
      .slice(1)
      .filter((job) => isAny || owed.find((first) => first.senderId === job.senderId) === job);
    const isRoom = owed.length < LOOKED_AT_MAX;
    const known = others[look % Math.max(1, others.length + (isRoom ? 1 : 0))];
    const fresh = (job: Job) => isAny || owed.every(({ senderId }) => senderId !== job.senderId);
    const job = known ?? lines.take(Number.POSITIVE_INFINITY, fresh) ?? others[0] ?? null;
    this.#look = job === null ? null : { event: job.event, oldest: oldest.event };
    return job;
  }

  /** Live ones first; a replay has its turn after ten of them, or when they leave room. */
  #pickNext(now: number): Job | null {
    const { lines, replays } = this.#parts;
    const mayReplay =
      replays.hasNext && this.#replayNotBefore <= now && this.#countInFlight("replay") === 0;
    const turn = mayReplay && this.#sinceReplay >= REPLAY_EVERY ? this.#pickReplay() : null;
    if (turn !== null) return turn;
    const own = this.#wasOwn && lines.hasReady(now) ? null : this.#pickOwn(now);
    const live = own ?? lines.take(now);
    this.#wasOwn = own !== null;
    if (live !== null) this.#sinceReplay += 1;
    return live ?? (mayReplay ? this.#pickReplay() : null);
  }

  #pickReplay(): Job | null {
    this.#sinceReplay = 0;
    const job = this.#parts.replays.take();
    return job === null || this.#parts.inFlight.has(job.event) ? null : job;
  }

  #pickOwn(now: number): Job | null {
    const { store } = this.#parts;
    const dueAt = store.nextOwnAt;
    if (dueAt === null || dueAt > now || this.#countInFlight("own") >= OWN_AT_ONCE) return null;
    const due = store.listDue(now, OWN_AT_ONCE + 1);
    return due.find(({ event }) => !this.#parts.inFlight.has(event)) ?? null;
  }

  #countInFlight(way: Job["way"]): number {
    return [...this.#parts.inFlight.values()].filter(({ job }) => job.way === way).length;
  }
}
