import type { Business } from "../businesses.ts";
import { meetCustomer } from "../businesses.ts";
import type { Customer } from "../people.ts";
import { customerPhone } from "../people.ts";
import { postWebhook, valueOf } from "../webhooks/post-webhook.ts";
import type { World } from "../world.ts";

const CONTACTS_PER_POST = 500;
/** From this many entries on, the dump is followed by an edit and a removal. */
const ENOUGH_FOR_CHANGES = 10;

export type ContactChange = {
  action: "add" | "remove";
  customer: Customer;
  name?: string;
  /** Simulated epoch ms. */
  atMs: number;
  /** With `+` in front of the number. */
  hasPlus?: boolean;
  /** Timestamp in ms and not in seconds: both were seen (protocol.md 2.4). */
  isInMs?: boolean;
  /** The phone is withheld: only the BSUID says whose contact it is. */
  isHidden?: boolean;
};

/** One entry of `state_sync`: an edit is an `add`, a removal has no names (protocol.md 2.4). */
export function contactItem(change: ContactChange): Record<string, unknown> {
  const { action, customer, atMs } = change;
  const name = change.name ?? customer.name;
  const number = change.isHidden
    ? { user_id: customer.bsuid }
    : { phone_number: change.hasPlus ? `+${customer.phone}` : customer.phone };
  return {
    type: "contact",
    action,
    contact:
      action === "remove"
        ? number
        : { full_name: name, first_name: name.split(" ")[0], ...number, user_id: customer.bsuid },
    metadata: { timestamp: String(change.isInMs ? atMs : Math.floor(atMs / 1000)) },
  };
}

export function postContacts(world: World, business: Business, items: ContactChange[]): void {
  const value = valueOf(business, { state_sync: items.map(contactItem) });
  postWebhook(world, { business, field: "smb_app_state_sync", value });
}

/**
 * The whole address book in a few POSTs, numbers and timestamps written in both ways that were seen,
 * then one edit of the first entry and a removal of the last: what is left is one less than dumped.
 */
export function runContacts(world: World, business: Business): void {
  const counts = world.ledger.of(business.wabaId).contacts;
  const now = world.clock.now();
  const entries = Array.from({ length: business.contacts }, (_, i): ContactChange => ({
    action: "add",
    customer: meetCustomer(business, customerPhone(i)),
    atMs: now - 60_000 - i,
    hasPlus: i % 3 === 0,
    isInMs: i % 4 === 0,
  }));
  for (let at = 0; at < entries.length; at += CONTACTS_PER_POST) {
    postContacts(world, business, entries.slice(at, at + CONTACTS_PER_POST));
  }
  counts.added += entries.length;
  const [first, last] = [entries[0], entries.at(-1)];
  if (!first || !last || entries.length < ENOUGH_FOR_CHANGES) return;
  postContacts(world, business, [
    { ...first, name: `${first.customer.name} (new shop)`, atMs: now },
    { ...last, action: "remove", atMs: now },
  ]);
  counts.edited++;
  counts.removed++;
}
