/**
 * A customer's key: phone digits where known, else the BSUID. A number that went to another person
 * is a key of its own from then on: the digits and the instant of the change, so that what the first
 * owner wrote stays apart.
 */

const SINCE = "~";

/** The key of who has a number after its former owner gave it up. @param at epoch ms of the change */
export function laterHolderKey(phone: string, at: number): string {
  return `${phone}${SINCE}${at}`;
}

export function isLaterHolderKey(key: string): boolean {
  return key.includes(SINCE);
}

/** Digits never hold a dot, a BSUID always does (protocol.md 2.11). */
export function isBsuidKey(key: string): boolean {
  return key.includes(".");
}

/** The name that is in a key. */
export function nameInKey(key: string): { phone?: string; bsuid?: string } {
  if (key === "") return {};
  return isBsuidKey(key) ? { bsuid: key } : { phone: key.split(SINCE, 1)[0] ?? key };
}
