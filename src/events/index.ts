import * as z from "zod";
import { CONTACT_EVENTS } from "./contacts.ts";
import { ERASURE_EVENTS } from "./erasures.ts";
import { HISTORY_EVENTS } from "./history.ts";
import { MEDIA_EVENTS } from "./media.ts";
import { MESSAGE_EVENTS } from "./messages.ts";
import { ENDPOINT_EVENTS, SEND_EVENTS } from "./sends.ts";
import { SENDER_EVENTS } from "./senders.ts";
import type { EventDefinition } from "./define.ts";
import type { EventType } from "./type-names.ts";

export type { EventType } from "./type-names.ts";

const DEFINITIONS = {
  ...MESSAGE_EVENTS,
  ...CONTACT_EVENTS,
  ...HISTORY_EVENTS,
  ...MEDIA_EVENTS,
  ...SENDER_EVENTS,
  ...SEND_EVENTS,
  ...ERASURE_EVENTS,
  ...ENDPOINT_EVENTS,
} satisfies Record<EventType, EventDefinition>;

/**
 * Every type of event and what it carries. For types, docs and tests: the Worker imports it as a
 * type only, and serves the JSON Schemas from a file (`npm run docs` writes it).
 */
export const EVENT_TYPES: Record<EventType, EventDefinition> = DEFINITIONS;

/** The data of a type of event, as it is made. */
export type EventData<Type extends EventType> = z.input<(typeof DEFINITIONS)[Type]["data"]>;

/** What every event has around its data. */
const envelope = {
  id: z.string().describe("The same fact always has the same id: tell repeats by it."),
  sender_id: z
    .string()
    .nullable()
    .describe("The number's phone_number_id; null for what concerns you and no number."),
  seq: z.number().int().min(0).describe("Counts a sender's events from 1, without a gap."),
  at: z.iso.datetime().describe("When it happened, by Meta's clock where Meta says."),
};

/** A whole event of a type, as partners read it. */
export function eventSchema(type: EventType) {
  const { data, version } = EVENT_TYPES[type];
  return z.strictObject({
    id: envelope.id,
    type: z.literal(type).describe("The type of the event."),
    version: z
      .literal(version)
      .describe("Of the shape of this type's data: within one, fields are only added."),
    sender_id: envelope.sender_id,
    seq: envelope.seq,
    at: envelope.at,
    data,
  });
}
