import { env } from "cloudflare:workers";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { sweepConversions } from "../../src/operations/sweep-conversions.ts";
import { comeByAd, DATASET, openDatasets, report, reports } from "../support/conversions.ts";
import { customerChange, messageFrom } from "../support/customers.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { deliver, seedPartner, seedSender, services } from "../support/seed.ts";
import { accountUpdate } from "../support/sends.ts";
import { rowsOf, senderOf } from "../support/storage.ts";
import { CUSTOMER, inbound, textMessage } from "../support/webhooks.ts";

const LEAD = { name: "LeadSubmitted", customer: CUSTOMER };
const DAY_MS = 86_400_000;
const iso = (at: number) => new Date(at).toISOString();

describe("a conversion", () => {
  it("of a customer who came by an ad is reported to the account's dataset, and readable", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    await comeByAd(number);
    const at = Date.now() - DAY_MS;
    const { status, body } = await report(partner, number, {
      name: "Purchase",
      customer: `+${CUSTOMER}`,
      at: iso(at),
      currency: "EUR",
      value: 12.5,
      custom_data: { order_id: "A-77", first: true, items: 3 },
      test_event_code: "TEST123",
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      state: "reported",
      name: "Purchase",
      customer: { phone: CUSTOMER },
      ctwa_clid: "clid-of-the-shoe-ad",
      currency: "EUR",
      value: 12.5,
      custom_data: { order_id: "A-77", first: true, items: 3 },
      error: null,
    });
    expect(reports()).toMatchObject([
      {
        path: `/${DATASET}/events`,
        authorization: `Bearer token-of-${number.id}`,
        body: {
          data: [
            {
              event_name: "Purchase",
              event_time: Math.floor(at / 1000),
              event_id: body["id"],
              action_source: "business_messaging",
              messaging_channel: "whatsapp",
              user_data: {
                whatsapp_business_account_id: number.wabaId,
                ctwa_clid: "clid-of-the-shoe-ad",
              },
              custom_data: {
                order_id: "A-77",
                first: true,
                items: 3,
                currency: "EUR",
                value: 12.5,
              },
            },
          ],
          partner_agent: "tandem",
          test_event_code: "TEST123",
        },
      },
    ]);
    const path = `/v1/senders/${number.id}/conversions/${String(body["id"])}`;
    expect(await partner.read(path)).toEqual(body);
  });

  it("without an instant happened now, and goes to the newest ad under any name of the customer", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    await comeByAd(number, { clid: "older", from: "15550177090", at: Date.now() - DAY_MS });
    await deliver(number, customerChange(number, "15550177090", { wa_id: "15550177091" }));
    await comeByAd(number, { clid: "newer", from: "15550177091", at: Date.now() - 60_000 });
    await deliver(number, inbound(number, textMessage({ from: "15550177091" })));
    const { body } = await report(partner, number, { ...LEAD, customer: "15550177090" });
    expect(body).toMatchObject({ state: "reported", ctwa_clid: "newer", value: null });
    const sent = reports()[0]?.body["data"] as { event_time: number }[];
    expect(Math.abs((sent[0]?.event_time ?? 0) - Date.now() / 1000)).toBeLessThan(5);
  });

  it("can name the customer by BSUID, or the click itself", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    const referral = { source_type: "ad", ctwa_clid: "by-bsuid" };
    await deliver(number, messageFrom(number, { bsuid: "DE.77190" }, { extra: { referral } }));
    const byBsuid = await report(partner, number, { ...LEAD, customer: "DE.77190" });
    expect(byBsuid.body).toMatchObject({
      ctwa_clid: "by-bsuid",
      customer: { bsuid: "DE.77190" },
    });
    const given = await report(partner, number, { name: "QualifiedLead", ctwa_clid: "given" });
    expect(given.body).toMatchObject({ state: "reported", ctwa_clid: "given", customer: null });
  });

  it("asks Meta for the dataset once an account, and keeps it", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    await report(partner, number, { name: "AddToCart", ctwa_clid: "a" });
    await report(partner, number, { name: "AddToCart", ctwa_clid: "b" });
    const asked = graph.requests.filter(({ path }) => path === `/${number.wabaId}/dataset`);
    expect(asked).toHaveLength(1);
    expect(reports()).toHaveLength(2);
  });

  it("that answers a detection says so to Meta, and finds the click by the message", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    const wamid = await comeByAd(number, { clid: "detected" });
    const { body } = await report(partner, number, { name: "LeadSubmitted", detected_in: wamid });
    expect(body).toMatchObject({ state: "reported", detected_in: wamid, ctwa_clid: "detected" });
    expect(reports()[0]?.body["data"]).toMatchObject([
      { messaging_outcome_data: { outcome_type: "automatic_events" } },
    ]);
    const given = { name: "LeadSubmitted", detected_in: wamid, ctwa_clid: "from-the-event" };
    const { customer } = body as { customer: unknown };
    // It is erased with its customer, so it has to be known whose it is.
    expect(customer).not.toBeNull();
    expect((await report(partner, number, given)).body).toMatchObject({ customer });
    const strange = await report(partner, number, {
      name: "Purchase",
      value: 1,
      currency: "EUR",
      detected_in: "wamid.none",
    });
    expect(strange).toMatchObject({ status: 404, body: { field: "detected_in" } });
  });
});

