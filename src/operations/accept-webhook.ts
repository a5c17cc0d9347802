import { listNumbers } from "../database/senders.ts";
import { errorKind, log } from "../lib/log.ts";
import { requestIdField, requestIdNow } from "../lib/request-id.ts";
import { sendPointers } from "../lib/send-pointers.ts";
import { parseJsonObject } from "../meta/read-json.ts";
import { readWebhook } from "../meta/webhook-facts.ts";
import { acceptHistory } from "./accept-history.ts";
import { arrivalKey, OVERFLOW } from "./archive-keys.ts";
import { keepUnrouted } from "./keep-unrouted.ts";
import { keepUnreadable, shrinkFacts } from "./shrink-facts.ts";
import type { RoutedFact, WebhookFacts } from "../meta/webhook-facts.ts";
import type { Fact, Route } from "../meta/facts.ts";
import type { Json } from "../meta/read-json.ts";
import type { Services } from "../services.ts";

/**
 * Takes a verified webhook in. When it returns, every item is durable (invariant 1): live facts in
 * their number's object, history as a raw body in the archive; where an object or D1 fails, the
 * facts go to the archive's overflow.
 *
 * @throws when neither worked: the door answers 500, and Meta retries for 7 days
 */
export async function acceptWebhook(
  services: Services,
  webhook: { raw: Uint8Array; payload: Json; receivedAt: number },
): Promise<{ facts: number; hasHistory: boolean }> {
  const { facts, hasHistory } = await readStorable(services, webhook);
  await Promise.all([
    hasHistory
      ? acceptHistory(services, webhook.raw, webhook.payload, webhook.receivedAt)
      : undefined,
    deliverOrOverflow(services, facts, webhook.receivedAt),
  ]);
  return { facts: facts.length, hasHistory };
}

/**
 * Takes in what the door has left in a body that it put away unread: every fact but its history.
 *
 * @returns the parsed body, or null for one that nobody can read (it is kept whole)
 */
export async function acceptUnread(
  services: Services,
  raw: Uint8Array,
  receivedAt: number,
): Promise<Json | null> {
  const payload = parseJsonObject(raw);
  if (payload === undefined) {
    await keepUnreadable(services, raw);
    return null;
  }
  const { facts } = await readStorable(services, { raw, payload, receivedAt });
  await deliverOrOverflow(services, facts, receivedAt);
  return payload;
}

/** The facts of a webhook in sizes that rows hold. */
async function readStorable(
  services: Services,
  webhook: { raw: Uint8Array; payload: Json; receivedAt: number },
): Promise<WebhookFacts> {
  const { facts, hasHistory } = readWebhook(webhook.payload, webhook.receivedAt);
  return { facts: await shrinkFacts(services, facts, webhook.raw), hasHistory };
}

/** What the overflow keeps, to be delivered by `deliverFacts` later. */
export interface OverflowBody {
  receivedAt: number;
  /** Of the webhook that brought them. */
  requestId?: string;
  facts: RoutedFact[];
}

async function deliverOrOverflow(
  services: Services,
  facts: RoutedFact[],
  receivedAt: number,
): Promise<void> {
  const undelivered = await deliverFacts(services, facts, receivedAt);
  if (undelivered.length === 0) return;
  const body = JSON.stringify({
    receivedAt,
    ...requestIdField(),
    facts: undelivered,
  } satisfies OverflowBody);
  const key = arrivalKey(OVERFLOW, receivedAt, body);
  await services.archive.put(key, body);
  log.warn("webhook.overflowed", { count: undelivered.length });
  await sendPointers(services.queues.overflow, [{ key }]);
}

/**
 * Hands facts to their numbers' objects, and those of nobody to the unrouted items.
 *
 * @returns what could not be delivered now
 */
export async function deliverFacts(
  services: Services,
  facts: RoutedFact[],
  receivedAt: number,
): Promise<RoutedFact[]> {
  const byRoute = Map.groupBy(facts, ({ route }) => JSON.stringify(route));
  const failed = await Promise.all(
    [...byRoute.values()].map(async (group) => {
      const [first] = group;
      if (first === undefined) return [];
      try {
        await deliverGroup(
          services,
          first.route,
          group.map(({ fact }) => fact),
          receivedAt,
        );
        return [];
      } catch (err) {
        log.warn("object.unanswered", { reason: "delivery", error: errorKind(err) });
        return group;
      }
    }),
  );
  return failed.flat();
}

async function deliverGroup(
  services: Services,
  route: Route,
  facts: Fact[],
  receivedAt: number,
): Promise<void> {
  const numbers = await findNumbers(services, route);
  if (numbers.length === 0) {
    await keepUnrouted(services, facts, route);
    return;
  }
  // An account's word is one number's where it has one; of several each is read by itself.
  const told =
    numbers.length === 1
      ? facts
      : facts.map((fact) => (fact.kind === "account" ? { ...fact, shared: true as const } : fact));
  await Promise.all(numbers.map((number) => ingestTwiceAtMost(services, number, told, receivedAt)));
}

async function findNumbers(services: Services, route: Route): Promise<string[]> {
  switch (route.by) {
    case "phone_number_id":
      return [route.value]; // also unknown ones: their objects journal and wait
    case "waba":
      return listNumbers(services.registry, { waba: route.value });
    case "display":
      return listNumbers(services.registry, { display: route.value });
    case "none":
      return [];
  }
}

/** Once more on a fresh stub where the platform says that it helps (platform.md 1.3). */
async function ingestTwiceAtMost(
  services: Services,
  number: string,
  facts: Fact[],
  receivedAt: number,
): Promise<void> {
  const requestId = requestIdNow();
  try {
    await services.phone(number).ingest(facts, receivedAt, requestId);
  } catch (err) {
    const { retryable, overloaded } = err as { retryable?: boolean; overloaded?: boolean };
    if (retryable !== true || overloaded === true) throw err;
    await services.phone(number).ingest(facts, receivedAt, requestId);
  }
}
