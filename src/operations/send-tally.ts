import type { Carry, SendOutcome } from "../durable/send-types.ts";
import type { Services } from "../services.ts";

/** Of a run of the drainer: an invocation writes 25 points at most. */
const KINDS_MAX = 10;

/** Adds up what sends of a number came to, so that a run writes a point for each kind of end. */
export class SendTally {
  readonly #services: Services;
  readonly #about: string;
  readonly #lane: "caller" | "queue";
  readonly #ends = new Map<string, { outcome: string; type: string; code: string } & Sum>();
  #places = { used: 0, waited_ms: 0, longest_ms: 0 };

  constructor(services: Services, phoneNumberId: string, lane: "caller" | "queue") {
    this.#services = services;
    this.#about = phoneNumberId;
    this.#lane = lane;
  }

  /** @param ms that Graph took */
  add({ waitedMs, body }: Carry, outcome: SendOutcome, ms: number): void {
    const { used, waited_ms: waited, longest_ms: longest } = this.#places;
    const longestMs = Math.max(longest, waitedMs);
    this.#places = { used: used + 1, waited_ms: waited + waitedMs, longest_ms: longestMs };
    const type = typeof body["type"] === "string" ? body["type"] : "";
    this.#count(outcome.state, type, codeOf(outcome), ms);
  }

  /** One that never got a place: it was refused here, with a code of Meta's. */
  refused(type: string, code: number): void {
    this.#count("refused_here", type, String(code), 0);
  }

  /** Writes the points. Nothing is added after it. */
  write(): void {
    for (const { outcome, type, code, count, ms } of this.#ends.values()) {
      this.#services.measure("sends", this.#about, { outcome, type, code, count, ms });
    }
    if (this.#places.used === 0) return;
    this.#services.measure("places", this.#about, { lane: this.#lane, ...this.#places });
  }

  #count(outcome: string, type: string, code: string, ms: number): void {
    const named = `${outcome}|${type}|${code}`;
    // Of so many kinds the rest is told by its outcome alone.
    const isOther = !this.#ends.has(named) && this.#ends.size >= KINDS_MAX;
    const key = isOther ? outcome : named;
    const end = this.#ends.get(key) ?? {
      outcome,
      type: isOther ? "" : type,
      code: isOther ? "" : code,
      count: 0,
      ms: 0,
    };
    this.#ends.set(key, { ...end, count: end.count + 1, ms: end.ms + ms });
  }
}

interface Sum {
  count: number;
  ms: number;
}

function codeOf(outcome: SendOutcome): string {
  if (outcome.state === "unknown") return outcome.why;
  if (outcome.state === "accepted") return "";
  const { code } = outcome.error;
  return typeof code === "number" ? String(code) : "";
}
