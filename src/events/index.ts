import { EVENT_TYPE_NAMES } from "./type-names.ts";
import type { EventType } from "./type-names.ts";

export type { EventType } from "./type-names.ts";

const EXAMPLES: Partial<Record<EventType, object>> = {
  "message.received": {
    wamid: "wamid.HBgLRVhBTVBMRS1JTgA=",
    direction: "inbound",
    origin: "customer",
    customer: { phone: "15550142233" },
    message_type: "text",
    text: { body: "Is the blue one still there?" },
  },
};

/** Every type of event, with an example of its data. */
export const EVENT_TYPES = Object.fromEntries(
  EVENT_TYPE_NAMES.map((name) => [name, { version: 1, example: EXAMPLES[name] ?? {} }]),
) as Record<EventType, { version: number; example: object }>;
