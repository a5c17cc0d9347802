import type { Refusal } from "./refusal.ts";

const KB = 1_024;

/** Largest upload of each kind in KB (protocol.md 3.4), a sticker taken as an animated one. */
const MAX_KB: Record<string, number> = {
  audio: 16 * KB,
  image: 5 * KB,
  sticker: 500,
  video: 16 * KB,
  document: 100 * KB,
};

/** 131053 for a file that is larger than its kind may be. */
export function refuseUpload(mimeType: string, bytes: number): Refusal | null {
  const family = mimeType.split("/")[0] ?? "";
  const kind = mimeType === "image/webp" ? "sticker" : family in MAX_KB ? family : "document";
  const max = (MAX_KB[kind] ?? 0) * KB;
  if (bytes <= max) return null;
  return { code: 131053, details: `A file of ${bytes} bytes is too large as ${kind}: ${max}` };
}
