import { Hono } from "hono";
import { AppError } from "../errors.ts";
import { isEventType } from "../events/type-names.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";

/** Written by `npm run docs` from src/events, which is more than the Worker should carry. */
const FILE = "/event-types.json";

/** Every type of event with its JSON Schema. Nobody's data: no key is asked for. */
export const eventTypeRoutes = new Hono<AppContext>()
  .get("/", async (c) => {
    const file = await openFile(c);
    keepFor5Minutes(c);
    return c.json(await file.json<{ data: { type: string }[] }>());
  })
  .get("/:type", async (c) => {
    const type = c.req.param("type");
    if (!isEventType(type)) {
      throw new AppError("not_found", `There is no type ${type}. GET /v1/event-types lists them.`);
    }
    const { data } = await (await openFile(c)).json<{ data: { type: string }[] }>();
    keepFor5Minutes(c);
    return c.json(data.find((each) => each.type === type));
  });

async function openFile(c: Context<AppContext>): Promise<Response> {
  const found = await c.env.ASSETS.fetch(new URL(FILE, c.req.url));
  if (!found.ok) throw new Error(`${FILE} is not among the assets; npm run docs writes it.`);
  return found;
}

function keepFor5Minutes(c: Context<AppContext>): void {
  c.header("cache-control", "public, max-age=300");
}
