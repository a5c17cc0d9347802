import type { Business } from "../businesses.ts";
import { meetCustomer } from "../businesses.ts";
import type { Customer } from "../people.ts";
import { digitsOf } from "../people.ts";
import { realNow } from "../clock.ts";
import { extendWindow } from "../rules/service-window.ts";
import { makeWamid } from "../wamid.ts";
import { postWebhook, valueOf } from "../webhooks/post-webhook.ts";
import type { World } from "../world.ts";
import type {
  CustomerEdits,
  CustomerMoves,
  CustomerReacts,
  CustomerRevokes,
  CustomerRotates,
  CustomerWrites,
  OpenWindow,
  UnavailableMessage,
} from "./inputs.ts";
import {
  customerEditsSchema,
  customerMovesSchema,
  customerReactsSchema,
  customerRevokesSchema,
  customerRotatesSchema,
  customerWritesSchema,
  openWindowSchema,
  unavailableMessageSchema,
} from "./inputs.ts";
import { makePart } from "./message-parts.ts";
import { namedCustomer, postStandby, profileOf, threadOf } from "./threads.ts";

export type LiveResult = { wamid: string };

/** A customer writes to the number (protocol.md 2.6); opens the window, takes a place of the 20. */
export function customerWrites(
  world: World,
  business: Business,
  input: CustomerWrites = {},
): LiveResult {
  const given = customerWritesSchema.parse(input);
  const part = given.part ?? makePart(world, business, given.type, given.body, given.bytes);
  const clid = given.referral?.ctwa_clid;
  const quoted = given.context
    ? { context: { from: business.displayPhoneNumber, id: given.context.id } }
    : {};
  const written = postInbound(world, business, given, given.type, {
    [given.type]: part,
    ...quoted,
    ...(given.groupId ? { group_id: given.groupId } : {}),
    ...(given.referral ? { referral: given.referral } : {}),
  });
  if (typeof clid === "string") business.adClicks.set(clid, written);
  return written;
}

/** A customer corrects a text (protocol.md 2.6). */
export function customerEdits(world: World, business: Business, input: CustomerEdits): LiveResult {
  const given = customerEditsSchema.parse(input);
  const message = { type: "text", text: { body: given.body } };
  const edit = { original_message_id: given.originalWamid, message };
  return postInbound(world, business, given, "edit", { edit });
}

/** A customer deletes a message for everyone (protocol.md 2.6). */
export function customerRevokes(
  world: World,
  business: Business,
  input: CustomerRevokes,
): LiveResult {
  const given = customerRevokesSchema.parse(input);
  const revoke = { original_message_id: given.originalWamid };
  return postInbound(world, business, given, "revoke", { revoke });
}

/** A customer reacts to a message, or takes that back (protocol.md 2.6). */
export function customerReacts(
  world: World,
  business: Business,
  input: CustomerReacts,
): LiveResult {
  const given = customerReactsSchema.parse(input);
  const emoji = given.emoji === null ? {} : { emoji: given.emoji };
  return postInbound(world, business, given, "reaction", {
    reaction: { message_id: given.to, ...emoji },
  });
}

/** A message whose content only the phone got: `unsupported` with 131060 (protocol.md 2.6). */
export function unavailableMessage(
  world: World,
  business: Business,
  input: UnavailableMessage = {},
): LiveResult {
  const given = unavailableMessageSchema.parse(input);
  const title = "This message is not available";
  const details = "Its content could not be delivered here; it can be read on the phone";
  return postInbound(world, business, given, "unsupported", {
    errors: [{ code: 131060, title, message: title, error_data: { details } }],
    unsupported: { type: "unknown" },
  });
}

