import type { Business } from "../businesses.ts";
import { contactItem } from "../scenarios/contacts-run.ts";
import { makeWamid } from "../wamid.ts";
import { postWebhook, valueOf } from "../webhooks/post-webhook.ts";
import type { World } from "../world.ts";
import type { LiveResult } from "./customers.ts";
import { customerNamed } from "./customers.ts";
import type { ChangeContact, OwnerWrites } from "./inputs.ts";
import { changeContactSchema, ownerWritesSchema } from "./inputs.ts";
import { makePart } from "./message-parts.ts";

/**
 * The owner writes on the phone, corrects or deletes what was written: an echo (protocol.md 2.5).
 * Opens no window and takes no place of the 20.
 */
export function ownerWrites(world: World, business: Business, input: OwnerWrites = {}): LiveResult {
  const given = ownerWritesSchema.parse(input);
  const customer = customerNamed(business, given.to);
  const isHidden = given.bsuidOnly === true;
  const wamid = makeWamid(isHidden ? customer.bsuid : customer.phone, "out", world.random.hex(32));
  const echo = {
    from: business.displayPhoneNumber,
    ...(isHidden ? {} : { to: customer.phone }),
    to_user_id: customer.bsuid,
    id: wamid,
    timestamp: String(Math.floor((given.timestampMs ?? world.clock.now()) / 1000)),
    type: given.type,
    [given.type]: echoPart(world, business, given),
    ...(given.context ? { context: { id: given.context.id } } : {}),
  };
  const contact = {
    profile: { name: customer.name },
    ...(isHidden ? {} : { wa_id: customer.phone }),
    user_id: customer.bsuid,
  };
  world.ledger.of(business.wabaId).echoes.push(wamid);
  const value = valueOf(business, { contacts: [contact], message_echoes: [echo] });
  postWebhook(world, { business, field: "smb_message_echoes", value });
  return { wamid };
}

function echoPart(world: World, business: Business, given: OwnerWrites): unknown {
  if (given.type !== "edit" && given.type !== "revoke") {
    return makePart(world, business, given.type ?? "text", given.body ?? "On my way, ten minutes");
  }
  if (!given.originalWamid) throw new Error(`an ${given.type} needs originalWamid`);
  const original = { original_message_id: given.originalWamid };
  return given.type === "revoke"
    ? original
    : {
        ...original,
        message: { type: "text", text: { body: given.body ?? "On my way, five minutes" } },
      };
}

/** The owner changes the phone's address book (protocol.md 2.4). */
export function changeContact(world: World, business: Business, input: ChangeContact = {}): void {
  const given = changeContactSchema.parse(input);
  const customer = customerNamed(business, given.phone);
  const item = contactItem({
    action: given.action,
    customer,
    atMs: given.timestampMs ?? world.clock.now(),
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.bsuidOnly === true ? { isHidden: true } : {}),
    ...(given.isInMs === true ? { isInMs: true } : {}),
  });
  const counts = world.ledger.of(business.wabaId).contacts;
  counts[given.action === "remove" ? "removed" : "edited"]++;
  const value = valueOf(business, { state_sync: [item] });
  postWebhook(world, { business, field: "smb_app_state_sync", value });
}
