import * as z from "zod";

/** Who an event is about, as far as is known. */
export const customer = z
  .strictObject({
    phone: z.string().optional().describe("Phone number: digits, with the country code."),
    bsuid: z
      .string()
      .optional()
      .describe("Meta's business-scoped user id, such as US.12345; some customers have only this."),
    name: z.string().optional().describe("The name in the customer's WhatsApp profile."),
    username: z.string().optional().describe("The customer's WhatsApp username."),
  })
  .describe("The customer, by phone, BSUID or both; empty where Meta named neither.");

export const wamid = z.string().describe("Meta's id of the message.");

export const direction = z
  .enum(["inbound", "outbound"])
  .describe("inbound: written by the customer; outbound: by the business.");

export const standby = z
  .literal(true)
  .optional()
  .describe("Present while another responder of the number holds the thread: do not answer.");

export const callback = z
  .string()
  .nullish()
  .describe("The biz_opaque_callback_data that you gave with the send, unchanged.");

export const at = z.iso.datetime();

/** An object of Meta's, passed on as it came. */
export function metaObject(description: string) {
  return z.looseObject({}).describe(description);
}

export const metaErrors = z
  .array(
    z.looseObject({
      code: z.number().optional().describe("Meta's error code; see docs/errors.md."),
      title: z.string().optional().describe("Meta's name of the error."),
      message: z.string().optional().describe("Meta's sentence."),
    }),
  )
  .describe("Meta's errors, as they came.");

export const words = z
  .strictObject({
    title: z.string().describe("What happened, in a few words."),
    owner: z.string().describe("What the owner of the number can do."),
    partner: z.string().describe("What you can do."),
  })
  .describe("The event in sentences, to be shown to people. Their wording may change.");
