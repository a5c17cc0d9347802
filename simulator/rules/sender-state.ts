import type { Refusal } from "./refusal.ts";
import { noAccess } from "./refusal.ts";

/** What decides if a number may send at all. */
export type SenderState = {
  phoneNumberId: string;
  /** The app went to a new device and has not come back yet (protocol.md 1.11). */
  isOffboarded: boolean;
  isDisabled: boolean;
  /** Unset makes every send fail (protocol.md 1.7). */
  timezoneId: string | null;
  currency: string | null;
  /** An account-level error put there by a scenario. */
  blockedBy: number | null;
};

/** Account-level refusals (protocol.md 1.7, 1.11, 3.6), before anything of the message is looked at. */
export function refuseSender(state: SenderState): Refusal | null {
  if (state.isOffboarded) return noAccess(state.phoneNumberId);
  if (state.isDisabled) return { code: 131031, details: "This account has been disabled" };
  if (state.blockedBy !== null) {
    return { code: state.blockedBy, details: "This account cannot send at the moment" };
  }
  if (!state.timezoneId || !state.currency) {
    const missing = state.timezoneId ? "currency" : "time zone";
    return { code: 131042, details: `The ${missing} of the WhatsApp Business Account is not set` };
  }
  return null;
}
