import { describe, expect, it } from "vitest";
import { call, connect, itemsOf, send } from "./support.ts";

const template = {
  type: "template",
  template: { name: "order_update", language: { code: "en_US" } },
};

describe("a send that is taken", () => {
  it("is answered with a wamid and followed by its statuses with our own data", async () => {
    const connected = await connect();
    const { simulator, door, business } = connected;
    simulator.customerWrites(business);
    const { status, body } = await send(connected, { biz_opaque_callback_data: "job-7" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      messaging_product: "whatsapp",
      contacts: [{ wa_id: "12015550100" }],
    });
    await simulator.idle();
    const [{ id }] = body.messages as [{ id: string }];
    const statuses = itemsOf(door, "messages", "statuses");
    expect(new Set(statuses.map((one) => one.status))).toEqual(
      new Set(["sent", "delivered", "read"]),
    );
    expect(statuses).toHaveLength(3);
    for (const one of statuses)
      expect(one).toMatchObject({ id, biz_opaque_callback_data: "job-7" });
  });

  it("reaches a customer by BSUID in `recipient`, and the answer has no phone", async () => {
    const connected = await connect();
    const { simulator, business } = connected;
    const { phone, bsuid } = business.customers[1] ?? { phone: "", bsuid: "" };
    simulator.customerWrites(business, { from: phone, bsuidOnly: true });
    const { body } = await send(connected, { to: undefined, recipient: bsuid });
    expect(body.contacts).toEqual([{ input: bsuid, user_id: bsuid }]);
  });

  it("is taken with its part as JSON text, and without a version in the address", async () => {
    const { simulator, business, token } = await connect();
    simulator.customerWrites(business);
    const contacts = JSON.stringify([{ name: { formatted_name: "Ada" } }]);
    const json = {
      messaging_product: "whatsapp",
      to: business.customers[0]?.phone,
      type: "contacts",
      contacts,
    };
    const response = await fetch(`${simulator.url}/${business.phoneNumberId}/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(json),
    });
    expect(response.status).toBe(200);
    expect(simulator.ledger.sends.map((sent) => sent.type)).toEqual(["contacts"]);
  });

  it("takes read marks and typing without counting them as sends", async () => {
    const { simulator, business, token } = await connect();
    const { wamid } = simulator.customerWrites(business);
    const json = { messaging_product: "whatsapp", status: "read", message_id: wamid };
    const answer = await call(simulator, "POST", `/${business.phoneNumberId}/messages`, {
      token,
      json,
    });
    expect(answer.body).toEqual({ success: true });
    expect(simulator.ledger.report().sends).toMatchObject({ accepted: 0, maxArrivalsIn1s: 0 });
  });
});

describe("the 20 a second", () => {
  // The window is stretched so that the machine's pace has no say in what falls into it.
  const options = { rateWindowMs: 60_000 };

  it("refuse the 21st send with 130429", async () => {
    const connected = await connect({ customers: 21 }, options);
    const sends = connected.business.customers.map(({ phone }) =>
      send(connected, { ...template, to: phone }),
    );
    const answers = await Promise.all(sends);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ code }) => code === 130429)).toHaveLength(1);
    expect(connected.simulator.ledger.report().sends).toMatchObject({
      accepted: 20,
      refusedByCode: { 130429: 1 },
    });
  });

  it("count what customers write, but not what the owner writes", async () => {
    const connected = await connect({}, options);
    const { simulator, business } = connected;
    for (let i = 0; i < 30; i++) simulator.ownerWrites(business);
    for (let i = 0; i < 19; i++) simulator.customerWrites(business);
    expect((await send(connected)).status).toBe(200);
    expect((await send(connected)).code).toBe(130429);
  });
});

describe("the pace to one customer", () => {
  it("allows a burst of 45 and refuses the 46th with 131056", async () => {
    const connected = await connect({}, { ratePerSecond: 1_000, pairToleranceMs: 0 });
    const answers = await Promise.all(Array.from({ length: 46 }, () => send(connected, template)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(45);
    expect(answers.filter(({ code }) => code === 131056)).toHaveLength(1);
    const other = connected.business.customers[1]?.phone;
    expect((await send(connected, { ...template, to: other })).status).toBe(200);
  });
});

describe("the 24 hour window", () => {
  it("is closed until the customer writes, and again a day later", async () => {
    const connected = await connect();
    const { simulator, business } = connected;
    expect(await send(connected)).toMatchObject({ status: 400, code: 131047 });
    simulator.customerWrites(business);
    expect((await send(connected)).status).toBe(200);
    simulator.advance(24 * 3_600_000 + 1_000);
    expect((await send(connected)).code).toBe(131047);
    expect((await send(connected, template)).status).toBe(200);
  });

  it("is not opened by reactions, echoes or what was written before the onboarding", async () => {
    const connected = await connect();
    const { simulator, business } = connected;
    const { wamid } = simulator.ownerWrites(business);
    simulator.customerReacts(business, { to: wamid });
    simulator.customerWrites(business, { timestampMs: simulator.now() - 3_600_000 });
    expect((await send(connected)).code).toBe(131047);
  });

  it("is opened by a message whose content only the phone got", async () => {
    const connected = await connect();
    connected.simulator.unavailableMessage(connected.business);
    expect((await send(connected)).status).toBe(200);
  });
});

describe("a BSUID in `to`", () => {
  it("is answered with a wamid, is never delivered, and fails later with 131026", async () => {
    const connected = await connect();
    const { simulator, door, business } = connected;
    const { status, body } = await send(connected, { to: business.customers[0]?.bsuid });
    expect(status).toBe(200);
    await simulator.idle();
    const [{ id }] = body.messages as [{ id: string }];
    expect(itemsOf(door, "messages", "statuses")).toMatchObject([
      { id, status: "failed", errors: [{ code: 131026 }] },
    ]);
    expect(simulator.ledger.report().sends).toMatchObject({ accepted: 1, visible: 0, lost: 1 });
  });
});

describe("a send that is refused", () => {
  it.each([
    ["another product", { messaging_product: "messenger" }, 100],
    ["an unknown field", { colour: "blue" }, 100],
    ["no recipient", { to: undefined }, 131008],
    ["a recipient that is no number", { to: "nobody" }, 131009],
    ["an unknown type", { type: "hologram" }, 131009],
    ["no part for its type", { text: undefined }, 131008],
    ["an empty text", { text: { body: "" } }, 131008],
    ["a text that is too long", { text: { body: "x".repeat(4_097) } }, 131009],
    [
      "media with both id and link",
      { type: "image", image: { id: "1", link: "https://a.example" } },
      131009,
    ],
    ["a template that does not exist", { type: "template", template: { name: "no_such" } }, 132001],
  ])("has %s", async (_name, change, code) => {
    const connected = await connect();
    connected.simulator.customerWrites(connected.business);
    expect((await send(connected, change)).code).toBe(code);
    expect(connected.simulator.ledger.report().sends.accepted).toBe(0);
  });

  it("comes from a WABA without a time zone, until it has one", async () => {
    const connected = await connect({ timezoneId: null });
    const { simulator, business, token } = connected;
    simulator.customerWrites(business);
    expect((await send(connected)).code).toBe(131042);
    await call(simulator, "POST", `/${business.wabaId}`, { token, json: { timezone_id: "53" } });
    expect((await send(connected)).status).toBe(200);
  });

  it("comes from an account that is disabled or blocked", async () => {
    const connected = await connect();
    const { simulator, business, token } = connected;
    simulator.customerWrites(business);
    simulator.blockSends(business, 131042);
    expect((await send(connected)).code).toBe(131042);
    const health = await call(simulator, "GET", `/${business.phoneNumberId}?fields=health_status`, {
      token,
    });
    expect(health.body).toMatchObject({ health_status: { can_send_message: "BLOCKED" } });
    simulator.blockSends(business, null);
    simulator.accountUpdate(business, "DISABLED_UPDATE", {
      ban_info: { waba_ban_state: "DISABLE" },
    });
    expect(await send(connected)).toMatchObject({ status: 403, code: 131031 });
  });
});
