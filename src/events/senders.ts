import * as z from "zod";
import { defineEvent } from "./define.ts";
import { at, customer, words } from "./parts.ts";

const state = z
  .enum(["active", "paused", "verifying", "disconnected"])
  .describe("The sender's state from now on; only active sends.");
const stateChange = z.strictObject({
  state,
  reason: z.string().nullable().describe("What brought it there; see docs/lifecycle.md."),
  words,
});
const blockKind = z
  .enum(["payment", "timezone", "token", "restricted"])
  .describe("What Meta wants settled.");
const block = {
  reason: blockKind,
  code: z.number().int().describe("Meta's error code that said so."),
  since: at.describe("When the block began."),
};

const WORDS = {
  title: "A sentence for the heading",
  owner: "What the owner can do.",
  partner: "What you can do.",
};

export const SENDER_EVENTS = {
  "signup.updated": defineEvent({
    description: "A signup session went on, or the popup said something.",
    told: "For each step, with its own time, from when its number is proven; until then the session itself shows it.",
    inCloudApi: false,
    data: z.strictObject({
      session_id: z.string().describe("The signup session."),
      kind: z.string().describe("What the session is for, such as connect or reauthorise."),
      external_id: z.string().nullable().describe("Your own id of it."),
      state: z.string().optional().describe("The session's state from now on."),
      popup: z.string().optional().describe("What Meta's popup said; in place of state."),
      step: z.string().optional().describe("The step the popup was at."),
      code: z.string().optional().describe("An error code, where there is one."),
    }),
    example: {
      session_id: "signup_0example",
      kind: "connect",
      external_id: "shop-17",
      state: "confirming",
    },
  }),
  "sender.connected": defineEvent({
    description: "The number is connected and can send.",
    told: "Once an onboarding, and when an operator brings a number along.",
    inCloudApi: false,
    data: stateChange,
    example: { state: "active", reason: null, words: WORDS },
  }),
  "sender.paused": defineEvent({
    description: "Sends are held: Meta paused the number, or its connection is in doubt.",
    told: "When the state leaves active for paused or verifying.",
    inCloudApi: false,
    data: stateChange,
    example: { state: "verifying", reason: "PARTNER_REMOVED", words: WORDS },
  }),
  "sender.resumed": defineEvent({
    description: "Sends go on.",
    told: "When the state comes back to active.",
    inCloudApi: false,
    data: stateChange,
    example: { state: "active", reason: "ACCOUNT_RECONNECTED", words: WORDS },
  }),
  "sender.disconnected": defineEvent({
    description: "The connection ended. What was stored stays readable.",
    told: "Once an onboarding; a new signup begins another.",
    inCloudApi: false,
    data: stateChange,
    example: { state: "disconnected", reason: "detached", words: WORDS },
  }),
  "sender.blocked": defineEvent({
    description: "Meta refuses all that the number sends.",
    told: "Once for each block.",
    inCloudApi: false,
    data: z.strictObject({ ...block, way_back: z.string().describe("What ends it."), words }),
    example: {
      reason: "payment",
      code: 131042,
      since: "2026-09-14T08:30:00.000Z",
      way_back: "The owner adds a payment method.",
      words: WORDS,
    },
  }),
  "sender.unblocked": defineEvent({
    description: "Meta lets the number send again.",
    told: "Once for each block that is over.",
    inCloudApi: false,
    data: z.strictObject({ ...block, words }),
    example: { reason: "payment", code: 131042, since: "2026-09-14T08:30:00.000Z", words: WORDS },
  }),
  "sender.inactive_soon": defineEvent({
    description: "WhatsApp Business shows no sign of the phone; Meta ends such connections.",
    told: "After ten days without a sign, once for each such spell.",
    inCloudApi: false,
    data: z.strictObject({
      last_sign_at: at.describe("The last sign of the phone, to the hour."),
      ends_at: at.describe("When Meta is to end the connection."),
      words,
    }),
    example: {
      last_sign_at: "2026-09-01T10:00:00.000Z",
      ends_at: "2026-09-15T10:00:00.000Z",
      words: WORDS,
    },
  }),
  "sender.token_expiring": defineEvent({
    description: "Our access to the number's account expires soon.",
    told: "14 and 3 days before, once each.",
    inCloudApi: false,
    data: z.strictObject({
      expires_at: at.describe("From then on every send is refused."),
      days_left: z.number().int().describe("Days until then, rounded up."),
      words,
    }),
    example: { expires_at: "2026-09-28T00:00:00.000Z", days_left: 14, words: WORDS },
  }),
  "account.notice": defineEvent({
    description:
      "Something about the account: templates, quality, names, limits, payments, alerts, handovers. " +
      "What is typed depends on field; value holds all of it as Meta sent it.",
    told: "For each such webhook of Meta's, also of a field that Meta has added since.",
    inCloudApi: true,
    data: z.looseObject({
      field: z.string().describe("Meta's webhook field."),
      known: z.boolean().describe("Whether Tandem knows this field or event."),
      value: z.unknown().describe("Meta's value, as it came."),
      about: z
        .strictObject({
          kind: z
            .enum(["number", "account", "business", "customer", "template"])
            .describe("What kind of thing."),
          id: z.string().optional().describe("Meta's id of it, where it is named."),
        })
        .optional()
        .describe("What it is about; account is the WhatsApp Business account."),
      customer: customer.optional(),
      event: z.string().optional().describe("Meta's event, where the field has several."),
      about_another_partner: z
        .literal(true)
        .optional()
        .describe("It names another partner or app: it changed nothing here."),
      thread_owner: z
        .enum(["tandem", "other"])
        .optional()
        .describe("Of messaging_handovers: who answers the customer from now on."),
      template: z
        .strictObject({
          id: z.string().optional().describe("Meta's id."),
          name: z.string().optional().describe("Its name."),
          language: z.string().optional().describe("Such as en_US."),
        })
        .optional()
        .describe("Of template fields."),
      from: z.string().optional().describe("The quality or category before."),
      to: z.string().optional().describe("The quality or category from now on."),
      words,
    }),
    example: {
      field: "message_template_quality_update",
      known: true,
      about: { kind: "template", id: "900100200300400" },
      template: { id: "900100200300400", name: "order_ready", language: "en_US" },
      from: "GREEN",
      to: "YELLOW",
      value: { previous_quality_score: "GREEN", new_quality_score: "YELLOW" },
      words: WORDS,
    },
  }),
};
