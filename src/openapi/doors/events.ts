import { eventPage } from "../../routes/shapes/event.ts";
import type { Doors } from "../door.ts";

export const eventDoors: Doors = {
  "GET /v1/events": {
    id: "listEvents",
    tag: "Events",
    summary: "Read what happened since a cursor",
    description:
      "Each sender's events in the order of its `seq`. Keep `next_cursor` only after you have worked through `data`; an event may come again, under the same id.",
    answers: { 200: eventPage },
    words: {
      after: "`next_cursor` of the last page; from the start where left out.",
      sender: "Only of this number.",
    },
  },
};
