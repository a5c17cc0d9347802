import { fill } from "./texts/fill.ts";
import type { NumberCheck } from "../../operations/check-number.ts";
import type { Texts } from "./texts/texts.ts";

/** Why a number cannot be connected, in the owner's language. */
export function refusalText(refused: NumberCheck & { ok: false }, texts: Texts): string {
  const { refusals, lang } = texts;
  if (refused.reason === "invalid") return refusals.invalid;
  const country =
    refused.country === null
      ? refusals.unknownCountry
      : (new Intl.DisplayNames([lang], { type: "region" }).of(refused.country) ?? refused.country);
  return fill(refusals.country, { country });
}
