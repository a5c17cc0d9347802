import { createHmac } from "node:crypto";
import { sameSecret } from "./secrets.ts";

/**
 * The address of a session's page below the gateway's own. Whoever has it can connect a number; the
 * id alone, which stands in events and lists, opens nothing.
 */
export function sessionPath(pepper: string, id: string): string {
  return `/connect/${id}-${proofOf(pepper, id)}`;
}

/**
 * The session that the last part of such an address opens, or null where it was made up. The page's
 * script sends its two halves apart; neither has a hyphen, so there is one way to cut it.
 *
 * @param peppers those that hold: a link made before a rotation opens until the old one is gone
 */
export function readSessionPath(peppers: readonly string[], part: string): string | null {
  const [, id, proof] = /^(signup_[0-9a-z]{16})-([0-9a-f]{24})$/.exec(part) ?? [];
  if (id === undefined || proof === undefined) return null;
  return peppers.some((pepper) => sameSecret(proof, proofOf(pepper, id))) ? id : null;
}

/** 96 bits. */
function proofOf(pepper: string, id: string): string {
  return createHmac("sha256", pepper).update(`signup link|${id}`).digest("hex").slice(0, 24);
}
