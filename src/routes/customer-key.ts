import * as z from "zod";
import { asBsuid } from "../meta/read-json.ts";

const IS_NOBODY = "is neither a phone number nor a BSUID (CC.alphanumerics)";

/**
 * A customer as a caller writes it: a phone number, however it is punctuated, comes out as digits; a
 * BSUID as it is, its country in capitals. What has other letters is refused: its digits alone could
 * be another customer's number.
 */
export const customerKey = z
  .string()
  .trim()
  .transform((text, context) => {
    const bsuid = asBsuid(text.replace(/^[a-z]{2}\.(ent\.)?/i, (country) => country.toUpperCase()));
    if (bsuid !== undefined) return bsuid;
    const digits = text.replace(/\D/g, "");
    if (digits !== "" && !/\p{L}/u.test(text)) return digits;
    context.addIssue({ code: "custom", message: IS_NOBODY });
    return z.NEVER;
  });
