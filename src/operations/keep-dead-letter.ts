import * as z from "zod";
import { sha256Hex } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import type { Services } from "../services.ts";

/** Writes a queue message down that failed for good: an unread queue is emptied after 4 days. */
export async function keepDeadLetter(services: Services, message: Message): Promise<void> {
  // Whoever asked for it: the same work is one row.
  const asText = (key: string, value: unknown) => (key === "requestId" ? undefined : value);
  const body = JSON.stringify(message.body, asText);
  const id = `queue:${sha256Hex(body).slice(0, 32)}`; // the same work failing again is one row
  await services.registry
    .prepare(
      `INSERT INTO dead_letters (id, source, reason, body, at) VALUES (?1, 'queue', 'retries', ?2, ?3)
       ON CONFLICT DO NOTHING`,
    )
    .bind(id, body, services.now())
    .run();
  message.ack();
  const { requestId } = z.object({ requestId: z.string() }).partial().catch({}).parse(message.body);
  log.error("queue.dead_letter", { key: id, ...(requestId !== undefined && { requestId }) });
}
