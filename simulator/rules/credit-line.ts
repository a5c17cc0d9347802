import type { Refusal } from "./refusal.ts";

/** Currencies in which a line can be shared (protocol.md 1.7). */
export const CREDIT_CURRENCIES = ["AUD", "EUR", "GBP", "IDR", "INR", "USD"] as const;

/**
 * A credit line is shared in the account's own currency, and with an account that no other
 * partner's line pays for (protocol.md 1.7). Meta does not publish the codes; 100 is ours.
 *
 * @param account its currency, whether a former partner's line is attached
 * @param currency as the call names it
 */
export function refuseCredit(
  account: { currency: string | null; hasForeignLine: boolean },
  currency: string | undefined,
): Refusal | null {
  if (currency === undefined) return { code: 100, details: "waba_currency is required" };
  if (!(CREDIT_CURRENCIES as readonly string[]).includes(currency)) {
    return { code: 100, details: `No credit line can be shared in ${currency}` };
  }
  if (account.currency !== null && account.currency !== currency) {
    return { code: 100, details: `The account's currency is ${account.currency}` };
  }
  if (account.hasForeignLine) {
    return { code: 100, details: "Another partner's credit line is attached to this account" };
  }
  return null;
}
