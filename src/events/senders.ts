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

/** A text of Meta's, where the field has it. */
const text = (description: string) => z.string().optional().describe(description);
const count = (description: string) => z.number().int().optional().describe(description);

/** What a notice can say, typed (src/meta/notice-facts.ts; protocol.md 2.8, 2.9). */
const noticeFields = {
  event: text("Meta's event, where the field has several."),
  status: text("Of an alert, a payment configuration or a username."),
  decision: text("Of a review: APPROVED and the like."),
  reason: text("Why a template was refused or paused."),
  description: text("Meta's sentence."),
  entity_type: text("Of an alert: what it is about, as Meta says it."),
  severity: text("Of an alert."),
  alert: text("Which alert."),
  setting: text("Which setting of the number was changed."),
  changed_at: at.optional().describe("When the setting was changed."),
  limit: text("The number's limit of messages from now on."),
  max_daily_conversations: text("How many customers a day may be written to first."),
  max_phone_numbers_per_business: count("How many numbers the business may have."),
  max_phone_numbers_per_account: count("How many numbers the account may have."),
  username: text("The business's username."),
  requested_name: text("The display name that was asked for."),
  rejection_reason: text("Why the display name was refused."),
  requester: text("Who changed a security setting."),
  configuration: text("Name of a payment configuration."),
  provider: text("Its payment provider."),
  template: z
    .strictObject({
      id: text("Meta's id."),
      name: text("Its name."),
      language: text("Such as en_US."),
    })
    .optional()
    .describe("Of template fields."),
  category: text("The template's category."),
  from: text("The quality or category before."),
  to: text("The quality or category from now on."),
  will_be: text("The category that Meta is going to set."),
  rejection: z
    .strictObject({ reason: text("Why."), recommendation: text("What to change.") })
    .optional()
    .describe("Why Meta refused the template."),
  disabled_at: at.optional().describe("When the template was disabled."),
  preferences: z
    .array(
      z.strictObject({
        phone: text("The customer's phone: digits."),
        bsuid: text("The customer's BSUID."),
        category: text("Such as marketing_messages."),
        value: text("stop or resume."),
        detail: text("Meta's sentence."),
        changed_at: at.optional().describe("When the customer chose it."),
      }),
    )
    .optional()
    .describe("What customers want to be sent (user_preferences)."),
  country: text("Of the account."),
  ban_state: text("Of a disabled account."),
  ban: z
    .strictObject({ state: text("Meta's state."), date: text("Meta's date.") })
    .optional()
    .describe("Of a disabled account."),
  restrictions: z
    .array(
      z.strictObject({
        kind: text("What is restricted."),
        ends_at: at.optional().describe("Until when."),
        remediation: text("What lifts it."),
      }),
    )
    .optional()
    .describe("Of a restricted account."),
  violation: text("Which of Meta's policies was broken."),
  disconnection: z
    .strictObject({ reason: text("Meta's reason."), initiated_by: text("Who ended it.") })
    .optional()
    .describe("Of an ended connection."),
  volume_tier: z.looseObject({}).optional().describe("Meta's volume tier, as it came."),
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
  }),
  "sender.connected": defineEvent({
    description: "The number is connected and can send.",
    told: "Once an onboarding, and when an operator brings a number along.",
    inCloudApi: false,
    data: stateChange,
  }),
  "sender.paused": defineEvent({
    description: "Sends are held: Meta paused the number, or its connection is in doubt.",
    told: "When the state leaves active for paused or verifying.",
    inCloudApi: false,
    data: stateChange,
  }),
  "sender.resumed": defineEvent({
    description: "Sends go on.",
    told: "When the state comes back to active.",
    inCloudApi: false,
    data: stateChange,
  }),
  "sender.disconnected": defineEvent({
    description: "The connection ended. What was stored stays readable.",
    told: "Once an onboarding; a new signup begins another.",
    inCloudApi: false,
    data: stateChange,
  }),
  "sender.blocked": defineEvent({
    description: "Meta refuses all that the number sends.",
    told: "Once for each block.",
    inCloudApi: false,
    data: z.strictObject({ ...block, way_back: z.string().describe("What ends it."), words }),
  }),
  "sender.unblocked": defineEvent({
    description: "Meta lets the number send again.",
    told: "Once for each block that is over.",
    inCloudApi: false,
    data: z.strictObject({ ...block, words }),
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
      about_another_partner: z
        .literal(true)
        .optional()
        .describe("It names another partner or app: it changed nothing here."),
      thread_owner: z
        .enum(["tandem", "other"])
        .optional()
        .describe("Of messaging_handovers: who answers the customer from now on."),
      ...noticeFields,
      words,
    }),
  }),
};
