import * as z from "zod";
import { defineEvent } from "./define.ts";
import { customer, standby, wamid } from "./parts.ts";

const contact = z.strictObject({
  customer,
  full_name: z.string().optional().describe("As the owner saved it."),
  first_name: z.string().optional().describe("As the owner saved it."),
});

export const CONTACT_EVENTS = {
  "contact.updated": defineEvent({
    description: "A contact was added to the phone's address book, or changed in it.",
    told: "For each live change. The first dump of the address book is one contacts.imported.",
    inCloudApi: true,
    data: contact,
  }),
  "contact.removed": defineEvent({
    description: "A contact was removed from the phone's address book.",
    told: "For each live removal.",
    inCloudApi: true,
    data: contact,
  }),
  "contacts.imported": defineEvent({
    description: "The phone's address book came in after an onboarding.",
    told: "Once an onboarding, after ten quiet seconds: Meta marks no end.",
    inCloudApi: false,
    data: z.strictObject({
      changes: z
        .number()
        .int()
        .describe("How many changes of the address book came, edits and removals among them."),
    }),
  }),
  "customer.changed": defineEvent({
    description: "A customer got another phone number or another BSUID.",
    told: "Once for each change that Meta reports. Conversation and window go on under the new name.",
    inCloudApi: true,
    data: z.strictObject({
      wamid: wamid.describe("Meta's id of the system message that says so."),
      customer: customer.describe("Who they are from now on; the same as after."),
      before: customer.describe("Who they were."),
      after: customer.describe("Who they are from now on."),
      standby,
    }),
  }),
};
