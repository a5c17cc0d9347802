import { asSha256 } from "../meta/media-ref.ts";
import { LARGEST_MEDIA_BYTES, mediaLimit } from "../meta/media-limits.ts";
import { asText } from "../meta/read-json.ts";
import { mediaKey } from "./archive-keys.ts";
import { findMedia } from "./find-media.ts";
import { putMedia } from "./put-media.ts";
import type { DueMedia } from "../database/media.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";
import type { GraphAnswer } from "./graph-answer.ts";

/** What an attempt to fetch a file came to. */
export type FetchedMedia =
  | { kind: "stored"; mimeType: string; bytes: number; sha256: string | null }
  /** What may be otherwise in a moment: the network, Meta's servers, a number on hold. */
  | { kind: "failed"; reason: string; soon?: true }
  /** What Meta says of the file itself. */
  | { kind: "refused"; reason: "absent" | "too_large" | "sha256_mismatch" };

/** Within one attempt, what a moment may mend is tried again at once: most faults last no longer. */
const PAUSES_MS = [100, 400];
/** Files come a little larger than the limits for sending say. */
const SLACK = 1.25;

/** Fetches a file into the archive. Its address is asked for anew each time: it lives 5 min. */
export async function fetchMedia(
  services: Services,
  sender: Sender,
  media: DueMedia,
): Promise<FetchedMedia> {
  for (const pauseMs of PAUSES_MS) {
    const fetched = await tryOnce(services, sender, media);
    if (fetched.kind !== "failed" || fetched.soon !== true) return fetched;
    await services.sleep(pauseMs);
  }
  return tryOnce(services, sender, media);
}

async function tryOnce(services: Services, sender: Sender, media: DueMedia): Promise<FetchedMedia> {
  const { partner, phoneNumberId } = sender;
  const found = await findMedia(services, {
    partner,
    senders: null,
    media: media.mediaId,
    phoneNumberId,
  });
  if (found.kind !== "found") return judgeAnswer(found);
  const file = await services.graph.openMedia(found.token, found.url, {});
  if (file.kind !== "open")
    return { kind: "failed", reason: `media_host_${file.kind}`, soon: true };
  const { response } = file;
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    if (response.status === 404) return { kind: "refused", reason: "absent" };
    const soon = response.status >= 500;
    return { kind: "failed", reason: `media_host_${response.status}`, ...(soon && { soon }) };
  }
  const declaredType = media.declaredType ?? asText(found.node["mime_type"]) ?? null;
  return putMedia(services.archive, mediaKey(sender.key, media.wamid), response, {
    declaredType,
    filename: media.filename,
    kind: media.type,
    sha256: media.sha256 ?? asSha256(found.node["sha256"]) ?? null,
    bytes: Number(asText(found.node["file_size"]) ?? Number.NaN),
    maxBytes: capOf(media.type, declaredType),
  });
}

/** By kind of message: a picture sent as a document may be as large as documents are. */
function capOf(type: string, mimeType: string | null): number {
  if (type === "document") return LARGEST_MEDIA_BYTES * SLACK;
  const { maxBytes } = mediaLimit(type === "sticker" ? "image/webp" : `${type}/${mimeType ?? ""}`);
  return maxBytes * SLACK;
}

function judgeAnswer(answer: GraphAnswer): FetchedMedia {
  if (answer.kind === "answered") {
    const soon = answer.status >= 500;
    return { kind: "failed", reason: `graph_${answer.status}`, ...(soon && { soon }) };
  }
  const { code, status, transient } = answer.refusal;
  if (code === 100) return { kind: "refused", reason: "absent" };
  return status >= 500
    ? { kind: "failed", reason: "graph_silent", soon: true }
    : { kind: "failed", reason: transient === true ? "graph_busy" : "number_held" };
}
