import { Hono } from "hono";
import { refuseRegistration } from "../rules/registration.ts";
import type { World } from "../world.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphEnv } from "./graph-env.ts";

/** What must never be called for a number on the app; kept as a violation (rules/registration.ts). */
export function registrationRoutes(world: World) {
  return new Hono<GraphEnv>().post("/:phoneId/:edge{register|deregister}", (c) => {
    const edge = c.req.param("edge") === "register" ? "register" : "deregister";
    world.ledger.violated(
      c.req.path,
      c.var.arrivedAt,
      `${edge} was called for a coexistence number`,
    );
    throw new GraphError(refuseRegistration(edge));
  });
}
