const NAME_MAX = 120;

/** Endings for files that came without a name. */
const ENDINGS: Record<string, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
  "application/pdf": "pdf",
  "video/mp4": "mp4",
  "video/3gpp": "3gp",
  "audio/ogg": "ogg",
  "audio/mpeg": "mp3",
  "audio/mp4": "m4a",
  "audio/aac": "aac",
  "audio/amr": "amr",
  "application/zip": "zip",
};

/**
 * A Content-Disposition (RFC 6266) whose name does no harm where it is saved: no folders, no control
 * or direction-changing characters, no leading dot. Once in ASCII, once whole (RFC 5987).
 *
 * @param kind what to call a file without a name, such as "image"
 */
export function dispositionOf(
  how: "inline" | "attachment",
  file: { filename: string | null; kind: string; mimeType: string },
): string {
  const name = safeName(file.filename ?? "") || nameless(file.kind, file.mimeType);
  const ascii = name.replaceAll(/[^\x20-\x7e]/g, "_").replaceAll(/["\\%]/g, "_");
  const whole = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${how}; filename="${ascii}"; filename*=UTF-8''${whole}`;
}

function safeName(name: string): string {
  const clean = name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
    .replaceAll(/[/\\:*?"<>|]/g, "_")
    .replace(/^[.\s]+/, "")
    .trim();
  const letters = Array.from(clean);
  if (letters.length <= NAME_MAX) return clean;
  // The ending says what opens it.
  const ending = /\.[A-Za-z0-9]{1,8}$/.exec(clean)?.[0] ?? "";
  return letters.slice(0, NAME_MAX - ending.length).join("") + ending;
}

function nameless(kind: string, mimeType: string): string {
  const ending = ENDINGS[mimeType.split(";")[0]?.trim().toLowerCase() ?? ""];
  return ending === undefined ? kind : `${kind}.${ending}`;
}
