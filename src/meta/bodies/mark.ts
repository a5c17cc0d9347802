import { maybe, object, oneOf, text } from "./pieces.ts";

/** A read mark, perhaps with the typing sign (protocol.md 3.3): `status` stands in for a type. */
export const markBody = object("the mark", {
  status: oneOf("the only mark there is", "read"),
  message_id: text("the id of the message to mark as read"),
  typing_indicator: maybe(
    object("the sign that somebody types", {
      type: text('what is being written, "text"'),
    }),
  ),
});
