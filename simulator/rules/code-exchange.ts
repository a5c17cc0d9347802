import type { Refusal } from "./refusal.ts";

export const CODE_LIFE_MS = 30_000;

/**
 * A signup code is good once and for 30 seconds (protocol.md 1.4).
 *
 * @param code what is known of the code, or undefined for one never issued
 * @param now simulated epoch ms
 * @returns 100 with a subcode: 36009 spent, 36007 too old, 36008 unknown
 */
export function refuseCode(
  code: { issuedAt: number; spentAt?: number } | undefined,
  now: number,
): Refusal | null {
  if (!code) return { code: 100, subcode: 36008, details: "This authorization code is not known" };
  if (code.spentAt !== undefined) {
    return { code: 100, subcode: 36009, details: "This authorization code has been used" };
  }
  if (now - code.issuedAt > CODE_LIFE_MS) {
    return { code: 100, subcode: 36007, details: "This authorization code has expired" };
  }
  return null;
}
