import { TOKEN_ENDS_SOON_MS, UNKNOWN_SENDS_MAX } from "../lib/alarms.ts";
import type { OwnAlarms } from "./own-alarms.ts";
import type { Block, SenderConfig } from "./sender-state.ts";

/** Counting reads a row of each. */
const COUNT_EVERY_MS = 5_000;

/** How a number stands, as far as operators are told of it. */
export interface PhoneCondition {
  config: SenderConfig;
  /** Since when the oldest fact waits for D1 (epoch ms); null where that is not for long. */
  behindSince: number | null;
  journal: number;
  block: Block | null;
  /** Counts the sends of the last hour whose outcome nobody knows. */
  countUnknown: () => number;
}

/** Says what operators must hear of a number: from its object, so that D1 need not answer. */
export class PhoneAlarms {
  readonly #own: OwnAlarms;
  #countedAt = 0;

  constructor(own: OwnAlarms) {
    this.#own = own;
  }

  /** The number is about to be erased. */
  end(): Promise<void> {
    return this.#own.end();
  }

  look(condition: PhoneCondition, now: number): void {
    const { config, behindSince, journal, block } = condition;
    const { phoneNumberId: subject } = config;
    const path = `/console/senders/${config.senderKey}`;
    this.#own.set(
      "flush_late",
      subject,
      behindSince === null
        ? null
        : {
            since: behindSince,
            detail: `${journal} facts of the number wait for ${config.shard}.`,
            path,
          },
      now,
    );
    // Without a token it is disconnected: nothing is refused any more.
    const refused = block?.kind === "token" && config.token !== null ? block : null;
    this.#own.set(
      "token_refused",
      subject,
      refused === null
        ? null
        : { since: refused.since, detail: `Meta's code ${refused.code}.`, path },
      now,
    );
    const endsAt = config.token === null ? null : (config.tokenExpiresAt ?? null);
    const endsSoon = refused === null && endsAt !== null && now >= endsAt - TOKEN_ENDS_SOON_MS;
    this.#own.set(
      "token_expiring",
      subject,
      endsSoon
        ? { since: now, detail: `It ends at ${new Date(endsAt).toISOString()}.`, path }
        : null,
      now,
    );
    if (now < this.#countedAt + COUNT_EVERY_MS && now >= this.#countedAt) return;
    this.#countedAt = now;
    const unknown = condition.countUnknown();
    this.#own.set(
      "sends_unknown",
      subject,
      unknown > UNKNOWN_SENDS_MAX
        ? { since: now, detail: `${unknown} sends.`, count: unknown, path }
        : null,
      now,
    );
  }
}
