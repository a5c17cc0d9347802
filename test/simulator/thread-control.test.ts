import { describe, expect, it } from "vitest";
import { APP_ROLE, orderThread, OWN_THREAD } from "../../simulator/rules/thread-control.ts";
import { call, connect, itemsOf, send } from "./support.ts";
import type { Answer, Connected, Door } from "./support.ts";

type Items = Record<string, unknown>[];

/** The items of one list of the `standby` webhooks. */
function standbyOf(door: Door, list: string): Items {
  return door.taken
    .filter(({ change }) => change.field === "standby")
    .flatMap(({ change }) => (change.value.standby as Record<string, Items>)[list] ?? []);
}

/** `type from > to` of every handover, in the order in which they came. */
function handoversOf(door: Door): string[] {
  return door.taken
    .filter(({ change }) => change.field === "messaging_handovers")
    .map(({ change: { value } }) => {
      const type = String(value.type);
      const told = value[type] as Record<string, string>;
      return `${type} ${told.previous_owner_role} > ${told.new_owner_role}`;
    });
}

function order({ simulator, business, token }: Connected, body: object): Promise<Answer> {
  const json = { messaging_product: "whatsapp", to: business.customers[0]?.phone, ...body };
  return call(simulator, "POST", `/${business.phoneNumberId}/thread_control`, { token, json });
}

const template = {
  type: "template",
  template: { name: "order_update", language: { code: "en_US" } },
};

describe("a thread that another responder took", () => {
  it("sends what its customer writes as standby, with the profile, and no other customer's", async () => {
    const { simulator, door, business } = await connect();
    const other = business.customers[1]?.phone ?? "";
    simulator.responderTakes(business);
    const held = simulator.customerWrites(business, { body: "is somebody there?" });
    const own = simulator.customerWrites(business, { from: other });
    await simulator.idle();
    expect(standbyOf(door, "messages")).toMatchObject([
      { id: held.wamid, text: { body: "is somebody there?" } },
    ]);
    expect(standbyOf(door, "contacts")).toMatchObject([{ wa_id: business.customers[0]?.phone }]);
    expect(itemsOf(door, "messages", "messages")).toMatchObject([{ id: own.wamid }]);
    expect(handoversOf(door)).toEqual(["control_taken escalation > ai_agent"]);
  });

  it("names its number as the recipient of the handover, not in metadata", async () => {
    const { simulator, door, business } = await connect();
    simulator.responderTakes(business, { role: "marketing" });
    await simulator.idle();
    const value = door.taken[0]?.change.value;
    expect(value).toMatchObject({
      type: "control_taken",
      sender: { phone_number: business.customers[0]?.phone },
      recipient: { phone_number_id: business.phoneNumberId },
      control_taken: { new_owner_role: "marketing" },
    });
    expect(value).not.toHaveProperty("metadata");
  });

  it("tells what the responder sends as the body of its request, and its statuses beside it", async () => {
    const { simulator, door, business } = await connect();
    const { wamid } = simulator.responderWrites(business, { body: "I am the agent" });
    await simulator.idle();
    expect(standbyOf(door, "message_echoes")).toMatchObject([
      {
        id: wamid,
        message: {
          to: business.customers[0]?.phone,
          type: "text",
          text: { body: "I am the agent" },
        },
      },
    ]);
    expect(standbyOf(door, "statuses").map(({ id, status }) => [id, status])).toEqual(
      expect.arrayContaining([
        [wamid, "sent"],
        [wamid, "delivered"],
        [wamid, "read"],
      ]),
    );
    expect(itemsOf(door, "messages", "statuses")).toEqual([]);
    // It was the app's: writing took it.
    expect(handoversOf(door)).toEqual(["control_taken escalation > ai_agent"]);
    expect(simulator.ledger.report(true).detail?.responses).toEqual({ [business.wabaId]: [wamid] });
  });

  it("still opens the window by what its customer writes", async () => {
    const connected = await connect();
    connected.simulator.responderTakes(connected.business);
    connected.simulator.customerWrites(connected.business);
    expect((await send(connected)).status).toBe(200);
  });
});

