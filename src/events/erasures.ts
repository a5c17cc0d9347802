import * as z from "zod";
import { defineEvent } from "./define.ts";
import { at } from "./parts.ts";

const erasure = {
  erasure_id: z.string().describe("The erasure, as the call that asked for it answered."),
  asked_by: z.enum(["partner", "operator"]).describe("partner: you; operator: who runs Tandem."),
};

export const ERASURE_EVENTS = {
  "event.erased": defineEvent({
    description:
      "An event stood here whose content was erased. Its id, seq and time are still the former ones.",
    told: "In place of an event that you have not read yet, or that you read again.",
    inCloudApi: false,
    data: z.strictObject({ erased_at: at.describe("When its content was erased.") }),
  }),
  "customer.erased": defineEvent({
    description:
      "A customer was erased here, with all that is older than this event's time. Erase your copy too.",
    told: "Once an erasure, when all of it is gone.",
    inCloudApi: false,
    data: z.strictObject({
      ...erasure,
      name_digests: z
        .array(z.string())
        .describe(
          "Hex SHA-256 of erasure_id, a colon and a name of the customer (digits or BSUID), one for " +
            "each name: you recognise who you know, and the log names nobody.",
        ),
    }),
  }),
  "sender.erased": defineEvent({
    description: "All that Tandem had of a number of yours was erased.",
    told: "Once, when it is gone.",
    inCloudApi: false,
    data: z.strictObject(erasure),
  }),
};
