import * as z from "zod";
import { fits } from "./fits.ts";
import { exampleEvent } from "../../events/example-event.ts";
import { EVENT_TYPES, eventSchema } from "../../events/index.ts";
import { EVENT_TYPE_NAMES } from "../../events/type-names.ts";
import type { AnswerOf } from "./fits.ts";
import type { EventType } from "../../events/type-names.ts";
import type { eventTypeRoutes } from "../event-types.ts";

/** `message.received` is MessageReceivedEvent in generated clients. */
export function eventId(type: EventType): string {
  const words = type.split(/[._]/);
  return `${words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("")}Event`;
}

const ofType = (type: EventType) =>
  eventSchema(type).meta({
    id: eventId(type),
    description: EVENT_TYPES[type].description,
    examples: [exampleEvent(type)],
  });

const [first, ...others] = EVENT_TYPE_NAMES;

/** Any event: its `type` says which shape its data has. */
export const event = z.discriminatedUnion("type", [ofType(first), ...others.map(ofType)]).meta({
  id: "Event",
  description:
    "Something that happened; `type` says which shape `data` has. More types will come: let those pass that you do not know.",
  discriminator: {
    propertyName: "type",
    mapping: Object.fromEntries(
      EVENT_TYPE_NAMES.map((type) => [type, `#/components/schemas/${eventId(type)}`]),
    ),
  },
});

export const eventPage = z
  .strictObject({
    data: z.array(event),
    next_cursor: z.string().describe("Give it as `after` to go on; also when nothing came."),
    has_more: z.boolean().describe("There is more now: go on at once, without `wait`."),
  })
  .meta({ id: "EventPage" });

/** The file behind it is written from `EVENT_TYPES` (scripts/docs/event-schemas.ts). */
export const eventType = fits<AnswerOf<typeof eventTypeRoutes, "/", "$get">["data"][number]>()(
  z.strictObject({
    type: z.enum(EVENT_TYPE_NAMES),
    version: z.int().describe("Of the shape of its data: within one, fields are only added."),
    description: z.string(),
    told: z.string().describe("When it is told."),
    in_cloud_api_format: z.boolean().describe("Whether Meta has a form for it."),
    schema: z.record(z.string(), z.unknown()).describe("JSON Schema (2020-12) of the whole event."),
    example: z.record(z.string(), z.unknown()).describe("A whole event of it, made up."),
  }),
).meta({ id: "EventType" });
