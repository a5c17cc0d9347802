import { eventPage, eventType } from "../../routes/shapes/event.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import type { Doors } from "../door.ts";

export const eventDoors: Doors = {
  "GET /v1/events": {
    id: "listEvents",
    tag: "Events",
    summary: "Read what happened since a cursor",
    description:
      "Each sender's events in the order of its `seq`. Keep `next_cursor` only after you have worked through `data`; an event may come again, under the same id. Go on while `has_more` is true, then ask with `wait`. A cursor that points behind what is kept is refused with 410 `cursor_expired`; that answer has `kept_since`, and a `next_cursor` to go on with.",
    answers: { 200: eventPage },
    problems: ["cursor_expired"],
    words: {
      after:
        "`next_cursor` of the last page; from the oldest that is kept where left out; `now`: behind the newest.",
      types:
        "Only of these types, comma between or the parameter several times. A cursor passes the others: keep one for each filter.",
      sender: "Only of these numbers, by phone_number_id; several as for `types`.",
      wait: "Where there is nothing, wait for up to so many seconds for something to happen.",
    },
  },
  "GET /v1/event-types": {
    id: "listEventTypes",
    tag: "Public",
    summary: "List the types of events, each with its JSON Schema",
    answers: { 200: listOf(eventType) },
  },
  "GET /v1/event-types/:type": {
    id: "readEventType",
    tag: "Public",
    summary: "Read one type of event",
    answers: { 200: eventType },
    words: { type: "Such as `message.received`." },
  },
};
