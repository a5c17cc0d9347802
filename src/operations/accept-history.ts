import { errorKind, log } from "../lib/log.ts";
import { arrivalKey, INBOX } from "./archive-keys.ts";
import type { Services } from "../services.ts";

/** The mark of a body that the door did not parse: other facts than history may be in it. */
export const UNREAD = "unread";

/**
 * Puts a raw history body (up to 3 MB, protocol.md 2.1) into the archive and points at it. The put
 * is what makes it durable; a pointer that is lost is found by the sweep.
 *
 * @param options.unread nobody has looked into the body yet
 */
export async function acceptHistory(
  services: Services,
  raw: Uint8Array,
  receivedAt: number,
  options: { unread?: boolean } = {},
): Promise<void> {
  const key = arrivalKey(INBOX, receivedAt, raw);
  await services.archive.put(
    key,
    raw,
    options.unread === true ? { customMetadata: { [UNREAD]: "true" } } : {},
  );
  try {
    await services.queues.history.send({ key });
  } catch (err) {
    log.warn("queue.retry", { queue: "tandem-history", error: errorKind(err) });
  }
}
