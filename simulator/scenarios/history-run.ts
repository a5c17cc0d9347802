import type { Business } from "../businesses.ts";
import { postWebhook, valueOf } from "../webhooks/post-webhook.ts";
import type { World } from "../world.ts";
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

const DECLINED = "History sync is turned off by the business from the WhatsApp Business App";

/**
 * Uploads a business's history as its scenario says (protocol.md 2.3): chunk by chunk, each written
 * when there is room for it on the wire. Resolves when each has been tried once.
 */
export async function runHistory(world: World, business: Business): Promise<void> {
  const { history } = business;
  const counts = world.ledger.of(business.wabaId);
  if (history.neverComes) return;
  if (history.declined) {
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

  const ahead = new Set<Promise<unknown>>();
  for (const post of plan.posts) {
    const messages = indexesOf(post.chunk).map(reader.messageAt);
    for (const delivery of post.kind === "followUps"
      ? postMedia(messages)
      : [postChunk(post, messages)]) {
      if (!delivery) continue;
      const first = delivery.first.finally(() => ahead.delete(first));
      ahead.add(first);
    }
    while (ahead.size >= WRITTEN_AHEAD) await Promise.race(ahead);
  }
  await Promise.all(ahead);

  function postChunk(post: HistoryPost, messages: HistoryMessage[]) {
    const { phase, order, progress } = post.chunk;
    const metadata = { phase, chunk_order: order, progress };
    const delivery = postHistory(world, business, {
      history: [{ metadata, threads: threadsOf(messages) }],
    });
    if (!delivery) return null;
    if (post.kind === "chunk") counts.historyChunks.sent++;
    if (post.kind === "duplicate") counts.historyChunks.duplicated++;
    if (post.kind === "regrouped") counts.historyChunks.regrouped++;
    for (const { index } of messages) {
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
        const customers = new Map(part.map(({ customer }) => [customer.phone, customer]));
        const contacts = [...customers.values()].map(({ phone, bsuid, name }) => ({
          profile: { name },
          wa_id: phone,
          user_id: bsuid,
        }));
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
 * the end. Empty when history was declined or never comes; without the messages of lost chunks.
 */
export function* historyWamids(business: Business): Generator<string> {
  if (business.history.declined || business.history.neverComes) return;
  const plan = planHistory(business.history, historyKey(business));
  const reader = createHistoryReader(business, plan, 0);
  const lost = new Set(plan.lost);
  for (const chunk of plan.planned) {
    if (!lost.has(chunk)) for (const index of indexesOf(chunk)) yield reader.wamidAt(index);
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

/** By customer, the oldest first inside each, as in real chunks. */
function threadsOf(messages: HistoryMessage[]): Record<string, unknown>[] {
  const threads = Map.groupBy(messages.toReversed(), ({ customer }) => customer.phone);
  return [...threads].map(([phone, list]) => ({
    id: phone,
    context: { wa_id: phone, user_id: list[0]?.customer.bsuid },
    messages: list.map(({ wire }) => wire),
  }));
}

function withMedia(
  world: World,
  business: Business,
  message: HistoryMessage,
): Record<string, unknown> {
  const { wamid, customer, isFromMe, wire, index } = message;
  const type = mediaTypeOf(historyKey(business), index);
  const known = world.media.find(business.historyMedia.get(wamid) ?? "");
  const media = known ?? world.media.invent(business.wabaId, type);
  business.historyMedia.set(wamid, media.id);
  return {
    from: wire.from,
    ...(isFromMe
      ? { to: customer.phone, to_user_id: customer.bsuid }
      : { from_user_id: customer.bsuid }),
    id: wamid,
    timestamp: wire.timestamp,
    type,
    [type]: { id: media.id, mime_type: media.mimeType, sha256: media.sha256.toString("base64") },
  };
}
