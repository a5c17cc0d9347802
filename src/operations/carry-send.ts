import { log } from "../lib/log.ts";
import { underRequestId } from "../lib/request-id.ts";
import { SecretUnopened } from "../lib/seal.ts";
import { sendTicket } from "./send-ticket.ts";
import { tryOften } from "./try-often.ts";
import type { Carry, SendOutcome } from "../durable/send-types.ts";
import type { SendTally } from "./send-tally.ts";
import type { Services } from "../services.ts";

/**
 * Carries one send whose place has come: calls Graph, settles on a fresh stub. The object
 * never calls Graph (design: the object decides, the Worker carries), so its reset loses no send in
 * flight; and if this Worker dies, the placed row says so and the send becomes unknown. Whoever
 * carries it, it goes by the id of the call that it came by.
 *
 * @param tally where its outcome is counted
 * @returns what Meta answered, when it may be asked again where it found us too fast, and when the
 *   send left: one that came late waits for those before it, which is no word on how quick Meta is
 */
export function carrySend(services: Services, carry: Carry, tally: SendTally): Promise<Carried> {
  return underRequestId(carry.requestId, () => carryNow(services, carry, tally));
}

interface Carried {
  outcome: SendOutcome;
  retryAfterMs: number | undefined;
  /** Epoch ms. */
  leftAt: number;
}

async function carryNow(services: Services, carry: Carry, tally: SendTally): Promise<Carried> {
  const { send, placeAt, phoneNumberId } = carry;
  await services.departures.wait(services, phoneNumberId, placeAt);
  const leftAt = services.now();
  const outcome = await callGraph(services, carry);
  tally.add(carry, outcome, services.now() - leftAt);
  const settled = await tryOften(services, { reason: "settle", send }, () =>
    services.phone(phoneNumberId).settle(send, outcome, placeAt),
  ).catch(() => null);
  if (outcome.state === "unknown") {
    log.warn("send.unknown", { send, reason: outcome.why });
  } else {
    log.info("send.settled", { send, outcome: outcome.state });
  }
  if (settled?.ticket === true) await sendTicket(services, phoneNumberId);
  return { outcome, retryAfterMs: settled?.retryAfterMs, leftAt };
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
