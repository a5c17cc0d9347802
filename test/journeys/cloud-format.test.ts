import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { asObject, asObjects } from "../../src/meta/read-json.ts";
import { listChanges } from "../../src/meta/webhook-facts.ts";
import { envelopeOf, envelopesOf } from "../support/cloud-envelopes.ts";
import { fixture, FIXTURES, PEOPLE } from "../support/fixtures.ts";
import { deliver, seedSender, services } from "../support/seed.ts";
import { templateTo } from "../support/sends.ts";
import { change, CUSTOMER, inbound, textMessage } from "../support/webhooks.ts";
import type { Json } from "../../src/meta/read-json.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

/*
 * A webhook of Meta's comes in, and a `cloud_api` endpoint is told it again. What comes out is what
 * went in, but for the deviations that are named here, as in docs/endpoints.md.
 */

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedSender());
});

type Deviation = (value: Json, field: string) => Json;

const LISTS = ["messages", "message_echoes", "statuses", "state_sync"];
const MEDIA = ["image", "video", "audio", "document", "sticker"];

/** The lists of a value, also those one level deeper, each item changed. */
function mapItems(value: Json, map: (item: Json, list: string) => Json): Json {
  const standby = asObject(value["standby"]);
  if (standby !== undefined) return { ...value, standby: mapItems(standby, map) };
  const lists = LISTS.flatMap((list) =>
    value[list] === undefined
      ? []
      : [[list, asObjects(value[list]).map((item) => map(item, list))]],
  );
  return { ...value, ...Object.fromEntries(lists) };
}

const contactOf = (value: Json) =>
  asObjects(asObject(value["standby"])?.["contacts"] ?? value["contacts"])[0];

/** What holds of every webhook. */
const EVERYWHERE: Record<string, Deviation> = {
  "a file has our address": (value) =>
    mapItems(value, (item) => {
      const type = MEDIA.find((name) => asObject(item[name])?.["id"] !== undefined);
      if (type === undefined) return item;
      const file = asObject(item[type]);
      const query = `phone_number_id=${number.id}`;
      const url = `${new URL(env.PUBLIC_URL).origin}/v24.0/${String(file?.["id"])}/download?${query}`;
      return { ...item, [type]: { ...file, url } };
    }),
  "an item has both ids of its customer, where the profile beside it names them": (value) => {
    const { wa_id: phone, user_id: bsuid } = contactOf(value) ?? {};
    return mapItems(value, (item, list) => {
      const ids =
        list === "messages" && item["type"] !== "system"
          ? { from: item["from"] ?? phone, from_user_id: item["from_user_id"] ?? bsuid }
          : list === "message_echoes" && item["message"] === undefined
            ? { to: item["to"] ?? phone, to_user_id: item["to_user_id"] ?? bsuid }
            : {};
      return dropUndefined({ ...item, ...ids });
    });
  },
  "what is about an account names the number too": (value) => ({
    messaging_product: "whatsapp",
    metadata: { display_phone_number: number.phone, phone_number_id: number.id },
    ...value,
  }),
};

/** What holds of one fixture beside. */
const OF_ONE: Record<string, { why: string; change: Deviation }> = {
  "messages.nul_in_name": {
    why: "a NUL character is left out",
    change: (value) => ({
      ...value,
      contacts: [{ profile: { name: "Lenka" }, wa_id: PEOPLE.customer }],
    }),
  },
  "messages.system_number_change": {
    why: "the sentence of a system message is ours",
    change: (value) => withSystem(value, { body: "The customer has another number." }),
  },
  "messages.system_bsuid_change": {
    why: "the sentence of a system message is ours",
    change: (value) => withSystem(value, { body: "The customer has another user id." }),
  },
  "messages.status_sent": {
    why: "biz_opaque_callback_data is the partner's own, and this send had none",
    change: (value) =>
      mapItems(value, (item) => dropUndefined({ ...item, biz_opaque_callback_data: undefined })),
  },
  "smb_app_state_sync.add_milliseconds": {
    why: "times of contacts are seconds, as text",
    change: (value) =>
      mapItems(value, (item) => ({ ...item, metadata: { timestamp: "1795300401" } })),
  },
  "smb_app_state_sync.add_plus_and_spaces": {
    why: "phone numbers are digits",
    change: (value) =>
      mapItems(value, (item) => ({
        ...item,
        contact: { ...asObject(item["contact"]), phone_number: PEOPLE.customer },
      })),
  },
};

/** Fixtures of which partners are told nothing in this form, and why. */
const SILENT: Record<string, string> = {
  "history.chunk": "history is told by its progress, and read by the API",
  "history.declined": "history is told by its progress, and read by the API",
  "history.follow_up_business": "history is told by its progress, and read by the API",
  "history.follow_up_customer": "history is told by its progress, and read by the API",
  "messages.errors_only": "errors without a message are kept for operators",
  "messages.group": "group messages are kept for operators",
  "messages.status_group": "group messages are kept for operators",
  "messages.status_unknown": "a status that Meta has added since is kept for operators",
  "messages.unknown_type": "a type that Meta has added since is kept for operators",
  "smb_app_state_sync.unknown_type": "a type that Meta has added since is kept for operators",
  "standby.empty": "there is nothing in it",
  "standby.echo_without_body": "there is nothing in it",
};

