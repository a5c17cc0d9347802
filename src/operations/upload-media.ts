import { noteUpload } from "../database/outgoing-media.ts";
import { findHeldSender } from "../database/senders.ts";
import { errorKind, log } from "../lib/log.ts";
import { multipartBoundary } from "../lib/multipart-watch.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { asObject, asText } from "../meta/read-json.ts";
import { passableQuery } from "../meta/withhold-token.ts";
import { absent, answerOf } from "./graph-answer.ts";
import { openAccess } from "./open-access.ts";
import { refuseShape, UploadGauge } from "./upload-gauge.ts";
import type { SenderFilter } from "../lib/sender-filter.ts";
import type { Services } from "../services.ts";
import type { GraphAnswer, GraphRefusal } from "./graph-answer.ts";

export interface UploadInput {
  partner: string;
  senders: SenderFilter;
  phoneNumberId: string;
  query: Iterable<[string, string]>;
  contentType: string;
  /** As the caller declared it; null where it did not. */
  contentLength: number | null;
  body: ReadableStream<Uint8Array> | null;
}

/**
 * Uploads a file for a number: the caller's own multipart body streams on to Graph unchanged while
 * its parts are watched; a file over its kind's limit breaks it off. Takes no place and no window.
 */
export async function uploadMedia(services: Services, input: UploadInput): Promise<GraphAnswer> {
  const { partner, phoneNumberId, contentType, contentLength } = input;
  const sender = await findHeldSender(services.registry, partner, phoneNumberId);
  if (sender === null || !coversSender(input.senders, phoneNumberId)) {
    return refuse(absent(phoneNumberId));
  }
  const access = await openAccess(services, partner, phoneNumberId, "write");
  if (access.kind === "refused") return access;
  const boundary = multipartBoundary(contentType);
  if (boundary === null) return refuse(refuseShape("Its content-type names no boundary."));
  if (input.body === null) return refuse(refuseShape("It is empty."));
  const gauge = new UploadGauge(boundary, contentLength);
  if (gauge.refusal !== null) return refuse(gauge.refusal);
  const relayed = await services.graph.uploadMedia(access.token, {
    phoneNumberId,
    query: passableQuery(input.query),
    contentType,
    contentLength,
    body: input.body,
    watch: (bytes) => gauge.see(bytes),
  });
  if (gauge.refusal !== null) return refuse(gauge.refusal);
  const media = relayed.kind === "answered" ? asText(asObject(relayed.body)?.["id"]) : undefined;
  if (media !== undefined) await note(services, sender.key, media, gauge.file);
  return answerOf(services, relayed, access.token, true);
}

/** Without the note the file is still found, by asking the partner's numbers. */
async function note(
  services: Services,
  sender: number,
  media: string,
  file: { type: string; bytes: number },
): Promise<void> {
  log.info("media.uploaded", { sender, bytes: file.bytes });
  try {
    await noteUpload(services.registry, { sender, media, ...file, at: services.now() });
  } catch (err) {
    log.warn("media.not_noted", { sender, error: errorKind(err) });
  }
}

function refuse(refusal: GraphRefusal): GraphAnswer {
  return { kind: "refused", refusal };
}
