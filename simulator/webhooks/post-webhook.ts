import type { Business } from "../businesses.ts";
import type { World } from "../world.ts";
import { MAX_BODY_BYTES, serialize } from "./serialize.ts";
import type { Delivery } from "./webhook-queue.ts";

/** Fields that an override on number or WABA takes away from the app's callback (protocol.md 1.6). */
const OVERRIDABLE = new Set([
  "messages",
  "smb_message_echoes",
  "smb_app_state_sync",
  "history",
  "account_settings_update",
  "messaging_handovers",
]);

export type Webhook = {
  business: Business;
  field: string;
  value: Record<string, unknown>;
  /** Default: the WABA. PARTNER_* events carry the partner's portfolio (protocol.md 2.2). */
  entryId?: string;
  /** Unix seconds; absent for the message fields (protocol.md 2.2). */
  entryTime?: number;
  /** Goes out without the WABA's subscription: what is about the partner itself. */
  isPartnerMatter?: boolean;
};

/** `messaging_product` and `metadata`, with which every value of a message field begins. */
export function valueOf(
  business: Business,
  rest: Record<string, unknown>,
): Record<string, unknown> {
  return {
    messaging_product: "whatsapp",
    metadata: {
      display_phone_number: business.displayPhoneNumber,
      phone_number_id: business.phoneNumberId,
    },
    ...rest,
  };
}

/**
 * Puts one webhook on the wire, or into the ledger as undeliverable when nobody asked for it: no
 * callback, field not ticked, WABA not subscribed (protocol.md 1.6), or access ended.
 *
 * @returns null when undeliverable
 */
export function postWebhook(world: World, webhook: Webhook): Delivery | null {
  const { business, field, value } = webhook;
  const isWanted =
    targetOf(world, business, field) !== undefined &&
    world.app.fields.has(field) &&
    (webhook.isPartnerMatter === true || (business.isSubscribed && business.isShared));
  if (!isWanted) {
    world.ledger.webhookUndeliverable(field);
    return null;
  }
  const entry: Record<string, unknown> = { id: webhook.entryId ?? business.wabaId };
  if (webhook.entryTime !== undefined) entry.time = webhook.entryTime;
  entry.changes = [{ value, field }];
  const body = serialize({ object: "whatsapp_business_account", entry: [entry] });
  if (body.length > MAX_BODY_BYTES) {
    world.settings.log(`a ${field} webhook of ${body.length} bytes is more than Meta would send`);
  }
  return world.webhooks.add(field, body, () => targetOf(world, business, field));
}

function targetOf(world: World, business: Business, field: string): string | undefined {
  const override = OVERRIDABLE.has(field)
    ? (business.phoneOverride ?? business.wabaOverride)
    : undefined;
  return override ?? world.app.callbackUrl;
}
