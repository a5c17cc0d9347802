import { batch, batchAnswer } from "../../routes/shapes/sending.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import { send } from "../../routes/shapes/message.ts";
import type { Doors } from "../door.ts";

export const IDEMPOTENCY = {
  "Idempotency-Key":
    "1 to 255 characters that name this call: repeated with the same body, it answers with what the first one came to.",
};
export const TAKE = {
  "X-Tandem-Take-Control":
    "`true`: take the customer's thread from another responder of the number.",
};

export const sendDoors: Doors = {
  "POST /v1/senders/:id/messages:batch": {
    id: "sendBatch",
    tag: "Sending",
    summary: "Queue up to 1,000 messages",
    description:
      "Each message as on the Cloud API, beside it its own `expires_at` and `idempotency_key`. They leave at the number's pace, behind single sends. Each is answered for itself.",
    answers: { 202: batchAnswer },
    headers: { ...IDEMPOTENCY, ...TAKE },
    problems: ["idempotency_key_reused", "unavailable", "in_doubt"],
    fields: {
      messages: "1 to 1,000, each as on the Cloud API, without `messaging_product` if you like.",
      expires_at:
        "What has not left by then never does; for messages without their own. An hour from now where left out.",
    },
    example: {
      messages: [
        { to: "+15550100001", type: "text", text: { body: "Your order is ready." } },
        {
          to: "+15550100002",
          type: "template",
          template: { name: "pickup", language: { code: "en_US" } },
          idempotency_key: "order-1002",
        },
      ],
      expires_at: "2026-11-22T18:00:00Z",
    },
  },
  "GET /v1/senders/:id/batches/:batch": {
    id: "readBatch",
    tag: "Sending",
    summary: "How far a batch is",
    answers: { 200: batch },
    problems: ["unavailable"],
  },
  "GET /v1/senders/:id/batches/:batch/sends": {
    id: "listBatchSends",
    tag: "Sending",
    summary: "List the sends of a batch",
    answers: { 200: listOf(send) },
    problems: ["unavailable"],
  },
  "DELETE /v1/senders/:id/batches/:batch": {
    id: "cancelBatch",
    tag: "Sending",
    summary: "Cancel what of a batch is still queued",
    answers: { 200: batch },
    problems: ["unavailable"],
  },
  "GET /v1/senders/:id/sends/:send": {
    id: "readSend",
    tag: "Sending",
    summary: "Where a send stands",
    description: "By the id in `tandem-send-id` of the answer. For three days after it settled.",
    answers: { 200: send },
    problems: ["unavailable"],
  },
  "DELETE /v1/senders/:id/sends/:send": {
    id: "cancelSend",
    tag: "Sending",
    summary: "Cancel a queued send",
    answers: { 200: send },
    problems: ["conflict", "unavailable"],
  },
};
