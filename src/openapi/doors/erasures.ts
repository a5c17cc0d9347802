import { erasure, move } from "../../routes/shapes/erasure.ts";
import type { Doors } from "../door.ts";

const STARTED =
  "Answers at once; read the erasure to see how far it is. Repeatable: a second one finds nothing left.";
const NUMBER = "Meta's phone_number_id of the number.";
const PARTNER = "Whose, where the number has moved from one partner to another.";
const CONFIRM = "The phone_number_id once more: this cannot be undone.";

export const erasureDoors: Doors = {
  "DELETE /v1/senders/:id/customers/:customer": {
    id: "eraseCustomer",
    tag: "Senders",
    summary: "Erase a customer",
    description: `Messages, files, contact, conversions and events of this person under all their names, as far as they are older than the call; imports do not bring it back. Who writes again later is somebody new. ${STARTED}`,
    answers: { 202: erasure },
  },
  "DELETE /v1/senders/:id": {
    id: "eraseSender",
    tag: "Senders",
    summary: "Erase a number with all that is stored of it",
    description: `Only of a disconnected number: detach it first. Counts of delivered messages stay, for billing. ${STARTED}`,
    answers: { 202: erasure },
    problems: ["conflict", "unavailable"],
    words: { confirm: CONFIRM },
  },
  "GET /v1/senders/:id/erasures/:erasure": {
    id: "readErasure",
    tag: "Senders",
    summary: "How far is an erasure?",
    answers: { 200: erasure },
    words: { erasure: "Its id." },
  },
  "DELETE /v1/admin/senders/:id/customers/:customer": {
    id: "eraseAnyCustomer",
    tag: "Operators",
    summary: "Erase a customer of any number",
    description: STARTED,
    answers: { 202: erasure },
    words: { id: NUMBER, partner: PARTNER },
  },
  "DELETE /v1/admin/senders/:id": {
    id: "eraseAnySender",
    tag: "Operators",
    summary: "Erase a number with all that is stored of it",
    description: STARTED,
    answers: { 202: erasure },
    problems: ["conflict", "unavailable"],
    words: { id: NUMBER, confirm: CONFIRM, partner: PARTNER },
  },
  "POST /v1/admin/senders/:id/move": {
    id: "moveSender",
    tag: "Operators",
    summary: "Move a number to another database",
    description:
      "Webhooks are taken and sends go on meanwhile; what is new can be read a few minutes later. Answers at once.",
    answers: { 202: move },
    problems: ["conflict"],
    fields: {
      shard: "Binding of the database that it goes to.",
      partner: PARTNER,
    },
    words: { id: NUMBER },
    example: { shard: "DB_1" },
  },
  "GET /v1/admin/moves/:move": {
    id: "readMove",
    tag: "Operators",
    summary: "How far is a move?",
    answers: { 200: move },
    words: { move: "Its id." },
  },
  "GET /v1/admin/erasures/:erasure": {
    id: "readAnyErasure",
    tag: "Operators",
    summary: "How far is an erasure?",
    answers: { 200: erasure },
    words: { erasure: "Its id." },
  },
};
