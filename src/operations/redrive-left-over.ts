import * as z from "zod";
import {
  deleteDeadLetter,
  deleteUnrouted,
  findDeadLetter,
  findUnrouted,
} from "../database/left-over.ts";
import { findCurrentSender, findSenderByKey, listNumbers } from "../database/senders.ts";
import { historyPointer, mediaPointer, overflowPointer, sendTicket } from "../queues/bodies.ts";
import { INBOX, OVERFLOW } from "./archive-keys.ts";
import { requestIdNow } from "../lib/request-id.ts";
import type { Fact } from "../meta/facts.ts";
import type { Services } from "../services.ts";

/** What came of doing something over. */
export type RedriveResult =
  | { kind: "done" }
  | { kind: "not_found" }
  /** It cannot be done over; `why` is a sentence for people. */
  | { kind: "impossible"; why: string };

/** Facts of Meta's that an object takes in; what was decided here is not told to it again. */
const TAKEN = ["message", "status", "edit", "revoke", "contact", "customer_change", "account"];
const fact = z.custom<Fact>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    [...TAKEN, "notice", "handover"].includes(String(value.kind)),
);
const buriedRow = z.object({ fact, receivedAt: z.number() });

/**
 * Does a dead letter over: a queue's work is pointed at again, a fact that D1 refused goes back to
 * its number. What fails once more comes back as a dead letter.
 */
export async function redriveDeadLetter(services: Services, id: string): Promise<RedriveResult> {
  const letter = await findDeadLetter(services.registry, id);
  if (letter === null) return { kind: "not_found" };
  const body: unknown = JSON.parse(letter.body);
  const outcome =
    letter.source === "queue"
      ? await pointAgain(services, body)
      : await ingestAgain(services, letter.sender, body);
  if (outcome.kind === "done") await deleteDeadLetter(services.registry, id);
  return outcome;
}

/** Hands an item that nobody could use to the number it was meant for, once that is known. */
export async function redriveUnrouted(
  services: Services,
  shard: string,
  id: string,
): Promise<RedriveResult> {
  const database = services.shard(shard);
  const item = await findUnrouted(database, id);
  if (item === null) return { kind: "not_found" };
  const kept = fact.safeParse(JSON.parse(item.raw));
  if (!kept.success) {
    return {
      kind: "impossible",
      why: "This version of Tandem cannot read it. It is kept whole, for one that can.",
    };
  }
  const numbers = await numbersOf(services, { id, sender: item.sender, route: item.route });
  if (numbers.length === 0) {
    return {
      kind: "impossible",
      why: "Nobody has connected the number it is for. It is taken in by itself when somebody does.",
    };
  }
  for (const number of numbers)
    await services.phone(number).ingest([kept.data], item.at, requestIdNow());
  await deleteUnrouted(database, id);
  return { kind: "done" };
}

async function pointAgain(services: Services, body: unknown): Promise<RedriveResult> {
  const { queues } = services;
  const [ticket, media] = [sendTicket.safeParse(body), mediaPointer.safeParse(body)];
  const archived = historyPointer.safeParse(body);
  if (ticket.success) await queues.sends.send(ticket.data);
  else if (media.success) await queues.media.send(media.data);
  else if (archived.success && archived.data.key.startsWith(INBOX)) {
    await queues.history.send(archived.data);
  } else if (archived.success && archived.data.key.startsWith(OVERFLOW)) {
    await queues.overflow.send(overflowPointer.parse(body));
  } else return { kind: "impossible", why: "It names no work that this version of Tandem knows." };
  return { kind: "done" };
}

async function ingestAgain(
  services: Services,
  senderKey: number | null,
  body: unknown,
): Promise<RedriveResult> {
  const row = buriedRow.safeParse(body);
  if (!row.success) {
    return {
      kind: "impossible",
      why: "It is something that the gateway decided itself, not something Meta told it.",
    };
  }
  const sender = senderKey === null ? null : await findSenderByKey(services.registry, senderKey);
  const holder =
    sender === null ? null : await findCurrentSender(services.registry, sender.phoneNumberId);
  if (sender === null || holder?.key !== sender.key) {
    return { kind: "impossible", why: "The number belongs to another partner by now." };
  }
  await services
    .phone(sender.phoneNumberId)
    .ingest([row.data.fact], row.data.receivedAt, requestIdNow());
  return { kind: "done" };
}

/** Connected numbers that an item is for, by its sender, its route, or the number in its id. */
async function numbersOf(
  services: Services,
  item: { id: string; sender: number | null; route: string | null },
): Promise<string[]> {
  if (item.sender !== null) {
    const sender = await findSenderByKey(services.registry, item.sender);
    return sender === null ? [] : [sender.phoneNumberId];
  }
  const [by, value] = item.route?.split(":", 2) ?? ["phone_number_id", item.id.split(":")[0]];
  if (value === undefined) return [];
  if (by === "waba" || by === "display") {
    return listNumbers(services.registry, by === "waba" ? { waba: value } : { display: value });
  }
  return (await findCurrentSender(services.registry, value)) === null ? [] : [value];
}
