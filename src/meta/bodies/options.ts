import { maybe, object, text, textAsIs } from "./pieces.ts";

const CALLBACK_MAX = 512;

/**
 * What may stand beside the content of any message (protocol.md 3.1). On a reaction too: Meta says
 * that a reaction quotes nothing, but not that it refuses a context there.
 */
export const messageOptions = object("the message", {
  context: maybe(
    object("which message is quoted", {
      message_id: text("the id of the message to quote"),
    }),
  ),
  biz_opaque_callback_data: maybe(textAsIs("your own reference", CALLBACK_MAX)),
  recipient_identity_key_hash: maybe(text("the hash of the customer's identity key")),
  messaging_account_id: maybe(text("the id of the messaging account")),
});
