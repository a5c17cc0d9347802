import {
  attempt,
  delivery,
  endpoint,
  endpointStanding,
  newEndpoint,
  newSecret,
  replay,
  retried,
} from "../../routes/shapes/endpoint.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import type { Doors } from "../door.ts";

const SETTINGS = {
  url: "An https address on the public Internet, port 443 or 8443, without user name, password or a part behind `#`.",
  description: "Yours, to tell endpoints apart.",
  types: "Only events of these types (`GET /v1/event-types`); null: of all.",
  senders: "Only of these numbers, by phone_number_id; null: of all.",
  ordered: "true: a sender's events one after the other, by `seq`; false: as many at once as go.",
  max_per_second: "Posts a second at most, attempts and replays together; null: as you answer.",
  verify_token:
    "Of a `cloud_api` one: its receiver is asked as Meta asks, and has to know this. Not kept.",
};

export const endpointDoors: Doors = {
  "POST /v1/endpoints": {
    id: "createEndpoint",
    tag: "Endpoints",
    summary: "Have events posted to an address",
    description:
      "At most 20. It is told what happens from now on, or from `since`; made with `state: paused`, it is told that once you enable it. The `secret` is in this answer alone. With `verify_token`, a `cloud_api` receiver is asked first as Meta asks. A key for some senders has to name them in `senders`.",
    answers: { 201: newEndpoint },
    problems: ["conflict", "unavailable"],
    fields: {
      ...SETTINGS,
      format: "`native`: one event a post; `cloud_api`: Meta's own webhook envelope. It stays.",
      since:
        "Told from the first event on that is not older: ISO 8601 with an offset, or epoch seconds as text; from now on where left out.",
      state: "`paused`: what is told from its beginning on waits until you enable it.",
    },
    example: {
      url: "https://shop.example/hooks/tandem",
      description: "The shop's bot",
      types: ["message.received", "send.settled"],
    },
  },
  "GET /v1/endpoints": {
    id: "listEndpoints",
    tag: "Endpoints",
    summary: "List your endpoints",
    description: "All of them at once, the oldest first: `next_cursor` is null.",
    answers: { 200: listOf(endpoint) },
  },
  "GET /v1/endpoints/:id": {
    id: "readEndpoint",
    tag: "Endpoints",
    summary: "Read one endpoint, and how it stands",
    answers: { 200: endpointStanding },
  },
  "PATCH /v1/endpoints/:id": {
    id: "changeEndpoint",
    tag: "Endpoints",
    summary: "Change an endpoint; pause or enable it",
    description:
      "What is left out stays. What it is owed stays too: paused or disabled, it goes on from where it was once it is enabled, as far back as events are kept.",
    answers: { 200: endpoint },
    problems: ["conflict", "unavailable"],
    fields: {
      ...SETTINGS,
      state: "`paused` and `disabled` hold everything back; `enabled` goes on from there.",
    },
    example: { state: "enabled", max_per_second: 20 },
  },
  "DELETE /v1/endpoints/:id": {
    id: "deleteEndpoint",
    tag: "Endpoints",
    summary: "Delete an endpoint",
    description: "For good, with what it was owed and what is known of its deliveries.",
    answers: { 204: { description: "It is gone." } },
  },
  "POST /v1/endpoints/:id/rotate-secret": {
    id: "rotateEndpointSecret",
    tag: "Endpoints",
    summary: "Give it a new secret",
    description:
      "Posts are signed with both during the overlap, 24 hours unless told. In `cloud_api` format `X-Hub-Signature-256` keeps the secret before until then, and `X-Hub-Signature-256-Next` has the new one.",
    answers: { 200: newSecret },
    fields: { overlap_hours: "How long the secret before goes on; 0 ends it at once." },
    example: { overlap_hours: 48 },
  },
  "POST /v1/endpoints/:id/test": {
    id: "testEndpoint",
    tag: "Endpoints",
    summary: "Post a made-up event to it now",
    description:
      "Signed like a real one and tried once, also while it is paused or disabled; it stands in no log and has `seq` 0. Without a type `endpoint.test`; in `cloud_api` format an envelope that receivers take and do nothing with, as for every type that Meta has no form for. Whatever came of it is a 200: see `failure`.",
    answers: { 200: attempt },
    problems: ["conflict"],
    fields: { type: "Any type of event; one about a sender takes that you have one." },
    example: { type: "message.received" },
  },
  "GET /v1/endpoints/:id/deliveries": {
    id: "listDeliveries",
    tag: "Endpoints",
    summary: "List what was delivered, and what was not",
    description: "By the last attempt, newest first.",
    answers: { 200: listOf(delivery) },
    words: {
      type: "Only events of this type.",
      sender: "Only of this number, by phone_number_id.",
      state: "Only in this state.",
    },
  },
  "GET /v1/endpoints/:id/deliveries/:event": {
    id: "readDelivery",
    tag: "Endpoints",
    summary: "What became of one event",
    answers: { 200: delivery },
  },
  "POST /v1/endpoints/:id/deliveries/:event/retry": {
    id: "retryDelivery",
    tag: "Endpoints",
    summary: "Deliver one event once more",
    description: "Now, whatever became of it; on a paused endpoint once it is enabled.",
    answers: { 202: { description: "It is on its way.", schema: retried } },
  },
  "POST /v1/endpoints/:id/replays": {
    id: "replayEvents",
    tag: "Endpoints",
    summary: "Have events told again",
    description:
      "Either `failed_since`: what was given up since then. Or `since`, and `until`, `types`, `senders` where wanted: whatever the log has. By the events' own time; under their own ids, beside what is new.",
    answers: { 202: replay },
    problems: ["conflict"],
    headers: {
      "Idempotency-Key": "1 to 255 characters that name this replay: repeated, it is the same one.",
    },
    fields: {
      failed_since: "What was given up since then. Nothing else goes with it.",
      since: "Everything from then on: ISO 8601 with an offset, or epoch seconds as text.",
      until: "Up to and without that instant; up to now where left out.",
      types: "Only events of these types; null or left out: all that the endpoint wants.",
      senders: "Only of these numbers; null or left out: all that the endpoint wants.",
    },
    example: { failed_since: "2026-11-21T00:00:00Z" },
  },
  "GET /v1/endpoints/:id/replays": {
    id: "listReplays",
    tag: "Endpoints",
    summary: "List its last 50 replays",
    description: "Newest first, all at once: `next_cursor` is null.",
    answers: { 200: listOf(replay) },
  },
  "GET /v1/endpoints/:id/replays/:replay": {
    id: "readReplay",
    tag: "Endpoints",
    summary: "How far a replay is",
    answers: { 200: replay },
  },
  "DELETE /v1/endpoints/:id/replays/:replay": {
    id: "cancelReplay",
    tag: "Endpoints",
    summary: "End a replay before its time",
    description:
      "What is being posted at this moment is posted, and nothing else of it. One that is over stays as it is.",
    answers: { 200: replay },
  },
};