describe("a conversion is refused before Meta hears of it", () => {
  it.each([
    [
      "a name that Meta refuses, with the one meant",
      { name: "Lead" },
      "name",
      /LeadSubmitted is meant.*QualifiedLead/,
    ],
    ["a name in other letters", { name: "order_cancelled" }, "name", /OrderCanceled is meant/],
    [
      "a name of one's own",
      { name: "TeaDrunk" },
      "name",
      /not of Meta's list\. Take one of Purchase/,
    ],
    [
      "a Purchase without value",
      { name: "Purchase", currency: "EUR" },
      "value",
      /needs currency and value/,
    ],
    ["a value without currency", { name: "AddToCart", value: 3 }, "currency", /missing/],
    [
      "a currency that is none",
      { name: "Purchase", value: 3, currency: "EURO" },
      "currency",
      /ISO 4217/,
    ],
    [
      "money among the plain values",
      { name: "AddToCart", custom_data: { value: 3 } },
      "custom_data",
      /beside name/,
    ],
    ["an event of more than 7 days ago", { at: iso(Date.now() - 8 * DAY_MS) }, "at", /7 days/],
    ["an event that lies ahead", { at: iso(Date.now() + 600_000) }, "at", /ahead/],
    ["nobody", { customer: undefined }, "customer", /whose conversion/],
    ["a field of no meaning", { phone: "1" }, "phone", /phone/],
  ])("for %s", async (_what, wrong, field, detail) => {
    const { partner, number } = await seedSender();
    openDatasets();
    await comeByAd(number);
    const { status, body } = await report(partner, number, { ...LEAD, ...wrong });
    expect({ status, field: body["field"] }).toEqual({ status: 400, field });
    expect(body["detail"]).toMatch(detail);
    expect(reports()).toEqual([]);
    expect(await rowsOf(number, "conversions")).toEqual([]);
  });

  it("for a customer without an ad, and for one that is not known", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, inbound(number, textMessage()));
    const without = await report(partner, number, LEAD);
    expect(without).toMatchObject({ status: 409, body: { reason: "no_ad_click" } });
    const nobody = await report(partner, number, { ...LEAD, customer: "15550177666" });
    expect(nobody).toMatchObject({ status: 404, body: { field: "customer" } });
    expect(graph.requests).toEqual([]);
  });

  it("for a sender that is paused or disconnected, or another partner's", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    await comeByAd(number);
    expect((await report(await seedPartner(), number, LEAD)).status).toBe(404);
    await accountUpdate(number, "ACCOUNT_OFFBOARDED");
    const paused = await report(partner, number, LEAD);
    expect(paused).toMatchObject({ status: 409, body: { reason: "sender_not_active" } });
    expect(reports()).toEqual([]);
  });

  it("where Meta gives no dataset, or does not answer: nothing is stored, and it may be tried again", async () => {
    const { partner, number } = await seedSender();
    graph.respond(({ path }) =>
      path.endsWith("/dataset") ? graphError(403, 10, "no permission") : undefined,
    );
    const key = { "idempotency-key": "again" };
    const body = { name: "AddToCart", ctwa_clid: "c" };
    const refused = await report(partner, number, body, key);
    expect(refused).toMatchObject({ status: 409, body: { reason: "no_dataset" } });
    graph.respond(({ path }) => (path.endsWith("/dataset") ? HttpResponse.error() : undefined));
    expect((await report(partner, number, body, key)).status).toBe(502);
    openDatasets();
    expect(await report(partner, number, body, key)).toMatchObject({
      status: 201,
      body: { state: "reported" },
    });
  });
});

