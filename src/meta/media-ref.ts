import { Buffer } from "node:buffer";
import { dropAbsent } from "./customer-ref.ts";
import { asObject, asText } from "./read-json.ts";
import type { MediaRef } from "./facts.ts";
import type { Json } from "./read-json.ts";

const MEDIA_TYPES = new Set(["image", "video", "audio", "document", "sticker"]);

/**
 * The file a message comes with (protocol.md 2.6), or undefined where it has none or none with an
 * id: a `link` is an address somewhere on the internet, not a file of Meta's.
 *
 * @param body the message's own, with Meta's object under the type's name
 */
export function readMediaRef(type: string, body: Json): MediaRef | undefined {
  if (!MEDIA_TYPES.has(type)) return undefined;
  const part = asObject(body[type]);
  const mediaId = asText(part?.["id"]);
  // It becomes a part of an address at Graph.
  if (part === undefined || mediaId === undefined || !/^\d{1,64}$/.test(mediaId)) return undefined;
  return dropAbsent({
    mediaId,
    mimeType: asText(part["mime_type"]),
    sha256: asSha256(part["sha256"]),
    filename: asText(part["filename"]),
  });
}

/**
 * A SHA-256 as hex: Meta writes base64 in webhooks and hex where an id is resolved (protocol.md 3.4).
 *
 * @returns undefined for what is neither
 */
export function asSha256(value: unknown): string | undefined {
  const text = asText(value) ?? "";
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const hex = Buffer.from(text, "base64").toString("hex");
  return hex.length === 64 ? hex : undefined;
}
