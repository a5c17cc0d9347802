import { describe, expect, it } from "vitest";
import { call, connect, exchange, openDoor, send, start, VERIFY_TOKEN } from "./support.ts";

describe("the code of a signup", () => {
  it("gives a token that covers the WABA of the popup", async () => {
    const simulator = await start();
    const business = simulator.createBusiness();
    const { code, sessionInfo } = simulator.issueCode(business);
    const { status, body } = await exchange(simulator, code);
    expect(status).toBe(200);

    const token = String(body.access_token);
    const debug = await call(simulator, "GET", `/debug_token?input_token=${token}`, { token });
    expect(debug.body).toMatchObject({
      data: { is_valid: true, granular_scopes: [{ target_ids: [sessionInfo.data.waba_id] }, {}] },
    });
    const { body: list } = await call(
      simulator,
      "GET",
      `/${business.wabaId}/phone_numbers?fields=id,is_on_biz_app,platform_type`,
      { token },
    );
    expect(list.data).toEqual([
      { id: business.phoneNumberId, is_on_biz_app: true, platform_type: "CLOUD_API" },
    ]);
  });

  it("is good once", async () => {
    const simulator = await start();
    const { code } = simulator.issueCode(simulator.createBusiness());
    await exchange(simulator, code);
    expect(await exchange(simulator, code)).toMatchObject({ status: 400, code: 100 });
  });

  it("is no good after 30 seconds", async () => {
    const simulator = await start();
    const { code } = simulator.issueCode(simulator.createBusiness());
    simulator.advance(30_001);
    expect(await exchange(simulator, code)).toMatchObject({ status: 400, code: 100 });
  });
});

describe("the two syncs", () => {
  const ask = (sync_type: string) => ({ messaging_product: "whatsapp", sync_type });

  it("are accepted once per onboarding, and once more after another signup", async () => {
    const { simulator, business, token } = await connect();
    const path = `/${business.phoneNumberId}/smb_app_data`;
    for (const kind of ["smb_app_state_sync", "history"]) {
      const first = await call(simulator, "POST", path, { token, json: ask(kind) });
      expect(first.body).toMatchObject({
        messaging_product: "whatsapp",
        request_id: expect.any(String),
      });
      const second = await call(simulator, "POST", path, { token, json: ask(kind) });
      expect(second).toMatchObject({ status: 400, code: 2593107 });
    }
    simulator.issueCode(business);
    expect((await call(simulator, "POST", path, { token, json: ask("history") })).status).toBe(200);
  });

  it("are refused 24 hours after the onboarding", async () => {
    const { simulator, business, token } = await connect();
    simulator.advance(24 * 3_600_000 + 1);
    const answer = await call(simulator, "POST", `/${business.phoneNumberId}/smb_app_data`, {
      token,
      json: ask("history"),
    });
    expect(answer).toMatchObject({ status: 400, code: 2593108 });
  });

  it("bring the address book with pluses, both time units, an edit and a removal", async () => {
    const { simulator, door, business, token } = await connect({ contacts: 600 });
    const json = ask("smb_app_state_sync");
    await call(simulator, "POST", `/${business.phoneNumberId}/smb_app_data`, { token, json });
    await simulator.idle();
    const items = door.taken.flatMap(({ change }) => change.value.state_sync as ContactItem[]);
    expect(new Set(items.map(({ contact }) => contact.phone_number.replace("+", ""))).size).toBe(
      600,
    );
    expect(items.some(({ contact }) => contact.phone_number.startsWith("+"))).toBe(true);
    expect(new Set(items.map(({ metadata }) => metadata.timestamp.length))).toEqual(
      new Set([10, 13]),
    );
    expect(items.filter(({ action }) => action === "remove")).toHaveLength(1);
    expect(simulator.ledger.of(business.wabaId).contacts).toEqual({
      added: 600,
      edited: 1,
      removed: 1,
    });
  });
});

