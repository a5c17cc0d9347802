import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import { call, connect, itemsOf, openDoor, send, start } from "./support.ts";

const DAY_MS = 24 * 3_600_000;

/** The one webhook has been tried so often and waits for its next attempt. */
function expectWaiting(simulator: Simulator, attempts: number): void {
  expect(simulator.ledger.report().webhooks.total).toMatchObject({ attempts, waiting: 1 });
}

it("signs exactly the bytes it sends, in escaped ASCII", async () => {
  const { simulator, door, business } = await connect();
  simulator.customerWrites(business, { body: "¿Mañana? \u{1F44D} a/b" });
  simulator.deliver('{"object" : "whatsapp_business_account","entry":[],"note":"café"}');
  await simulator.idle();
  expect(door.taken).toHaveLength(2);
  expect(door.taken.every(({ isSigned }) => isSigned)).toBe(true);
  const message = door.taken.find(({ change }) => change.field === "messages");
  expect(message?.raw.toString("latin1")).toContain("\\u00bfMa\\u00f1ana? \\ud83d\\udc4d a\\/b");
  expect(message?.change.value.messages).toMatchObject([
    { text: { body: "¿Mañana? \u{1F44D} a/b" } },
  ]);
});

describe("a webhook that is not taken", () => {
  it("comes again until it is, and holds nothing else up", async () => {
    const { simulator, door, business } = await connect();
    door.answer = () => (door.attempts <= 3 ? 503 : 200);
    const { wamid } = simulator.customerWrites(business);
    // The first retry is at once; the later ones wait for simulated time.
    await eventually(() => expectWaiting(simulator, 2));
    simulator.advance(60_000);
    await eventually(() => expectWaiting(simulator, 3));
    simulator.advance(60_000);
    await simulator.idle();
    expect(door.taken[0]?.change.value.messages).toMatchObject([{ id: wamid }]);
    expect(simulator.ledger.report().webhooks.byField.messages).toMatchObject({
      created: 1,
      attempts: 4,
      delivered: 1,
      pending: 0,
    });
  });

  it("comes again at once when it is told to, and once only", async () => {
    const { simulator, door, business } = await connect();
    door.answer = () => (door.attempts <= 2 ? 503 : 200);
    simulator.customerWrites(business);
    await eventually(() => expectWaiting(simulator, 2));
    simulator.retryWebhooks();
    simulator.retryWebhooks();
    await simulator.idle();
    simulator.advance(60_000); // when it would have come by itself
    await simulator.idle();
    expect(simulator.ledger.report().webhooks.total).toMatchObject({
      attempts: 3,
      delivered: 1,
      waiting: 0,
      pending: 0,
    });
  });

  it("is given up after 7 days", async () => {
    const { simulator, door, business } = await connect();
    door.answer = () => 500;
    simulator.customerWrites(business);
    await eventually(() => expectWaiting(simulator, 2));
    simulator.advance(6 * DAY_MS);
    await eventually(() => expectWaiting(simulator, 3));
    expect(simulator.ledger.report().webhooks.total).toMatchObject({ dropped: 0, pending: 1 });
    simulator.advance(DAY_MS);
    await simulator.idle();
    expect(simulator.ledger.report().webhooks.total).toMatchObject({
      dropped: 1,
      delivered: 0,
      pending: 0,
    });
  });

  it("goes to where the receiver has moved meanwhile", async () => {
    const { simulator, door, business } = await connect();
    door.answer = () => 502;
    simulator.customerWrites(business);
    await eventually(() => expectWaiting(simulator, 2));
    const elsewhere = await openDoor();
    simulator.setWebhookUrl(elsewhere.url);
    simulator.advance(60_000);
    await simulator.idle();
    expect(elsewhere.taken).toHaveLength(1);
  });
});

