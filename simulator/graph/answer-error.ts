import type { ErrorHandler } from "hono";
import { realNow } from "../clock.ts";
import type { World } from "../world.ts";
import { errorBody, GraphError } from "./graph-error.ts";
import type { GraphEnv } from "./graph-env.ts";

/** Every "no" in Meta's envelope, and into the ledger; a bug of ours is a 500 with code 1, and logged. */
export function answerError(world: World): ErrorHandler<GraphEnv> {
  return (err, c) => {
    const traceId = `A${world.random.hex(20)}`;
    const { path } = c.req;
    if (!(err instanceof GraphError)) {
      world.settings.log(`${c.req.method} ${path}: ${err.stack ?? err.message}`);
      return c.json(errorBody({ code: 1, details: "The simulator failed" }, traceId), 500);
    }
    // What counted and was answered with 500 was not refused.
    if (!c.var.taken) {
      const { code, subcode } = err.refusal;
      const atMs = c.var.arrivedAt ?? realNow();
      world.ledger.callRefused({ path, code, ...(subcode === undefined ? {} : { subcode }), atMs });
    }
    return c.json(errorBody(err.refusal, traceId), err.status);
  };
}
