import { log } from "../lib/log.ts";
import type { SettingsStore } from "./settings-store.ts";

/**
 * Why nothing could be posted, for a reason of ours: the resolver did not answer, the endpoint's
 * secret does not open, or the registry, a shard or the runtime failed us.
 */
export type OurReason = "dns_unavailable" | "secret_unreadable" | "not_posted";

const FIRST_WAIT_MS = 5_000;
/** What passes by itself is tried again within a minute; a secret waits for somebody. */
const WAIT_MAX_MS: Record<OurReason, number> = {
  dns_unavailable: 60_000,
  not_posted: 60_000,
  secret_unreadable: 300_000,
};
/** What lasts longer does not pass by itself. */
const PASSING_MS = 300_000;
const SAY_EVERY_MS = 3_600_000;

export interface Trouble {
  reason: OurReason;
  /** Epoch ms, all of them. */
  since: number;
  tries: number;
  nextAt: number;
  /** When a person was called last. */
  saidAt: number;
}

/**
 * What keeps us from posting to an endpoint, and until when all of it waits: it uses up no event's
 * schedule and says nothing of how the endpoint is.
 */
export class EndpointTrouble {
  readonly #settings: SettingsStore;

  constructor(settings: SettingsStore) {
    this.#settings = settings;
  }

  get current(): Trouble | null {
    return this.#settings.get<Trouble | null>("trouble") ?? null;
  }

  /** Nothing is to be posted before (epoch ms); 0 where nothing keeps us. */
  get heldUntil(): number {
    return this.current?.nextAt ?? 0;
  }

  /** Nothing could be posted. Those that were tried side by side count as one try. */
  met(reason: OurReason, endpoint: string, now: number): void {
    const before = this.current;
    if (before !== null && before.nextAt > now) return;
    const isSame = before?.reason === reason;
    const tries = isSame ? before.tries + 1 : 1;
    const since = before?.since ?? now;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), WAIT_MAX_MS[reason]);
    const needsPerson = reason === "secret_unreadable" || now - since >= PASSING_MS;
    const saidAt = isSame ? before.saidAt : 0;
    const isSaid = needsPerson && now - saidAt >= SAY_EVERY_MS;
    if (isSaid) log.error("endpoint.held_up", { endpoint, reason, ms: now - since });
    const trouble = { reason, since, tries, nextAt: now + wait, saidAt: isSaid ? now : saidAt };
    this.#settings.set("trouble", trouble satisfies Trouble);
  }

  /** Something was posted. @returns for how long nothing could be (ms) */
  over(now: number): number {
    const before = this.current;
    if (before === null) return 0;
    this.#settings.set("trouble", null);
    return Math.max(0, now - before.since);
  }

  /** It is to be tried at once: what kept us may be mended. */
  hurry(now: number): void {
    const before = this.current;
    if (before !== null) this.#settings.set("trouble", { ...before, nextAt: now });
  }
}
