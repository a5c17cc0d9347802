import { mediaFile } from "./media.ts";
import { byType, object, oneOf, text, textOrEmpty } from "./pieces.ts";
import type { Piece } from "./pieces.ts";

const HEADER_MAX = 60;
const FOOTER_MAX = 60;

const type = text("the kind of header");
const textHeader = object("the header", {
  type,
  text: textOrEmpty("the text of the header", HEADER_MAX),
});
const fileHeader = (kind: string) => object("the header", { type, [kind]: mediaFile });
const HEADERS = new Map<string, Piece>([
  ["text", textHeader],
  ["image", fileHeader("image")],
  ["video", fileHeader("video")],
  ["document", fileHeader("document")],
]);

/** A header of text or a file. */
export const header = byType(HEADERS, object("the header", { type }));

/** The header of a list: text only. */
export const listHeader = object("the header", {
  type: oneOf("a list takes no other header", "text"),
  text: textOrEmpty("the text of the header", HEADER_MAX),
});

/** The text between header and footer. */
export function bodyUpTo(max: number): Piece {
  return object("the body, with its text", { text: text("the text of the body", max) });
}

/** The small print. Its text may be empty: Meta's own minimum is 0. */
export const footer = object("the footer, with its text", {
  text: textOrEmpty("the text of the footer", FOOTER_MAX),
});
