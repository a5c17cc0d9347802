import { readEventAt } from "../database/read-endpoint-events.ts";
import { shardDatabase } from "../database/shards.ts";
import { viewEvent } from "../events/view-event.ts";
import { errorKind, log } from "../lib/log.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { SecretUnopened } from "../lib/seal.ts";
import { post } from "./endpoint-post.ts";
import type { PartnerEvent } from "../events/partner-event.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { Job } from "./delivery-types.ts";
import type { EndpointAddress } from "./endpoint-address.ts";
import type { EndpointLetters } from "./endpoint-letters.ts";
import type { OurReason } from "./endpoint-trouble.ts";
import type { Attempt, EndpointConfig } from "./endpoint-types.ts";

/** An attempt's failure where the address may not be posted to. */
export const REFUSED = "refused_address";

/** Nothing was posted, for a reason of ours. */
export interface NotPosted {
  ours: OurReason;
}

interface Parts {
  env: Env;
  store: DeliveryStore;
  letters: EndpointLetters;
  address: EndpointAddress;
}

/** Makes an attempt: reads the event where it is not at hand, asks after the address, signs, posts. */
export class EndpointCourier {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * @returns what came of the post; "untold" where the log has forgotten the event or the format has
   *   no form for it, `ours` where something of ours failed: then nothing was posted
   */
  async attempt(job: Job, config: EndpointConfig): Promise<Attempt | NotPosted | "untold"> {
    const { env, letters, address, store } = this.#parts;
    const n = lastAttempt(store, job.event) + 1;
    const isReplay = job.way === "replay";
    try {
      const database = shardDatabase(env, job.shard);
      const row = job.row ?? (await readEventAt(database, config.partner, job.pos));
      if (row === null) {
        log.error("endpoint.forgotten", { endpoint: config.id, eventId: job.event, count: 1 });
        return "untold";
      }
      job.requestId = row.requestId;
      // Owed since before its filter was narrowed: whoever reads there now may not be told of it.
      if (!coversSender(config.senders, row.senderId)) return "untold";
      const at = Date.now();
      const verdict = await address.judge(config.url, at);
      if (verdict === "unknown") return { ours: "dns_unavailable" };
      if (verdict === "refused") return noted(job, config, notSent(REFUSED, n, at, isReplay));
      const letter = await letters.write(config, viewEvent(row), { n, isReplay, now: at });
      if (letter === null) return "untold";
      return noted(job, config, { n, at, ...(await post(letter)), replay: isReplay });
    } catch (err) {
      const reason = reasonOf(err);
      log.warn("endpoint.not_posted", {
        endpoint: config.id,
        eventId: job.event,
        reason,
        error: errorKind(err),
      });
      return { ours: reason };
    }
  }

  /** Posts an event that is not of the log, now. What of ours fails is the failure's name. */
  async tryOut(config: EndpointConfig, event: PartnerEvent): Promise<Attempt> {
    const at = Date.now();
    const options = { n: 1, isReplay: false, now: at };
    const verdict = await this.#parts.address.judge(config.url, at);
    if (verdict === "unknown") return notSent("dns_unavailable", 1, at, false);
    if (verdict === "refused") return notSent(REFUSED, 1, at, false);
    try {
      const letter = await this.#parts.letters.writeTest(config, event, options);
      return { n: 1, at, ...(await post(letter)), replay: false };
    } catch (err) {
      return notSent(reasonOf(err), 1, at, false);
    }
  }
}

/** Each attempt that failed is a line of its own; what went well is counted by the run. */
function noted({ event, requestId }: Job, { id }: EndpointConfig, attempt: Attempt): Attempt {
  const { n: attempts, ms, status, failure } = attempt;
  if (failure === null) return attempt;
  log.warn("endpoint.attempt_failed", {
    ...(requestId !== null && { requestId }),
    endpoint: id,
    eventId: event,
    attempts,
    reason: failure,
    ...(status !== null && { status }),
    ms,
  });
  return attempt;
}

function lastAttempt(store: DeliveryStore, event: string): number {
  const known = store.find(event);
  if (known === null) return 0;
  return (JSON.parse(known.attempts) as Attempt[]).at(-1)?.n ?? 0;
}

/** There was no connection: its address may not be posted to, or something of ours failed. */
export function notSent(
  failure: OurReason | typeof REFUSED,
  n: number,
  at: number,
  replay: boolean,
): Attempt {
  return { n, at, ms: 0, status: null, failure, answer: null, replay };
}

function reasonOf(err: unknown): OurReason {
  return err instanceof SecretUnopened ? "secret_unreadable" : "not_posted";
}
