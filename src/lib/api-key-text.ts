import { randomText } from "./ids.ts";
import { keyDigest } from "./secrets.ts";

/** A fresh secret for the key with this id: as its owner keeps it, and as we do. */
export function newKeyText(pepper: string, id: string): { text: string; digest: string } {
  const secret = randomText(160);
  return { text: `tdm_${id}_${secret}`, digest: keyDigest(pepper, secret) };
}
