import { parsePhoneNumberFromString } from "libphonenumber-js/core";
import type { MetadataJson, PhoneNumber } from "libphonenumber-js/core";

/** Written by scripts/write-assets.ts. */
const FILE = "/assets/phone-plans.json";
let plans: MetadataJson | undefined;

/**
 * Has the numbering plans of all countries at hand. They are 80 kB that nothing but a signup asks
 * for: a static asset, read at an isolate's first, and no part of every cold start.
 *
 * @throws Error when the asset is not there
 */
export async function loadPhonePlans(services: {
  readAsset: (path: string) => Promise<MetadataJson>;
}): Promise<void> {
  plans ??= await services.readAsset(FILE);
}

/**
 * A number by its country's plan, or undefined where it is none.
 *
 * @param number with a plus and country code
 * @throws Error when nobody has loaded the plans: whoever asks comes by a door that does
 */
export function parsePhone(number: string): PhoneNumber | undefined {
  if (plans === undefined) throw new Error("loadPhonePlans comes before parsePhone.");
  return parsePhoneNumberFromString(number, plans);
}
