import { DISABLE_AFTER_MS, probeWaitMs } from "./endpoint-schedule.ts";
import type { Attempt } from "./endpoint-types.ts";
import type { SettingsStore } from "./settings-store.ts";

interface HealthState {
  /** Since the last success only failures: from when on (epoch ms), and the event of the first. */
  streak: { since: number; event: string; excusedMs?: number } | null;
  down: { probes: number; nextAt: number } | null;
  lastFailure: Attempt | null;
}

const WELL: HealthState = { streak: null, down: null, lastFailure: null };

/**
 * Whether an endpoint is down: two different events failed in a row and none got through in
 * between. One event that always fails says nothing about the endpoint.
 */
export class EndpointHealth {
  readonly #settings: SettingsStore;
  readonly #timeScale: number;

  constructor(settings: SettingsStore, timeScale: number) {
    this.#settings = settings;
    this.#timeScale = timeScale;
  }

  get isDown(): boolean {
    return this.#state.down !== null;
  }

  /** Since when nothing gets through; null while it is well. */
  get failingSince(): number | null {
    return this.isDown ? (this.#state.streak?.since ?? null) : null;
  }

  get lastFailure(): Attempt | null {
    return this.#state.lastFailure;
  }

  /** When it is to be tried, while it is down. */
  get nextProbeAt(): number | null {
    return this.#state.down?.nextAt ?? null;
  }

  /** How often it was tried since it went down. */
  get probes(): number {
    return this.#state.down?.probes ?? 0;
  }

  /** The start of the failures that go on; null where the last attempt got through. */
  get streakSince(): number | null {
    return this.#state.streak?.since ?? null;
  }

  /** Whether this event alone failed since the last success. */
  isAlone(event: string): boolean {
    return !this.isDown && this.#state.streak?.event === event;
  }

  /**
   * An attempt in the line failed: not a later retry of an event that is known to fail.
   *
   * @returns whether the endpoint went down with it
   */
  failed(event: string, attempt: Attempt, now: number): boolean {
    const before = this.#state;
    const streak = before.streak ?? { since: attempt.at, event };
    const goesDown = before.down === null && streak.event !== event;
    const down = goesDown
      ? { probes: 0, nextAt: now + probeWaitMs(0, this.#timeScale) }
      : before.down;
    this.#save({ streak, down, lastFailure: attempt });
    return goesDown;
  }

  /** A later retry failed, or a replay: worth a look, but no sign of how the endpoint is. */
  noteFailure(attempt: Attempt): void {
    this.#save({ ...this.#state, lastFailure: attempt });
  }

  /** It was tried while down, in vain. */
  probed(now: number): void {
    const { down } = this.#state;
    if (down === null) return;
    const probes = down.probes + 1;
    const nextAt = now + probeWaitMs(probes, this.#timeScale);
    this.#save({ ...this.#state, down: { probes, nextAt } });
  }

  /** It is to be tried now, while it is down: what it failed for may be over. */
  hurry(now: number): void {
    const { down } = this.#state;
    if (down !== null) this.#save({ ...this.#state, down: { probes: 0, nextAt: now } });
  }

  /** The clock was set back by so much: what it said of this outage is to be said by the right one. */
  bringForward(ms: number): void {
    const { streak, down, lastFailure } = this.#state;
    if (streak === null && down === null) return;
    this.#save({
      streak: streak && { ...streak, since: streak.since - ms },
      down: down && { ...down, nextAt: down.nextAt - ms },
      lastFailure,
    });
  }

  /** Something got through. @returns since when it had failed, if it was down; else null */
  succeeded(): number | null {
    const { streak, down, lastFailure } = this.#state;
    if (streak === null && down === null) return null;
    this.#save({ streak: null, down: null, lastFailure });
    return down === null ? null : (streak?.since ?? null);
  }

  /** For so long we could not post: that time is not the endpoint's. */
  excuse(ms: number): void {
    const { streak } = this.#state;
    if (streak === null || ms === 0) return;
    const excusedMs = (streak.excusedMs ?? 0) + ms;
    this.#save({ ...this.#state, streak: { ...streak, excusedMs } });
  }

  /** Whether it has been down for too long. @param now epoch ms */
  isHopeless(now: number): boolean {
    const since = this.failingSince;
    const excusedMs = this.#state.streak?.excusedMs ?? 0;
    return since !== null && now - since - excusedMs >= DISABLE_AFTER_MS / this.#timeScale;
  }

  get #state(): HealthState {
    return this.#settings.get<HealthState>("health") ?? WELL;
  }

  #save(state: HealthState): void {
    this.#settings.set("health", state);
  }
}
