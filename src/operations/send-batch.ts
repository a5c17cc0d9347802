import { newId } from "../lib/ids.ts";
import { requestIdNow } from "../lib/request-id.ts";
import { readMessageRequest } from "../meta/message-body.ts";
import { admitOrRetract } from "./admit-or-retract.ts";
import { hashBody, scopedKey, sendCommand } from "./send-command.ts";
import { sendTicket } from "./send-ticket.ts";
import type { Admission, CallKey, SendCommand } from "../durable/send-types.ts";
import type { BodyFault } from "../meta/message-body.ts";
import type { Json } from "../meta/read-json.ts";
import type { Services } from "../services.ts";

/** A send that waits longer than this is not what anybody meant. */
const MAX_EXPIRE_MS = 7 * 24 * 3_600_000;
/** As for a single send: an item is a row, and a row of an object has 2 MB at most. */
const ITEM_MAX_BYTES = 256_000;

export interface BatchItem {
  /** Meta's request body, as for a single send. */
  body: Json;
  /** Epoch ms after which it is not to leave any more. */
  expiresAt: number;
  idempotencyKey: string | undefined;
}

export interface BatchInput {
  partner: string;
  phoneNumberId: string;
  items: BatchItem[];
  /** They may take their customers' threads from another responder. */
  takeControl: boolean;
  /** Of the call: stands for each item without a key of its own, by its place. */
  idempotencyKey: string | undefined;
}

export type BatchItemAnswer =
  | Exclude<Admission, { kind: "carry" }>
  | { kind: "faulty"; fault: BodyFault };

export type BatchAnswer =
  | { kind: "taken"; batch: string | null; items: BatchItemAnswer[] }
  /** The key of the call came with other messages before; nothing was queued. */
  | { kind: "key_reused" }
  | { kind: "failed" }
  | { kind: "in_doubt" };

/** Queues many sends at once; each item is answered for itself, in its order. */
export async function sendBatch(services: Services, input: BatchInput): Promise<BatchAnswer> {
  const attempt = newId("attempt");
  const now = services.now();
  const read = input.items.map((item, index) => commandOf(input, item, index, attempt, now));
  const commands = read.filter((each): each is SendCommand => !("fault" in each));
  const admitted = await admitOrRetract(services, input.phoneNumberId, attempt, (phone) =>
    phone.admitMany(commands, callKey(input), requestIdNow()),
  );
  if ("kind" in admitted) return admitted;
  if (admitted.ticket) await sendTicket(services, input.phoneNumberId);
  const answers = admitted.items.values();
  const items = read.map((each): BatchItemAnswer => {
    if ("fault" in each) return { kind: "faulty", fault: each.fault };
    const answer = answers.next().value;
    if (answer === undefined || answer.kind === "carry") {
      throw new Error("The object did not answer each send of the batch as a queued one.");
    }
    return answer;
  });
  return { kind: "taken", batch: admitted.batch, items };
}

function callKey({ partner, items, idempotencyKey }: BatchInput): CallKey | undefined {
  if (idempotencyKey === undefined) return undefined;
  const bodyHash = hashBody(items.map((item) => [item.body, item.idempotencyKey]));
  return { key: scopedKey(partner, { call: idempotencyKey }), bodyHash };
}

function commandOf(
  input: BatchInput,
  item: BatchItem,
  index: number,
  attempt: string,
  now: number,
): SendCommand | { fault: BodyFault } {
  if (item.expiresAt > now + MAX_EXPIRE_MS) {
    const details = "expires_at: must lie ahead by 7 days at most.";
    return { fault: { code: 131009, field: "expires_at", details } };
  }
  if (new TextEncoder().encode(JSON.stringify(item.body)).length > ITEM_MAX_BYTES) {
    const details = `The message is larger than ${ITEM_MAX_BYTES} bytes.`;
    return { fault: { code: 100, field: "messages", details } };
  }
  const { idempotencyKey: call } = input;
  const request = readMessageRequest(item.body);
  if ("fault" in request) return request;
  if (request.kind === "mark") {
    const details = "status marks a message as read: that is no send and has no place in a batch.";
    return { fault: { code: 131009, field: "status", details } };
  }
  return sendCommand(request, {
    partner: input.partner,
    body: item.body,
    attempt,
    idempotencyKey: item.idempotencyKey ?? (call === undefined ? undefined : { call, index }),
    takeControl: input.takeControl,
    mode: { wait: false, expiresInMs: item.expiresAt - now },
  });
}
