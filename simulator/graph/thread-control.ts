import { Hono } from "hono";
import { peerOf } from "../businesses.ts";
import { moveThread, threadOf } from "../live/threads.ts";
import type { ThreadOrder } from "../rules/thread-control.ts";
import { orderThread } from "../rules/thread-control.ts";
import { readRecipient } from "../rules/recipient.ts";
import type { World } from "../world.ts";
import { requireNumber } from "./authorize.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphEnv } from "./graph-env.ts";
import { readJson, textOf } from "./graph-env.ts";

/** The app passes, releases or takes a customer's thread (protocol.md 2.10). */
export function threadControlRoutes(world: World) {
  return new Hono<GraphEnv>().post("/:phoneId/thread_control", async (c) => {
    const business = requireNumber(world, c, c.req.param("phoneId"));
    const order: ThreadOrder = await readJson(c);
    const [to, bsuid] = [textOf(order.to), textOf(order.recipient)];
    const recipient = readRecipient({
      ...(to === undefined ? {} : { to }),
      ...(bsuid === undefined ? {} : { recipient: bsuid }),
    });
    if (!recipient || recipient.kind === "lost") {
      const details = "One of 'to' (a phone) and 'recipient' (a BSUID) is required";
      throw new GraphError({ code: 131008, details });
    }
    const peer = peerOf(business, recipient);
    const ordered = orderThread(threadOf(business, peer), order);
    if (!ordered.ok) throw new GraphError(ordered.refusal);
    const metadata = textOf(order.metadata);
    moveThread(world, business, peer, ordered, metadata === undefined ? {} : { metadata });
    return c.json({ success: true });
  });
}