describe("a thread comes back to the app", () => {
  it("by a message that is no template", async () => {
    const connected = await connect();
    const { simulator, door, business } = connected;
    simulator.customerWrites(business);
    simulator.responderTakes(business);
    await send(connected, template);
    await simulator.idle();
    expect(handoversOf(door)).toHaveLength(1);
    await send(connected);
    await simulator.idle();
    expect(handoversOf(door).toSorted()).toEqual([
      "control_taken ai_agent > escalation",
      "control_taken escalation > ai_agent",
    ]);
    const { wamid } = simulator.customerWrites(business);
    await simulator.idle();
    expect(itemsOf(door, "messages", "messages").map(({ id }) => id)).toContain(wamid);
  });

  it("not by a message that is refused", async () => {
    const connected = await connect();
    const { simulator, door, business } = connected;
    simulator.responderTakes(business);
    expect((await send(connected)).code).toBe(131047);
    await simulator.idle();
    expect(handoversOf(door)).toHaveLength(1);
  });

  it("when the responder passes it on, with what was said so far", async () => {
    const { simulator, door, business } = await connect();
    simulator.responderTakes(business);
    simulator.responderPasses(business, { metadata: "wants a person", summary: "about a lamp" });
    await simulator.idle();
    const passed = door.taken.find(({ change }) => change.value.type === "control_passed");
    expect(passed?.change.value.control_passed).toEqual({
      previous_owner_role: "ai_agent",
      new_owner_role: APP_ROLE,
      metadata: "wants a person",
      conversation_context: { type: "summary", summary: { text: "about a lamp" } },
    });
    expect(() => simulator.responderPasses(business)).toThrow("already");
  });
});

describe("POST /{phone}/thread_control", () => {
  it("takes, passes and releases; the release is told to nobody", async () => {
    const connected = await connect();
    const { simulator, door, business } = connected;
    simulator.responderTakes(business);
    await simulator.idle();
    expect((await order(connected, { action: "take" })).body).toEqual({ success: true });
    await simulator.idle();
    const pass = { action: "pass", control_pass: { target_role: "marketing" }, metadata: "vip" };
    expect((await order(connected, pass)).status).toBe(200);
    await simulator.idle();
    expect(handoversOf(door)).toEqual([
      "control_taken escalation > ai_agent",
      "control_taken ai_agent > escalation",
      "control_passed escalation > marketing",
    ]);
    expect(door.taken.at(-1)?.change.value).toMatchObject({ control_passed: { metadata: "vip" } });
    await order(connected, { action: "take" });
    await simulator.idle();
    await order(connected, { action: "release" });
    const { wamid } = simulator.customerWrites(business);
    await simulator.idle();
    expect(handoversOf(door)).toHaveLength(4);
    expect(standbyOf(door, "messages")).toMatchObject([{ id: wamid }]);
  });

  it("finds a thread by BSUID as well", async () => {
    const connected = await connect();
    const { simulator, door, business } = connected;
    const recipient = business.customers[0]?.bsuid;
    await order(connected, { to: undefined, recipient, action: "pass" });
    simulator.customerWrites(business);
    await simulator.idle();
    expect(standbyOf(door, "messages")).toHaveLength(1);
  });

  it("leaves a thread that nobody else ever held with the app when it is released", async () => {
    const connected = await connect();
    expect((await order(connected, { action: "release" })).status).toBe(200);
    connected.simulator.customerWrites(connected.business);
    await connected.simulator.idle();
    expect(itemsOf(connected.door, "messages", "messages")).toHaveLength(1);
  });

  it.each([
    ["another product", { action: "take", messaging_product: "messenger" }, 100],
    ["an action it does not know", { action: "share" }, 100],
    ["no customer", { action: "take", to: undefined }, 131008],
    ["a role it does not know", { action: "pass", control_pass: { target_role: "boss" } }, 100],
    ["metadata that is too long", { action: "take", metadata: "x".repeat(2_001) }, 100],
  ])("refuses %s", async (_, body, code) => {
    expect((await order(await connect(), body)).code).toBe(code);
  });

  it.each(["pass", "release"])("refuses to %s a thread that the app does not hold", (action) => {
    const held = { ...OWN_THREAD, holder: "responder" } as const;
    const ordered = orderThread(held, { messaging_product: "whatsapp", action });
    expect(ordered).toMatchObject({ ok: false, refusal: { code: 100 } });
  });

  it("refuses a token that does not reach the number", async () => {
    const connected = await connect();
    expect((await order({ ...connected, token: "wrong" }, { action: "take" })).code).toBe(190);
  });
});

it("is led from outside by the control API", async () => {
  const { simulator, door, business } = await connect();
  const control = async (action: string, json: object) => {
    const path = `${simulator.url}/_sim/businesses/${business.wabaId}/${action}`;
    return (await fetch(path, { method: "POST", body: JSON.stringify(json) })).status;
  };
  expect(await control("responder-takes", {})).toBe(200);
  expect(await control("responder-writes", { body: "one moment" })).toBe(200);
  expect(await control("responder-passes", { summary: "about a lamp" })).toBe(200);
  expect(await control("responder-takes", { role: "boss" })).toBe(400);
  await simulator.idle();
  expect(handoversOf(door).toSorted()).toEqual([
    "control_passed ai_agent > escalation",
    "control_taken escalation > ai_agent",
  ]);
});
