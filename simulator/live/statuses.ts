import type { Business } from "../businesses.ts";
import type { SendRecord } from "../ledger.ts";
import { postWebhook, valueOf } from "../webhooks/post-webhook.ts";
import type { World } from "../world.ts";
import { runLater } from "../world.ts";
import { customerNamed } from "./customers.ts";
import type { MessageStatus } from "./inputs.ts";
import { messageStatusSchema } from "./inputs.ts";
import type { NamedCustomer } from "./threads.ts";
import { postStandby, profileOf } from "./threads.ts";

const UNDELIVERABLE_AFTER_MS = 400;

/**
 * sent, delivered, read, each in its time (protocol.md 2.7); a reaction is only ever sent.
 *
 * @param isStandby another responder sent it: its statuses come as `standby` (protocol.md 2.10)
 */
export function followStatuses(
  world: World,
  business: Business,
  record: SendRecord,
  customer: NamedCustomer,
  { isStandby = false } = {},
): void {
  const { sentMs, deliveredMs, readMs } = world.settings.statusDelays;
  const steps = [
    ["sent", sentMs],
    ["delivered", record.type === "reaction" ? null : deliveredMs],
    ["read", record.type === "reaction" ? null : readMs],
  ] as const;
  for (const [status, delayMs] of steps) {
    if (delayMs === null) continue;
    runLater(world, delayMs, () => {
      world.ledger.of(business.wabaId).statuses++;
      const item = statusItem(world, record, customer, { status });
      if (isStandby) {
        postStandby(world, business, customer, { statuses: [item] });
        return;
      }
      const value = valueOf(business, { contacts: [profileOf(customer)], statuses: [item] });
      postWebhook(world, { business, field: "messages", value });
    });
  }
}

/** A status of any message, at any time: one of the phone app's, or one that nobody sent. */
export function tellStatus(world: World, business: Business, input: MessageStatus): void {
  const { wamid, status, ...given } = messageStatusSchema.parse(input);
  const customer = customerNamed(business, given.customer);
  const isFailed = status === "failed";
  const atMs = given.timestampMs ?? world.clock.now();
  const error = { code: 131026, title: "Message undeliverable", message: "Message undeliverable" };
  const item = {
    id: wamid,
    status,
    timestamp: String(Math.floor(atMs / 1000)),
    recipient_id: customer.phone,
    ...(isFailed
      ? { errors: [error] }
      : { recipient_user_id: customer.bsuid, pricing: pricingOf({ type: "text" }) }),
  };
  world.ledger.of(business.wabaId).statuses++;
  const contacts = isFailed ? {} : { contacts: [profileOf(customer)] };
  const value = valueOf(business, { ...contacts, statuses: [item] });
  postWebhook(world, { business, field: "messages", value });
}

/** A failed status names no contact and no BSUID (protocol.md 2.7, 2.11). */
export function followLost(world: World, business: Business, record: SendRecord): void {
  const title = "Message undeliverable";
  const error = {
    code: 131026,
    title,
    message: title,
    error_data: { details: "Not a WhatsApp user" },
  };
  runLater(world, UNDELIVERABLE_AFTER_MS, () => {
    world.ledger.of(business.wabaId).statuses++;
    const item = statusItem(world, record, undefined, { status: "failed", errors: [error] });
    const value = valueOf(business, { statuses: [item] });
    postWebhook(world, { business, field: "messages", value });
  });
}

function statusItem(
  world: World,
  record: SendRecord,
  customer: NamedCustomer | undefined,
  rest: { status: string; errors?: unknown[] },
): Record<string, unknown> {
  const phone = customer ? customer.phone : record.recipient;
  return {
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
}

function pricingOf({ type }: Pick<SendRecord, "type">): Record<string, unknown> {
  return type === "template"
    ? { billable: true, pricing_model: "PMP", type: "regular", category: "utility" }
    : { billable: false, pricing_model: "PMP", type: "free_customer_service", category: "service" };
}