describe("a webhook that nobody asked for", () => {
  it("is undeliverable before the WABA is subscribed and after it is no more", async () => {
    const door = await openDoor();
    const simulator = await start({ webhookUrl: door.url });
    const business = simulator.createBusiness();
    const token = simulator.issueToken(business);
    simulator.customerWrites(business);
    await call(simulator, "POST", `/${business.wabaId}/subscribed_apps`, { token });
    const { wamid } = simulator.customerWrites(business);
    await simulator.idle();
    await call(simulator, "DELETE", `/${business.wabaId}/subscribed_apps`, { token });
    simulator.customerWrites(business);
    await simulator.idle();
    expect(door.taken.map(({ change }) => change.value.messages)).toMatchObject([[{ id: wamid }]]);
    expect(simulator.ledger.report().webhooks.total).toMatchObject({
      created: 1,
      undeliverable: 2,
    });
  });

  it("is undeliverable when its field is not ticked", async () => {
    const { simulator, door, business } = await connect();
    simulator.setWebhookUrl(door.url, { fields: ["messages"] });
    simulator.ownerWrites(business);
    expect(simulator.ledger.report().webhooks.byField.smb_message_echoes).toMatchObject({
      undeliverable: 1,
    });
  });
});

it("sends message fields to an override, and account fields to the app's callback still", async () => {
  const { simulator, door, business, token } = await connect();
  const other = await openDoor();
  const json = { override_callback_uri: other.url, verify_token: "a-verify-token" };
  await call(simulator, "POST", `/${business.wabaId}/subscribed_apps`, { token, json });
  simulator.customerWrites(business);
  simulator.accountUpdate(business, "ACCOUNT_OFFBOARDED");
  await simulator.idle();
  expect(other.taken.map(({ change }) => change.field)).toEqual(["messages"]);
  expect(door.taken.map(({ change }) => change.field)).toEqual(["account_update"]);
});

it("delivers out of order and twice when it is told to", async () => {
  const { simulator, door, business } = await connect();
  simulator.setDelivery({ shuffle: true, duplicates: 1, paused: true });
  const written = Array.from({ length: 40 }, () => simulator.customerWrites(business).wamid);
  simulator.setDelivery({ shuffle: true, duplicates: 1 });
  await simulator.idle();
  const seen = door.taken.map(({ change }) => (change.value.messages as [{ id: string }])[0].id);
  expect(seen).toHaveLength(80);
  expect([...new Set(seen)].toSorted()).toEqual(written.toSorted());
  expect([...new Set(seen)]).not.toEqual(written);
});

it("carries what the owner does on the phone", async () => {
  const { simulator, door, business } = await connect();
  const { wamid } = simulator.ownerWrites(business);
  simulator.ownerWrites(business, { type: "edit", originalWamid: wamid, body: "sorry, later" });
  simulator.ownerWrites(business, { type: "revoke", originalWamid: wamid });
  simulator.ownerWrites(business, { type: "image", bsuidOnly: true });
  simulator.changeContact(business, { action: "remove" });
  await simulator.idle();
  const echoes = door.taken
    .filter(({ change }) => change.field === "smb_message_echoes")
    .flatMap(({ change }) => change.value.message_echoes as Record<string, unknown>[]);
  const byType = Object.fromEntries(echoes.map((echo) => [echo.type, echo]));
  expect(byType.text).toMatchObject({
    from: business.displayPhoneNumber,
    to: "12015550100",
    id: wamid,
  });
  expect(byType.edit).toMatchObject({ edit: { original_message_id: wamid } });
  expect(byType.revoke).toMatchObject({ revoke: { original_message_id: wamid } });
  expect(byType.image).not.toHaveProperty("to");
});

it("withholds the phone of a customer who is known by BSUID only", async () => {
  const connected = await connect();
  const { simulator, door, business } = connected;
  simulator.customerWrites(business, { bsuidOnly: true, context: { id: "wamid.quoted" } });
  await simulator.idle();
  const [message] = itemsOf(door, "messages", "messages");
  const [contact] = itemsOf(door, "messages", "contacts");
  expect(message).toMatchObject({ from_user_id: business.customers[0]?.bsuid });
  expect(message).not.toHaveProperty("from");
  expect(contact).not.toHaveProperty("wa_id");
  expect((await send(connected)).status).toBe(200);
});
