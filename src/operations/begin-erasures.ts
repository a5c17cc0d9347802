import { requestIdNow } from "../lib/request-id.ts";
import type { Sweeper } from "../sweeper.ts";

/**
 * Begins what was just ordered to be erased, under the request's own id, behind its answer. In a call
 * of its own: beside each line that a request logs Cloudflare keeps its address, and this one's names
 * who is erased. What fails there the same sweep meets again within a minute, and says.
 *
 * @param context of the request; Hono's type of it does not name what this Worker exports
 */
export function beginErasures(context: object): void {
  const { exports, waitUntil } = context as Pick<ExecutionContext, "waitUntil"> & {
    exports: { Sweeper: Pick<Sweeper, "sweep"> };
  };
  waitUntil.call(context, exports.Sweeper.sweep("erasures", requestIdNow()));
}
