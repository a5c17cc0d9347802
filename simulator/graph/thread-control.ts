import { Hono } from "hono";
import type { World } from "../world.ts";
import { requireNumber } from "./authorize.ts";
import type { GraphEnv } from "./graph-env.ts";

/** Takes any order about who answers a thread; nobody shares threads here (protocol.md 2.10). */
export function threadControlRoutes(world: World) {
  return new Hono<GraphEnv>().post("/:phoneId/thread_control", (c) => {
    requireNumber(world, c, c.req.param("phoneId"));
    return c.json({ success: true });
  });
}
