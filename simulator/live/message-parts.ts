import type { Business } from "../businesses.ts";
import { MIME_TYPES } from "../media-store.ts";
import type { World } from "../world.ts";

/** The part of a message under its type's name, as it comes in webhooks (protocol.md 2.6). */
export function makePart(
  world: World,
  business: Business,
  type: string,
  body: string | undefined,
  bytes?: number,
): Record<string, unknown> | unknown[] {
  if (type in MIME_TYPES) {
    const media = world.media.invent(business.wabaId, type, bytes);
    return {
      id: media.id,
      mime_type: media.mimeType,
      sha256: media.sha256.toString("base64"),
      ...(type === "document" ? { filename: "offer.pdf" } : {}),
      ...(type === "audio" ? { voice: true } : {}),
      ...(type === "sticker" ? { animated: false } : {}),
      ...(body !== undefined && type !== "audio" && type !== "sticker" ? { caption: body } : {}),
    };
  }
  switch (type) {
    case "location":
      return { latitude: 41.387, longitude: 2.169, name: body ?? "Market hall" };
    case "contacts":
      return [
        { name: { formatted_name: body ?? "Noor Haddad" }, phones: [{ phone: "+1 213-555-0188" }] },
      ];
    case "button":
      return { payload: "confirm", text: body ?? "Confirm" };
    case "interactive":
      return { type: "button_reply", button_reply: { id: "yes", title: body ?? "Yes" } };
    default:
      return { body: body ?? "Hello, is anybody there?" };
  }
}
