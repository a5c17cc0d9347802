import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { MiddlewareHandler } from "hono";
import type { FaultyEndpoint } from "../faults.ts";
import type { World } from "../world.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphContext, GraphEnv } from "./graph-env.ts";

/**
 * Lets a call go wrong as the faults say (faults.ts). What is "accepted" went through its rules and
 * counts; only the way back is disturbed. A call refused by a rule is answered as it is.
 */
export function faulty(world: World, endpoint: FaultyEndpoint): MiddlewareHandler<GraphEnv> {
  return async function disturb(c, next) {
    const fault = world.faults.next(endpoint);
    const waitMs = fault.latencyMs;
    switch (fault.kind) {
      case "drop":
        await realSleep(waitMs);
        return hangUp(c);
      case "refuse500":
      case "refuse503":
        await realSleep(waitMs);
        throw new GraphError(
          { code: fault.code ?? 131000, details: "A fault of the simulator" },
          fault.kind === "refuse503" ? 503 : 500,
        );
      case "rateLimit":
        await realSleep(waitMs);
        throw new GraphError({ code: 130429, details: "A fault of the simulator" });
      case "refuse":
        await realSleep(waitMs);
        throw new GraphError({
          code: fault.code ?? 131000,
          ...(fault.subcode === undefined ? {} : { subcode: fault.subcode }),
          details: "A fault of the simulator",
        });
      case "acceptThenDrop":
      case "acceptThen500":
      case "none":
        break;
    }
    await next();
    await realSleep(waitMs);
    if (fault.kind === "none" || !c.res.ok) return;
    const { taken } = c.var;
    if (taken) taken.answer = fault.kind === "acceptThenDrop" ? "dropped" : "500";
    if (fault.kind === "acceptThenDrop") {
      c.res = hangUp(c);
      return;
    }
    throw new GraphError({ code: 131000, details: "A fault of the simulator" }, 500);
  };
}

/** Breaks the connection: the caller cannot know whether the call counted. */
function hangUp(c: GraphContext): Response {
  c.env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

async function realSleep(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
