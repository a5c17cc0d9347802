import { object, text, textOrEmpty } from "./pieces.ts";

/** `reaction` (protocol.md 3.2): empty text takes an earlier reaction back. */
export const reactionContent = object("the message reacted to and the emoji", {
  message_id: text("the id of the message to react to"),
  emoji: textOrEmpty('the emoji, or "" to take the reaction back'),
});
