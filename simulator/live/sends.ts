import type { Business } from "../businesses.ts";
import { meetCustomer, peerOf } from "../businesses.ts";
import type { SendRecord } from "../ledger.ts";
import type { SendBody } from "../rules/message-body.ts";
import { refuseBody, typeOf } from "../rules/message-body.ts";
import { admitToPair } from "../rules/pair-rate.ts";
import type { Recipient } from "../rules/recipient.ts";
import { readRecipient } from "../rules/recipient.ts";
import type { Refusal } from "../rules/refusal.ts";
import { refuseSender } from "../rules/sender-state.ts";
import { refuseOutsideWindow } from "../rules/service-window.ts";
import { makeWamid } from "../wamid.ts";
import type { World } from "../world.ts";
import { followLost, followStatuses } from "./statuses.ts";
import { refuseTemplate } from "./templates.ts";
import type { NamedCustomer } from "./threads.ts";
import { takeBySend } from "./threads.ts";

export type Accepted = { record: SendRecord; answer: Record<string, unknown> };

/**
 * Takes a send or says no, in the order in which Meta's answers make sense: the account, the body,
 * the template, then throughput, pair and window. What is taken is in the ledger and its statuses
 * follow by webhook, whatever the caller hears.
 *
 * @param arrivedAt real epoch ms
 */
export function takeSend(
  world: World,
  business: Business,
  body: SendBody,
  arrivedAt: number,
): { ok: true; accepted: Accepted } | { ok: false; refusal: Refusal } {
  const type = typeOf(body);
  const recipient = readRecipient({ to: asText(body.to), recipient: asText(body.recipient) });
  const early = refuseSender(business) ?? refuseBody(body) ?? refuseTemplate(world, business, body);
  if (early) return { ok: false, refusal: early };
  if (!recipient) {
    return {
      ok: false,
      refusal: { code: 131009, details: "The recipient is neither phone nor BSUID" },
    };
  }
  if (recipient.kind === "phone" && recipient.phone === business.displayPhoneNumber) {
    return {
      ok: false,
      refusal: { code: 131021, details: "Sender and recipient are the same number" },
    };
  }
  const peer = peerOf(business, recipient);
  const closed =
    recipient.kind === "lost"
      ? null
      : refuseOutsideWindow(type, business.windows.get(peer), world.clock.now());
  const pair = admitToPair(business.pairs.get(peer), arrivedAt, world.settings.pairToleranceMs);
  // Last of all, so that only what is really taken uses up a place; but Meta looks at it first, so
  // its code wins over the others.
  const mayPass = !closed && pair.ok;
  const tooMany = mayPass
    ? business.throughput.admit(arrivedAt)
    : business.throughput.peek(arrivedAt);
  if (tooMany) return { ok: false, refusal: tooMany };
  if (!pair.ok) return { ok: false, refusal: pair.refusal };
  if (closed) return { ok: false, refusal: closed };
  business.pairs.set(peer, pair.pair);
  return { ok: true, accepted: accept(world, business, body, recipient, arrivedAt) };
}

function accept(
  world: World,
  business: Business,
  body: SendBody,
  recipient: Recipient,
  arrivedAt: number,
): Accepted {
  const type = typeOf(body);
  const isLost = recipient.kind === "lost";
  const peer = peerOf(business, recipient);
  const record: SendRecord = {
    wamid: makeWamid(
      recipient.kind === "bsuid" ? recipient.bsuid : peer,
      "out",
      world.random.hex(18),
    ),
    phoneNumberId: business.phoneNumberId,
    recipient: recipient.kind === "bsuid" ? recipient.bsuid : peer,
    type,
    atMs: arrivedAt,
    fate: isLost ? "lost" : "visible",
    answer: "ok",
  };
  const opaque = asText(body.biz_opaque_callback_data);
  if (opaque !== undefined) record.bizOpaqueCallbackData = opaque;
  world.ledger.sendAccepted(record);
  if (isLost) {
    followLost(world, business, record);
  } else {
    takeBySend(world, business, peer, type);
    followStatuses(world, business, record, customerOf(business, recipient, peer));
  }

  const given = asText(body.to) ?? asText(body.recipient) ?? "";
  const contact =
    recipient.kind === "bsuid"
      ? { input: given, user_id: recipient.bsuid }
      : { input: given, wa_id: peer };
  const message = {
    id: record.wamid,
    ...(type === "template" ? { message_status: "accepted" } : {}),
  };
  return {
    record,
    answer: { messaging_product: "whatsapp", contacts: [contact], messages: [message] },
  };
}

/** A customer written to by BSUID is named by nothing else. */
function customerOf(business: Business, recipient: Recipient, peer: string): NamedCustomer {
  return recipient.kind === "bsuid"
    ? { phone: undefined, bsuid: recipient.bsuid, name: "" }
    : meetCustomer(business, peer);
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
