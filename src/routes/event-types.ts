import { Hono } from "hono";
import { AppError } from "../errors.ts";
import { isEventType } from "../events/type-names.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";
import type { EventType } from "../events/type-names.ts";
import type { PartnerEvent } from "../events/partner-event.ts";

/** Written by `npm run docs` from src/events, which is more than the Worker should carry. */
const FILE = "/event-types.json";

/** Every type of event with its JSON Schema. Nobody's data: no key is asked for. */
export const eventTypeRoutes = new Hono<AppContext>()
  .get("/", async (c) => {
    const list = await readList(c);
    keepFor5Minutes(c);
    return c.json(list);
  })
  .get("/:type", async (c) => {
    const type = c.req.param("type");
    if (!isEventType(type)) {
      throw new AppError("not_found", `There is no type ${type}. GET /v1/event-types lists them.`);
    }
    const { data } = await readList(c);
    const found = data.find((each) => each.type === type);
    if (found === undefined) throw new Error(`${FILE} lacks ${type}; npm run docs writes it.`);
    keepFor5Minutes(c);
    return c.json(found);
  });

/** What the file holds (scripts/docs/event-schemas.ts). */
interface EventTypeList {
  data: {
    type: EventType;
    version: number;
    description: string;
    told: string;
    in_cloud_api_format: boolean;
    /** JSON Schema of the whole event. */
    schema: Record<string, unknown>;
    example: PartnerEvent;
  }[];
  next_cursor: null;
}

async function readList(c: Context<AppContext>): Promise<EventTypeList> {
  const found = await c.env.ASSETS.fetch(new URL(FILE, c.req.url));
  if (!found.ok) throw new Error(`${FILE} is not among the assets; npm run docs writes it.`);
  return found.json<EventTypeList>();
}

function keepFor5Minutes(c: Context<AppContext>): void {
  c.header("cache-control", "public, max-age=300");
}
