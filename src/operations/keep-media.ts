import {
  claimMedia,
  endDeletion,
  findMediaOf,
  markStored,
  markUnavailable,
  postponeMedia,
} from "../database/media.ts";
import { deleteFileRows } from "../database/erase-customer-rows.ts";
import { findSenderByKey } from "../database/senders.ts";
import { log } from "../lib/log.ts";
import { sendPointers } from "../lib/send-pointers.ts";
import { mediaKey } from "./archive-keys.ts";
import { fetchMedia } from "./fetch-media.ts";
import { judgeAttempt } from "./judge-attempt.ts";
import { mediaEvent } from "./media-events.ts";
import { tallyAlarm } from "./raise-alarm.ts";
import { settledHome } from "./settled-home.ts";
import { tell } from "./tell.ts";
import type { DueMedia, MediaReason, StoredMedia } from "../database/media.ts";
import type { Sender } from "../database/senders.ts";
import type { MediaPointer } from "../queues/bodies.ts";
import type { Services } from "../services.ts";
import type { FetchedMedia } from "./fetch-media.ts";

/** Longer than a consumer may run (15 min): after it, whoever took the file is dead. */
const LEASE_MS = 16 * 60_000;

/**
 * Brings the file of a message from Meta into the archive, if it is due. Whoever comes second finds
 * it taken; a failed attempt is due again later, and a file whose time is over is told as lost.
 */
export async function keepMedia(services: Services, pointer: MediaPointer): Promise<void> {
  const sender = await findSenderByKey(services.registry, pointer.sender);
  if (sender === null) return;
  if (sender.move !== null) return; // the sweep finds it again where it will be
  const database = services.shard(sender.shard);
  const now = services.now();
  const media = await claimMedia(database, sender.key, pointer.wamid, now, now + LEASE_MS);
  if (media === null) return;
  if (media.state === "deleted") return finishDeletion(services, sender, media);
  const fetched = await fetchMedia(services, sender, media);
  const measure = (outcome: string, reason: string, bytes = 0) => {
    const figures = { bytes, attempts: media.attempts, ms: services.now() - now };
    services.measure("media", sender.phoneNumberId, { outcome, reason, ...figures });
  };
  if (fetched.kind === "stored") {
    measure("stored", "", fetched.bytes);
    return noteStored(services, sender, media, fetched);
  }
  const verdict = judgeAttempt(media, fetched, services.now());
  measure(verdict.kind === "over" ? "unavailable" : "later", fetched.reason);
  log.warn("media.not_fetched", {
    sender: sender.key,
    reason: fetched.reason,
    attempts: media.attempts,
  });
  if (verdict.kind === "over") return noteUnavailable(services, sender, media, verdict.reason);
  const { refusals, dueAt } = verdict;
  await postponeMedia(
    await settledHome(services, sender),
    sender.key,
    { ...media, refusals },
    fetched.reason,
    dueAt,
  );
  await sendPointers(services.queues.media, [pointer], dueAt - services.now());
}

async function noteStored(
  services: Services,
  sender: Sender,
  media: DueMedia,
  file: Extract<FetchedMedia, { kind: "stored" }>,
): Promise<void> {
  const now = services.now();
  const database = services.shard(sender.shard);
  const { mimeType, bytes, sha256 } = file;
  const event = mediaEvent(sender.key, media, "stored", `fs:${media.wamid}`, now, {
    mime_type: mimeType,
    bytes,
    sha256,
    filename: media.filename ?? undefined,
  });
  const writes = [markStored(database, sender.key, media.wamid, file, now)];
  await tell(services, sender, [event], { writes });
  // Deleted while it was being fetched: it must not stay behind.
  const after = await findMediaOf(database, sender.key, media.wamid);
  if (after?.state === "deleted") return finishDeletion(services, sender, after);
  log.info("media.stored", { sender: sender.key, bytes, attempts: media.attempts });
}

async function noteUnavailable(
  services: Services,
  sender: Sender,
  media: DueMedia,
  reason: MediaReason,
): Promise<void> {
  const database = services.shard(sender.shard);
  // Another id is another chance, and its end another fact.
  const key = `fu:${media.wamid}:${media.mediaId}`;
  const now = services.now();
  const event = mediaEvent(sender.key, media, "unavailable", key, now, { reason });
  const writes = [markUnavailable(database, sender.key, media.wamid, media.mediaId, reason)];
  await tell(services, sender, [event], { writes });
  await tallyAlarm(services, "media_lost", 1);
  log.warn("media.unavailable", { sender: sender.key, reason, attempts: media.attempts });
}

async function finishDeletion(
  services: Services,
  sender: Sender,
  { wamid, reason }: Pick<StoredMedia, "wamid" | "reason">,
): Promise<void> {
  await services.archive.delete(mediaKey(sender.key, wamid));
  const database = await settledHome(services, sender);
  // Its message is gone: nobody asks for the file's row any more.
  if (reason === "erased") await deleteFileRows(database, sender.key, [wamid]);
  else await endDeletion(database, sender.key, [wamid]);
}
