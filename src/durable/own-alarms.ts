import { errorKind, log } from "../lib/log.ts";
import { alarmsStub } from "./alarms-stub.ts";
import type { AlarmFinding, AlarmName } from "../lib/alarms.ts";
import type { SettingsStore } from "./settings-store.ts";

/** The alarms' object did not answer: it is asked again so much later. */
const RETRY_MS = 60_000;

/**
 * What an object of ours knows to be wrong with itself. Only a change is a call, and a row: what was
 * said is remembered over a restart, and what could not be said is said at a later look.
 */
export class OwnAlarms {
  readonly #env: Env;
  readonly #settings: SettingsStore;
  readonly #waitUntil: (work: Promise<void>) => void;
  readonly #saying = new Set<AlarmName>();
  /** What was so while the last word was on its way. */
  readonly #next = new Map<AlarmName, () => void>();
  #notBefore = 0;

  constructor(env: Env, settings: SettingsStore, waitUntil: (work: Promise<void>) => void) {
    this.#env = env;
    this.#settings = settings;
    this.#waitUntil = waitUntil;
  }

  /** It is so, or (null) it is not. @param subject what the alarm is about */
  set(
    alarm: AlarmName,
    subject: string,
    finding: Omit<AlarmFinding, "alarm" | "subject"> | null,
    now: number,
  ): void {
    if (this.#saying.has(alarm)) {
      this.#next.set(alarm, () => this.set(alarm, subject, finding, Date.now()));
      return;
    }
    const saidOf = this.#said[alarm];
    if ((saidOf !== undefined) === (finding !== null) || now < this.#notBefore) return;
    this.#saying.add(alarm);
    this.#waitUntil(this.#say(alarm, saidOf ?? subject, finding, now));
  }

  /** There is nothing left that could be wrong: the object is about to be emptied. Never rejects. */
  async end(): Promise<void> {
    for (const [alarm, subject] of Object.entries(this.#said) as [AlarmName, string][]) {
      try {
        await alarmsStub(this.#env).clear(alarm, subject);
      } catch (err) {
        log.error("alarm.not_raised", { alarm, subject, error: errorKind(err) });
      }
    }
  }

  async #say(
    alarm: AlarmName,
    subject: string,
    finding: Omit<AlarmFinding, "alarm" | "subject"> | null,
    now: number,
  ): Promise<void> {
    try {
      const alarms = alarmsStub(this.#env);
      if (finding === null) await alarms.clear(alarm, subject);
      else await alarms.raise({ ...finding, alarm, subject });
      const { [alarm]: _, ...others } = this.#said;
      this.#settings.set("alarmed", finding === null ? others : { ...others, [alarm]: subject });
    } catch (err) {
      this.#notBefore = now + RETRY_MS;
      log.error("alarm.not_raised", { alarm, subject, error: errorKind(err) });
    } finally {
      this.#saying.delete(alarm);
      const next = this.#next.get(alarm);
      this.#next.delete(alarm);
      next?.();
    }
  }

  /** What was said to be so, and of what. */
  get #said(): Partial<Record<AlarmName, string>> {
    return this.#settings.get<Partial<Record<AlarmName, string>>>("alarmed") ?? {};
  }
}
