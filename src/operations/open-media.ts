import { noAnswer } from "./graph-answer.ts";
import { findMedia } from "./find-media.ts";
import type { Services } from "../services.ts";
import type { GraphAnswer, GraphRefusal } from "./graph-answer.ts";
import type { FoundMedia, MediaInput } from "./find-media.ts";

/** What Meta's media host may answer when it serves: whole, in part, unchanged, or not that part. */
const SERVED = new Set([200, 206, 304, 416]);

export type OpenedMedia = { kind: "open"; response: Response } | GraphAnswer;

/**
 * Opens the bytes of a file: resolved anew each time, since Meta's address lives for 5 minutes
 * (protocol.md 3.4); where it is refused already, it is resolved once more.
 *
 * @param wanted range headers of the caller
 */
export async function openMedia(
  services: Services,
  input: MediaInput & { wanted: Record<string, string> },
): Promise<OpenedMedia> {
  for (let again = false; ; again = true) {
    const found = await findMedia(services, input);
    if (found.kind !== "found") return found;
    const file = await services.graph.openMedia(found.token, found.url, input.wanted);
    if (file.kind !== "open") return { kind: "refused", refusal: noAnswer(file.kind, true) };
    const { response } = file;
    if (SERVED.has(response.status)) return { kind: "open", response };
    await response.body?.cancel();
    if (response.status !== 404 || again) {
      return { kind: "refused", refusal: unservable(found, response.status) };
    }
  }
}

function unservable(found: FoundMedia, status: number): GraphRefusal {
  const gone = status === 404;
  return {
    status: gone ? 404 : 502,
    code: 131052,
    title: "Media download error",
    details: gone
      ? `Meta has no bytes for this file of number ${found.phoneNumberId}.`
      : `Meta's media host answered ${status}. Ask again in a moment.`,
    transient: !gone,
  };
}
