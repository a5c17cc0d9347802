import { describe, expect, it } from "vitest";
import type { NewBusiness, Simulator } from "../../simulator/simulator.ts";
import { APP_SECRET, call, exchange, start } from "./support.ts";

const SYSTEM = "system-token-of-the-partner";
const LINE = "570000000000001";

async function connected(input: NewBusiness = {}) {
  const simulator = await start({ systemToken: SYSTEM });
  const business = simulator.createBusiness(input);
  const token = simulator.issueToken(business);
  return { simulator, business, token };
}

const share = (simulator: Simulator, wabaId: string, currency: string, token = SYSTEM) =>
  call(
    simulator,
    "POST",
    `/${LINE}/whatsapp_credit_sharing_and_attach?waba_currency=${currency}&waba_id=${wabaId}`,
    { token },
  );

describe("the credit line", () => {
  it("is shared once, pays for the account, and can be taken back", async () => {
    const { simulator, business, token } = await connected();
    const shared = await share(simulator, business.wabaId, "USD");
    expect(shared).toMatchObject({ status: 200, body: { waba_id: business.wabaId } });
    const id = String(shared.body.allocation_config_id);
    expect((await share(simulator, business.wabaId, "USD")).body.allocation_config_id).toBe(id);

    const allocation = await call(simulator, "GET", `/${id}?fields=receiving_credential`, {
      token: SYSTEM,
    });
    const waba = await call(simulator, "GET", `/${business.wabaId}?fields=primary_funding_id`, {
      token,
    });
    expect(allocation.body.receiving_credential).toEqual({ id: waba.body.primary_funding_id });
    const found = await call(
      simulator,
      "GET",
      `/${LINE}/owning_credit_allocation_configs?receiving_business_id=${business.portfolioId}`,
      { token: SYSTEM },
    );
    expect(found.body).toMatchObject({ data: [{ id }] });

    expect((await call(simulator, "DELETE", `/${id}`, { token: SYSTEM })).status).toBe(200);
    expect(await call(simulator, "DELETE", `/${id}`, { token: SYSTEM })).toMatchObject({
      body: { error: { code: 100, error_subcode: 33 } },
    });
  });

  it.each([
    ["in another currency than the account's", {}, "EUR", SYSTEM, 100],
    ["in a currency that no line has", { currency: "BRL" }, "BRL", SYSTEM, 100],
    ["beside a former partner's line", { hasForeignLine: true }, "USD", SYSTEM, 100],
    ["with the customer's token", {}, "USD", undefined, 10],
  ])("is not shared %s", async (_what, input, currency, given, code) => {
    const { simulator, business, token } = await connected(input);
    const answer = await share(simulator, business.wabaId, currency, given ?? token);
    expect(answer.code).toBe(code);
    expect(business.allocation).toBeUndefined();
  });

  it("is listed for the partner's own portfolio only", async () => {
    const { simulator, business } = await connected();
    const own = await call(simulator, "GET", "/720000000000001/extendedcredits", { token: SYSTEM });
    expect(own.body).toMatchObject({ data: [{ id: LINE }] });
    const other = await call(simulator, "GET", `/${business.portfolioId}/extendedcredits`, {
      token: SYSTEM,
    });
    expect(other.code).toBe(100);
  });
});

describe("what a signup granted", () => {
  it("shows in debug_token, in the list of numbers and as on the app only after so many reads", async () => {
    const lag = { debugToken: 1, phoneNumbers: 2, isOnBizApp: 1 };
    const { simulator, business, token } = await connected({ lag });
    const debug = async () => {
      const { body } = await call(simulator, "GET", `/debug_token?input_token=${token}`, { token });
      const { granular_scopes } = body.data as { granular_scopes: { target_ids: string[] }[] };
      return granular_scopes[0]?.target_ids.length;
    };
    expect([await debug(), await debug()]).toEqual([0, 1]);
    const list = async () =>
      (await call(simulator, "GET", `/${business.wabaId}/phone_numbers?fields=id`, { token })).body
        .data as unknown[];
    expect([(await list()).length, (await list()).length, (await list()).length]).toEqual([
      0, 0, 1,
    ]);
    const onApp = async () =>
      (await call(simulator, "GET", `/${business.phoneNumberId}?fields=is_on_biz_app`, { token }))
        .body.is_on_biz_app;
    expect([await onApp(), await onApp()]).toEqual([false, true]);
  });

  it("ends with a token that expires", async () => {
    const simulator = await start();
    const business = simulator.createBusiness({ tokenLifeMs: 60_000 });
    const { code } = simulator.issueCode(business);
    const token = String((await exchange(simulator, code)).body.access_token);
    const app = `510000000000001|${APP_SECRET}`;
    const debug = () => call(simulator, "GET", `/debug_token?input_token=${token}`, { token: app });
    const before = (await debug()).body.data as { expires_at: number; is_valid: boolean };
    expect(before.is_valid).toBe(true);
    expect(Math.abs(before.expires_at * 1_000 - simulator.now() - 60_000)).toBeLessThan(5_000);
    simulator.advance(61_000);
    expect((await debug()).body.data).toMatchObject({ is_valid: false });
    expect((await call(simulator, "GET", `/${business.wabaId}`, { token })).code).toBe(190);
  });
});

it("takes a posted time zone, or refuses it, as the business says", async () => {
  const { simulator, business, token } = await connected({ timezoneId: null });
  const json = { timezone_id: "25" };
  expect((await call(simulator, "POST", `/${business.wabaId}`, { token, json })).status).toBe(200);
  expect(business.timezoneId).toBe("25");
  const other = simulator.createBusiness({ timezoneId: null, timezoneWritable: false });
  const otherToken = simulator.issueToken(other);
  const refused = await call(simulator, "POST", `/${other.wabaId}`, { token: otherToken, json });
  expect(refused.code).toBe(100);
  expect(other.timezoneId).toBeNull();
});
