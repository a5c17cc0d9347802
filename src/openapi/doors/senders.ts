import { detachment, lifeStep, notice, sender, serviceWindow } from "../../routes/shapes/sender.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import type { Doors } from "../door.ts";

export const senderDoors: Doors = {
  "GET /v1/senders": {
    id: "listSenders",
    tag: "Senders",
    summary: "List your numbers",
    description: "All of them at once: `next_cursor` is null.",
    answers: { 200: listOf(sender) },
  },
  "GET /v1/senders/:id": {
    id: "readSender",
    tag: "Senders",
    summary: "Read one number",
    answers: { 200: sender },
  },
  "PATCH /v1/senders/:id": {
    id: "changeSender",
    tag: "Senders",
    summary: "Change its pace",
    description: "How many messages a second leave at most. Meta's own ceiling of 20 stays.",
    answers: { 200: sender },
    fields: { mps: "Messages a second at most, up to 20." },
    example: { mps: 10 },
  },
  "GET /v1/senders/:id/windows/:customer": {
    id: "readWindow",
    tag: "Senders",
    summary: "May free text be sent to this customer?",
    description:
      "The 24 hours since the customer last wrote. `open: null`: not observed yet, so a send is passed to Meta, whose answer settles it.",
    answers: { 200: serviceWindow },
    problems: ["unavailable"],
  },
  "POST /v1/senders/:id/recheck": {
    id: "recheckSender",
    tag: "Senders",
    summary: "Look at once whether a block is over",
    description: "Blocks are looked at every 15 minutes anyway; this spares the wait.",
    answers: { 200: sender },
  },
  "GET /v1/senders/:id/timeline": {
    id: "readTimeline",
    tag: "Senders",
    summary: "What happened to this number",
    description: "The events of its life, newest first, each with words for owner and partner.",
    answers: { 200: listOf(lifeStep) },
  },
  "GET /v1/senders/:id/notices": {
    id: "listNotices",
    tag: "Senders",
    summary: "What Meta said of its account",
    description:
      "Templates, quality, names, limits, payments, alerts: newest first, each as its event `account.notice` had it. They stay when events are forgotten.",
    answers: { 200: listOf(notice) },
    words: {
      field: "Only of this webhook field of Meta's.",
      template: "Only about the template with this id of Meta's.",
    },
  },
  "POST /v1/senders/:id/detach": {
    id: "detachSender",
    tag: "Senders",
    summary: "Give a number up",
    description:
      "Ends its webhooks, takes a shared credit line back and erases its token. At Meta it stays connected until the owner unlinks it in the app. Repeatable.",
    answers: { 200: detachment },
  },
};
