import * as z from "zod";
import { readCustomerKey } from "../lib/read-customer-key.ts";

const IS_NOBODY = "is neither a phone number nor a BSUID (CC.alphanumerics)";

/** A customer as a caller writes it (lib/read-customer-key.ts). */
export const customerKey = z.string().transform((text, context) => {
  const key = readCustomerKey(text);
  if (key !== null) return key;
  context.addIssue({ code: "custom", message: IS_NOBODY });
  return z.NEVER;
});
