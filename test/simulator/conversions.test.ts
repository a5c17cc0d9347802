import { describe, expect, it } from "vitest";
import type { NewBusiness } from "../../simulator/simulator.ts";
import { call, connect, itemsOf } from "./support.ts";
import type { Answer, Connected } from "./support.ts";

const SYSTEM = "system-token-of-the-partner";
const DAY_MS = 86_400_000;

interface Ready extends Connected {
  dataset: string;
  clid: string;
}

/** A business with a dataset, and a customer who came by its ad. */
async function ready(business: NewBusiness = {}): Promise<Ready> {
  const connected = await connect(business, { systemToken: SYSTEM });
  const { simulator, business: shop, token } = connected;
  const { body } = await call(simulator, "POST", `/${shop.wabaId}/dataset`, { token });
  const { ctwaClid } = simulator.customerComesByAd(shop);
  return { ...connected, dataset: String(body.id), clid: ctwaClid ?? "" };
}

function event({ simulator, business, clid }: Ready, changes: Record<string, unknown> = {}) {
  return {
    event_name: "LeadSubmitted",
    event_time: Math.floor(simulator.now() / 1000),
    event_id: "e-1",
    action_source: "business_messaging",
    messaging_channel: "whatsapp",
    user_data: { whatsapp_business_account_id: business.wabaId, ctwa_clid: clid },
    ...changes,
  };
}

function post(ready: Ready, events: unknown[], token = ready.token): Promise<Answer> {
  const json = { data: events, partner_agent: "test" };
  return call(ready.simulator, "POST", `/${ready.dataset}/events`, { token, json });
}

const errorOf = ({ status, body }: Answer) => {
  const { code, error_subcode: subcode } = body.error as { code: number; error_subcode?: number };
  return { status, code, subcode };
};

describe("a dataset", () => {
  it("is one an account, whoever asks how often, and readable once it is there", async () => {
    const { simulator, business, token } = await connect();
    const path = `/${business.wabaId}/dataset`;
    expect((await call(simulator, "GET", path, { token })).body).toEqual({});
    const first = await call(simulator, "POST", path, { token });
    expect(first.body.id).toMatch(/^61\d{13}$/);
    expect((await call(simulator, "POST", path, { token })).body).toEqual(first.body);
    expect((await call(simulator, "GET", path, { token })).body).toEqual(first.body);
  });

  it("that needs a task lets nobody upload until the account's own token has given it", async () => {
    const world = await ready({ datasetNeedsTask: true });
    const { simulator, dataset, token } = world;
    for (const by of [token, SYSTEM]) {
      expect(errorOf(await post(world, [event(world)], by))).toMatchObject({
        code: 100,
        subcode: 33,
      });
    }
    const { body: me } = await call(simulator, "GET", "/me?fields=id", { token: SYSTEM });
    const assign = (by: string, tasks: string[]) =>
      call(simulator, "POST", `/${dataset}/assigned_users`, {
        token: by,
        json: { user: me.id, tasks },
      });
    // Not by itself, not with a task that is none, and not with one that is not enough.
    expect(errorOf(await assign(SYSTEM, ["UPLOAD"]))).toMatchObject({ subcode: 33 });
    expect(errorOf(await assign(token, ["FLY"]))).toMatchObject({ code: 100 });
    await assign(token, ["ANALYZE"]);
    expect(errorOf(await post(world, [event(world)], SYSTEM))).toMatchObject({ subcode: 33 });
    expect((await assign(token, ["ANALYZE", "UPLOAD"])).status).toBe(200);
    expect((await post(world, [event(world)], SYSTEM)).body).toMatchObject({ events_received: 1 });
    expect(simulator.ledger.conversions).toHaveLength(1);
  });

  it("is nobody else's", async () => {
    const world = await ready();
    const { simulator } = world;
    const stranger = simulator.issueToken(simulator.createBusiness());
    expect(errorOf(await post(world, [event(world)], stranger))).toMatchObject({ subcode: 33 });
    const json = { user: "1", tasks: ["UPLOAD"] };
    const path = `/${world.dataset}/assigned_users`;
    const assigned = await call(simulator, "POST", path, { token: stranger, json });
    expect(errorOf(assigned)).toMatchObject({ subcode: 33 });
  });
});

