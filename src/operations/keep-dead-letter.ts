import { saveDeadLetter } from "../database/dead-letters.ts";
import { sha256Hex } from "../lib/ids.ts";
import { errorKind, log } from "../lib/log.ts";
import { POINTERS, TRIES } from "../queues/bodies.ts";
import { arrivalKey, DEAD_LETTERS } from "./archive-keys.ts";
import { raiseAlarm } from "./raise-alarm.ts";
import type { NewDeadLetter } from "../database/dead-letters.ts";
import type { QueueName } from "../queues/bodies.ts";
import type { Services } from "../services.ts";

/**
 * Writes a queue message down that failed for good: an unread queue is emptied after 4 days. Where D1
 * does not take it, it goes into the archive at once, and a sweep brings it to D1.
 *
 * @param source the queue that it failed in
 * @throws where the archive does not take it either: the queue tries again for hours
 */
export async function keepDeadLetter(
  services: Services,
  source: QueueName,
  message: Pick<Message, "id" | "body">,
): Promise<void> {
  const letter = letterOf(source, message, services.now());
  const about = { queue: source, key: letter.id };
  // First: what is wrong may be the registry.
  await raiseAlarm(services, {
    alarm: "dead_letters",
    subject: source,
    since: letter.at,
    detail: "Work of a queue was given up after its last retry.",
    path: "/console/left-over",
  });
  try {
    await saveDeadLetter(services.registry, letter);
    log.error("queue.dead_letter", about);
  } catch (err) {
    const key = arrivalKey(DEAD_LETTERS, letter.at, `${source} ${message.id}`);
    await services.archive.put(key, JSON.stringify(letter));
    log.error("queue.dead_letter", { ...about, reason: "in_archive", error: errorKind(err) });
  }
}

/** @param work its pointer as JSON: the same that fails again is the same letter */
export function letterId(source: QueueName, work: string): string {
  return `${source}:${sha256Hex(work).slice(0, 32)}`;
}

function letterOf(
  source: QueueName,
  { id: message, body }: Pick<Message, "id" | "body">,
  at: number,
): NewDeadLetter {
  const pointer = POINTERS[source].safeParse(body);
  // What it does over is no part of the work: the same that fails again is the same letter.
  // Nor is for whom it was done.
  const asWork = (key: string, value: unknown) => (key === "requestId" ? undefined : value);
  const work = JSON.stringify(pointer.success ? pointer.data : body, asWork);
  const about: { key?: string; sender?: number; phoneNumberId?: string } = pointer.data ?? {};
  return {
    id: letterId(source, work),
    source,
    sender: about.sender ?? null,
    phoneNumberId: about.phoneNumberId ?? null,
    reason: pointer.success ? "retries" : "unreadable",
    body: work,
    attempts: TRIES[source],
    at,
    message,
  };
}
