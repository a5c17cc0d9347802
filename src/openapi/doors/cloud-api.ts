import * as z from "zod";
import { sendAccepted } from "../../routes/shapes/sending.ts";
import { IDEMPOTENCY, TAKE } from "./sending.ts";
import { RANGE_HEADERS } from "./messages.ts";
import type { Doors } from "../door.ts";

/*
 * What is passed on to Meta is described as far as Tandem reads it: each kind's own fields are Meta's
 * (meta/bodies checks them as Meta documents them), and go through untouched.
 */

const object = z.looseObject({});
const done = z.looseObject({ success: z.boolean() }).meta({ id: "Success" });
const idText = z.union([z.string(), z.int()]);

const sendBody = z
  .looseObject({
    messaging_product: z.string().describe("`whatsapp`."),
    recipient_type: z.string().nullable().optional().describe("`individual`."),
    to: idText.nullable().optional().describe("The customer's phone number."),
    recipient: z.string().nullable().optional().describe("A BSUID, instead of `to`."),
    type: z
      .string()
      .nullable()
      .optional()
      .describe("`text` unless told; its content stands under this name."),
    text: z.unknown().optional(),
    image: z.unknown().optional(),
    video: z.unknown().optional(),
    audio: z.unknown().optional(),
    document: z.unknown().optional(),
    sticker: z.unknown().optional(),
    location: z.unknown().optional(),
    contacts: z.unknown().optional(),
    reaction: z.unknown().optional(),
    interactive: z.unknown().optional(),
    template: z.unknown().optional(),
    context: z.unknown().optional().describe("`{message_id}`: which message is quoted."),
    status: z
      .string()
      .nullable()
      .optional()
      .describe("`read`: marks `message_id` instead of sending."),
    message_id: z.string().nullable().optional(),
    typing_indicator: z.unknown().optional(),
    biz_opaque_callback_data: z
      .string()
      .nullable()
      .optional()
      .describe("Yours, up to 512 characters; it comes back with every status and event."),
  })
  .meta({ id: "MessageRequest", description: "As Meta documents it; other fields go through." });

const upload = z
  .looseObject({
    messaging_product: z.string(),
    file: z.string().meta({ format: "binary" }),
    type: z.string().optional(),
  })
  .meta({ id: "MediaUpload" });

const version = "/:version{v[0-9]+\\.[0-9]+}";

export const cloudApiDoors: Doors = {
  [`POST ${version}/:phoneNumberId/messages`]: {
    id: "sendMessage",
    tag: "Cloud API",
    summary: "Send a message; mark one read",
    description:
      "Waits for its place within the number's 20 a second, then for Meta. A 504 with `is_transient: false` means that nobody can know whether Meta took it: it is not sent again by itself, and `GET /v1/senders/{id}/sends/{send}` tells when it is known. `tandem-send-id` on the answer is our id.",
    answers: {
      200: sendAccepted,
      202: { description: "Queued (`Prefer: respond-async`).", schema: sendAccepted },
    },
    body: { schema: sendBody },
    headers: {
      ...IDEMPOTENCY,
      ...TAKE,
      Prefer:
        "`respond-async`: queue it and answer 202; what has not left after 15 minutes expires. `wait=<s>`: how long a place may take.",
    },
    example: {
      messaging_product: "whatsapp",
      to: "+15550100001",
      type: "text",
      text: { body: "Your order is ready." },
    },
  },
  [`POST ${version}/:id{[0-9]+}/media`]: {
    id: "uploadMedia",
    tag: "Cloud API",
    summary: "Upload a file",
    answers: { 200: z.looseObject({ id: z.string() }).meta({ id: "UploadedMedia" }) },
    body: { schema: upload, media: "multipart/form-data" },
    words: { id: "A phone_number_id." },
  },
  [`GET ${version}/:id{[0-9]+}`]: {
    id: "readNode",
    tag: "Cloud API",
    summary: "Read a number, an account or a file's description",
    description: "A file's `url` is the gateway's own and takes the same key.",
    answers: { 200: { description: "Meta's answer.", schema: object } },
    query: z.object({ fields: z.string().optional(), phone_number_id: z.string().optional() }),
    words: { id: "A phone_number_id, WABA id or media id." },
  },
  [`GET ${version}/:id{[0-9]+}/download`]: {
    id: "downloadMedia",
    tag: "Cloud API",
    summary: "Download a file",
    description: "The address in `url` of a file's description.",
    answers: {
      200: {
        description: "The file.",
        schema: z.string().meta({ format: "binary" }),
        media: "*/*",
      },
      206: {
        description: "A part of it.",
        schema: z.string().meta({ format: "binary" }),
        media: "*/*",
      },
      304: { description: "Unchanged." },
    },
    query: z.object({ phone_number_id: z.string().optional() }),
    headers: { ...RANGE_HEADERS, "If-Modified-Since": "A time: 304 where it is still that file." },
    words: { id: "A media id." },
  },
  [`DELETE ${version}/:id{[0-9]+}`]: {
    id: "deleteUploadedMedia",
    tag: "Cloud API",
    summary: "Delete an uploaded file at Meta",
    answers: { 200: done },
    query: z.object({ phone_number_id: z.string().optional() }),
    words: { id: "A media id." },
  },
  [`GET ${version}/:id{[0-9]+}/phone_numbers`]: {
    id: "listPhoneNumbers",
    tag: "Cloud API",
    summary: "List your numbers of an account",
    answers: { 200: { description: "Meta's answer.", schema: object } },
    query: z.object({ fields: z.string().optional() }),
    words: { id: "A WABA id." },
  },
  [`GET ${version}/:id{[0-9]+}/message_templates`]: {
    id: "listTemplates",
    tag: "Cloud API",
    summary: "List templates",
    answers: { 200: { description: "Meta's answer.", schema: object } },
    query: z.object({
      name: z.string().optional(),
      status: z.string().optional(),
      limit: z.string().optional(),
      after: z.string().optional(),
    }),
    words: { id: "A WABA id.", limit: "As Meta takes it.", after: "As Meta takes it." },
  },
  [`POST ${version}/:id{[0-9]+}/message_templates`]: {
    id: "createTemplate",
    tag: "Cloud API",
    summary: "Make a template",
    answers: { 200: { description: "Meta's answer.", schema: object } },
    body: { schema: object },
    words: { id: "A WABA id." },
    example: {
      name: "pickup",
      language: "en_US",
      category: "UTILITY",
      components: [{ type: "BODY", text: "Your order is ready." }],
    },
  },
  [`DELETE ${version}/:id{[0-9]+}/message_templates`]: {
    id: "deleteTemplate",
    tag: "Cloud API",
    summary: "Delete a template",
    answers: { 200: { description: "Meta's answer.", schema: object } },
    query: z.object({ name: z.string().optional(), hsm_id: z.string().optional() }),
    words: { id: "A WABA id." },
  },
  [`POST ${version}/:id{[0-9]+}/thread_control`]: {
    id: "controlThread",
    tag: "Cloud API",
    summary: "Pass or take a customer's thread",
    answers: { 200: { description: "Meta's answer.", schema: object } },
    body: { schema: object },
    words: { id: "A phone_number_id." },
    example: { messaging_product: "whatsapp", action: "pass", to: "15550100001" },
  },
  [`POST ${version}/:id{[0-9]+}/:edge{register|deregister}`]: {
    id: "refuseRegistration",
    tag: "Cloud API",
    summary: "Always refused",
    description:
      "A coexistence number is registered by the app and must never be by the API: the answer says what to do instead.",
    answers: {},
    words: { id: "A phone_number_id.", edge: "`register` or `deregister`." },
  },
};