describe("an event", () => {
  it("counts as often as it comes, with the same id too", async () => {
    const world = await ready();
    const purchase = { event_name: "Purchase", custom_data: { currency: "EUR", value: 9.5 } };
    await post(world, [event(world, purchase)]);
    await post(world, [event(world, purchase)]);
    const { ledger } = world.simulator;
    expect(ledger.conversions).toMatchObject([
      { name: "Purchase", eventId: "e-1", customData: { value: 9.5 }, answer: "ok" },
      { name: "Purchase", eventId: "e-1" },
    ]);
    expect(ledger.report().conversions).toEqual({ counted: 2, unanswered: 0, refused: 0 });
  });

  it.each([
    ["a name that is not in the list", { event_name: "Lead" }, 2_804_066],
    ["a click that never was", { clid: "hashed-or-made-up" }, 2_804_087],
    ["no click", { clid: undefined }, 2_804_087],
    ["another account", { wabaId: "219999999999999" }, undefined],
    ["an age of more than 7 days", { age: 7 * DAY_MS + 5_000 }, undefined],
    ["a time that lies ahead", { age: -DAY_MS }, undefined],
    ["a time in text", { event_time: "1790000000" }, undefined],
    ["the source of a website", { action_source: "website" }, undefined],
    ["a Purchase without money", { event_name: "Purchase" }, undefined],
  ])("with %s is refused, and its neighbour with it", async (_what, wrong, subcode) => {
    const world = await ready();
    const { clid, wabaId, age, ...plain } = wrong as Record<string, unknown>;
    const { user_data: user, ...base } = event(world, plain);
    const bad = {
      ...base,
      ...(age === undefined ? {} : { event_time: base.event_time - Number(age) / 1000 }),
      user_data: {
        ...user,
        ...(wabaId === undefined ? {} : { whatsapp_business_account_id: wabaId }),
        ...("clid" in wrong ? { ctwa_clid: clid } : {}),
      },
    };
    const answer = await post(world, [event(world), bad]);
    expect(errorOf(answer)).toEqual({ status: 400, code: 100, subcode });
    expect(world.simulator.ledger.conversions).toEqual([]);
    expect(world.simulator.ledger.report().conversions.refused).toBe(1);
  });

  it("counts although its answer is lost, and does not where it was refused by a fault", async () => {
    const world = await ready();
    const { simulator } = world;
    const next = [
      { kind: "acceptThenDrop" as const },
      { kind: "refuse500" as const },
      { kind: "acceptThen500" as const },
    ];
    simulator.setFaults({ conversions: { next } });
    await expect(post(world, [event(world)])).rejects.toThrow("fetch failed");
    expect((await post(world, [event(world)])).status).toBe(500);
    expect((await post(world, [event(world)])).status).toBe(500);
    expect(simulator.ledger.conversions.map(({ answer }) => answer)).toEqual(["dropped", "500"]);
    expect(simulator.ledger.report(true)).toMatchObject({
      conversions: { counted: 2, unanswered: 2 },
      detail: { conversions: [{ answer: "dropped" }, { answer: "500" }] },
    });
  });
});

describe("a customer who comes by an ad", () => {
  it("brings the referral with the first message only", async () => {
    const { simulator, door, business } = await connect();
    const { wamid, ctwaClid } = simulator.customerComesByAd(business, { headline: "Two for one" });
    simulator.customerWrites(business);
    await simulator.idle();
    const messages = itemsOf(door, "messages", "messages");
    expect(messages).toHaveLength(2);
    const [first] = messages.filter((message) => "referral" in message);
    expect(first).toMatchObject({
      id: wamid,
      referral: { source_type: "ad", headline: "Two for one", ctwa_clid: ctwaClid },
    });
  });

  it("of a Status ad has no ctwa_clid", async () => {
    const { simulator, door, business } = await connect();
    expect(simulator.customerComesByAd(business, { isInStatus: true }).ctwaClid).toBeNull();
    await simulator.idle();
    const [message] = itemsOf(door, "messages", "messages");
    expect(message?.referral).not.toHaveProperty("ctwa_clid");
  });

  it("can be found by Meta to have bought: automatic_events about that message", async () => {
    const { simulator, door, business } = await connect();
    expect(() => simulator.automaticEvent(business)).toThrow("began with an ad");
    const { wamid, ctwaClid } = simulator.customerComesByAd(business);
    simulator.automaticEvent(business, { name: "Purchase", currency: "USD", value: 30 });
    await simulator.idle();
    const [found] = itemsOf(door, "automatic_events", "automatic_events");
    expect(found).toEqual({
      id: wamid,
      event_name: "Purchase",
      timestamp: expect.any(Number),
      ctwa_clid: ctwaClid,
      custom_data: { currency: "USD", value: 30 },
    });
  });

  it("is not looked at in the EU", async () => {
    const { simulator, business } = await connect({ country: "DE" });
    simulator.customerComesByAd(business);
    expect(() => simulator.automaticEvent(business)).toThrow("no automatic events in DE");
  });
});
