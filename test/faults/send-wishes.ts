import { setTimeout as sleep } from "node:timers/promises";
import { TandemClient } from "../../scripts/demo/tandem-client.ts";
import type { ShopDiary, Wish } from "./diary.ts";

/** A gateway that is down for so long is not coming back. */
const PATIENCE_MS = 180_000;
const AGAIN_AFTER_MS = 300;

interface Caller {
  url: string;
  key: string;
}

/** Sends one message; asks again under the same key until an answer says what became of it. */
export async function wishForSend(
  { url, key }: Caller,
  shop: ShopDiary,
  body: unknown,
  headers: Record<string, string>,
): Promise<void> {
  const client = new TandemClient(url, key);
  const own = { ...headers, "idempotency-key": crypto.randomUUID() };
  await fulfil(shop, async () => {
    const { status, sendId } = await client.send(shop.business.phoneNumberId, body, own);
    // No place within its wait, a failure, or nobody can say (504): the same key tells.
    const failed = status === 429 || status >= 500;
    if (sendId === null && failed) return { again: `status ${status}` };
    return { sends: sendId === null ? [] : [sendId] };
  });
}

/** Queues many messages in one call; asks again under the same key as long as it has to. */
export async function wishForBatch(
  { url, key }: Caller,
  shop: ShopDiary,
  messages: unknown[],
): Promise<void> {
  const path = `${url}/v1/senders/${shop.business.phoneNumberId}/messages:batch`;
  const idempotencyKey = crypto.randomUUID();
  await fulfil(shop, async () => {
    const response = await fetch(path, {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "idempotency-key": idempotencyKey,
      },
      body: JSON.stringify({ messages }),
    });
    const answer = (await response.json()) as { data?: { id?: string }[] };
    if (response.status !== 202) return { again: `status ${response.status}` };
    return { sends: (answer.data ?? []).flatMap(({ id }) => id ?? []) };
  });
}

/** The ids of what was made, or why it has to be asked again. */
type Answer = { sends: string[] } | { again: string };

async function fulfil(shop: ShopDiary, ask: () => Promise<Answer>): Promise<void> {
  const wish: Wish = { sends: [], state: "open", last: "" };
  shop.wishes.push(wish);
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    // A connection that breaks says nothing about what the call did.
    const answer = await ask().catch((err: unknown) => ({ again: String(err) }));
    if ("sends" in answer) {
      wish.sends = answer.sends;
      wish.state = answer.sends.length === 0 ? "refused" : "named";
      return;
    }
    wish.last = answer.again;
    await sleep(AGAIN_AFTER_MS);
  }
  wish.state = "never answered";
}
