import { sha256Hex } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import { raiseAlarm } from "./raise-alarm.ts";
import type { Services } from "../services.ts";

/** Writes a queue message down that failed for good: an unread queue is emptied after 4 days. */
export async function keepDeadLetter(services: Services, message: Message): Promise<void> {
  const body = JSON.stringify(message.body);
  const id = `queue:${sha256Hex(body).slice(0, 32)}`; // the same work failing again is one row
  // First: what is wrong may be the registry.
  await raiseAlarm(services, {
    alarm: "dead_letters",
    subject: "queue",
    since: services.now(),
    detail: "Work of a queue was given up after its last retry.",
    path: "/console/left-over",
  });
  await services.registry
    .prepare(
      `INSERT INTO dead_letters (id, source, reason, body, at) VALUES (?1, 'queue', 'retries', ?2, ?3)
       ON CONFLICT DO NOTHING`,
    )
    .bind(id, body, services.now())
    .run();
  message.ack();
  log.error("queue.dead_letter", { key: id });
}
