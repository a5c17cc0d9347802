import * as z from "zod";
import { deleteDeadLetters, listLetterPointers, saveDeadLetter } from "../database/dead-letters.ts";
import { listStoredBodies } from "../database/history-bodies.ts";
import { readMark, writeMark } from "../database/marks.ts";
import { findDueAt } from "../database/media.ts";
import { findSenderByKey } from "../database/senders.ts";
import { POINTERS } from "../queues/bodies.ts";
import { wasLately } from "../lib/was-lately.ts";
import { DEAD_LETTERS } from "./archive-keys.ts";
import { logSkipped } from "./sweep-each.ts";
import type { NewDeadLetter } from "../database/dead-letters.ts";
import type { QueueName } from "../queues/bodies.ts";
import type { Services } from "../services.ts";

/** An outage's letters come to D1 at 3,000 an hour. */
const A_LIST = 50;
/** A file's letter takes two questions to D1. */
const LOOKED_AT_ONCE = 25;
/** Nobody waits for it: what is done is done. */
const LOOK_EVERY_MS = 10 * 60_000;
const MARK = "sweep.letters_done";

const kept = z.custom<NewDeadLetter>(
  (value) => typeof value === "object" && value !== null && "id" in value && "message" in value,
);

/** Brings dead letters to D1 that it did not take when they came. @returns how many */
export async function sweepDeadLetters(services: Services): Promise<number> {
  const errors: unknown[] = [];
  let brought = 0;
  const { objects } = await services.archive.list({ prefix: DEAD_LETTERS, limit: A_LIST });
  for (const { key } of objects) {
    try {
      const object = await services.archive.get(key);
      if (object === null) continue; // another run was quicker
      await saveDeadLetter(services.registry, kept.parse(await object.json()));
      await services.archive.delete(key);
      brought += 1;
    } catch (err) {
      errors.push(err); // it keeps none of those behind it waiting
    }
  }
  if (errors.length > 0) throw errors[0];
  return brought;
}

/**
 * Takes letters away whose work was done since, by a sweep or by Meta's repeat: what is left is what
 * needs somebody. Some at a time, in turn. A ticket for queued sends has no work of its own, and a
 * refused fact is done over by hand.
 *
 * @returns how many went
 */
export async function sweepLettersDone(services: Services): Promise<number> {
  const now = services.now();
  const [lookedAt = "0", after = ""] = ((await readMark(services.registry, MARK)) ?? "").split(" ");
  if (after === "" && wasLately(Number(lookedAt), now, LOOK_EVERY_MS)) return 0;
  const sources: QueueName[] = ["history", "media", "overflow"];
  const letters = await listLetterPointers(services.registry, sources, after, LOOKED_AT_ONCE);
  const done: string[] = [];
  for (const { id, source, body } of letters) {
    try {
      if (await isDone(services, source, JSON.parse(body))) done.push(id);
    } catch (err) {
      logSkipped("letters_done", err);
    }
  }
  if (done.length > 0) await deleteDeadLetters(services.registry, done);
  const last = letters.length === LOOKED_AT_ONCE ? (letters.at(-1)?.id ?? "") : "";
  // An idle look is not worth a row.
  if (letters.length > 0 || after !== "") {
    await writeMark(services.registry, MARK, `${now} ${last}`);
  }
  return done.length;
}

async function isDone(services: Services, source: QueueName, body: unknown): Promise<boolean> {
  switch (source) {
    case "history": {
      const pointer = POINTERS.history.safeParse(body);
      if (!pointer.success) return false;
      return (await listStoredBodies(services.registry, [pointer.data.key])).size > 0;
    }
    case "overflow": {
      const pointer = POINTERS.overflow.safeParse(body);
      return pointer.success && (await services.archive.head(pointer.data.key)) === null;
    }
    case "media": {
      const pointer = POINTERS.media.safeParse(body);
      if (!pointer.success) return false;
      const sender = await findSenderByKey(services.registry, pointer.data.sender);
      if (sender === null) return true;
      const dueAt = await findDueAt(services.shard(sender.shard), sender.key, pointer.data.wamid);
      return dueAt === null;
    }
    case "sends":
      return false;
  }
}