describe("a conversion is reported once", () => {
  const body = { name: "Purchase", ctwa_clid: "once", currency: "USD", value: 20 };
  const key = { "idempotency-key": "order-20" };

  it("the same key and body bring what came of the first; another body is refused", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    const first = await report(partner, number, body, key);
    const again = await report(partner, number, body, key);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    const other = await report(partner, number, { ...body, value: 21 }, key);
    expect(other).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
    expect(reports()).toHaveLength(1);
  });

  it("also when the same call comes five times at once", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => report(partner, number, body, key)),
    );
    expect(reports()).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.body["id"])).size).toBe(1);
    for (const { status } of answers) expect([201, 202]).toContain(status);
  });

  it("two senders may use one key", async () => {
    const { partner, number } = await seedSender();
    const other = await seedSender({ partner });
    openDatasets();
    await report(partner, number, body, key);
    await report(partner, other.number, body, key);
    expect(reports()).toHaveLength(2);
  });

  it.each([
    ["no answer", () => HttpResponse.error()],
    ["a 500 of Meta", () => graphError(500, 2, "try later")],
    ["an answer that is not Graph's", () => new HttpResponse("<html>", { status: 502 })],
    ["an answer without a count", () => HttpResponse.json({ fbtrace_id: "A" })],
  ])("after %s it is unknown, and a repeat does not send it again", async (_what, answer) => {
    const { partner, number } = await seedSender();
    openDatasets();
    graph.respond(({ path }) => (path.endsWith("/events") ? answer() : undefined));
    const first = await report(partner, number, body, key);
    expect(first).toMatchObject({ status: 202, body: { state: "unknown" } });
    expect(first.body["error"]).toMatchObject({ act: expect.stringContaining("does not send") });
    const again = await report(partner, number, body, key);
    expect(again).toMatchObject({ status: 202, body: { state: "unknown" } });
    expect(reports()).toHaveLength(1);
  });

  it("what Meta refuses is kept with its code and what to do", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    graph.respond(({ path }) =>
      path.endsWith("/events") ? graphError(400, 100, "invalid click", 2_804_087) : undefined,
    );
    const { status, body: refused } = await report(partner, number, body, key);
    expect(status).toBe(201);
    expect(refused).toMatchObject({
      state: "refused",
      error: { code: 100, subcode: 2_804_087, act: expect.stringContaining("referral") },
    });
    expect((await report(partner, number, body, key)).body).toEqual(refused);
    expect(reports()).toHaveLength(1);
  });

  it("an intent whose Worker died becomes unknown after two minutes, and is never sent", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    const { body: told } = await report(partner, number, body, key);
    const sender = await senderOf(number);
    const database = services().shard(sender.shard);
    const asIf = (age: number) =>
      database
        .prepare(`UPDATE conversions SET state = 'intended', settled_at = NULL, created_at = ?1`)
        .bind(Date.now() - age)
        .run();
    await asIf(60_000);
    expect(await sweepConversions(services())).toBe(0);
    expect((await report(partner, number, body, key)).body).toMatchObject({ state: "intended" });
    await asIf(121_000);
    expect(await sweepConversions(services())).toBe(1);
    const path = `/v1/senders/${number.id}/conversions/${String(told["id"])}`;
    expect(await partner.read(path)).toMatchObject({
      state: "unknown",
      error: { message: "interrupted" },
    });
    expect(reports()).toHaveLength(1);
  });
});

