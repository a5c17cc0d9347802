import { errorKind, log } from "../lib/log.ts";
import { listHistoryNumbers } from "../meta/history-split.ts";
import { arrivalKey, INBOX, namedArrivalKey } from "./archive-keys.ts";
import type { Json } from "../meta/read-json.ts";
import type { Services } from "../services.ts";

/** The mark of a body that the door did not parse: other facts than history may be in it. */
export const UNREAD = "unread";
/** Numbers named beside a body, of the 2 kB that the archive keeps there; hardly ever more than one. */
const NUMBERS_NAMED = 50;

/**
 * Puts a raw history body (up to 3 MB, protocol.md 2.1) into the archive and points at it. The put
 * is what makes it durable; a pointer that is lost is found by the sweep.
 */
export async function acceptHistory(
  services: Services,
  raw: Uint8Array,
  payload: Json,
  receivedAt: number,
): Promise<void> {
  const key = arrivalKey(INBOX, receivedAt, raw);
  const numbers = listHistoryNumbers(payload);
  // So that whoever asks which bodies of a number are open need not open them.
  const named = numbers.length > 0 && numbers.length <= NUMBERS_NAMED;
  const about = named ? { customMetadata: { numbers: numbers.join(" ") } } : {};
  await services.archive.put(key, raw, about);
  await pointAtBody(services, key);
}

/**
 * The same for a body that nobody has looked into. It is named by its signature, which is a hash of
 * it that has been worked out already: another one would cost the door as much again.
 *
 * @param signature `X-Hub-Signature-256` as it was verified
 */
export async function acceptUnreadHistory(
  services: Services,
  raw: Uint8Array,
  signature: string,
  receivedAt: number,
): Promise<void> {
  const key = namedArrivalKey(INBOX, receivedAt, signature.replace("sha256=", ""));
  await services.archive.put(key, raw, { customMetadata: { [UNREAD]: "true" } });
  await pointAtBody(services, key);
}

async function pointAtBody(services: Services, key: string): Promise<void> {
  try {
    await services.queues.history.send({ key });
  } catch (err) {
    log.warn("queue.retry", { queue: "tandem-history", error: errorKind(err) });
  }
}
