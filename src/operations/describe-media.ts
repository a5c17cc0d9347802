import { mediaAddress } from "../lib/media-address.ts";
import { answerOf } from "./graph-answer.ts";
import { findMedia } from "./find-media.ts";
import type { Services } from "../services.ts";
import type { GraphAnswer } from "./graph-answer.ts";
import type { MediaInput } from "./find-media.ts";

/**
 * What Meta says about a file, with our address for the bytes in place of Meta's. Ours needs the
 * same key, and does not end after 5 minutes: it asks Meta anew each time.
 *
 * @param version of the API as the caller wrote it, such as v24.0
 */
export async function describeMedia(
  services: Services,
  input: MediaInput & { version: string },
): Promise<GraphAnswer> {
  const found = await findMedia(services, input);
  if (found.kind !== "found") return found;
  const { node, phoneNumberId, token } = found;
  const { version, media } = input;
  const url = mediaAddress(services.settings.PUBLIC_URL, { version, media, phoneNumberId });
  const body = { ...node, url };
  return answerOf(services, { kind: "answered", status: 200, body }, token, true);
}
