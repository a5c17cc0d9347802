import { deleteDeadLetter } from "../database/dead-letters.ts";
import { errorKind, log } from "../lib/log.ts";
import type { Services } from "../services.ts";

/** The work of a dead letter was done over and is done. Never rejects: the work must not be done again for it. */
export async function forgetDoneLetter(services: Services, id: string): Promise<void> {
  try {
    await deleteDeadLetter(services.registry, id);
  } catch (err) {
    // It counts as open again in an hour, and a sweep finds that its work is done.
    log.warn("dead_letter.not_ended", { key: id, error: errorKind(err) });
  }
}
