import * as z from "zod";
import { SENDER_EVENTS } from "../../events/senders.ts";
import { at, fits } from "./fits.ts";
import type { AnswerOf } from "./fits.ts";
import type { lifeRoutes } from "../life.ts";
import type { senderRoutes } from "../senders.ts";
import type { viewNotice, viewSender } from "../views.ts";

export const words = z
  .strictObject({
    title: z.string(),
    owner: z.string().describe("For the owner of the shop, who has the phone."),
    partner: z.string().describe("For you."),
  })
  .meta({ id: "Words", description: "The same in words for people." });

export const sender = fits<ReturnType<typeof viewSender>>()(
  z.strictObject({
    id: z.string().describe("Meta's phone_number_id."),
    waba_id: z.string(),
    display_phone_number: z.string(),
    verified_name: z.string().nullable(),
    timezone: z.string().describe("IANA."),
    state: z
      .string()
      .describe("`active`, `paused`, `verifying`, `disconnected`: docs/lifecycle.md."),
    state_reason: z.string().nullable(),
    state_at: at,
    onboarded_at: at.describe("When this onboarding began."),
    created_at: at,
    mps: z.int().describe("Messages a second at most; Meta's ceiling is 20."),
    blocked: z
      .strictObject({
        reason: z.enum(["payment", "timezone", "token", "restricted"]),
        code: z.int().describe("Meta's code that said so."),
        since: at,
      })
      .nullable()
      .describe("What keeps its sends back at Meta."),
    words,
    sends_held: z
      .strictObject({ reason: z.string(), since: at })
      .nullable()
      .describe("An operator stopped its sends."),
  }),
).meta({
  id: "Sender",
  description: "A connected business number.",
  examples: [
    {
      id: "106500000000001",
      waba_id: "206500000000001",
      display_phone_number: "+1 555 010 0001",
      verified_name: "Corner Bakery",
      timezone: "America/New_York",
      state: "active",
      state_reason: null,
      state_at: "2026-11-20T08:00:00.000Z",
      onboarded_at: "2026-11-20T07:58:11.000Z",
      created_at: "2026-11-20T07:58:11.000Z",
      mps: 20,
      blocked: null,
      words: {
        title: "The number is connected",
        owner: "Nothing to do.",
        partner: "Messages are sent and received.",
      },
      sends_held: null,
    },
  ],
});

export const serviceWindow = fits<
  AnswerOf<typeof senderRoutes, "/:id/windows/:customer", "$get">
>()(
  z.strictObject({
    open: z
      .boolean()
      .nullable()
      .describe("Whether free text may be sent; null: not observed yet, Meta decides."),
    closes_at: at.nullable(),
    why: z.string().describe("Where it follows from, such as `customer_wrote` or `expired`."),
    thread_owner: z.string().describe("Who answers this customer: us, another responder."),
  }),
).meta({
  id: "Window",
  examples: [
    {
      open: true,
      closes_at: "2026-11-23T09:12:40.000Z",
      why: "customer_wrote",
      thread_owner: "self",
    },
  ],
});

export const lifeStep = fits<
  AnswerOf<typeof lifeRoutes, "/:id/timeline", "$get">["data"][number]
>()(
  z.strictObject({
    id: z.string(),
    type: z.string(),
    version: z.int(),
    sender_id: z.string().nullable(),
    seq: z.int(),
    at,
    data: z.record(z.string(), z.unknown()),
    words,
  }),
).meta({ id: "LifeStep", description: "Something that happened to a sender, with its words." });

export const notice = fits<ReturnType<typeof viewNotice>>()(
  SENDER_EVENTS["account.notice"].data.extend({
    id: z.string().describe("Of the event that told it."),
    at,
  }),
).meta({
  id: "Notice",
  description: "What Meta said of the account; what is typed depends on `field`.",
});

export const detachment = fits<AnswerOf<typeof lifeRoutes, "/:id/detach", "$post">>()(
  z.strictObject({
    sender,
    steps: z.array(
      z.strictObject({
        step: z.string().describe("`unsubscribe`, `revoke_credit`, `erase_token`."),
        outcome: z.string(),
        detail: z.string(),
      }),
    ),
    connected_at_meta: z.boolean().describe("Only the owner can end it there, in the app."),
    owner_has_to: z.string().nullable(),
  }),
).meta({ id: "Detachment" });
