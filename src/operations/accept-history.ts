import { requestIdField } from "../lib/request-id.ts";
import { sendPointers } from "../lib/send-pointers.ts";
import { listHistoryNumbers } from "../meta/history-split.ts";
import { arrivalKey, INBOX, namedArrivalKey } from "./archive-keys.ts";
import type { Json } from "../meta/read-json.ts";
import type { Services } from "../services.ts";

/** The mark of a body that the door did not parse: other facts than history may be in it. */
export const UNREAD = "unread";
/** Numbers named beside a body, of the 2 kB that the archive keeps there; hardly ever more than one. */
const NAMED_MAX_LENGTH = 1_000;

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
  const customMetadata = { ...nameNumbers(listHistoryNumbers(payload)), ...requestIdField() };
  await services.archive.put(key, raw, { customMetadata });
  await sendPointers(services.queues.history, [{ key }]);
}

/**
 * The same for a body that nobody has looked into. It is named by its signature, which is a hash of
 * it that has been worked out already: another one would cost the door as much again.
 *
 * @param body its verified `X-Hub-Signature-256`, and the numbers it shows
 */
export async function acceptUnreadHistory(
  services: Services,
  body: { raw: Uint8Array; signature: string; numbers: string[] },
  receivedAt: number,
): Promise<void> {
  const key = namedArrivalKey(INBOX, receivedAt, body.signature.replace("sha256=", ""));
  const customMetadata = {
    ...nameNumbers(body.numbers),
    ...requestIdField(),
    [UNREAD]: "true",
  };
  await services.archive.put(key, body.raw, { customMetadata });
  await sendPointers(services.queues.history, [{ key }]);
}

/** So that whoever asks which bodies of a number are open need not open them. */
function nameNumbers(numbers: string[]): Record<string, string> {
  const named = numbers.join(" ");
  return named !== "" && named.length <= NAMED_MAX_LENGTH ? { numbers: named } : {};
}
