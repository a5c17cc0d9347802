import * as z from "zod";
import { defineEvent } from "./define.ts";
import { at, callback, customer, wamid } from "./parts.ts";

export const SEND_EVENTS = {
  "send.settled": defineEvent({
    description: "What a send of yours came to.",
    told: "Once for each send that Meta answered, or that will not be sent any more. An unknown one is told after an hour; a later status can still settle it.",
    inCloudApi: false,
    data: z.strictObject({
      id: z.string().describe("Our id of the send, as its answer named it."),
      outcome: z
        .enum(["accepted", "refused", "unknown", "expired", "cancelled"])
        .describe(
          "accepted: Meta took it; refused: Meta or Tandem did not; unknown: nobody can say, and it " +
            "is not sent again by itself; expired and cancelled: it never left.",
        ),
      wamid: wamid.optional(),
      customer,
      biz_opaque_callback_data: callback,
      error: z
        .strictObject({
          code: z.number().int().describe("Meta's error code; see docs/errors.md."),
          message: z.string().describe("What it means."),
        })
        .optional()
        .describe("Why it was refused, or did not leave."),
    }),
  }),
  "conversion.detected": defineEvent({
    description:
      "Meta found a sale or a lead in a conversation that an ad began (Automatic Events).",
    told: "Once for each that Meta reports (field automatic_events).",
    inCloudApi: true,
    // Source: protocol.md 5.3. Loose: what Meta adds to its event is passed on.
    data: z.looseObject({
      customer: customer.optional(),
      wamid: wamid.describe("Meta's id of the message that it was found in."),
      name: z.string().describe("Meta's name: LeadSubmitted or Purchase."),
      ctwa_clid: z.string().optional().describe("The click that the conversation began with."),
      currency: z.string().optional().describe("Three letters, of a purchase."),
      value: z.number().optional().describe("Of a purchase, as Meta estimates it."),
    }),
  }),
};

export const ENDPOINT_EVENTS = {
  "endpoint.disabled": defineEvent({
    description: "An endpoint of yours gets no more events until you enable it again.",
    told: "When it failed for five days, or answered 410. It concerns you, not a sender: sender_id is null.",
    inCloudApi: false,
    data: z.looseObject({
      endpoint_id: z.string().describe("The endpoint."),
      reason: z.string().describe("failing: for five days; gone: it answered 410."),
      failing_since: at.nullish().describe("When it began to fail."),
    }),
  }),
  "endpoint.test": defineEvent({
    description: "A try of an endpoint. It stands in no log and has seq 0.",
    told: "When you or an operator ask for it.",
    inCloudApi: false,
    data: z.looseObject({
      endpoint_id: z.string().optional().describe("The endpoint."),
      message: z.string().optional().describe("A sentence for whoever reads it."),
    }),
  }),
};
