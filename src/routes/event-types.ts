import { Hono } from "../lib/hono.ts";
import { AppError } from "../errors.ts";
import { readEventType, readEventTypes } from "../events/read-event-types.ts";
import { isEventType } from "../events/type-names.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";

/** Every type of event with its JSON Schema. Nobody's data: no key is asked for. */
export const eventTypeRoutes = new Hono<AppContext>()
  .get("/", async (c) => {
    const list = await readEventTypes(c.var.services);
    keepFor5Minutes(c);
    return c.json(list);
  })
  .get("/:type", async (c) => {
    const type = c.req.param("type");
    if (!isEventType(type)) {
      throw new AppError("not_found", `There is no type ${type}. GET /v1/event-types lists them.`);
    }
    const found = await readEventType(c.var.services, type);
    keepFor5Minutes(c);
    return c.json(found);
  });

function keepFor5Minutes(c: Context<AppContext>): void {
  c.header("cache-control", "public, max-age=300");
}
