import type { Business } from "../businesses.ts";
import { meetCustomer } from "../businesses.ts";
import type { SendRecord } from "../ledger.ts";
import type { Customer } from "../people.ts";
import type { SendBody } from "../rules/message-body.ts";
import { refuseBody, typeOf } from "../rules/message-body.ts";
import { admitToPair } from "../rules/pair-rate.ts";
import type { Recipient } from "../rules/recipient.ts";
import { readRecipient } from "../rules/recipient.ts";
import type { Refusal } from "../rules/refusal.ts";
import { refuseSender } from "../rules/sender-state.ts";
import { refuseOutsideWindow } from "../rules/service-window.ts";
import { makeWamid } from "../wamid.ts";
import { postWebhook, valueOf } from "../webhooks/post-webhook.ts";
import type { World } from "../world.ts";
import { runLater } from "../world.ts";
import { refuseTemplate } from "./templates.ts";

export type Accepted = { record: SendRecord; answer: Record<string, unknown> };

const UNDELIVERABLE_AFTER_MS = 400;

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
  if (isLost) followLost(world, business, record);
  else followTaken(world, business, record, recipient);

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

/** sent, delivered, read, each in its time (protocol.md 2.7); a reaction is only ever sent. */
function followTaken(
  world: World,
  business: Business,
  record: SendRecord,
  recipient: Recipient,
): void {
  const { sentMs, deliveredMs, readMs } = world.settings.statusDelays;
  const isHidden = recipient.kind === "bsuid";
  const customer = isHidden
    ? { phone: undefined, bsuid: recipient.bsuid, name: "" }
    : meetCustomer(business, peerOf(business, recipient));
  const steps = [
    ["sent", sentMs],
    ["delivered", record.type === "reaction" ? null : deliveredMs],
    ["read", record.type === "reaction" ? null : readMs],
  ] as const;
  for (const [status, delayMs] of steps) {
    if (delayMs === null) continue;
    runLater(world, delayMs, () => postStatus(world, business, record, customer, { status }));
  }
}

function followLost(world: World, business: Business, record: SendRecord): void {
  const title = "Message undeliverable";
  const error = {
    code: 131026,
    title,
    message: title,
    error_data: { details: "Not a WhatsApp user" },
  };
  runLater(world, UNDELIVERABLE_AFTER_MS, () =>
    postStatus(world, business, record, undefined, { status: "failed", errors: [error] }),
  );
}

/** A failed status names no contact and no BSUID (protocol.md 2.7, 2.11). */
function postStatus(
  world: World,
  business: Business,
  record: SendRecord,
  customer: (Omit<Customer, "phone"> & { phone: string | undefined }) | undefined,
  rest: { status: string; errors?: unknown[] },
): void {
  const phone = customer ? customer.phone : record.recipient;
  const status = {
    id: record.wamid,
    status: rest.status,
    timestamp: String(Math.floor(world.clock.now() / 1000)),
    ...(phone === undefined ? {} : { recipient_id: phone }),
    ...(customer ? { recipient_user_id: customer.bsuid } : {}),
    ...(record.bizOpaqueCallbackData === undefined
      ? {}
      : { biz_opaque_callback_data: record.bizOpaqueCallbackData }),
    ...(rest.errors ? { errors: rest.errors } : { pricing: pricingOf(record) }),
  };
  const contacts = customer
    ? {
        contacts: [
          {
            profile: { name: customer.name },
            ...(phone === undefined ? {} : { wa_id: phone }),
            user_id: customer.bsuid,
          },
        ],
      }
    : {};
  world.ledger.of(business.wabaId).statuses++;
  const value = valueOf(business, { ...contacts, statuses: [status] });
  postWebhook(world, { business, field: "messages", value });
}

function pricingOf({ type }: SendRecord): Record<string, unknown> {
  return type === "template"
    ? { billable: true, pricing_model: "PMP", type: "regular", category: "utility" }
    : { billable: false, pricing_model: "PMP", type: "free_customer_service", category: "service" };
}

/** Under which name window and pair are kept: the phone where it is known, else the BSUID. */
function peerOf(business: Business, recipient: Recipient): string {
  switch (recipient.kind) {
    case "phone":
      return recipient.phone;
    case "bsuid":
      return business.phoneOfBsuid.get(recipient.bsuid) ?? recipient.bsuid;
    case "lost":
      return recipient.digits;
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
