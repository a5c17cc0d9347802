import { createHmac } from "node:crypto";
import { WhatsAppClient } from "@kapso/whatsapp-cloud-api";
import { WhatsAppAPI } from "whatsapp-api-js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { mediaAddress } from "../../../src/lib/media-address.ts";
import { writeCloudBody } from "../../../src/meta/cloud-body.ts";
import { TEST_ENVELOPE, toCloudEnvelope } from "../../../src/meta/cloud-envelope.ts";
import { Stage, textTo } from "../stage.ts";
import { Receivers } from "./receivers.ts";
import type { DemoEvent } from "../../../scripts/demo/tandem-client.ts";
import type { Business } from "../../../simulator/simulator.ts";

/*
 * Receivers made for Meta's webhooks, unchanged, are posted every event that has a form of Meta's:
 * bytes as an endpoint in `cloud_api` format sends them, over HTTP, signed with its secret.
 */

/** With letters beyond ASCII: Meta escapes them, and receivers count on it. */
const GREETING = "Grüße aus Łódź 🎈";
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const ASKED = { field: "automatic_events", name: "Purchase", clid: "CLID-e2e" };

let stage: Stage;
let receivers: Receivers;
let business: Business;
let events: DemoEvent[];
/** Envelopes in the order of the events, and what both receivers answered. */
let told: { event: DemoEvent; answers: number[] }[];
let skipped: string[];
const wamids: Record<string, string> = {};

beforeAll(async () => {
  stage = await Stage.set();
  receivers = await Receivers.start(SECRET);
  business = await stage.importBusiness(6);
  await liveThrough();
  events = await settledEvents();
  told = [];
  skipped = [];
  for (const event of events) {
    const body = bodyOf(event);
    if (body === null) skipped.push(event.type);
    else told.push({ event, answers: await post(body, sign(body, SECRET)) });
  }
}, 120_000);
afterAll(async () => {
  await receivers.stop();
  await stage.strike();
});

const CALLBACK = "order-1042";

/** Something of everything that a number can live through. */
async function liveThrough(): Promise<void> {
  const { simulator, partner } = stage;
  const { phoneNumberId, customers } = business;
  const [first, second, third, fourth] = customers.map(({ phone }) => phone);
  if (first === undefined || second === undefined || third === undefined) throw new Error("Few.");
  const writes = (name: string, input: Parameters<typeof simulator.customerWrites>[1]) => {
    wamids[name] = simulator.customerWrites(business, input).wamid;
  };
  writes("text", { from: first, body: GREETING });
  for (const type of ["image", "video", "audio", "document", "sticker"] as const) {
    writes(type, { from: first, type, ...(type === "image" ? { body: GREETING } : {}) });
  }
  for (const type of ["location", "contacts", "button", "interactive"] as const) {
    writes(type, { from: first, type });
  }
  writes("referral", { from: second, referral: { source_type: "ad", ctwa_clid: ASKED.clid } });
  writes("bsuid", { from: third, body: "no number", bsuidOnly: true });
  const original = wamids["text"] ?? "";
  simulator.customerReacts(business, { from: first, to: original });
  simulator.customerEdits(business, { from: first, originalWamid: original, body: "edited" });
  simulator.customerRevokes(business, { from: first, originalWamid: original });
  simulator.unavailableMessage(business, { from: second });
  const echo = simulator.ownerWrites(business, { to: first, body: "from the phone" }).wamid;
  wamids["echo"] = echo;
  simulator.ownerWrites(business, { to: first, type: "edit", originalWamid: echo, body: "again" });
  simulator.ownerWrites(business, { to: first, type: "revoke", originalWamid: echo });
  simulator.changeContact(business, { phone: first, name: "Ada B." });
  simulator.changeContact(business, { phone: second, action: "remove" });
  await simulator.idle();
  await partner.send(phoneNumberId, {
    ...textTo(first, GREETING),
    biz_opaque_callback_data: CALLBACK,
  });
  simulator.customerRotates(business, { from: second });
  simulator.customerMoves(business, { from: third, newPhone: "15550199001" });
  simulator.accountUpdate(business, "VERIFIED_ACCOUNT");
  simulator.responderTakes(business, { customer: fourth });
  simulator.customerWrites(business, { from: fourth, body: "is somebody there?" });
  simulator.responderWrites(business, { to: fourth, body: "I am the agent." });
  for (const [field, value] of [
    [
      "user_preferences",
      { user_preferences: [{ wa_id: first, category: "marketing_messages", value: "stop" }] },
    ],
    [
      ASKED.field,
      {
        automatic_events: [
          {
            id: wamids["referral"],
            event_name: ASKED.name,
            timestamp: Math.floor(Date.now() / 1_000),
            ctwa_clid: ASKED.clid,
            custom_data: { currency: "EUR", value: 990 },
          },
        ],
      },
    ],
  ] as const) {
    const metadata = {
      display_phone_number: business.displayPhoneNumber,
      phone_number_id: phoneNumberId,
    };
    const change = { field, value: { messaging_product: "whatsapp", metadata, ...value } };
    simulator.deliver(
      JSON.stringify({
        object: "whatsapp_business_account",
        entry: [{ id: business.wabaId, changes: [change] }],
      }),
    );
  }
  await simulator.idle();
}

