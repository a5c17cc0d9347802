import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import type { Services } from "../services.ts";

export type CheckedNumber =
  | { ok: true; number: string; country: string }
  | { ok: false; reason: "invalid" | "country"; country: string | null };

/** Whether a number can be connected: whole, and of a country that is not blocked. */
export function checkNumber(services: Services, input: string): CheckedNumber {
  const text = input.trim();
  const parsed = parsePhoneNumberFromString(text.startsWith("+") ? text : `+${text}`);
  if (parsed === undefined || !parsed.isValid()) {
    return { ok: false, reason: "invalid", country: parsed?.country ?? null };
  }
  const blocked = services.settings.BLOCKED_COUNTRIES.split(",").map((code) => code.trim());
  const country = parsed.country ?? null;
  if (country === null || blocked.includes(country)) {
    return { ok: false, reason: "country", country };
  }
  return { ok: true, number: parsed.number, country };
}
