import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { deliver, evict, seedSender, services } from "../support/seed.ts";
import {
  archiveKeys,
  configOf,
  consumeByHand,
  DAY,
  historyStored,
  runObjectSql,
  setClock,
  snapshot,
} from "../support/storage.ts";
import {
  change,
  CUSTOMER,
  echoes,
  historyChunk,
  inbound,
  newWamid,
  seconds,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { TestNumber } from "../support/seed.ts";

const BSUID = "ES.70000000000000000031";

/** A webhook with every kind of live fact, as changes that can be put into any envelope. */
function everything(number: TestNumber) {
  const now = Date.now();
  const message = textMessage({ wamid: newWamid("every-in"), at: now - 60_000 });
  const echo = { id: newWamid("every-echo"), timestamp: seconds(now - 50_000) };
  const parts = [
    inbound(number, message),
    echoes(number, echo, {
      id: newWamid("every-edit"),
      timestamp: seconds(now - 40_000),
      type: "edit",
      edit: { original_message_id: echo.id, message: { type: "text", text: { body: "Two." } } },
    }),
    inbound(number, {
      ...textMessage({ wamid: newWamid("every-revoke"), at: now - 30_000 }),
      type: "revoke",
      revoke: { original_message_id: message.id },
    }),
    statuses(number, { id: echo.id, status: "delivered" }, { id: echo.id, status: "read" }),
    change(number, "smb_app_state_sync", {
      state_sync: [
        {
          type: "contact",
          action: "add",
          contact: { full_name: "Mara Quint", phone_number: CUSTOMER, user_id: BSUID },
          metadata: { timestamp: seconds(now - 20_000) },
        },
      ],
    }),
    change(number, "phone_number_quality_update", {
      display_phone_number: number.phone,
      event: "ONBOARDING",
    }),
    change(number, "messages", { errors: [{ code: 130429 }] }),
  ];
  return parts.map((part) => part.entry[0]);
}

const envelope = (entry: unknown[]) => ({ object: "whatsapp_business_account", entry });

const EVENT_TYPES = [
  "account.notice",
  "contact.updated",
  "message.echoed",
  "message.edited",
  "message.received",
  "message.revoked",
  "message.status",
  "message.status",
  "sender.connected",
];

async function afterFlush(number: TestNumber) {
  await services().phone(number.id).flushed();
  return snapshot(number);
}

describe("invariant 2: a webhook that comes again changes nothing and tells nothing", () => {
  it("when it comes twice, one after the other", async () => {
    const { partner, number } = await seedSender();
    const payload = envelope(everything(number));
    await deliver(number, payload);
    const once = await snapshot(number);
    const told = (await partner.events()).map((event) => event.type);
    expect(told.toSorted()).toEqual(EVENT_TYPES);
    await deliver(number, payload);
    expect(await snapshot(number)).toEqual(once);
  });

  it("when it comes many times at once", async () => {
    const { partner, number } = await seedSender();
    const payload = envelope(everything(number));
    const responses = await Promise.all(Array.from({ length: 6 }, () => webhook(payload)));
    expect(responses.map((response) => response.status)).toEqual(Array(6).fill(200));
    const rows = await afterFlush(number);
    expect(rows["messages"]).toHaveLength(2);
    const told = (await partner.events()).map((event) => event.type);
    expect(told.toSorted()).toEqual(EVENT_TYPES);
  });

  it("when its items come regrouped into other envelopes, backwards", async () => {
    const { number } = await seedSender();
    const entries = everything(number);
    await deliver(number, envelope(entries));
    const once = await snapshot(number);
    for (const entry of entries.toReversed()) await deliver(number, envelope([entry]));
    await deliver(number, envelope(entries.toReversed()));
    expect(await snapshot(number)).toEqual(once);
  });

  it("when the object was evicted in between", async () => {
    const { number } = await seedSender();
    const payload = envelope(everything(number));
    await deliver(number, payload);
    const once = await snapshot(number);
    await evict(number);
    await deliver(number, payload);
    expect(await snapshot(number)).toEqual(once);
  });

  it("when the object is evicted between the answer and the flush", async () => {
    const { partner, number } = await seedSender();
    const payload = envelope(everything(number));
    await webhook(payload);
    await evict(number);
    await webhook(payload);
    await afterFlush(number);
    const told = (await partner.events()).map((event) => event.type);
    expect(told.toSorted()).toEqual(EVENT_TYPES);
  });

  it("when it comes eight days later to an object that remembers nothing", async () => {
    const { number } = await seedSender();
    const payload = envelope(everything(number));
    await deliver(number, payload);
    const once = await snapshot(number);
    await evict(number);
    setClock(Date.now() + 8 * DAY);
    await deliver(number, payload);
    expect(await runObjectSql(number.id, "SELECT n FROM journal")).toEqual([]);
    expect(await snapshot(number)).toEqual(once);
  });

  it("when the events it raised are gone from the log: messages are what D1 knows", async () => {
    const { partner, number } = await seedSender();
    const message = textMessage();
    const payload = envelope([
      inbound(number, message).entry[0],
      statuses(number, { id: message.id, status: "read" }).entry[0],
    ]);
    await deliver(number, payload);
    await env.DB.prepare(`DELETE FROM events`).run();
    await env.DB_1.prepare(`DELETE FROM events`).run();
    await evict(number);
    await deliver(number, payload);
    expect(await partner.events()).toEqual([]);
  });
});

describe("invariant 2: every other step may run twice", () => {
  it("the alarm", async () => {
    const { partner, number } = await seedSender();
    await webhook(envelope(everything(number)));
    await runInDurableObject(env.PHONE.getByName(number.id), (object) => {
      object.alarm();
      object.alarm();
    });
    const once = await afterFlush(number);
    await runInDurableObject(env.PHONE.getByName(number.id), (object) => object.alarm());
    expect(await afterFlush(number)).toEqual(once);
    const told = (await partner.events()).map((event) => event.type);
    expect(told.toSorted()).toEqual(EVENT_TYPES);
  });

  it("the configuration", async () => {
    const { number } = await seedSender();
    await deliver(number, envelope(everything(number)));
    const once = await snapshot(number);
    const config = await configOf(number);
    await services().phone(number.id).configure(config);
    expect(await afterFlush(number)).toEqual(once);
  });

  it("the queue messages of a history body, in one batch and in two", async () => {
    const { partner, number } = await seedSender();
    const payload = historyChunk(number, {
      [CUSTOMER]: [
        textMessage({ at: Date.now() - 30 * DAY }),
        textMessage({ at: Date.now() - 29 * DAY }),
      ],
    });
    await webhook(payload);
    await historyStored(number, 1);
    const [key] = await archiveKeys("inbox/");
    await consumeByHand("tandem-history", [{ key }]);
    const once = await snapshot(number);
    const told = await partner.events();
    const again = await consumeByHand("tandem-history", [{ key }, { key }]);
    expect(again.explicitAcks).toHaveLength(2);
    expect(await snapshot(number)).toEqual(once);
    expect(await partner.events()).toEqual(told);
  });
});