/** A customer changes their number: a system message, and another BSUID from now on (protocol.md 2.6). */
export function customerMoves(world: World, business: Business, input: CustomerMoves): LiveResult {
  const given = customerMovesSchema.parse(input);
  const before = customerNamed(business, given.from);
  const after = { ...meetCustomer(business, given.newPhone), name: before.name };
  business.people.set(after.phone, after);
  const wamid = makeWamid(before.phone, "in", world.random.hex(20));
  const system = {
    body: `${before.name} has a new number`,
    type: "user_changed_number",
    wa_id: after.phone,
    user_id: after.bsuid,
    previous_user_id: before.bsuid,
  };
  const timestamp = String(Math.floor((given.timestampMs ?? world.clock.now()) / 1000));
  const message = { from: before.phone, id: wamid, timestamp, type: "system", system };
  postWebhook(world, {
    business,
    field: "messages",
    value: valueOf(business, { messages: [message] }),
  });
  return { wamid };
}

/** Only the customer's BSUID changes: a system message that names no phone (protocol.md 2.6). */
export function customerRotates(
  world: World,
  business: Business,
  input: CustomerRotates = {},
): LiveResult {
  const given = customerRotatesSchema.parse(input);
  const before = customerNamed(business, given.from);
  const bsuid = `US.${world.random.digits(20)}`;
  business.people.set(before.phone, { ...before, bsuid });
  business.phoneOfBsuid.set(bsuid, before.phone);
  const wamid = makeWamid(bsuid, "in", world.random.hex(20));
  const system = {
    body: "A customer has a new id",
    type: "user_changed_user_id",
    user_id: bsuid,
    previous_user_id: before.bsuid,
  };
  const timestamp = String(Math.floor((given.timestampMs ?? world.clock.now()) / 1000));
  const message = { id: wamid, timestamp, type: "system", system };
  postWebhook(world, {
    business,
    field: "messages",
    value: valueOf(business, { messages: [message] }),
  });
  return { wamid };
}

/** Lets the number write freely to a customer without a message that the gateway would see. */
export function openWindow(world: World, business: Business, input: OpenWindow = {}): void {
  const given = openWindowSchema.parse(input);
  const { phone } = customerNamed(business, given.customer);
  business.windows.set(phone, given.closesAt ?? world.clock.now() + 24 * 60 * 60 * 1000);
}

/** By phone, else the first of the business's own. */
export function customerNamed(business: Business, phone: string | undefined): Customer {
  const first = business.customers[0];
  if (phone === undefined && first) return first;
  return meetCustomer(business, digitsOf(phone ?? ""));
}

function postInbound(
  world: World,
  business: Business,
  given: {
    from?: string | undefined;
    bsuidOnly?: boolean | undefined;
    wamid?: string | undefined;
    timestampMs?: number | undefined;
  },
  type: string,
  rest: Record<string, unknown>,
): LiveResult {
  const customer = customerNamed(business, given.from);
  const timestampMs = given.timestampMs ?? world.clock.now();
  const isHidden = given.bsuidOnly === true;
  const wamid =
    given.wamid ??
    makeWamid(isHidden ? customer.bsuid : customer.phone, "in", world.random.hex(20));
  business.throughput.count(realNow());
  const closesAt = extendWindow(
    // The wire has whole seconds: what comes in the very second of the onboarding still counts, and a
    // receiver never computes a later end than ours.
    { type, timestampMs: Math.floor(timestampMs / 1000) * 1000 + 999 },
    business.onboarding?.startedAt,
    business.windows.get(customer.phone),
  );
  if (closesAt !== undefined) business.windows.set(customer.phone, closesAt);
  world.ledger.of(business.wabaId).inbound.push(wamid);
  const message = {
    ...(isHidden ? {} : { from: customer.phone }),
    from_user_id: customer.bsuid,
    id: wamid,
    timestamp: String(Math.floor(timestampMs / 1000)),
    type,
    ...rest,
  };
  const named = namedCustomer(customer, isHidden);
  if (threadOf(business, customer.phone).holder === "responder") {
    postStandby(world, business, named, { messages: [message] });
  } else {
    const value = valueOf(business, { contacts: [profileOf(named)], messages: [message] });
    postWebhook(world, { business, field: "messages", value });
  }
  return { wamid };
}
