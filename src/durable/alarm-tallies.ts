import type { AlarmName } from "../lib/alarms.ts";
import type { SettingsStore } from "./settings-store.ts";

const MINUTE = 60_000;

/** What is told only when it happens in number: so often within a time. */
const RULES = {
  webhooks_refused: { windowMs: 10 * MINUTE, most: 20 },
  media_lost: { windowMs: 60 * MINUTE, most: 50 },
} as const satisfies Partial<Record<AlarmName, { windowMs: number; most: number }>>;

export type Tallied = keyof typeof RULES;

interface Tally {
  /** Of the window (epoch ms). */
  from: number;
  count: number;
  /** What went well beside it, as far as those who counted know. */
  beside: number;
}

/** Counts, window by window, of what only its number makes an alarm. */
export class AlarmTallies {
  readonly #settings: SettingsStore;

  constructor(settings: SettingsStore) {
    this.#settings = settings;
  }

  /** @returns what its window holds now, and whether that is too many */
  add(alarm: Tallied, count: number, beside: number, now: number): Tally & { tooMany: boolean } {
    const before = this.#read(alarm);
    const isOver = before === null || now >= before.from + RULES[alarm].windowMs;
    const base = isOver ? { from: now, count: 0, beside: 0 } : before;
    const tally = { from: base.from, count: base.count + count, beside: base.beside + beside };
    this.#settings.set(alarm, tally);
    return { ...tally, tooMany: tally.count >= RULES[alarm].most };
  }

  /** Ends the windows that are over. @returns the kinds of which there were not too many */
  end(now: number): Tallied[] {
    const calm: Tallied[] = [];
    for (const alarm of KINDS) {
      const tally = this.#read(alarm);
      if (tally === null || now < tally.from + RULES[alarm].windowMs) continue;
      if (tally.count < RULES[alarm].most) {
        calm.push(alarm);
        this.#settings.set(alarm, null);
      } else {
        this.#settings.set(alarm, { from: now, count: 0, beside: 0 } satisfies Tally);
      }
    }
    return calm;
  }

  /** When the next window is over (epoch ms). */
  nextAt(): number | null {
    const ends = KINDS.flatMap((alarm) => {
      const tally = this.#read(alarm);
      return tally === null ? [] : [tally.from + RULES[alarm].windowMs];
    });
    return ends.length === 0 ? null : Math.min(...ends);
  }

  #read(alarm: Tallied): Tally | null {
    return this.#settings.get<Tally | null>(alarm) ?? null;
  }
}

const KINDS = Object.keys(RULES) as Tallied[];
