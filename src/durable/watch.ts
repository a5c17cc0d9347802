import type { WarningFact } from "./journal.ts";
import type { SettingsStore } from "./settings-store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Meta ends a connection after about 14 days without the phone (protocol.md 4.2). */
const PHONE_ENDS_MS = 14 * DAY_MS;
const PHONE_WARN_MS = 10 * DAY_MS;
/** The last sign is stored this exactly: each echo would else be a billed row. */
const SIGN_GRAIN_MS = HOUR_MS;
/** How long before its end a token is warned of, in days. */
const TOKEN_WARN_DAYS = [14, 3];

interface TokenWarned {
  expiresAt: number;
  days: number;
}

interface Parts {
  settings: SettingsStore;
  tell: (fact: WarningFact) => void;
  /** The token is past its end: Meta refuses whatever goes out with it. */
  expired: (now: number) => void;
}

/**
 * What ends a connection by itself, seen coming: a phone that nobody uses, a token that expires.
 * Each is told once; looked at hourly, by the sweep that wakes every object.
 */
export class Watch {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A new onboarding: the owner has just used the phone, as far as we can know. */
  begin(now: number): void {
    this.#parts.settings.set("phoneSeenAt", now);
  }

  /** Whether a sign of the phone at this instant (epoch ms) would be news. */
  isNews(at: number): boolean {
    return at >= this.#seenAt + SIGN_GRAIN_MS;
  }

  /** The phone did something at `at` (epoch ms). An old sign that comes late is none. */
  seen(at: number): void {
    if (this.isNews(at)) this.#parts.settings.set("phoneSeenAt", at);
  }

  /**
   * Tells what is due.
   *
   * @param expiresAt when the token expires (epoch ms), if it does and that is known
   */
  look(now: number, expiresAt: number | null): void {
    this.#lookAtPhone(now);
    if (expiresAt !== null) this.#lookAtToken(now, expiresAt);
  }

  #lookAtPhone(now: number): void {
    const seenAt = this.#seenAt;
    const { settings, tell } = this.#parts;
    if (seenAt === 0 || now < seenAt + PHONE_WARN_MS) return;
    if (settings.get<number>("inactiveTold") === seenAt) return;
    settings.set("inactiveTold", seenAt);
    tell({
      kind: "warning",
      key: `in:${seenAt}`,
      event: "sender.inactive_soon",
      at: now,
      data: { last_sign_at: iso(seenAt), ends_at: iso(seenAt + PHONE_ENDS_MS) },
    });
  }

  #lookAtToken(now: number, expiresAt: number): void {
    if (now >= expiresAt) {
      this.#parts.expired(now);
      return;
    }
    const { settings, tell } = this.#parts;
    const told = settings.get<TokenWarned>("tokenWarned");
    const before = told?.expiresAt === expiresAt ? told.days : Number.POSITIVE_INFINITY;
    // Of several that are due the last one is enough.
    const days = TOKEN_WARN_DAYS.findLast((each) => now >= expiresAt - each * DAY_MS);
    if (days === undefined || days >= before) return;
    settings.set("tokenWarned", { expiresAt, days } satisfies TokenWarned);
    tell({
      kind: "warning",
      key: `te:${expiresAt}:${days}`,
      event: "sender.token_expiring",
      at: now,
      data: { expires_at: iso(expiresAt), days_left: Math.ceil((expiresAt - now) / DAY_MS) },
    });
  }

  /** Epoch ms, to the hour; null before the first. */
  get phoneSeenAt(): number | null {
    return this.#parts.settings.get<number>("phoneSeenAt") ?? null;
  }

  get #seenAt(): number {
    return this.phoneSeenAt ?? 0;
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
