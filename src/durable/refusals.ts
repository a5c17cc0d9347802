import type { OperatorHoldView } from "./operator-hold.ts";
import type { Refusal } from "./send-types.ts";
import type { BlockKind } from "../meta/graph-errors.ts";
import type { Block, SenderPhase } from "./sender-state.ts";
import type { WindowView } from "./service-window.ts";

/*
 * Refusals before Meta, in Meta's own codes (protocol.md 3.6), so that a partner's SDK reads them
 * as it reads Meta's.
 */

export function refuseClosedWindow(window: WindowView): Refusal {
  const since =
    window.closesAt === null
      ? "This customer has not written since the number was connected."
      : `The customer's last message is more than 24 hours old (window closed ${new Date(window.closesAt).toISOString()}).`;
  return {
    status: 400,
    code: 131047,
    title: "Re-engagement message",
    details: `${since} Send a template message instead.`,
  };
}

/** Meta would take the message, and the thread with it: that is for the partner to decide. */
export function refuseThreadOfAnother(): Refusal {
  return {
    status: 400,
    code: 131009, // no code of Meta's says it; this one is not tried again
    title: "Another responder handles this conversation",
    details:
      "This customer's thread is held by another responder of the number, such as Meta Business Agent. Sending takes control of it: send with the header X-Tandem-Take-Control: true to do that, or send a template message, which leaves it as it is.",
  };
}

export function refuseExpired(): Refusal {
  return {
    status: 400,
    code: 131009,
    title: "Parameter value is not valid",
    details: "expires_at lies in the past: name an instant ahead, or leave it out.",
  };
}

export function refuseBusyNumber(waitMs: number): Refusal {
  return {
    status: 429,
    code: 130429,
    title: "Rate limit hit",
    details: `This number may send 20 messages a second and its next free place is ${waitMs} ms away. Nothing was queued: send it again after Retry-After, or queue it with "Prefer: respond-async".`,
    retryAfterMs: waitMs,
  };
}

export function refuseBusyPair(waitMs: number): Refusal {
  return {
    status: 429,
    code: 131056,
    title: "Pair rate limit hit",
    details: `Too many messages to this one customer; the next may leave in ${waitMs} ms. Other customers are not affected.`,
    retryAfterMs: waitMs,
  };
}

/** What leads out of a block, for whoever reads the refusal or the event. */
export const WAY_BACK: Record<BlockKind, string> = {
  payment:
    "The owner adds a payment method (or the partner its credit line) and a currency in WhatsApp Manager.",
  timezone: "The owner sets the account's time zone in WhatsApp Manager.",
  token:
    "Re-authorise the number by a signup session of that kind, or import it with a fresh token; history and syncs stay.",
  restricted: "The owner opens WhatsApp Manager and follows what it asks for.",
};

export function refuseBlocked(block: Block): Refusal {
  return {
    status: 403,
    code: block.code,
    title: "Meta lets no message of this number through",
    details: `Blocked (${block.kind}) since ${new Date(block.since).toISOString()}. ${WAY_BACK[block.kind]} Tandem looks every 15 minutes if it is over; POST /v1/senders/{id}/recheck looks now. Queued sends wait.`,
  };
}

export function refuseHeldSender(phase: SenderPhase): Refusal {
  const disconnected = phase === "disconnected";
  return {
    status: disconnected ? 403 : 503,
    code: disconnected ? 131005 : 131016,
    title: disconnected ? "The number is disconnected" : "The number is on hold",
    details: disconnected
      ? "The owner has unlinked this number. It can be connected again by a new signup."
      : "Meta reported that the number's connection changed; sends are held until it is verified. Queued sends wait.",
  };
}

export function refuseOperatorHold(hold: OperatorHoldView): Refusal {
  return {
    status: 503,
    code: 131016,
    title: "The number's sends are held",
    details: `An operator of the gateway holds them since ${new Date(hold.since).toISOString()}: ${hold.reason} Queued sends wait until it is released; queue this one with "Prefer: respond-async", or send it again later.`,
  };
}
