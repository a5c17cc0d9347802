import { Hono } from "hono";
import { takeSend } from "../live/sends.ts";
import type { SendBody } from "../rules/message-body.ts";
import { typeOf } from "../rules/message-body.ts";
import type { World } from "../world.ts";
import { requireNumber } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphEnv } from "./graph-env.ts";
import { readJson } from "./graph-env.ts";

/** Sends, read marks and typing (protocol.md 3.1, 3.3); the rules are in live/sends.ts. */
export function messageRoutes(world: World) {
  return new Hono<GraphEnv>()
    .use("/:phoneId/messages", async (c, next) => {
      const body: SendBody = await readJson(c);
      // Counted before any fault or rule: this is what reached Meta, taken or not.
      if (body.status === undefined)
        world.ledger.sendArrived(c.req.param("phoneId"), c.var.arrivedAt);
      await next();
    })
    .post("/:phoneId/messages", faulty(world, "messages"), async (c) => {
      const business = requireNumber(world, c, c.req.param("phoneId"));
      const body: SendBody = await readJson(c);
      if (body.status !== undefined) {
        const wamid = body.message_id;
        if (body.status !== "read" || typeof wamid !== "string" || !wamid.startsWith("wamid.")) {
          throw new GraphError({
            code: 131009,
            details: "A read mark needs status 'read' and a message_id",
          });
        }
        return c.json({ success: true });
      }
      const taken = takeSend(world, business, unpackPart(body), c.var.arrivedAt);
      if (!taken.ok) throw new GraphError(taken.refusal);
      c.set("taken", taken.accepted.record);
      return c.json(taken.accepted.answer);
    });
}

/** The part of the message's type may come as JSON text; some SDKs write contacts so. */
function unpackPart(body: SendBody): SendBody {
  const type = typeOf(body);
  const part = body[type];
  if (typeof part !== "string" || !/^\s*[[{]/.test(part)) return body;
  try {
    return { ...body, [type]: JSON.parse(part) as unknown };
  } catch {
    return body;
  }
}
