import { describe, expect, it } from "vitest";
import { messageFrom } from "../support/customers.ts";
import { countRows } from "../support/count-rows.ts";
import { deliver, seedSender } from "../support/seed.ts";
import { eventsOf } from "../support/sends.ts";
import { rowsOf } from "../support/storage.ts";
import { change, CUSTOMER, inbound, newWamid, seconds, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const REFERRAL = { source_type: "ad", source_id: "1204", ctwa_clid: "kept-clid" };

/** A part of each type that a customer can write (protocol.md 2.6). */
const PARTS: Record<string, unknown> = {
  text: { body: "I saw your ad" },
  image: { id: "900", mime_type: "image/jpeg" },
  video: { id: "901", mime_type: "video/mp4" },
  audio: { id: "902", mime_type: "audio/ogg", voice: true },
  document: { id: "903", mime_type: "application/pdf" },
  sticker: { id: "904", mime_type: "image/webp" },
  location: { latitude: 48.1, longitude: 17.1 },
  contacts: [{ name: { formatted_name: "Jo Veld" } }],
  reaction: { message_id: "wamid.before", emoji: "!" },
  interactive: { type: "button_reply", button_reply: { id: "b", title: "Yes" } },
  button: { payload: "p", text: "Yes" },
  order: { catalog_id: "7", product_items: [] },
  unsupported: { type: "unknown" },
};

async function messageOf(partner: Partner, number: TestNumber, wamid: string) {
  const path = `/v1/senders/${number.id}/messages?customer=${CUSTOMER}`;
  const { data } = await partner.read<{ data: Record<string, unknown>[] }>(path);
  return data.find((message) => message["wamid"] === wamid);
}

describe("the ad that a customer came by", () => {
  it.each(Object.entries(PARTS))(
    "is kept on a message of type %s, and told",
    async (type, part) => {
      const { partner, number } = await seedSender();
      const wamid = newWamid("ad");
      const message = { from: CUSTOMER, id: wamid, timestamp: seconds(Date.now()), type };
      await deliver(number, inbound(number, { ...message, [type]: part, referral: REFERRAL }));
      expect(await messageOf(partner, number, wamid)).toMatchObject({ type, referral: REFERRAL });
      const told = (await partner.events(number.id)).find(({ data }) => data["wamid"] === wamid);
      expect(told?.data).toMatchObject({ referral: REFERRAL });
    },
  );

  it.each([
    ["before", [1, 0]],
    ["after", [0, 1]],
  ])("stays where the message is edited, also when the edit comes %s it", async (_when, order) => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("ad");
    const steps = [
      inbound(number, textMessage({ wamid, extra: { referral: REFERRAL } })),
      inbound(number, {
        from: CUSTOMER,
        id: newWamid("edit"),
        timestamp: seconds(Date.now()),
        type: "edit",
        edit: {
          original_message_id: wamid,
          message: { type: "text", text: { body: "The red ones" } },
        },
      }),
    ];
    for (const place of order) await deliver(number, steps[place]);
    expect(await messageOf(partner, number, wamid)).toMatchObject({
      text: { body: "The red ones" },
      referral: REFERRAL,
    });
  });

  it("stays when content comes after all to a placeholder that named it", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("ad");
    const base = { from: CUSTOMER, id: wamid, timestamp: seconds(Date.now()) };
    const errors = [{ code: 131_060, title: "unavailable" }];
    const placeholder = { ...base, type: "unsupported", unsupported: { type: "unknown" }, errors };
    await deliver(number, inbound(number, { ...placeholder, referral: REFERRAL }));
    await deliver(number, inbound(number, textMessage({ wamid, body: "here I am" })));
    expect(await messageOf(partner, number, wamid)).toMatchObject({
      type: "text",
      referral: REFERRAL,
    });
  });
});

function detected(number: TestNumber, ...items: unknown[]) {
  return change(number, "automatic_events", { automatic_events: items });
}

