import { randomText } from "./ids.ts";
import { keyDigest } from "./secrets.ts";

export function newKeyId(): string {
  return randomText(60);
}

/** The id of a key, also where somebody gave the whole of it; of anything else its beginning. */
export function keyIdOf(given: string): string {
  return (/^tdm_([^_]*)/.exec(given)?.[1] ?? given).slice(0, 40);
}

/** A fresh secret for the key with this id: as its owner keeps it, and as we do. */
export function newKeyText(pepper: string, id: string): { text: string; digest: string } {
  const secret = randomText(160);
  return { text: `tdm_${id}_${secret}`, digest: keyDigest(pepper, secret) };
}
