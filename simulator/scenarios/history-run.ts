import type { Business } from "../businesses.ts";
import { postWebhook, valueOf } from "../webhooks/post-webhook.ts";
import type { World } from "../world.ts";
import { namedCustomer, profileOf } from "../live/threads.ts";
import type { HistoryMessage } from "./history-messages.ts";
import {
  createHistoryReader,
  FOLLOW_UP_DAYS,
  historyKey,
  mediaTypeOf,
} from "./history-messages.ts";
import type { Chunk, HistoryPost } from "./history-plan.ts";
import { planHistory } from "./history-plan.ts";

/** Bodies written and not yet tried once: bounds the memory of 100,000 messages. */
const WRITTEN_AHEAD = 4;
const MEDIA_PER_POST = 20;

const PARTLY_FAILED = { code: 131000, title: "Some messages could not be read on the phone" };

const DECLINED = "History sync is turned off by the business from the WhatsApp Business App";

/**
 * Uploads a business's history as its scenario says (protocol.md 2.3): chunk by chunk, each written
 * when there is room for it on the wire. Resolves when each has been tried once.
 */
export async function runHistory(world: World, business: Business): Promise<void> {
  const { history } = business;
  const counts = world.ledger.of(business.wabaId);
  if (history.neverComes) return;
  if (history.declined || !business.sharesHistory) {
    const error = { code: 2593109, title: DECLINED, message: DECLINED };
    const details = "History sharing is turned off by the business";
    postHistory(world, business, {
      history: [{ errors: [{ ...error, error_data: { details } }] }],
    });
    return;
  }
  const plan = planHistory(history, historyKey(business));
  const reader = createHistoryReader(
    business,
    plan,
    business.firstOnboardedAt ?? world.clock.now(),
  );
  const seen = new Uint8Array(history.messages);
  counts.historyChunks.planned += plan.planned.length;
  counts.historyChunks.lost += plan.lost.length;
  let isLate = false;

  const ahead = new Set<Promise<unknown>>();
  for (const post of plan.posts) {
    if (post.kind === "late" && !isLate) {
      isLate = true;
      await Promise.all(ahead);
      await world.clock.sleep(history.redeliverAfterMs);
    }
    for (const delivery of post.kind === "followUps"
      ? postMedia(post.chunks.flatMap(messagesOf))
      : [postChunks(post)]) {
      if (!delivery) continue;
      const first = delivery.first.finally(() => ahead.delete(first));
      ahead.add(first);
    }
    while (ahead.size >= WRITTEN_AHEAD) await Promise.race(ahead);
  }
  await Promise.all(ahead);

  function messagesOf(chunk: Chunk): HistoryMessage[] {
    return indexesOf(chunk).map(reader.messageAt);
  }

  function postChunks({ kind, chunks }: HistoryPost) {
    const elements = chunks.map((chunk) => ({ chunk, messages: messagesOf(chunk) }));
    const delivery = postHistory(world, business, {
      history: elements.map(({ chunk, messages }) => elementOf(chunk, messages)),
    });
    if (!delivery) return null;
    if (kind === "chunk") counts.historyChunks.sent += chunks.length;
    if (kind === "duplicate") counts.historyChunks.duplicated++;
    if (kind === "regrouped") counts.historyChunks.regrouped++;
    if (kind === "late") counts.historyChunks.late++;
    for (const { index } of elements.flatMap(({ messages }) => messages)) {
      if (!seen[index]) counts.historyMessages++;
      seen[index] = 1;
    }
    return delivery;
  }

  function postMedia(messages: HistoryMessage[]) {
    const recent = messages.filter(
      ({ type, ageDays }) => type === "media_placeholder" && ageDays <= FOLLOW_UP_DAYS,
    );
    const posts = [];
    for (const isFromMe of [false, true]) {
      const side = recent.filter((message) => message.isFromMe === isFromMe);
      for (let at = 0; at < side.length; at += MEDIA_PER_POST) {
        const part = side.slice(at, at + MEDIA_PER_POST);
        const list = part.map((message) => withMedia(world, business, message));
        const customers = new Map(
          part.map(({ customer, isHidden }) => [customer.phone, namedCustomer(customer, isHidden)]),
        );
        const contacts = [...customers.values()].map(profileOf);
        counts.historyMedia += part.length;
        const field = isFromMe ? history.echoFollowUpField : "history";
        const value = isFromMe ? { contacts, message_echoes: list } : { contacts, messages: list };
        posts.push(postHistory(world, business, value, field));
      }
    }
    return posts;
  }
}

/**
 * Every wamid that the scenario lets arrive, each once, newest first: what an importer must have in
 * the end. Empty when history was declined or never comes; without the messages of lost chunks, and
 * without edits, revokes and what has no time, which leave no message of their own.
 */
export function* historyWamids(business: Business): Generator<string> {
  const { declined, neverComes } = business.history;
  if (declined || neverComes || !business.sharesHistory) return;
  const plan = planHistory(business.history, historyKey(business));
  const reader = createHistoryReader(business, plan, 0);
  const lost = new Set(plan.lost);
  for (const chunk of plan.planned) {
    if (lost.has(chunk)) continue;
    for (const index of indexesOf(chunk)) {
      if (reader.leavesMessageAt(index)) yield reader.wamidAt(index);
    }
  }
}

function postHistory(
  world: World,
  business: Business,
  rest: Record<string, unknown>,
  field = "history",
) {
  return postWebhook(world, { business, field, value: valueOf(business, rest) });
}

function indexesOf({ ranges }: Chunk): number[] {
  return ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
}

/** An element of `history[]`. */
function elementOf(chunk: Chunk, messages: HistoryMessage[]): Record<string, unknown> {
  const { phase, order, progress, hasError, isBare } = chunk;
  return {
    ...(isBare ? {} : { metadata: { phase, chunk_order: order, progress } }),
    threads: threadsOf(messages),
    ...(hasError ? { errors: [PARTLY_FAILED] } : {}),
  };
}

/** By customer, the oldest first inside each, as in real chunks. */
function threadsOf(messages: HistoryMessage[]): Record<string, unknown>[] {
  const threads = Map.groupBy(messages.toReversed(), ({ customer }) => customer.phone);
  return [...threads].map(([phone, list]) => {
    const [first] = list;
    const bsuid = first?.customer.bsuid;
    const messages = list.map(({ wire }) => wire);
    return first?.isHidden
      ? { context: { user_id: bsuid }, messages }
      : { id: phone, context: { wa_id: phone, user_id: bsuid }, messages };
  });
}

function withMedia(
  world: World,
  business: Business,
  message: HistoryMessage,
): Record<string, unknown> {
  const { wamid, customer, isFromMe, isHidden, wire, index } = message;
  const type = mediaTypeOf(historyKey(business), index);
  const known = world.media.find(business.historyMedia.get(wamid) ?? "");
  const media = known ?? world.media.invent(business.wabaId, type);
  business.historyMedia.set(wamid, media.id);
  return {
    ...(wire.from === undefined ? {} : { from: wire.from }),
    ...(isFromMe
      ? { ...(isHidden ? {} : { to: customer.phone }), to_user_id: customer.bsuid }
      : { from_user_id: customer.bsuid }),
    id: wamid,
    timestamp: wire.timestamp,
    type,
    [type]: { id: media.id, mime_type: media.mimeType, sha256: media.sha256.toString("base64") },
  };
}
