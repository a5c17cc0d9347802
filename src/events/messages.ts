import * as z from "zod";
import { defineEvent } from "./define.ts";
import { callback, customer, direction, metaErrors, metaObject, standby, wamid } from "./parts.ts";

/** A message's content: Meta's object under the name of its type, and what Meta puts beside it. */
const content = {
  text: z
    .looseObject({ body: z.string().optional().describe("The text.") })
    .describe("Of a text.")
    .optional(),
  image: metaObject("Of an image: id, mime_type, sha256, caption.").optional(),
  video: metaObject("Of a video: id, mime_type, sha256, caption.").optional(),
  audio: metaObject("Of a sound: id, mime_type, sha256, voice.").optional(),
  document: metaObject("Of a document: id, mime_type, sha256, filename, caption.").optional(),
  sticker: metaObject("Of a sticker: id, mime_type, sha256, animated.").optional(),
  location: metaObject("Of a place: latitude, longitude, name, address.").optional(),
  contacts: z.array(z.unknown()).optional().describe("Shared contact cards, as Meta sends them."),
  reaction: metaObject("Of a reaction: message_id, emoji; no emoji takes it back.").optional(),
  interactive: metaObject("What the customer chose, or what was offered.").optional(),
  button: metaObject("Of a template's quick reply: text, payload.").optional(),
  order: metaObject("Of an order from a catalogue.").optional(),
  context: metaObject("The message that it answers (id), or that it was forwarded.").optional(),
  referral: metaObject(
    "The ad or post that it came from, with ctwa_clid where Meta gave one.",
  ).optional(),
  errors: metaErrors.optional(),
};

const messageType = z
  .string()
  .describe("Meta's type of the message; the object under the same name holds its content.");

const message = {
  wamid,
  direction,
  origin: z
    .enum(["customer", "app", "responder"])
    .describe(
      "customer: they wrote it; app: the owner typed it on the phone or a linked device; " +
        "responder: another application of the number sent it.",
    ),
  customer,
  standby,
  message_type: messageType,
};

const change = wamid.describe("Meta's id of the webhook message that says so.");
const original = wamid
  .optional()
  .describe(
    "Meta's own id of that message in this webhook, where it is not the one you know it by.",
  );

/** Loose: a type that Meta has added since comes under its own name. */
const messageData = z.looseObject({ ...message, ...content });

/** What stands beside the fixed fields of a message: Meta's own, looked at no closer here. */
export type MessageContent = z.input<z.ZodObject<typeof content>>;

export const MESSAGE_EVENTS = {
  "message.received": defineEvent({
    description: "A customer wrote to the number.",
    told: "Once for each live message of a customer. Imported history is silent.",
    inCloudApi: true,
    data: messageData,
  }),
  "message.echoed": defineEvent({
    description:
      "The business wrote to a customer, but not through you: from the phone app, or by another responder of the number.",
    told: "Once for each live echo, except that of a send of yours.",
    inCloudApi: true,
    data: messageData,
  }),
  "message.edited": defineEvent({
    description: "The text or caption of an earlier message was changed by who wrote it.",
    told: "Once for each edit.",
    inCloudApi: true,
    data: z.looseObject({
      wamid: wamid.describe("Meta's id of the message that was changed."),
      change_wamid: change,
      original_message_id: original,
      direction,
      standby,
      customer,
      message_type: messageType,
      ...content,
    }),
  }),
  "message.revoked": defineEvent({
    description: "An earlier message was deleted for everyone by who wrote it.",
    told: "Once for each deletion.",
    inCloudApi: true,
    data: z.strictObject({
      wamid: wamid.describe("Meta's id of the message that was deleted."),
      change_wamid: change,
      original_message_id: original,
      direction,
      standby,
      customer,
    }),
  }),
  "message.unsupported": defineEvent({
    description: "There is a message whose content Meta does not give to the API.",
    told: "Once for each. Where its content comes after all, message.received or message.echoed follows under the same wamid.",
    inCloudApi: true,
    data: z.looseObject({
      ...message,
      ...content,
      unsupported: z.unknown().describe("What Meta says of its type, where it does.").optional(),
      hint: z.string().describe("What may have happened and where the content can be seen."),
    }),
  }),
  "message.status": defineEvent({
    description: "A message of the business got further, or failed.",
    told: "Each time its status moves forward: sent, delivered, read, played; or failed. A status that comes late or again is silent.",
    inCloudApi: true,
    data: z.strictObject({
      wamid,
      status: z
        .enum(["sent", "delivered", "read", "played", "failed"])
        .describe("How far it came. failed is final unless it was delivered already."),
      standby,
      customer,
      biz_opaque_callback_data: callback,
      errors: z
        .array(z.unknown())
        .optional()
        .describe("Meta's errors of a failed message: code, title, message, error_data."),
      pricing: z.unknown().optional().describe("Meta's pricing: category, type, billable."),
      conversation: z.unknown().optional().describe("Meta's conversation, where it names one."),
    }),
  }),
};
