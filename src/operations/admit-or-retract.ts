import { errorKind, log } from "../lib/log.ts";
import type { Phone, Services } from "../services.ts";

/**
 * Asks a number's object to admit a send, or to let it go. Where its answer is lost, what the
 * attempt left there is taken back before the caller hears of a failure: nobody is told "failed" of
 * a send that still goes.
 */
export async function admitOrRetract<T extends object>(
  services: Services,
  phoneNumberId: string,
  attempt: string,
  admit: (phone: Phone) => Promise<T>,
): Promise<T | { kind: "failed" } | { kind: "in_doubt" }> {
  try {
    return await admit(services.phone(phoneNumberId));
  } catch (err) {
    log.warn("object.unanswered", { reason: "admit", error: errorKind(err) });
  }
  try {
    const gone = await services.phone(phoneNumberId).retract(attempt);
    return { kind: gone ? "failed" : "in_doubt" };
  } catch (err) {
    log.warn("object.unanswered", { reason: "retract", error: errorKind(err) });
    return { kind: "in_doubt" };
  }
}
