import type { Refusal } from "./refusal.ts";

/**
 * `register` and `deregister` must never be called for a number that lives in the app (protocol.md
 * 1.7, 4.1). Meta's exact error is not documented; what matters is that the ledger keeps the call
 * as a violation.
 */
export function refuseRegistration(edge: "register" | "deregister"): Refusal {
  return {
    code: 133005,
    details: `'${edge}' cannot be used on a number that is on the WhatsApp Business app`,
  };
}
