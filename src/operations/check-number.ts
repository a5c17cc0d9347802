import { parsePhone } from "../lib/phone-plans.ts";
import type { Services } from "../services.ts";

export type NumberCheck =
  | { ok: true; number: string; country: string }
  | { ok: false; reason: "invalid" | "country"; country: string | null };

/**
 * Whether a number may be connected: a valid one with its country code, and of a country that is
 * not in BLOCKED_COUNTRIES (protocol.md 4.4).
 *
 * @param input as somebody typed it, with country code; a plus, spaces and brackets do not matter
 * @returns the number in E.164 and its country; or why not
 */
export function checkNumber(services: Pick<Services, "settings">, input: string): NumberCheck {
  // Letters are no way of writing a number; whatever else stands between digits is.
  const digits = /\p{L}/u.test(input) ? "" : input.replace(/\D/g, "").replace(/^00/, "");
  const parsed = parsePhone(`+${digits}`);
  const country = parsed?.country ?? null;
  // By the calling code too: the short metadata does not always know of which country a number is.
  if (parsed === undefined || !parsed.isPossible()) {
    return { ok: false, reason: "invalid", country };
  }
  const of = country ?? parsed.getPossibleCountries()[0] ?? null;
  if (of === null) return { ok: false, reason: "invalid", country: null };
  const blocked = services.settings.BLOCKED_COUNTRIES.split(",").map((each) => each.trim());
  if (blocked.includes(of)) return { ok: false, reason: "country", country: of };
  return { ok: true, number: parsed.number, country: of };
}

/** The country of a number in E.164 or bare digits, two letters; null where it has none. */
export function countryOf(number: string): string | null {
  const digits = number.replace(/\D/g, "");
  if (digits === "") return null;
  const parsed = parsePhone(`+${digits}`);
  return parsed?.country ?? parsed?.getPossibleCountries()[0] ?? null;
}
