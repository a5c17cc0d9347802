export type MediaKind = "audio" | "document" | "image" | "sticker" | "video";

/*
 * Meta writes "5 MB" and does not say which kind of megabyte. The larger reading is taken, so that
 * nothing Meta would take is refused here; between the two Meta has the word.
 */
const KB = 1_024;
const MB = 1_024 * KB;

/** Largest file that may be uploaded, in bytes (protocol.md 3.4). */
const MAX_BYTES: Record<MediaKind, number> = {
  audio: 16 * MB,
  document: 100 * MB,
  image: 5 * MB,
  sticker: 500 * KB, // an animated one; a static one has 100 KB, which only its pixels tell
  video: 16 * MB,
};

/** No kind takes more. */
export const LARGEST_MEDIA_BYTES = MAX_BYTES.document;

export interface MediaLimit {
  kind: MediaKind;
  maxBytes: number;
}

/** What a MIME type is uploaded as, and how large it may be. WebP exists as sticker only. */
export function mediaLimit(mimeType: string): MediaLimit {
  const mime = mimeType.trim().toLowerCase();
  const family = mime.split("/")[0];
  const kind: MediaKind = mime.startsWith("image/webp")
    ? "sticker"
    : family === "image" || family === "audio" || family === "video"
      ? family
      : "document";
  return { kind, maxBytes: MAX_BYTES[kind] };
}
