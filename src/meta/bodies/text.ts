import { flag, maybe, object, text } from "./pieces.ts";

const BODY_MAX = 4096;

/** `text` (protocol.md 3.2). */
export const textContent = object("the message, with its text as body", {
  body: text("the text of the message", BODY_MAX),
  preview_url: maybe(flag("whether the first link is shown with a preview")),
});
