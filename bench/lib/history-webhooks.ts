import { makeWamid } from "../../simulator/wamid.ts";
import { createRandom } from "../../simulator/random.ts";
import { signPost } from "./sign-post.ts";
import { WORDS } from "./text-webhooks.ts";
import type { Business } from "../../simulator/simulator.ts";
import type { PreparedPost } from "./post.ts";

const DAYS = 180;
const DAY_MS = 86_400_000;
/** Messages that stand together in one thread of a chunk. */
const THREAD_MESSAGES = 20;
/** Of a hundred messages so many are files, of which history brings the placeholder only. */
const PLACEHOLDERS_OF_100 = 5;

/** A message of the past as a row of the messages table has it: what the floor Worker stores. */
export interface HistoryRow {
  wamid: string;
  customer: string;
  at: number;
  type: string;
  direction: "inbound" | "outbound";
  origin: "customer" | "app";
  body: { body: string } | null;
  status: string;
  rank: number;
}

export interface HistoryWebhook extends PreparedPost {
  rows: HistoryRow[];
}

/** A business's past: so many messages, cut into chunks of Meta's. */
export interface Past {
  messages: number;
  chunkMessages: number;
  /** Makes the wamids of this past its own, and the same again for the same seed. */
  seed: number;
}

/**
 * Signed history webhooks of one number, one chunk each, newest first as Meta uploads them:
 * threads of several customers, both directions, texts of 4 to 40 words, some placeholders.
 *
 * @param chunks which chunks of the past, counted from 0, the second number not included
 */
export function makeHistoryWebhooks(
  business: Business,
  past: Past,
  appSecret: string,
  chunks: readonly [from: number, to: number] = [0, chunksOf(past)],
): HistoryWebhook[] {
  const all = chunksOf(past);
  return Array.from({ length: chunks[1] - chunks[0] }, (_, index) => {
    const chunk = chunks[0] + index;
    const rows = makeRows(business, past, chunk);
    const progress = Math.floor((100 * (chunk + 1)) / all);
    const value = {
      messaging_product: "whatsapp",
      metadata: {
        display_phone_number: business.displayPhoneNumber,
        phone_number_id: business.phoneNumberId,
      },
      history: [
        { metadata: { phase: 2, chunk_order: chunk + 1, progress }, threads: makeThreads(rows) },
      ],
    };
    const entry = [{ id: business.wabaId, changes: [{ field: "history", value }] }];
    return { rows, ...signPost({ object: "whatsapp_business_account", entry }, appSecret) };
  });

  function makeThreads(rows: readonly HistoryRow[]) {
    return [...Map.groupBy(rows, (row) => row.customer)].map(([id, of]) => ({
      id,
      messages: of.map((row) => ({
        from: row.direction === "outbound" ? business.displayPhoneNumber : id,
        ...(row.direction === "outbound" ? { to: id } : {}),
        id: row.wamid,
        timestamp: String(row.at / 1_000),
        type: row.type,
        ...(row.body === null ? {} : { text: row.body }),
        history_context: {
          status: row.status,
          ...(row.direction === "outbound" ? { from_me: true } : {}),
        },
      })),
    }));
  }
}

export function chunksOf({ messages, chunkMessages }: Past): number {
  return Math.ceil(messages / chunkMessages);
}

function makeRows(business: Business, past: Past, chunk: number): HistoryRow[] {
  const random = createRandom(past.seed * 100_003 + chunk);
  const from = chunk * past.chunkMessages;
  const count = Math.min(past.chunkMessages, past.messages - from);
  const now = Date.now();
  return Array.from({ length: count }, (_, index): HistoryRow => {
    const place = from + index;
    const { customers } = business;
    const customer = customers[Math.floor(place / THREAD_MESSAGES) % customers.length];
    if (customer === undefined) throw new Error("The number has no customers.");
    const outbound = random.chance(0.5);
    const isFile = random.int(100) < PLACEHOLDERS_OF_100;
    const words = Array.from(
      { length: 4 + random.int(37) },
      () => WORDS[random.int(WORDS.length)] ?? "",
    );
    const ageMs = DAY_MS + (place / past.messages) * (DAYS - 1) * DAY_MS;
    return {
      wamid: makeWamid(customer.phone, outbound ? "out" : "in", random.hex(20)),
      customer: customer.phone,
      at: Math.floor((now - ageMs) / 1_000) * 1_000,
      type: isFile ? "media_placeholder" : "text",
      direction: outbound ? "outbound" : "inbound",
      origin: outbound ? "app" : "customer",
      body: isFile ? null : { body: words.join(" ") },
      status: "read",
      rank: 3,
    };
  });
}