describe("a dataset that Meta does not let us write to (100/33)", () => {
  const body = { name: "AddToCart", ctwa_clid: "c" };

  it("is refused and explained, after a look whether it is another one by now", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    graph.respond(({ path }) =>
      path.endsWith("/events") ? graphError(400, 100, "no object", 33) : undefined,
    );
    const { body: refused } = await report(partner, number, body);
    expect(refused).toMatchObject({
      state: "refused",
      error: { code: 100, subcode: 33, act: expect.stringContaining("Conversions API") },
    });
    expect(reports()).toHaveLength(1);
  });

  it("is asked for anew: the account's other one gets the report", async () => {
    const { partner, number } = await seedSender();
    openDatasets();
    await report(partner, number, body);
    graph.respond(({ path }) =>
      path === `/${DATASET}/events` ? graphError(400, 100, "no object", 33) : undefined,
    );
    openDatasets("611000000000888");
    const { body: told } = await report(partner, number, body);
    expect(told).toMatchObject({ state: "reported" });
    expect(reports().map(({ path }) => path)).toEqual([
      `/${DATASET}/events`,
      `/${DATASET}/events`,
      "/611000000000888/events",
    ]);
  });

  it("gets a Solution Partner's system user assigned, once, and then the report", async () => {
    const { partner, number } = await seedSender();
    const assigned: unknown[] = [];
    openDatasets();
    graph.respond(({ path, query, body: given, authorization }) => {
      if (path === "/me") return HttpResponse.json({ id: query["fields"] === "id" ? "777" : "" });
      if (path === `/${DATASET}/assigned_users`) {
        assigned.push({ given, authorization });
        return HttpResponse.json({ success: true });
      }
      const isOurs = authorization === "Bearer system-token";
      if (path.endsWith("/events") && !isOurs) return graphError(400, 100, "no object", 33);
      return undefined;
    });
    const { settings } = services();
    const before = settings.META_SYSTEM_TOKEN;
    settings.META_SYSTEM_TOKEN = "system-token";
    try {
      expect((await report(partner, number, body)).body).toMatchObject({ state: "reported" });
      expect((await report(partner, number, body)).body).toMatchObject({ state: "reported" });
    } finally {
      if (before === undefined) delete settings.META_SYSTEM_TOKEN;
      else settings.META_SYSTEM_TOKEN = before;
    }
    expect(assigned).toMatchObject([
      {
        given: { user: "777", tasks: expect.arrayContaining(["UPLOAD"]) },
        authorization: `Bearer token-of-${number.id}`,
      },
    ]);
    expect(reports().map(({ authorization }) => authorization)).toEqual([
      `Bearer token-of-${number.id}`,
      "Bearer system-token",
      "Bearer system-token",
    ]);
  });
});

it("lists conversions newest first, in pages, by state, name and time", async () => {
  const { partner, number } = await seedSender();
  openDatasets();
  for (const name of ["AddToCart", "InitiateCheckout", "AddToCart"]) {
    await report(partner, number, { name, ctwa_clid: "c" });
  }
  graph.respond(({ path }) =>
    path.endsWith("/events") ? graphError(400, 100, "no", 2_804_066) : undefined,
  );
  await report(partner, number, { name: "ViewContent", ctwa_clid: "c" });
  const path = `/v1/senders/${number.id}/conversions`;
  type Page = { data: { name: string; state: string; created_at: string }[]; next_cursor: string };
  const names = async (query: string) =>
    (await partner.read<Page>(`${path}?${query}`)).data.map(({ name }) => name);

  const first = await partner.read<Page>(`${path}?limit=3`);
  const second = await partner.read<Page>(`${path}?limit=3&cursor=${first.next_cursor}`);
  const all = [...first.data, ...second.data];
  expect(all.map(({ name }) => name).toSorted()).toEqual([
    "AddToCart",
    "AddToCart",
    "InitiateCheckout",
    "ViewContent",
  ]);
  const times = all.map((row) => row.created_at);
  expect(times).toEqual(times.toSorted().toReversed());
  expect(second.next_cursor).toBeNull();
  expect(await names("state=refused")).toEqual(["ViewContent"]);
  expect(await names("name=AddToCart")).toEqual(["AddToCart", "AddToCart"]);
  expect(await names(`since=${iso(Date.now() + 5_000)}`)).toEqual([]);
  expect(await names(`until=${iso(Date.now() + 5_000)}`)).toHaveLength(4);
  expect((await partner.get(`${path}?state=lost`)).status).toBe(400);
  expect((await partner.get(`${path}/conv_none`)).status).toBe(404);
});

it("keeps a partner's conversions in its sender's own shard", async () => {
  const { partner, number } = await seedSender();
  openDatasets();
  await report(partner, number, { name: "AddToCart", ctwa_clid: "c" });
  const { shard } = await senderOf(number);
  const other = shard === "DB" ? env.DB_1 : env.DB;
  const count = async (database: D1Database) =>
    (await database.prepare(`SELECT count(*) AS n FROM conversions`).first<{ n: number }>())?.n;
  expect(await count(services().shard(shard))).toBe(1);
  expect(await count(other)).toBe(0);
});