describe("a conversion that Meta finds by itself", () => {
  const item = (wamid: string) => ({
    id: wamid,
    event_name: "Purchase",
    timestamp: Math.floor(Date.now() / 1000),
    ctwa_clid: "kept-clid",
    custom_data: { currency: "USD", value: 250 },
  });

  it("is told once, with its customer where the message is known", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("ad");
    const names = { phone: CUSTOMER, bsuid: "SK.8801" };
    await deliver(number, messageFrom(number, names, { wamid, extra: { referral: REFERRAL } }));
    const webhook = detected(number, item(wamid));
    await deliver(number, webhook);
    await deliver(number, webhook); // Meta's retry
    const events = await eventsOf(partner, number, "conversion.detected");
    expect(events.map(({ data }) => data)).toEqual([
      {
        wamid,
        name: "Purchase",
        ctwa_clid: "kept-clid",
        currency: "USD",
        value: 250,
        customer: { phone: CUSTOMER, bsuid: "SK.8801" },
      },
    ]);
    expect(await eventsOf(partner, number, "account.notice")).toEqual([]);
  });

  it("names a customer who has only a BSUID, or only a phone, by that", async () => {
    const { partner, number } = await seedSender();
    const [byBsuid, byPhone] = [newWamid("b"), newWamid("p")];
    await deliver(number, messageFrom(number, { bsuid: "SK.8802" }, { wamid: byBsuid }));
    await deliver(number, messageFrom(number, { phone: "15550177002" }, { wamid: byPhone }));
    await deliver(number, detected(number, item(byBsuid), item(byPhone)));
    const events = await eventsOf(partner, number, "conversion.detected");
    expect(events.map(({ data }) => data["customer"])).toEqual([
      { bsuid: "SK.8802" },
      { phone: "15550177002" },
    ]);
  });

  it("names the customer also when its message comes in the same webhook", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("ad");
    const [message] = inbound(number, textMessage({ wamid })).entry;
    const [detection] = detected(number, item(wamid)).entry;
    const changes = [...(message?.changes ?? []), ...(detection?.changes ?? [])];
    await deliver(number, {
      object: "whatsapp_business_account",
      entry: [{ id: number.wabaId, changes }],
    });
    const [event] = await eventsOf(partner, number, "conversion.detected");
    expect(event?.data["customer"]).toEqual({ phone: CUSTOMER });
  });

  it("of a message that is not known is told without a customer; without money, without that", async () => {
    const { partner, number } = await seedSender();
    const { custom_data: _, ...lead } = { ...item("wamid.strange"), event_name: "LeadSubmitted" };
    await deliver(number, detected(number, lead));
    const [event] = await eventsOf(partner, number, "conversion.detected");
    expect(event?.data).toEqual({
      wamid: "wamid.strange",
      name: "LeadSubmitted",
      ctwa_clid: "kept-clid",
    });
  });

  it("that is malformed is kept raw, and its neighbours are told", async () => {
    const { partner, number } = await seedSender();
    await deliver(
      number,
      detected(number, { event_name: "Purchase" }, { id: "wamid.x" }, "odd", item("wamid.y")),
    );
    expect(await eventsOf(partner, number, "conversion.detected")).toHaveLength(1);
    const kept = await rowsOf(number, "unrouted");
    expect(
      kept.map(({ field, reason }) => `${String(field)} ${String(reason)}`).toSorted(),
    ).toEqual([
      "automatic_events no_id",
      "automatic_events no_id",
      "automatic_events unknown_type",
    ]);
  });
});

it("a click costs one row of D1 more than a message without, and a later message of theirs none", async () => {
  const { number } = await seedSender();
  const rowsOfMessage = async (extra: Record<string, unknown>) =>
    (await countRows(() => deliver(number, inbound(number, textMessage({ extra }))))).d1;
  await rowsOfMessage({}); // the customer's first
  const without = await rowsOfMessage({});
  expect(await rowsOfMessage({ referral: REFERRAL })).toBe(without + 1);
  expect(await rowsOfMessage({})).toBe(without);
});
