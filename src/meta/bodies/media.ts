import { eitherOf, flag, maybe, objectWith, refused, text, webAddress } from "./pieces.ts";
import type { Piece } from "./pieces.ts";

const CAPTION_MAX = 1024;
const FILE_ID = "the id of an uploaded file";
const caption = maybe(text("the text under the file", CAPTION_MAX));
/** Meta's answer to one is "Unexpected key" (its media reference; seen by many SDKs). */
const noCaption = refused("send the text as a message of its own");

/** `image` and `video` (protocol.md 3.2). */
export const captionedContent = media({ caption });

/** `document`. A filename on other media is passed: whether Meta refuses it is not known. */
export const documentContent = media({ caption, filename: maybe(text("the name of the file")) });

/** `audio`; with `voice` it is a voice message. */
export const audioContent = media({
  caption: noCaption,
  voice: maybe(flag("whether it is a voice message")),
});

/** `sticker`. */
export const stickerContent = media({ caption: noCaption });

/** A file in a header or in a template's parameter. */
export const mediaFile = media({});

/** A file is uploaded before (`id`) or fetched by Meta (`link`). */
function media(fields: Record<string, Piece>): Piece {
  return objectWith("the file, by its id or a link to it", eitherOf("id", "link", FILE_ID), {
    id: maybe(text(FILE_ID)),
    link: maybe(webAddress("where Meta fetches the file")),
    ...fields,
  });
}
