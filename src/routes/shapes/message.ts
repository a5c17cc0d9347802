import * as z from "zod";
import { at, fits } from "./fits.ts";
import type { AnswerOf } from "./fits.ts";
import type { mediaRoutes } from "../media.ts";
import type {
  viewContact,
  viewConversation,
  viewCustomer,
  viewMessage,
  viewMessageHistory,
  viewSend,
  viewUnstoredSend,
} from "../views.ts";

export const customer = z
  .strictObject({
    phone: z.string().optional().describe("Digits, with country code."),
    bsuid: z.string().optional().describe("Meta's id of a user who hides the number."),
  })
  .meta({ id: "Customer", description: "A WhatsApp user, by what is known." });

const SEND_STATES = [
  "queued",
  "placed",
  "accepted",
  "refused",
  "unknown",
  "expired",
  "cancelled",
] as const;

export const send = fits<ReturnType<typeof viewSend>>()(
  z.strictObject({
    id: z.string().describe("Ours: `snd_…`."),
    state: z
      .enum(SEND_STATES)
      .describe("`unknown`: nobody can say whether Meta took it; it is not sent again by itself."),
    wamid: z.string().nullable(),
    admitted_at: at,
    place_at: at.nullable().describe("Its start within the number's 20 a second."),
    settled_at: at.nullable(),
    error: z.record(z.string(), z.unknown()).nullable().describe("Meta's error."),
    request_id: z
      .string()
      .nullable()
      .describe("`x-request-id` of the call that it came by: tell us that when you ask about it."),
  }),
).meta({
  id: "Send",
  description: "A message on its way out, by our id.",
  examples: [
    {
      id: "snd_7k3m9q2x5t8w1v4z",
      state: "accepted",
      wamid: "wamid.HBgLMTU1NTAxMDAwMDEVAgARGBI",
      admitted_at: "2026-11-22T09:12:40.000Z",
      place_at: "2026-11-22T09:12:40.050Z",
      settled_at: "2026-11-22T09:12:40.300Z",
      error: null,
      request_id: "order-7731-retry-2",
    },
  ],
});

const fields = {
  wamid: z.string(),
  direction: z.string().describe("`inbound` or `outbound`."),
  origin: z.string().describe("`customer`, `phone` (an echo), `api` or `other`."),
  historical: z.boolean().describe("It came with the import of the past."),
  customer,
  type: z.string().describe("Meta's; its content stands under that name, as Meta sends it."),
  status: z.string().nullable().optional().describe("Of what was sent: `sent` … `read`, `failed`."),
  status_at: at.nullable().optional(),
  at,
  media: z
    .strictObject({
      state: z.string().describe("`pending`, `stored`, `unavailable`, `deleted`."),
      reason: z.string().nullable().optional(),
      mime_type: z.string().nullable().optional(),
      bytes: z.int().nullable().optional(),
      sha256: z.string().nullable().optional(),
      filename: z.string().nullable().optional(),
      stored_at: at.nullable().optional(),
    })
    .optional()
    .describe("Its file, to be read at `/v1/senders/{id}/media/{wamid}`."),
  errors: z.unknown().optional().describe("Meta's errors, of one that failed."),
  edited_at: at.nullable().optional(),
  revoked_at: at.nullable().optional(),
  send_id: z.string().optional().describe("Of one that went through us."),
  biz_opaque_callback_data: z.string().optional().describe("Yours."),
};

export const message = fits<ReturnType<typeof viewMessage>>()(z.looseObject(fields)).meta({
  id: "Message",
  examples: [
    {
      wamid: "wamid.HBgLMTU1NTAxMDAwMDEVAgASGBQ",
      direction: "inbound",
      origin: "customer",
      historical: false,
      customer: { phone: "15550100001" },
      type: "text",
      at: "2026-11-22T09:12:40.000Z",
      text: { body: "Do you bake on Sunday?" },
    },
  ],
});

const steps = z.array(z.strictObject({ status: z.string(), at, errors: z.unknown().optional() }));

export const messageHistory = fits<ReturnType<typeof viewMessageHistory>>()(
  z.looseObject({
    ...fields,
    status: z.string().nullable(),
    steps: steps.describe("Every status in the order in which it was reached."),
    pricing: z.record(z.string(), z.unknown()).nullable().describe("Meta's."),
    conversation: z.unknown().optional(),
    send: send.nullable(),
  }),
).meta({ id: "MessageHistory", description: "A message, and all that became of it." });

export const unstoredSend = fits<ReturnType<typeof viewUnstoredSend>>()(
  z.strictObject({
    wamid: z.string().nullable(),
    direction: z.string(),
    origin: z.string(),
    historical: z.boolean(),
    at,
    send_id: z.string(),
    status: z.null(),
    steps: z.array(z.never()),
    pricing: z.null(),
    send,
  }),
).meta({ id: "UnstoredSend", description: "A send that is no message yet." });

const profile = {
  customer,
  name: z.string().nullable().describe("As the customer calls itself."),
  username: z.string().nullable(),
  contact_name: z.string().nullable().describe("As the phone's address book calls it."),
};

export const conversation = fits<ReturnType<typeof viewConversation>>()(
  z.strictObject({
    ...profile,
    last_at: at,
    last_message: message.nullable(),
    last_human_reply_at: at
      .nullable()
      .describe("When somebody answered from the phone: a bot can hold back."),
  }),
).meta({ id: "Conversation" });

export const knownCustomer = fits<ReturnType<typeof viewCustomer>>()(
  z.strictObject({
    ...profile,
    other_names: z.array(z.string()).describe("Former numbers and BSUIDs, and other spellings."),
    window: z
      .strictObject({
        open: z.boolean().nullable(),
        closes_at: at.nullable(),
        why: z.string(),
      })
      .describe("Whether free text may be sent, as `GET …/windows/{customer}` tells it."),
    thread_owner: z.string().describe("Who answers this customer: us, another responder."),
    last_human_reply_at: at.nullable().describe("When somebody answered from the phone."),
    preferences: z
      .array(z.strictObject({ category: z.string(), value: z.string(), changed_at: at }))
      .describe("What the customer wants to be sent: `stop` or `resume` of a category."),
    referral: z
      .looseObject({ wamid: z.string(), at })
      .nullable()
      .describe("The newest ad that they came by, as Meta told it, and the message that says so."),
  }),
).meta({ id: "KnownCustomer", description: "A customer with all that is known of them." });

export const contact = fits<ReturnType<typeof viewContact>>()(
  z.strictObject({
    customer,
    full_name: z.string().nullable(),
    first_name: z.string().nullable(),
    username: z.string().optional(),
    removed: z.boolean(),
    changed_at: at,
  }),
).meta({ id: "Contact", description: "An entry of the phone's address book." });

export const mediaLink = fits<AnswerOf<typeof mediaRoutes, "/:id/media/:wamid/link", "$post">>()(
  z.strictObject({ url: z.string(), expires_at: at }),
).meta({
  id: "MediaLink",
  examples: [
    {
      url: "https://gateway.example/media/AbCd",
      expires_at: "2026-11-23T09:12:40.000Z",
    },
  ],
});
