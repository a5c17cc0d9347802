import { exports } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { noteBody, noteJson } from "./known-content.ts";
import type { TestNumber } from "./seed.ts";

/** Signs and posts a webhook as Meta does. @param payload an object, or the exact bytes as text */
export function webhook(
  payload: unknown,
  options: { secret?: string; signature?: string | null; requestId?: string } = {},
): Promise<Response> {
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  if (typeof payload === "string") noteJson(payload);
  else noteBody(payload);
  const signature =
    options.signature === undefined
      ? sign(body, options.secret ?? "test-app-secret")
      : options.signature;
  return exports.default.fetch(
    new Request("https://gateway.test/webhooks/meta", {
      method: "POST",
      headers: {
        ...(signature !== null && { "x-hub-signature-256": signature }),
        ...(options.requestId !== undefined && { "x-request-id": options.requestId }),
      },
      body,
    }),
  );
}

export function sign(body: string, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** An envelope with one change. */
export function change(number: TestNumber, field: string, value: Record<string, unknown>) {
  return {
    object: "whatsapp_business_account",
    entry: [{ id: number.wabaId, changes: [{ field, value: { ...metadata(number), ...value } }] }],
  };
}

export function metadata(number: TestNumber) {
  return {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: number.phone, phone_number_id: number.id },
  };
}

export const CUSTOMER = "15550177001";

let counter = 0;

/**
 * A message id that no test had before. Its digits are of one width, so that the database gives a
 * number's messages in the order in which they were made, however many the files before have taken.
 */
export function newWamid(kind = "t"): string {
  counter += 1;
  return `wamid.${kind}-${String(counter).padStart(6, "0")}`;
}

export const seconds = (at: number) => String(Math.floor(at / 1000));

interface TextOptions {
  wamid?: string;
  from?: string;
  body?: string;
  at?: number;
  extra?: Record<string, unknown>;
}

/** A customer's text message as an element of `messages`. */
export function textMessage(options: TextOptions = {}) {
  return {
    from: options.from ?? CUSTOMER,
    id: options.wamid ?? newWamid("in"),
    timestamp: seconds(options.at ?? Date.now()),
    type: "text",
    text: { body: options.body ?? "Is the blue one in stock?" },
    ...options.extra,
  };
}

export function inbound(number: TestNumber, ...messages: unknown[]) {
  return change(number, "messages", { messages });
}

export function statuses(number: TestNumber, ...items: Record<string, unknown>[]) {
  return change(number, "messages", {
    statuses: items.map((item) => ({
      timestamp: seconds(Date.now()),
      recipient_id: CUSTOMER,
      ...item,
    })),
  });
}

export function echoes(number: TestNumber, ...items: Record<string, unknown>[]) {
  return change(number, "smb_message_echoes", {
    message_echoes: items.map((item) => ({
      from: number.phone,
      to: CUSTOMER,
      timestamp: seconds(Date.now()),
      type: "text",
      text: { body: "It is, I put one aside." },
      ...item,
    })),
  });
}

interface ChunkOptions {
  phase?: number;
  order?: number;
  progress?: number;
}

export function historyChunk(
  number: TestNumber,
  threads: Record<string, Record<string, unknown>[]>,
  options: ChunkOptions = {},
) {
  return change(number, "history", {
    history: [
      {
        metadata: {
          phase: options.phase ?? 2,
          chunk_order: options.order ?? 1,
          progress: options.progress ?? 100,
        },
        threads: Object.entries(threads).map(([id, messages]) => ({ id, messages })),
      },
    ],
  });
}
