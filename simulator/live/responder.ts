import type { Business } from "../businesses.ts";
import { realNow } from "../clock.ts";
import type { SendRecord } from "../ledger.ts";
import type { Handover } from "../rules/thread-control.ts";
import { APP_ROLE, loseThread } from "../rules/thread-control.ts";
import { makeWamid } from "../wamid.ts";
import type { World } from "../world.ts";
import type { LiveResult } from "./customers.ts";
import { customerNamed } from "./customers.ts";
import type { ResponderPasses, ResponderTakes, ResponderWrites } from "./inputs.ts";
import { responderPassesSchema, responderTakesSchema, responderWritesSchema } from "./inputs.ts";
import { makePart } from "./message-parts.ts";
import { followStatuses } from "./statuses.ts";
import { moveThread, postStandby, threadOf } from "./threads.ts";

/**
 * Another responder of the number answers a customer from now on: what the customer writes comes as
 * `standby` (protocol.md 2.10).
 */
export function responderTakes(world: World, business: Business, input: ResponderTakes = {}): void {
  const { customer, role } = responderTakesSchema.parse(input);
  const { phone } = customerNamed(business, customer);
  moveThread(world, business, phone, loseThread(threadOf(business, phone), role));
}

/** The other responder writes to a customer; a thread that is not its own it takes by that. */
export function responderWrites(
  world: World,
  business: Business,
  input: ResponderWrites = {},
): LiveResult {
  const given = responderWritesSchema.parse(input);
  const customer = customerNamed(business, given.to);
  const thread = threadOf(business, customer.phone);
  moveThread(world, business, customer.phone, loseThread(thread, thread.responder));
  business.throughput.count(realNow());
  const wamid = makeWamid(customer.phone, "out", world.random.hex(18));
  world.ledger.of(business.wabaId).responses.push(wamid);
  postStandby(world, business, customer, {
    message_echoes: [
      {
        id: wamid,
        timestamp: String(Math.floor((given.timestampMs ?? world.clock.now()) / 1000)),
        message: {
          messaging_product: "whatsapp",
          recipient_type: "individual",
          to: customer.phone,
          type: given.type,
          [given.type]: makePart(world, business, given.type, given.body),
        },
      },
    ],
  });
  const record: SendRecord = {
    wamid,
    phoneNumberId: business.phoneNumberId,
    recipient: customer.phone,
    type: given.type,
    atMs: realNow(),
    fate: "visible",
    answer: "ok",
  };
  followStatuses(world, business, record, customer, { isStandby: true });
  return { wamid };
}

/** The other responder passes its thread on to the app, with a summary of what was said. */
export function responderPasses(
  world: World,
  business: Business,
  input: ResponderPasses = {},
): void {
  const { customer, metadata, summary } = responderPassesSchema.parse(input);
  const { phone } = customerNamed(business, customer);
  const thread = threadOf(business, phone);
  if (thread.holder === "app") throw new Error(`the thread of ${phone} is the app's already`);
  const told: Handover = { type: "control_passed", from: thread.responder, to: APP_ROLE };
  moveThread(
    world,
    business,
    phone,
    { thread: { ...thread, holder: "app" }, told },
    {
      ...(metadata === undefined ? {} : { metadata }),
      ...(summary === undefined
        ? {}
        : { conversation_context: { type: "summary", summary: { text: summary } } }),
    },
  );
}