/** Every event, once the last of them are there. */
async function settledEvents(): Promise<DemoEvent[]> {
  return vi.waitFor(
    async () => {
      const { data } = await stage.partner.get<{ data: DemoEvent[] }>("/v1/events?limit=500");
      // Of our own send: the other responder's have theirs, at their own time.
      const statuses = data.filter(
        ({ type, data: about }) =>
          type === "message.status" &&
          (about as { biz_opaque_callback_data?: string }).biz_opaque_callback_data === CALLBACK,
      );
      const fields = data.map(({ data: about }) => (about as { field?: string }).field);
      const isDetected = data.some(({ type }) => type === "conversion.detected");
      const has = (field: string) => fields.includes(field);
      if (statuses.length < 3) throw new Error(`${statuses.length} statuses`);
      if (!has("user_preferences") || !has("account_update")) throw new Error("notices");
      if (!isDetected && !has(ASKED.field)) throw new Error("conversion");
      return data;
    },
    { timeout: 30_000, interval: 200 },
  );
}

function bodyOf(event: DemoEvent): string | null {
  const { wabaId, displayPhoneNumber, phoneNumberId } = business;
  const envelope = toCloudEnvelope(event, { wabaId, displayPhoneNumber, phoneNumberId }, (media) =>
    mediaAddress(stage.serve.url, { version: "v24.0", media, phoneNumberId }),
  );
  return envelope === null ? null : writeCloudBody(envelope);
}

