import * as z from "zod";
import { exampleEvent } from "../../src/events/example-event.ts";
import { EVENT_TYPES, eventSchema } from "../../src/events/index.ts";
import { EVENT_TYPE_NAMES } from "../../src/events/type-names.ts";
import type { EventType } from "../../src/events/index.ts";
import type { EventTypeView as ReadEventType } from "../../src/events/read-event-types.ts";

/** The parts of a JSON Schema that ours have. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  [keyword: string]: unknown;
}

/** A type of event as `/v1/event-types` tells it. */
export interface EventTypeView extends ReadEventType {
  schema: JsonSchema;
}

/** Every type with the JSON Schema (2020-12) of its events, from the schemas that the tests hold. */
export function eventTypes(): EventTypeView[] {
  return EVENT_TYPE_NAMES.map((type) => {
    const { version, description, told, inCloudApi } = EVENT_TYPES[type];
    return {
      type,
      version,
      description,
      told,
      in_cloud_api_format: inCloudApi,
      schema: { title: type, ...schemaOf(type) },
      example: exampleEvent(type),
    };
  });
}

/** The file that the Worker serves them from. */
export function eventTypesFile(): string {
  return `${JSON.stringify({ data: eventTypes(), next_cursor: null })}\n`;
}

function schemaOf(type: EventType): JsonSchema {
  const schema = z.toJSONSchema(eventSchema(type), {
    override({ jsonSchema }) {
      // Ours are strict so that the tests find what is not written down; readers have to let new
      // fields pass.
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
    },
  });
  return schema as JsonSchema;
}
