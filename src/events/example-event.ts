import { EXAMPLES } from "./examples.ts";
import { EVENT_VERSION } from "./partner-event.ts";
import type { EventType } from "./type-names.ts";
import type { PartnerEvent } from "./partner-event.ts";

/** A made-up event of a type, whole, as partners get it. */
export function exampleEvent(type: EventType): PartnerEvent {
  return {
    id: "evt_0example0example0exam",
    type,
    version: EVENT_VERSION,
    sender_id: type.startsWith("endpoint.") ? null : "310000000000042",
    seq: type === "endpoint.test" ? 0 : 42,
    at: "2026-09-14T09:15:00.000Z",
    data: EXAMPLES[type],
  };
}