function sign(body: string, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

function post(body: string, signature: string): Promise<number[]> {
  const headers = { "content-type": "application/json", "x-hub-signature-256": signature };
  return Promise.all(
    receivers.urls.map(async (url) => (await fetch(url, { method: "POST", headers, body })).status),
  );
}

/** Messages that Meta sends under `messages`: not those of a thread that another holds. */
const inbound = () =>
  events.filter(({ type, data }) => {
    const { direction, standby } = data as { direction?: string; standby?: boolean };
    const isMessage = /^message\.(received|edited|revoked|unsupported)$/.test(type);
    return type === "customer.changed" || (isMessage && direction === "inbound" && !standby);
  });

it("takes every event that has a form, and what happened was something of everything", () => {
  expect(told.filter(({ answers }) => answers.some((status) => status !== 200))).toEqual([]);
  const types = new Set(told.map(({ event }) => event.type));
  types.delete("conversion.detected"); // a notice, until it has a type of its own
  expect([...types].toSorted()).toEqual([
    "account.notice",
    "contact.removed",
    "contact.updated",
    "customer.changed",
    "message.echoed",
    "message.edited",
    "message.received",
    "message.revoked",
    "message.status",
    "message.unsupported",
  ]);
  expect(skipped).toContain("sender.connected");
  expect(skipped).toContain("send.settled");
});

it("refuses another secret, and a body that was changed on its way", async () => {
  const event = events.find(({ type }) => type === "message.received");
  const body = (event === undefined ? null : bodyOf(event)) ?? "";
  const before = JSON.stringify(receivers.heard);
  expect(await post(body, sign(body, "another"))).toEqual([401, 401]);
  expect(await post(body.replace("whatsapp", "whatsapP"), sign(body, SECRET))).toEqual([401, 401]);
  expect(JSON.stringify(receivers.heard)).toBe(before);
});

it("takes the test of an endpoint, and nobody is told anything by it", async () => {
  const before = JSON.stringify([receivers.heard.messages, receivers.heard.statuses]);
  const body = writeCloudBody(TEST_ENVELOPE);
  expect(await post(body, sign(body, SECRET))).toEqual([200, 200]);
  expect(JSON.stringify([receivers.heard.messages, receivers.heard.statuses])).toBe(before);
  expect(receivers.heard.normalized.pop()).toMatchObject({ messages: [], statuses: [] });
});

describe("whatsapp-api-js", () => {
  it("hands every message of a customer to its user, with number, name and content", () => {
    const { messages } = receivers.heard;
    expect(messages).toHaveLength(inbound().length);
    const [ada] = business.customers;
    const byId = new Map(messages.map((call) => [call.message.id, call]));
    expect(byId.get(wamids["text"] ?? "")).toMatchObject({
      phoneID: business.phoneNumberId,
      from: ada?.phone,
      name: ada?.name,
      contact: { wa_id: ada?.phone, user_id: ada?.bsuid },
      message: { type: "text", text: { body: GREETING } },
    });
    for (const type of ["image", "video", "audio", "document", "sticker", "location", "contacts"]) {
      const call = byId.get(wamids[type] ?? "");
      const event = events.find((each) => each.data["wamid"] === wamids[type]);
      expect(call?.message).toMatchObject({ type, [type]: event?.data[type] });
    }
    expect(byId.get(wamids["referral"] ?? "")?.message).toMatchObject({
      referral: { ctwa_clid: ASKED.clid },
    });
    const third = business.customers[2];
    expect(byId.get(wamids["bsuid"] ?? "")?.contact).toMatchObject({ user_id: third?.bsuid });
    const kinds = messages.map(({ message }) => message.type as string);
    for (const kind of ["reaction", "edit", "revoke", "unsupported", "system", "button"]) {
      expect(kinds).toContain(kind);
    }
  });

  it("hands statuses over with price and the partner's own callback data", () => {
    const { statuses } = receivers.heard;
    expect(statuses.map(({ status }) => status)).toEqual(["sent", "delivered", "read"]);
    for (const status of statuses) {
      expect(status).toMatchObject({
        phone: business.customers[0]?.phone,
        biz_opaque_callback_data: CALLBACK,
      });
    }
    expect(statuses[0]?.pricing).toBeDefined();
  });

  it("downloads a file from the url of its message with the partner's key", async () => {
    const call = receivers.heard.messages.find(({ message }) => message.id === wamids["image"]);
    if (call === undefined) throw new Error("The picture did not come.");
    const { image } = call.message as unknown as { image: { url: string } };
    expect(new URL(image.url).origin).toBe(stage.serve.url);
    const api = new WhatsAppAPI({ token: stage.key, secure: false });
    const response = await api.fetchMedia(image.url);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^image\//);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    const stranger = new WhatsAppAPI({ token: "tdm_0_0", secure: false });
    expect((await stranger.fetchMedia(image.url)).status).toBe(401);
  });
});

describe("@kapso/whatsapp-cloud-api", () => {
  const all = () => receivers.heard.normalized;

  it("normalises every event: messages with their direction, profiles and statuses", () => {
    expect(all()).toHaveLength(told.length);
    for (const each of all()) {
      expect(each.object).toBe("whatsapp_business_account");
      expect(each.phoneNumberId).toBe(business.phoneNumberId);
    }
    const messages = all().flatMap((each) => each.messages);
    const find = (name: string) => messages.find(({ id }) => id === wamids[name]);
    expect(find("text")).toMatchObject({
      from: business.customers[0]?.phone,
      text: { body: GREETING },
      kapso: { direction: "inbound" },
    });
    expect(find("echo")).toMatchObject({
      to: business.customers[0]?.phone,
      text: { body: "from the phone" },
      kapso: { direction: "outbound", source: "smb_message_echo" },
    });
    const contacts = all().flatMap((each) => each.contacts);
    expect(contacts).toContainEqual(
      expect.objectContaining({ profile: { name: business.customers[0]?.name } }),
    );
    const statuses = all().flatMap((each) => each.statuses);
    expect(statuses.map(({ status }) => status)).toEqual(["sent", "delivered", "read"]);
  });

  it("gives what has no normal form by its field", () => {
    const raw = all().flatMap((each) => Object.entries(each.raw));
    const fields = new Set(raw.map(([field]) => field));
    expect([...fields].toSorted()).toEqual([
      "accountUpdate",
      "automaticEvents",
      "messages",
      "messagingHandovers",
      "smbAppStateSync",
      "smbMessageEchoes",
      "standby",
      "userPreferences",
    ]);
    const byField = (name: string) => raw.find(([field]) => field === name)?.[1]?.[0];
    expect(byField("automaticEvents")).toMatchObject({
      automaticEvents: [
        {
          eventName: ASKED.name,
          ctwaClid: ASKED.clid,
          customData: { currency: "EUR", value: 990 },
        },
      ],
    });
    expect(byField("accountUpdate")).toMatchObject({ event: "VERIFIED_ACCOUNT" });
  });

  it("downloads the same file by its id with the partner's key", async () => {
    const client = new WhatsAppClient({
      baseUrl: stage.serve.url,
      accessToken: stage.key,
      graphVersion: "v24.0",
    });
    const message = all()
      .flatMap((each) => each.messages)
      .find(({ id }) => id === wamids["image"]) as unknown as { image: { id: string } };
    const bytes = await client.media.download({ mediaId: message.image.id, auth: "always" });
    expect((bytes as ArrayBuffer).byteLength).toBeGreaterThan(0);
  });
});
