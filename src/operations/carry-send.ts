import { errorKind, log } from "../lib/log.ts";
import { SecretUnopened } from "../lib/seal.ts";
import { sendTicket } from "./send-ticket.ts";
import type { Carry, SendOutcome } from "../durable/send-types.ts";
import type { Services } from "../services.ts";

const SETTLE_TRIES = 5;

/**
 * Carries one send whose place has come: calls Graph, settles on a fresh stub. The object
 * never calls Graph (design: the object decides, the Worker carries), so its reset loses no send in
 * flight; and if this Worker dies, the placed row says so and the send becomes unknown.
 *
 * @returns what Meta answered, and when it may be asked again where it found us too fast
 */
export async function carrySend(
  services: Services,
  carry: Carry,
): Promise<{ outcome: SendOutcome; retryAfterMs: number | undefined }> {
  const outcome = await callGraph(services, carry);
  const settled = await settle(services, carry, outcome);
  if (outcome.state === "unknown") {
    log.warn("send.unknown", { send: carry.send, reason: outcome.why });
  } else {
    log.info("send.settled", { send: carry.send, outcome: outcome.state });
  }
  if (settled?.ticket === true) await sendTicket(services, carry.phoneNumberId);
  return { outcome, retryAfterMs: settled?.retryAfterMs };
}

async function callGraph(services: Services, carry: Carry): Promise<SendOutcome> {
  let token: string;
  try {
    token = await services.vault.open(carry.token, carry.tokenBoundTo);
  } catch (err) {
    if (!(err instanceof SecretUnopened)) throw err;
    // Nothing left this machine: certain. What is queued waits, for the operator puts the key back.
    const message = "The number's access token does not open: the gateway's operator has to act.";
    const error = { message, type: "OAuthException", code: 131016 };
    return { state: "retriable", status: 503, error, scope: "number" };
  }
  return services.graph.sendMessage(token, carry.phoneNumberId, carry.body);
}

/** Meta's answer is known only here until the object has it, so it is worth more than one try. */
async function settle(services: Services, carry: Carry, outcome: SendOutcome) {
  for (let tries = 1; ; tries++) {
    try {
      return await services.phone(carry.phoneNumberId).settle(carry.send, outcome, carry.placeAt);
    } catch (err) {
      log.warn("request.failed", { reason: "settle", attempts: tries, error: errorKind(err) });
      if (tries === SETTLE_TRIES) return null;
      await services.sleep(100 * 2 ** tries);
    }
  }
}
