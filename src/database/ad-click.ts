/**
 * Whether a message came by a click on an ad (protocol.md 2.6: `referral`), as SQL on a message's
 * `body`: the index of such messages holds only these, so who asks has to ask in the same words.
 */
export const HAS_AD_CLICK = `body->>'$.referral.ctwa_clid' IS NOT NULL`;

/** A message's body as `body` has it, with the referral that either says (aliases or SQL, both). */
export function keepReferral(body: string, one: string, other: string): string {
  return `iif(coalesce(${one}->'referral', ${other}->'referral') IS NULL, ${body},
    json_set(${body}, '$.referral', coalesce(${one}->'referral', ${other}->'referral')))`;
}
