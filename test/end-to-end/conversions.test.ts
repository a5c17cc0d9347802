import { afterEach, beforeEach, expect, it } from "vitest";
import { EventReader } from "../../scripts/demo/event-reader.ts";
import { eventually } from "../support/eventually.ts";
import { Stage } from "./stage.ts";
import type { Business } from "../../simulator/simulator.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.set();
});

afterEach(() => stage.strike());

type Json = Record<string, unknown>;

async function report(business: Business, body: Json, key: string) {
  const path = `/v1/senders/${business.phoneNumberId}/conversions`;
  const response = await fetch(`${stage.serve.url}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${stage.key}`,
      "content-type": "application/json",
      "idempotency-key": key,
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Json };
}

/** Until the gateway shows the customer with the ad they came by. */
async function seenClick(business: Business, phone: string): Promise<Json> {
  return await eventually(async () => {
    const path = `/v1/senders/${business.phoneNumberId}/customers/${phone}`;
    const { referral } = await stage.partner.get<{ referral: Json | null }>(path);
    expect(referral).not.toBeNull();
    return referral ?? {};
  }, 100);
}

it("a click on an ad, a message, a sale: Meta has the sale exactly once", async () => {
  const { simulator } = stage;
  const business = await stage.importBusiness(2);
  const phone = business.customers[0]?.phone ?? "";
  const { ctwaClid } = simulator.customerComesByAd(business, { from: phone });
  simulator.customerWrites(business, { from: phone, body: "the blue ones" });
  expect(await seenClick(business, phone)).toMatchObject({ ctwa_clid: ctwaClid });

  const sale = { name: "Purchase", customer: phone, currency: "EUR", value: 49.9 };
  const told = await report(business, sale, "order-1");
  expect(told).toMatchObject({ status: 201, body: { state: "reported", ctwa_clid: ctwaClid } });
  const again = await report(business, sale, "order-1");
  expect(again.body).toEqual(told.body);
  expect(simulator.ledger.conversions).toMatchObject([
    {
      name: "Purchase",
      ctwaClid,
      eventId: told.body["id"],
      customData: { currency: "EUR", value: 49.9 },
    },
  ]);
  // Within the second in which it was reported, by Meta's clock.
  const [{ eventTime } = { eventTime: 0 }] = simulator.ledger.conversions;
  expect(Math.abs(eventTime - Date.now() / 1000)).toBeLessThan(30);
});

it("a sale whose answer is lost stays unknown: counted once, not sent again after a restart either", async () => {
  const { simulator } = stage;
  const business = await stage.importBusiness(2);
  const phone = business.customers[0]?.phone ?? "";
  simulator.customerComesByAd(business, { from: phone });
  await seenClick(business, phone);
  simulator.setFaults({
    conversions: { next: [{ kind: "acceptThenDrop" }, { kind: "acceptThen500" }] },
  });
  const lead = { name: "LeadSubmitted", customer: phone };
  const dropped = await report(business, lead, "lead-1");
  expect(dropped).toMatchObject({ status: 202, body: { state: "unknown" } });
  expect((await report(business, { ...lead, name: "QualifiedLead" }, "lead-2")).status).toBe(202);

  await stage.serve.killGroup();
  await stage.startAgain();
  expect((await report(business, lead, "lead-1")).body).toEqual(dropped.body);
  const path = `/v1/senders/${business.phoneNumberId}/conversions?state=unknown`;
  expect((await stage.partner.get<{ data: Json[] }>(path)).data).toHaveLength(2);
  expect(simulator.ledger.conversions.map(({ name, answer }) => [name, answer])).toEqual([
    ["LeadSubmitted", "dropped"],
    ["QualifiedLead", "500"],
  ]);
});

it("a gateway that is killed over the report leaves its intent, and does not send it again", async () => {
  const { simulator } = stage;
  const business = await stage.importBusiness(2);
  const phone = business.customers[0]?.phone ?? "";
  simulator.customerComesByAd(business, { from: phone });
  await seenClick(business, phone);
  // Meta takes it, and the gateway is killed before the answer comes.
  simulator.setFaults({ conversions: { next: [{ kind: "none", latencyMs: 5_000 }] } });
  const lead = { name: "LeadSubmitted", customer: phone };
  const lost = report(business, lead, "lead-1").catch(() => null);
  await eventually(() => expect(simulator.ledger.conversions).toHaveLength(1));
  await stage.serve.killGroup();
  expect(await lost).toBeNull();
  await stage.startAgain();
  // Not yet two minutes old: it may still be under way, for all that anybody knows.
  expect(await report(business, lead, "lead-1")).toMatchObject({
    status: 202,
    body: { state: "intended" },
  });
  expect(simulator.ledger.conversions).toHaveLength(1);
});

it("what Meta finds by itself is told, and answering it is a report of its own", async () => {
  const { partner, simulator } = stage;
  const business = await stage.importBusiness(2);
  const { wamid, ctwaClid } = simulator.customerComesByAd(business);
  await seenClick(business, business.customers[0]?.phone ?? "");
  simulator.automaticEvent(business, { name: "Purchase", currency: "USD", value: 20 });
  const reader = new EventReader(partner);
  const found = await eventually(async () => {
    await reader.read();
    const event = reader.seen.find(({ type }) => type === "conversion.detected");
    expect(event).toBeDefined();
    return event?.data ?? {};
  }, 100);
  expect(found).toMatchObject({
    wamid,
    name: "Purchase",
    ctwa_clid: ctwaClid,
    currency: "USD",
    value: 20,
    customer: { phone: business.customers[0]?.phone, bsuid: business.customers[0]?.bsuid },
  });
  const answer = { name: "Purchase", detected_in: wamid, currency: "USD", value: 20 };
  expect((await report(business, answer, "found-1")).status).toBe(201);
  expect(simulator.ledger.conversions).toMatchObject([{ answersDetection: true, ctwaClid }]);
});
