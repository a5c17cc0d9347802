import { sha256Hex } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import type { Services } from "../services.ts";

/** Writes a queue message down that failed for good: an unread queue is emptied after 4 days. */
export async function keepDeadLetter(services: Services, message: Message): Promise<void> {
  const body = JSON.stringify(message.body);
  const id = `queue:${sha256Hex(body).slice(0, 32)}`; // the same work failing again is one row
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
