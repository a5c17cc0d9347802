import { WorkerEntrypoint } from "cloudflare:workers";
import { errorKind } from "./lib/log.ts";
import { requestIdNow, underRequestId } from "./lib/request-id.ts";
import { SWEEPS } from "./scheduled.ts";
import { servicesOf } from "./services.ts";
import type { Sweep } from "./scheduled.ts";
import type { Swept } from "./operations/sweep-each.ts";

/**
 * One sweep in a call of its own: what a call may ask of D1, and how many connections it may have
 * open, it has for itself.
 */
export class Sweeper extends WorkerEntrypoint<Env> {
  /**
   * @returns what the sweep came to; where it failed, the kind of its error: one that left this call
   * would be logged by Cloudflare with its words, which can be somebody's
   */
  async sweep(
    name: string,
    requestId: string | undefined,
  ): Promise<number | Swept | { error: string }> {
    try {
      const services = servicesOf(this.env);
      return (await underRequestId(requestId, () => SWEEPS[name]?.(services))) ?? 0;
    } catch (err) {
      return { error: errorKind(err) };
    }
  }
}

/**
 * All sweeps, each of them a call to this same Worker. A call of ours may make 32 such (Cloudflare's
 * limit of service bindings); a test holds that there are no more.
 */
export function inOwnCalls(sweeper: Pick<Sweeper, "sweep">): Record<string, Sweep> {
  const inOwnCall = (name: string) => async () => {
    const answer = await sweeper.sweep(name, requestIdNow());
    if (typeof answer === "number" || "found" in answer) return answer;
    throw Object.assign(new Error("A sweep failed in its own call."), { name: answer.error });
  };
  return Object.fromEntries(Object.keys(SWEEPS).map((name) => [name, inOwnCall(name)]));
}
