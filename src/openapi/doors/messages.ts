import * as z from "zod";
import {
  contact,
  conversation,
  knownCustomer,
  mediaLink,
  message,
  messageHistory,
  unstoredSend,
} from "../../routes/shapes/message.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import type { Answer, Doors } from "../door.ts";

const FILE = { schema: z.string().meta({ format: "binary" }), media: "*/*" };
/** What a file is answered with; asked for in part, or not again. */
const fileAnswers: Record<number, Answer> = {
  200: { description: "The file.", ...FILE },
  206: { description: "The part that `Range` asks for.", ...FILE },
  304: { description: "Unchanged since the `ETag` in `If-None-Match`." },
  416: { description: "The file has no such part." },
};
export const RANGE_HEADERS = {
  Range: "A part of the file, `bytes=0-1023`.",
  "If-Range": "An `ETag`: the part only of this very file, else the whole.",
  "If-None-Match": "An `ETag`: 304 where the file is still that one.",
};

export const messageDoors: Doors = {
  "GET /v1/senders/:id/conversations": {
    id: "listConversations",
    tag: "Messages",
    summary: "List conversations, newest first",
    description:
      "One per customer. `last_human_reply_at` says when somebody last answered from the phone.",
    answers: { 200: listOf(conversation) },
  },
  "GET /v1/senders/:id/customers": {
    id: "listCustomers",
    tag: "Messages",
    summary: "List customers, with what is known of each",
    description: "Each once, however many names they have; in an order that nothing shifts.",
    answers: { 200: listOf(knownCustomer) },
  },
  "GET /v1/senders/:id/customers/:customer": {
    id: "readCustomer",
    tag: "Messages",
    summary: "Read one customer",
    description: "By any name they ever had: a former number finds who had it.",
    answers: { 200: knownCustomer },
  },
  "GET /v1/senders/:id/messages": {
    id: "listMessages",
    tag: "Messages",
    summary: "List messages, both ways",
    description:
      "With `customer`: its whole thread under all of its keys, by time. Without: everything, by wamid, which is no order in time.",
    answers: { 200: listOf(message) },
    words: { type: "Meta's type, such as `text`." },
  },
  "GET /v1/senders/:id/messages/:message": {
    id: "readMessage",
    tag: "Messages",
    summary: "Read a message and all that became of it",
    description: "By its wamid, percent-encoded, or by our id of the send (`snd_…`).",
    answers: { 200: z.union([messageHistory, unstoredSend]) },
    words: { message: "A wamid, percent-encoded, or our id of a send." },
    problems: ["unavailable"],
  },
  "GET /v1/senders/:id/contacts": {
    id: "listContacts",
    tag: "Messages",
    summary: "List the phone's address book",
    answers: { 200: listOf(contact) },
  },
  "GET /v1/senders/:id/export": {
    id: "exportSender",
    tag: "Messages",
    summary: "Everything of one number, as NDJSON",
    description:
      'A line each for the sender, customers, contacts, conversations, syncs and messages, told apart by `type`. The last line is `{"type": "end", "counts", "next_cursor"}`: without it the stream broke off; with a cursor in it, call again to go on.',
    answers: {
      200: {
        description: "One JSON object a line.",
        schema: z.string(),
        media: "application/x-ndjson",
        example:
          '{"type":"sender","id":"106500000000001"}\n{"type":"end","counts":{"sender":1},"next_cursor":null}\n',
      },
    },
  },
  "GET /v1/senders/:id/media/:wamid": {
    id: "readMedia",
    tag: "Messages",
    summary: "Download the file of a message",
    answers: fileAnswers,
    headers: RANGE_HEADERS,
    problems: ["media_pending", "media_unavailable", "media_deleted"],
  },
  "DELETE /v1/senders/:id/media/:wamid": {
    id: "deleteMedia",
    tag: "Messages",
    summary: "Delete the file of a message",
    description: "For good: Meta's copy is not kept either. Repeatable.",
    answers: { 204: { description: "It is gone." } },
    problems: ["unavailable"],
  },
  "POST /v1/senders/:id/media/:wamid/link": {
    id: "linkMedia",
    tag: "Messages",
    summary: "Make a link to a file that needs no key",
    answers: { 201: mediaLink },
    problems: ["media_pending", "media_unavailable", "media_deleted"],
    fields: { expires_in: "Seconds that it works: a minute to 30 days, a day where left out." },
    example: { expires_in: 3600 },
  },
};