function withSystem(value: Json, more: Json): Json {
  return mapItems(value, (item) => ({
    ...item,
    system: { ...asObject(item["system"]), ...more },
  }));
}

function dropUndefined(item: Json): Json {
  return JSON.parse(JSON.stringify(item)) as Json;
}

/** What of an envelope counts: fields and values in order, and whose account it is. */
function changesOf(envelopes: Json[]) {
  return envelopes.flatMap((envelope) => {
    expect(envelope["object"]).toBe("whatsapp_business_account");
    return listChanges(envelope).map(({ field, value, entryId, entryAt }) => ({
      field,
      value,
      account: entryId,
      ...(entryAt === undefined ? {} : { at: entryAt }),
    }));
  });
}

describe("what Meta sent is told again in Meta's form", () => {
  it.each(FIXTURES.filter((name) => SILENT[name] === undefined))("%s", async (name) => {
    const payload = fixture(name, number);
    await deliver(number, payload);
    const expected = changesOf([payload]).map(({ field, value, at }) => {
      const own = OF_ONE[name]?.change(value, field) ?? value;
      if (OF_ONE[name] !== undefined) expect(own).not.toEqual(value);
      const all = Object.values(EVERYWHERE);
      return {
        field,
        value: all.reduce((changed, deviation) => deviation(changed, field), own),
        // The number's account, also where Meta names the partner's own portfolio.
        account: number.wabaId,
        ...(at === undefined ? {} : { at }),
      };
    });
    expect(changesOf(await envelopesOf(partner, number))).toEqual(expected);
  });

  it.each(Object.keys(SILENT))("%s has no such form", async (name) => {
    await deliver(number, fixture(name, number));
    expect(await envelopesOf(partner, number)).toEqual([]);
  });

  it("names no deviation that is none any more", () => {
    const named = [...Object.keys(OF_ONE), ...Object.keys(SILENT)];
    expect(named.filter((name) => !FIXTURES.includes(name))).toEqual([]);
  });
});

describe("statuses of a partner's own sends", () => {
  it("carry the partner's callback data, and not our id of the send", async () => {
    const body = { ...templateTo(), biz_opaque_callback_data: "order-1042" };
    const sent = await partner.post(`/v24.0/${number.id}/messages`, body);
    const { messages } = await sent.json<{ messages: { id: string }[] }>();
    const id = messages[0]?.id;
    const status = {
      id,
      status: "delivered",
      timestamp: "1795300700",
      recipient_id: CUSTOMER,
      biz_opaque_callback_data: sent.headers.get("tandem-send-id"),
      pricing: { billable: true, pricing_model: "PMP", type: "regular", category: "utility" },
      conversation: { id: "conversation-1", origin: { type: "utility" } },
    };
    await deliver(number, change(number, "messages", { statuses: [status] }));
    const [told] = changesOf(await envelopesOf(partner, number));
    expect(told?.value["statuses"]).toEqual([
      { ...status, biz_opaque_callback_data: "order-1042" },
    ]);
  });
});

it("the profile of a customer without one has an empty name, which receivers read unasked", async () => {
  const { contacts: _, ...bare } = listChanges(inbound(number, textMessage()))[0]?.value ?? {};
  await deliver(number, change(number, "messages", bare));
  const [told] = changesOf(await envelopesOf(partner, number));
  expect(told?.value["contacts"]).toEqual([{ profile: { name: "" }, wa_id: CUSTOMER }]);
});

it("an edit of a message that came under another id names it as the partner was told it", () => {
  const event = {
    id: "evt_1",
    type: "message.edited",
    at: "2026-11-22T10:00:00.000Z",
    data: {
      wamid: "wamid.known",
      original_message_id: "wamid.other",
      change_wamid: "wamid.edit",
      direction: "inbound",
      customer: { phone: CUSTOMER },
      message_type: "text",
      text: { body: "new" },
    },
  };
  const [told] = changesOf([envelopeOf(event, number) ?? {}]);
  expect(asObjects(told?.value["messages"])[0]).toMatchObject({
    id: "wamid.edit",
    edit: { original_message_id: "wamid.known", message: { type: "text", text: { body: "new" } } },
  });
});

it.each([
  "send.settled",
  "contacts.imported",
  "history.progress",
  "media.stored",
  "signup.updated",
  "sender.paused",
  "endpoint.disabled",
  "endpoint.test",
  "something.new",
])("%s has no form of Meta's", (type) => {
  const event = { id: "evt_1", type, at: "2026-11-22T10:00:00.000Z", data: { state: "x" } };
  expect(envelopeOf(event, number)).toBeNull();
});

it("what a send of the partner's own settles as is not told in Meta's form", async () => {
  await deliver(number, inbound(number, textMessage()));
  await partner.post(`/v24.0/${number.id}/messages`, templateTo());
  await services().phone(number.id).flushed();
  const types = (await partner.events(number.id)).map(({ type }) => type);
  expect(types).toContain("send.settled");
  expect(changesOf(await envelopesOf(partner, number))).toHaveLength(1);
});
