import {
  deadLetter,
  oneDeadLetter,
  oneUnrouted,
  redriven,
  redrivenMany,
  unrouted,
} from "../../routes/shapes/left-over.ts";
import { delivery, endpoint, replay, retried } from "../../routes/shapes/endpoint.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import { redrive, sync } from "../../routes/shapes/sync.ts";
import type { Doors } from "../door.ts";

const SENDER = "Only of this number, by phone_number_id or by the gateway's own key.";
const LETTER = { id: "The dead letter's id." };
const ITEM = { id: "The item's id, percent-encoded." };
const CONTENT = {
  content: "`true`: with what it holds, which may be a customer's message. Noted in the audit.",
  reason: "Why: kept in the audit.",
};
const ENDPOINT = { id: "The endpoint's id, whoever's it is." };
const DISCARDED = { 204: { description: "It is gone." } };
const MANY = {
  sender: SENDER,
  cursor: "`next_cursor` of the last call, to go on behind what could not be done.",
  limit: "At most so many, 100 where left out.",
};

/** What operators look through and mend. */
export const repairDoors: Doors = {
  "GET /v1/admin/dead-letters": {
    id: "listDeadLetters",
    tag: "Operators",
    summary: "List what failed for good",
    description: "The newest first. What is done over stays until its work is done.",
    answers: { 200: listOf(deadLetter) },
    words: { source: "Only of this queue, or of flushes.", sender: SENDER },
  },
  "GET /v1/admin/dead-letters/:id": {
    id: "readDeadLetter",
    tag: "Operators",
    summary: "What a dead letter is about",
    answers: { 200: oneDeadLetter },
    words: { ...LETTER, ...CONTENT },
  },
  "POST /v1/admin/dead-letters/:id/redrive": {
    id: "redriveDeadLetter",
    tag: "Operators",
    summary: "Do one dead letter over",
    description:
      "Safe at any time: what is done stays done. Where it cannot be done over, the conflict says why.",
    answers: { 202: redriven },
    problems: ["conflict"],
    words: LETTER,
  },
  "POST /v1/admin/dead-letters:redrive": {
    id: "redriveDeadLetters",
    tag: "Operators",
    summary: "Do the open dead letters of a source over",
    description: "The newest first, a bounded number: go on with `next_cursor` until it is null.",
    answers: { 200: redrivenMany },
    fields: { source: "Only of this queue, or of flushes; all where left out.", ...MANY },
    example: { source: "history" },
  },
  "DELETE /v1/admin/dead-letters/:id": {
    id: "discardDeadLetter",
    tag: "Operators",
    summary: "Discard a dead letter",
    description:
      "For good. Of a `flush` the fact goes with it; of a queue only the letter: a sweep that finds its work goes on with it.",
    answers: DISCARDED,
    words: { ...LETTER, reason: CONTENT.reason },
  },
  "GET /v1/admin/unrouted": {
    id: "listUnrouted",
    tag: "Operators",
    summary: "List what nobody could use yet",
    description: "The newest first, from every shard.",
    answers: { 200: listOf(unrouted) },
    words: { reason: "Only those that are here for this reason.", sender: SENDER },
  },
  "GET /v1/admin/unrouted/:id": {
    id: "readUnrouted",
    tag: "Operators",
    summary: "What an item is that nobody could use",
    answers: { 200: oneUnrouted },
    words: { ...ITEM, ...CONTENT },
  },
  "POST /v1/admin/unrouted/:id/redrive": {
    id: "redriveUnrouted",
    tag: "Operators",
    summary: "Hand an item to its number",
    description:
      "Where that is connected and its kind is known by now; else the conflict says why.",
    answers: { 202: redriven },
    problems: ["conflict"],
    words: ITEM,
  },
  "POST /v1/admin/unrouted:redrive": {
    id: "redriveUnroutedItems",
    tag: "Operators",
    summary: "Hand items to their numbers",
    description: "The newest first, a bounded number: go on with `next_cursor` until it is null.",
    answers: { 200: redrivenMany },
    fields: { reason: "Only those that are here for this reason.", ...MANY },
    example: { reason: "unknown_number" },
  },
  "DELETE /v1/admin/unrouted/:id": {
    id: "discardUnrouted",
    tag: "Operators",
    summary: "Discard an item that nobody could use",
    description: "For good.",
    answers: DISCARDED,
    words: { ...ITEM, reason: CONTENT.reason },
  },
  "GET /v1/admin/senders/:id/sync": {
    id: "readAnySync",
    tag: "Operators",
    summary: "How far the imports of a number are",
    answers: { 200: sync },
    words: { id: "Meta's phone_number_id of the number." },
  },
  "POST /v1/admin/senders/:id/sync/redrive": {
    id: "redriveAnySync",
    tag: "Operators",
    summary: "Store again what of a number is in the archive and not stored",
    description: "`words` says what will happen.",
    answers: { 202: redrive },
    words: { id: "Meta's phone_number_id of the number." },
  },
  "PATCH /v1/admin/endpoints/:id": {
    id: "changeAnyEndpoint",
    tag: "Operators",
    summary: "Enable or pause anybody's endpoint",
    description: "What an operator paused its partner does not enable.",
    answers: { 200: endpoint },
    problems: ["unavailable"],
    fields: { state: "`enabled` goes on from where it was.", reason: CONTENT.reason },
    example: { state: "enabled", reason: "The partner mended its server." },
    words: ENDPOINT,
  },
  "GET /v1/admin/endpoints/:id/deliveries": {
    id: "listAnyDeliveries",
    tag: "Operators",
    summary: "List what anybody's endpoint was told, and what not",
    description:
      "By the last attempt, newest first. What the partner's server answered is left out.",
    answers: { 200: listOf(delivery) },
    words: {
      ...ENDPOINT,
      type: "Only events of this type.",
      sender: "Only of this number, by phone_number_id.",
      state: "Only in this state.",
    },
  },
  "POST /v1/admin/endpoints/:id/deliveries/:event/retry": {
    id: "retryAnyDelivery",
    tag: "Operators",
    summary: "Deliver one event once more",
    description: "Now, whatever became of it; on a paused endpoint once it is enabled.",
    answers: { 202: { description: "It is on its way.", schema: retried } },
    words: ENDPOINT,
  },
  "POST /v1/admin/endpoints/:id/replays": {
    id: "replayAnyEvents",
    tag: "Operators",
    summary: "Have an endpoint told again",
    description: "As partners do: `failed_since`, or `since` and what goes with it.",
    answers: { 202: replay },
    problems: ["conflict"],
    fields: {
      failed_since: "What was given up since then. Nothing else goes with it.",
      since: "Everything from then on: ISO 8601 with an offset, or epoch seconds as text.",
      until: "Up to and without that instant; up to now where left out.",
      types: "Only events of these types; null or left out: all that the endpoint wants.",
      senders: "Only of these numbers; null or left out: all that the endpoint wants.",
    },
    example: { failed_since: "2026-11-21T00:00:00Z" },
    words: ENDPOINT,
  },
  "GET /v1/admin/endpoints/:id/replays": {
    id: "listAnyReplays",
    tag: "Operators",
    summary: "List an endpoint's last 50 replays",
    answers: { 200: listOf(replay) },
    words: ENDPOINT,
  },
  "DELETE /v1/admin/endpoints/:id/replays/:replay": {
    id: "cancelAnyReplay",
    tag: "Operators",
    summary: "End a replay before its time",
    answers: { 200: replay },
    words: ENDPOINT,
  },
};
