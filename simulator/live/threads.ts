import type { Business } from "../businesses.ts";
import type { Customer } from "../people.ts";
import type { Handover, Thread } from "../rules/thread-control.ts";
import { OWN_THREAD, takeThread } from "../rules/thread-control.ts";
import { postWebhook, valueOf } from "../webhooks/post-webhook.ts";
import type { World } from "../world.ts";

/** A customer as a webhook names them: the phone can be withheld. */
export type NamedCustomer = Omit<Customer, "phone"> & { phone: string | undefined };

/** The same customer, with the phone withheld or not. */
export function namedCustomer(customer: Customer, isHidden: boolean): NamedCustomer {
  return { ...customer, phone: isHidden ? undefined : customer.phone };
}

/** Who answers a customer, by phone or, where that is not known, by BSUID. */
export function threadOf(business: Business, peer: string): Thread {
  return business.threads.get(peer) ?? OWN_THREAD;
}

/** Notes who answers a customer now, and tells it where it changed hands. */
export function moveThread(
  world: World,
  business: Business,
  peer: string,
  { thread, told }: { thread: Thread; told: Handover | null },
  extra: Record<string, unknown> = {},
): void {
  if (thread !== OWN_THREAD) business.threads.set(peer, thread);
  if (told) postHandover(world, business, peer, told, extra);
}

/** A message of the app that is no template takes the thread (protocol.md 2.10). */
export function takeBySend(world: World, business: Business, peer: string, type: string): void {
  if (type === "template") return;
  moveThread(world, business, peer, takeThread(threadOf(business, peer)));
}

/** One of the three lists of a `standby` webhook, with the customer's profile beside it. */
export function postStandby(
  world: World,
  business: Business,
  customer: NamedCustomer,
  list: Record<string, unknown[]>,
): void {
  const standby = { contacts: [profileOf(customer)], ...list };
  const value = valueOf(business, { standby });
  postWebhook(world, { business, field: "standby", value });
}

/** An element of `contacts`. */
export function profileOf({ phone, bsuid, name }: NamedCustomer): Record<string, unknown> {
  return { profile: { name }, ...(phone === undefined ? {} : { wa_id: phone }), user_id: bsuid };
}

/** Its value has no `metadata`: the number is the recipient (protocol.md 2.2). */
function postHandover(
  world: World,
  business: Business,
  peer: string,
  { type, from, to }: Handover,
  extra: Record<string, unknown>,
): void {
  postWebhook(world, {
    business,
    field: "messaging_handovers",
    value: {
      messaging_product: "whatsapp",
      recipient: {
        phone_number_id: business.phoneNumberId,
        display_phone_number: business.displayPhoneNumber,
      },
      sender: /^\d+$/.test(peer) ? { phone_number: peer } : { user_id: peer },
      timestamp: String(Math.floor(world.clock.now() / 1000)),
      type,
      [type]: { previous_owner_role: from, new_owner_role: to, ...extra },
    },
  });
}
