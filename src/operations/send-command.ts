import { sha256Hex } from "../lib/ids.ts";
import type { SendCommand } from "../durable/send-types.ts";
import type { MessageRequest } from "../meta/message-body.ts";
import type { Json } from "../meta/read-json.ts";

export interface SendTerms {
  partner: string;
  /** The request as it came: what an idempotency key stands for. */
  body: Json;
  /** Names this call; see admitOrRetract. */
  attempt: string;
  idempotencyKey: IdempotencyKey | undefined;
  /** It may take the customer's thread from another responder of the number. */
  takeControl: boolean;
  mode: SendCommand["mode"];
}

/** A partner's own key for one send, or what the key of a batch gives each of its items. */
export type IdempotencyKey = string | { call: string; index: number };

/** Keys of calls and of sends are apart, whatever characters a partner puts into them. */
export function scopedKey(partner: string, key: IdempotencyKey | { call: string }): string {
  if (typeof key === "string") return `${partner}:${key}`;
  return "index" in key ? `${partner}/${key.index}:${key.call}` : `${partner}/:${key.call}`;
}

export function hashBody(body: unknown): string {
  return sha256Hex(JSON.stringify(body));
}

/** A send as a number's object is asked to admit it. */
export function sendCommand(
  request: MessageRequest & { kind: "send" },
  { partner, body, attempt, idempotencyKey, takeControl, mode }: SendTerms,
): SendCommand {
  return {
    partner,
    recipient: request.recipient,
    type: request.type,
    needsWindow: request.needsWindow,
    body: request.body,
    attempt,
    takeControl,
    mode,
    ...(request.callback === undefined ? {} : { callback: request.callback }),
    ...(idempotencyKey === undefined
      ? {}
      : {
          idempotency: {
            key: scopedKey(partner, idempotencyKey),
            bodyHash: hashBody(body),
          },
        }),
  };
}
