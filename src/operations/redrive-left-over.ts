import * as z from "zod";
import {
  deleteDeadLetter,
  findDeadLetter,
  listDeadLetters,
  markRedriven,
} from "../database/dead-letters.ts";
import { findCurrentSender, findSenderByKey, listNumbers } from "../database/senders.ts";
import { deleteUnrouted, findUnrouted, listUnrouted } from "../database/unrouted.ts";
import { errorKind, log } from "../lib/log.ts";
import { requestIdNow } from "../lib/request-id.ts";
import { POINTERS } from "../queues/bodies.ts";
import type { LetterSource } from "../database/dead-letters.ts";
import type { Fact } from "../meta/facts.ts";
import type { QueueName } from "../queues/bodies.ts";
import type { Services } from "../services.ts";

/** What came of doing something over. */
export type RedriveResult =
  /** Its work is done, and it is gone. */
  | { kind: "done" }
  /** It is under way: gone when it is done, counted up should it fail again. */
  | { kind: "under_way" }
  /** It was done over and failed again: it has counted up. */
  | { kind: "failed_again" }
  | { kind: "not_found" }
  /** It cannot be done over; `why` is a sentence for people. */
  | { kind: "impossible"; why: string };

/** What came of doing many over, by what came of each; where the next call goes on. */
export interface RedriveCounts {
  done: number;
  under_way: number;
  failed_again: number;
  impossible: number;
  /** The last that was tried; null: there are no more. */
  last: { at: number; id: string } | null;
}

/** Facts of Meta's that an object takes in; what was decided here is not told to it again. */
const TAKEN = ["message", "status", "edit", "revoke", "contact", "customer_change", "account"];
const fact = z.custom<Fact>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    [...TAKEN, "notice", "handover"].includes(String(value.kind)),
);
export const buriedRow = z.object({ fact, receivedAt: z.number() });

/**
 * Does a dead letter over: a queue's work is pointed at again, a fact that D1 refused goes back to
 * its number. It is marked first and stays until its work is done; what fails once more counts up.
 */
export async function redriveDeadLetter(services: Services, id: string): Promise<RedriveResult> {
  const letter = await findDeadLetter(services.registry, id);
  if (letter === null) return { kind: "not_found" };
  const body: unknown = JSON.parse(letter.body);
  return letter.source === "flush"
    ? ingestAgain(services, { id, sender: letter.sender }, body)
    : pointAgain(services, letter.source, id, body);
}

/** Does the open letters over that a query names, the newest first, so many at once. */
export async function redriveDeadLetters(
  services: Services,
  query: {
    source: LetterSource | null;
    senders: readonly number[] | null;
    after: { at: number; id: string } | null;
    limit: number;
  },
): Promise<RedriveCounts> {
  const openAt = services.now();
  const letters = await listDeadLetters(services.registry, { ...query, openAt });
  return countEach(letters, query.limit, (letter) => redriveDeadLetter(services, letter.id));
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

/** The same for those that a query names, the newest first, so many at once. */
export async function redriveUnroutedItems(
  services: Services,
  query: {
    reason: string | null;
    senders: readonly number[] | null;
    after: { at: number; id: string } | null;
    limit: number;
  },
): Promise<RedriveCounts> {
  const items = await listUnrouted(services, query);
  return countEach(items, query.limit, (item) => redriveUnrouted(services, item.shard, item.id));
}

async function countEach<T extends { at: number; id: string }>(
  items: readonly T[],
  limit: number,
  redrive: (item: T) => Promise<RedriveResult>,
): Promise<RedriveCounts> {
  const counts = { done: 0, under_way: 0, failed_again: 0, impossible: 0 };
  for (const item of items) {
    try {
      const { kind } = await redrive(item);
      counts[kind === "not_found" ? "done" : kind] += 1; // somebody else was quicker
    } catch (err) {
      // It stays, and keeps none of those behind it waiting.
      log.error("request.failed", { reason: "redrive", error: errorKind(err) });
      counts.failed_again += 1;
    }
  }
  const last = items.length === limit ? items.at(-1) : undefined;
  return { ...counts, last: last === undefined ? null : { at: last.at, id: last.id } };
}

async function pointAgain(
  services: Services,
  source: QueueName,
  id: string,
  body: unknown,
): Promise<RedriveResult> {
  const { queues, registry } = services;
  const again = <T extends object>(pointer: T) => ({ ...pointer, letter: id });
  const impossible = {
    kind: "impossible",
    why: "It names no work that this version of Tandem knows.",
  } as const;
  // Before it is pointed at: its consumer may be done with it before this goes on.
  const send = async <T>(queue: Queue<T>, pointer: T) => {
    await markRedriven(registry, id, services.now());
    try {
      await queue.send(pointer);
    } catch (err) {
      await markRedriven(registry, id, null);
      throw err;
    }
    return { kind: "under_way" } as const;
  };
  switch (source) {
    case "history": {
      const pointer = POINTERS.history.safeParse(body);
      return pointer.success ? send(queues.history, again(pointer.data)) : impossible;
    }
    case "sends": {
      const pointer = POINTERS.sends.safeParse(body);
      return pointer.success ? send(queues.sends, again(pointer.data)) : impossible;
    }
    case "media": {
      const pointer = POINTERS.media.safeParse(body);
      return pointer.success ? send(queues.media, again(pointer.data)) : impossible;
    }
    case "overflow": {
      const pointer = POINTERS.overflow.safeParse(body);
      return pointer.success ? send(queues.overflow, again(pointer.data)) : impossible;
    }
  }
}

/** The letter goes when D1 has the fact; where D1 refuses it again, it has counted up by then. */
async function ingestAgain(
  services: Services,
  letter: { id: string; sender: number | null },
  body: unknown,
): Promise<RedriveResult> {
  const row = buriedRow.safeParse(body);
  if (!row.success) {
    return {
      kind: "impossible",
      why: "It is something that the gateway decided itself, not something Meta told it.",
    };
  }
  const { registry } = services;
  const sender = letter.sender === null ? null : await findSenderByKey(registry, letter.sender);
  const holder = sender === null ? null : await findCurrentSender(registry, sender.phoneNumberId);
  if (sender === null || holder?.key !== sender.key) {
    return { kind: "impossible", why: "The number belongs to another partner by now." };
  }
  const phone = services.phone(sender.phoneNumberId);
  const at = services.now();
  await markRedriven(registry, letter.id, at);
  await phone.ingest([row.data.fact], row.data.receivedAt, requestIdNow());
  try {
    if (!(await phone.flushed())) return { kind: "under_way" };
    if (await deleteDeadLetter(registry, letter.id, at)) return { kind: "done" };
    const left = await findDeadLetter(registry, letter.id);
    if (left === null) return { kind: "done" }; // somebody else did it over at the same time
    return { kind: left.redrivenAt === null ? "failed_again" : "under_way" };
  } catch (err) {
    // The fact is in the number's journal; the letter is open again in an hour, and harmless.
    log.warn("dead_letter.not_ended", { key: letter.id, error: errorKind(err) });
    return { kind: "under_way" };
  }
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