type ContactItem = {
  action: string;
  contact: { phone_number: string };
  metadata: { timestamp: string };
};

describe("access", () => {
  it("answers 190 to an unknown token and 100/33 to one of another business", async () => {
    const { simulator, business } = await connect();
    const other = simulator.issueToken(simulator.createBusiness());
    const path = `/${business.wabaId}?fields=id`;
    expect(await call(simulator, "GET", path, { token: "EAAGnobody" })).toMatchObject({
      status: 401,
      code: 190,
    });
    expect(await call(simulator, "GET", path, { token: other })).toMatchObject({
      status: 400,
      body: { error: { code: 100, error_subcode: 33 } },
    });
  });

  it("ends when the owner really removes the partner, and only then", async () => {
    const { simulator, door, business, token } = await connect();
    const read = () => call(simulator, "GET", `/${business.wabaId}?fields=id`, { token });
    simulator.removePartner(business, { really: false });
    expect((await read()).status).toBe(200);
    simulator.removePartner(business, { reason: "PRIMARY_INACTIVITY", initiatedBy: "SYSTEM" });
    expect((await read()).body).toMatchObject({ error: { code: 100, error_subcode: 33 } });

    await simulator.idle();
    expect(door.taken.at(-1)).toMatchObject({
      entry: { id: "720000000000001", time: expect.any(Number) },
      change: {
        field: "account_update",
        value: {
          event: "PARTNER_REMOVED",
          waba_info: { waba_id: business.wabaId },
          disconnection_info: { reason: "PRIMARY_INACTIVITY", initiated_by: "SYSTEM" },
        },
      },
    });
  });

  it("is kept while the phone moves to a new device, but sends fail", async () => {
    const connected = await connect();
    const { simulator, business, token } = connected;
    simulator.customerWrites(business);
    simulator.accountUpdate(business, "ACCOUNT_OFFBOARDED");
    expect(await send(connected)).toMatchObject({ status: 400, code: 100 });
    expect((await call(simulator, "GET", `/${business.wabaId}`, { token })).status).toBe(200);
    simulator.accountUpdate(business, "ACCOUNT_RECONNECTED");
    expect((await send(connected)).status).toBe(200);
  });

  it("knows registration as a violation", async () => {
    const { simulator, business, token } = await connect();
    for (const edge of ["register", "deregister"]) {
      const answer = await call(simulator, "POST", `/${business.phoneNumberId}/${edge}`, {
        token,
        json: {},
      });
      expect(answer).toMatchObject({ status: 400, code: 133005 });
    }
    expect(simulator.ledger.report().violations).toHaveLength(2);
  });

  it("says 404 with 100/33 where Graph has nothing", async () => {
    const simulator = await start();
    expect(await call(simulator, "GET", "/1/no/such/edge")).toMatchObject({
      status: 404,
      body: { error: { code: 100, error_subcode: 33, fbtrace_id: expect.any(String) } },
    });
  });
});

describe("the app's subscription", () => {
  const appToken = `510000000000001|a-secret-of-these-tests`;

  it("counts only after the callback has given the challenge back", async () => {
    const door = await openDoor();
    const simulator = await start();
    const subscribe = (verifyToken: string) =>
      call(simulator, "POST", "/510000000000001/subscriptions", {
        token: appToken,
        json: {
          object: "whatsapp_business_account",
          callback_url: door.url,
          fields: "messages,history",
          verify_token: verifyToken,
        },
      });
    expect(await subscribe("wrong")).toMatchObject({ status: 400, code: 2200 });
    expect((await subscribe(VERIFY_TOKEN)).body).toEqual({ success: true });
    const { body } = await call(simulator, "GET", "/510000000000001/subscriptions", {
      token: appToken,
    });
    expect(body.data).toMatchObject([
      { callback_url: door.url, active: true, fields: [{ name: "messages" }, { name: "history" }] },
    ]);
    expect(await simulator.verifyWebhook()).toEqual({ ok: true, status: 200 });
  });
});
