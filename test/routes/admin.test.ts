import { beforeEach, describe, expect, it } from "vitest";
import { asOperator, call, newNumber, seedPartner, seedSender, services } from "../support/seed.ts";
import { templateTo } from "../support/sends.ts";
import type { Partner } from "../support/seed.ts";

interface Problem {
  status: number;
  code: string;
  field?: string;
  detail: string;
  request_id: string;
}

async function expectProblem(response: Response, status: number, problem: Partial<Problem>) {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = await response.json<Problem>();
  expect(body).toMatchObject({ status, ...problem });
  expect(body.request_id).toMatch(/^[0-9a-f-]{36}$/);
  return body;
}

const post = (path: string, body: string) =>
  call(path, {
    method: "POST",
    headers: { authorization: "Bearer test-operator-token", "content-type": "application/json" },
    body,
  });

describe("the operators' door", () => {
  const doors: [method: string, path: string][] = [
    ["POST", "/v1/admin/partners"],
    ["POST", "/v1/admin/partners/x/keys"],
    ["POST", "/v1/admin/senders"],
    ["GET", "/v1/admin/unrouted"],
    ["GET", "/v1/admin/dead-letters"],
    ["POST", "/v1/admin/dead-letters:redrive"],
    ["DELETE", "/v1/admin/dead-letters/x"],
    ["POST", "/v1/admin/senders/x/sync/redrive"],
    ["POST", "/v1/admin/endpoints/x/replays"],
    ["PATCH", "/v1/admin/endpoints/x"],
    ["GET", "/v1/admin/doctor"],
    ["GET", "/v1/admin/audit"],
    ["GET", "/v1/admin/secrets"],
  ];

  it.each(doors)("%s %s is closed without the right token", async (method, path) => {
    const partner = await seedPartner();
    const tokens = [
      undefined,
      "Bearer",
      "Bearer ",
      "Bearer wrong",
      "Bearer ada:test-operator-token", // the name is no part of it
      "Basic test-operator-token",
      `Bearer ${partner.key}`,
    ];
    for (const authorization of tokens) {
      const response = await call(path, {
        method,
        headers: authorization === undefined ? {} : { authorization },
        ...(method === "POST" ? { body: JSON.stringify({ name: "Mallory" }) } : {}),
      });
      await expectProblem(response, 401, { code: "unauthorized" });
    }
  });

  it("does not let an operator token act as a partner", async () => {
    await expectProblem(await asOperator("/v1/senders"), 401, { code: "unauthorized" });
  });
});

describe("registering a partner", () => {
  it.each([
    ["missing", {}],
    ["empty", { name: "" }],
    ["blank", { name: "   " }],
    ["a number", { name: 7 }],
    ["too long", { name: "n".repeat(201) }],
  ])("a name that is %s is refused, naming it", async (_what, body) => {
    const response = await asOperator("/v1/admin/partners", body);
    const { detail } = await expectProblem(response, 400, {
      code: "invalid_request",
      field: "name",
    });
    expect(detail).toContain("name");
  });

  it("an unknown field is refused, naming it", async () => {
    const response = await asOperator("/v1/admin/partners", { name: "Shop", nmae: "Shop" });
    await expectProblem(response, 400, { field: "nmae" });
  });

  it.each(["{not json", "", "[]", "null"])("the body %j is refused", async (body) => {
    await expectProblem(await post("/v1/admin/partners", body), 400, { code: "invalid_request" });
  });

  it("a body over the limit is refused", async () => {
    const body = JSON.stringify({ name: "n".repeat(300_000) });
    await expectProblem(await post("/v1/admin/partners", body), 413, { code: "body_too_large" });
  });
});

describe("changing a partner", () => {
  const change = (id: string, body: unknown) =>
    call(`/v1/admin/partners/${id}`, {
      method: "PATCH",
      headers: { authorization: "Bearer test-operator-token", "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  it("changes what is given and leaves the rest", async () => {
    const { id } = await seedPartner();
    const logo = "https://partner.example/logo.svg";
    expect((await change(id, { logo_url: logo, media_retention_days: 30 })).status).toBe(200);
    const renamed = await change(id, { name: "Harbour Software" });
    expect(await renamed.json()).toEqual({
      id,
      name: "Harbour Software",
      logo_url: logo,
      media_retention_days: 30,
      message_retention_days: null,
    });
  });

  it.each([
    ["logo_url", { logo_url: "http://partner.example/logo.svg" }],
    ["logo_url", { logo_url: "javascript:alert(1)" }],
    ["name", { name: " " }],
    ["surprise", { surprise: 1 }],
  ])("refuses a malformed %s: owners' browsers show it", async (field, body) => {
    const { id } = await seedPartner();
    await expectProblem(await change(id, body), 400, { code: "invalid_request", field });
  });

  it("refuses to change nothing, and nobody", async () => {
    const { id } = await seedPartner();
    await expectProblem(await change(id, {}), 400, { code: "invalid_request" });
    await expectProblem(await change("partner_none", { name: "x" }), 404, { code: "not_found" });
  });
});

describe("making a key", () => {
  it("answers the key once, without a body too, and it works", async () => {
    const { id } = await seedPartner();
    const response = await call(`/v1/admin/partners/${id}/keys`, {
      method: "POST",
      headers: { authorization: "Bearer test-operator-token" },
    });
    expect(response.status).toBe(201);
    const { key } = await response.json<{ key: string }>();
    expect(key).toMatch(/^tdm_[0-9a-z]+_[0-9a-z]+$/);
    const read = await call("/v1/senders", { headers: { authorization: `Bearer ${key}` } });
    expect(read.status).toBe(200);
  });

  it("for a partner that is not there is refused", async () => {
    const response = await asOperator("/v1/admin/partners/partner_none/keys", { name: "k" });
    await expectProblem(response, 404, { code: "not_found" });
  });

  it("with a malformed name is refused, naming it", async () => {
    const { id } = await seedPartner();
    const response = await asOperator(`/v1/admin/partners/${id}/keys`, { name: 1 });
    await expectProblem(response, 400, { field: "name" });
  });
});

describe("importing a sender", () => {
  let partner: Partner;
  let good: Record<string, unknown>;

  beforeEach(async () => {
    partner = await seedPartner();
    const number = newNumber();
    good = {
      partner_id: partner.id,
      phone_number_id: number.id,
      waba_id: number.wabaId,
      display_phone_number: `+${number.phone}`,
      access_token: "EAAGplaintext",
      timezone: "Europe/Berlin",
      onboarded_at: new Date(Date.now() - 86_400_000).toISOString(),
    };
  });

  const REQUIRED = [
    "partner_id",
    "phone_number_id",
    "waba_id",
    "display_phone_number",
    "access_token",
    "timezone",
  ];

  it.each(REQUIRED)("without %s is refused, naming it", async (field) => {
    const { [field]: _, ...body } = good;
    const response = await asOperator("/v1/admin/senders", body);
    const { detail } = await expectProblem(response, 400, { code: "invalid_request", field });
    expect(detail).toContain(field);
    expect(await partner.read("/v1/senders")).toEqual({ data: [], next_cursor: null });
  });

  it.each([
    ["partner_id", "partner_none"],
    ["partner_id", 7],
    ["phone_number_id", ""],
    ["phone_number_id", 310_000_000_000_001],
    ["waba_id", "  "],
    ["waba_id", "w".repeat(201)],
    ["display_phone_number", "no digits"],
    ["display_phone_number", "1".repeat(41)],
    ["access_token", ""],
    ["access_token", "t".repeat(2_001)],
    ["timezone", "Berlin"],
    ["timezone", null],
    ["onboarded_at", "yesterday"],
    ["onboarded_at", 1_790_000_000],
    ["onboarded_at", "2026-11-01T10:00:00"],
    ["surprise", true],
  ])("with %s %j is refused, naming it", async (field, value) => {
    const response = await asOperator("/v1/admin/senders", { ...good, [field]: value });
    await expectProblem(response, 400, { code: "invalid_request", field });
    expect(await partner.read("/v1/senders")).toEqual({ data: [], next_cursor: null });
  });

  it("answers the sender without its token", async () => {
    const response = await asOperator("/v1/admin/senders", good);
    expect(response.status).toBe(201);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      id: good["phone_number_id"],
      state: "active",
      timezone: "Europe/Berlin",
      onboarded_at: good["onboarded_at"],
    });
    expect(text).not.toContain("EAAGplaintext");
  });

  it("may leave out when it was onboarded", async () => {
    const { onboarded_at: _, ...body } = good;
    expect((await asOperator("/v1/admin/senders", body)).status).toBe(201);
  });

  it("connects a disconnected number again, also with the onboarding it had", async () => {
    await asOperator("/v1/admin/senders", good);
    const id = String(good["phone_number_id"]);
    await services().phone(id).moveTo("disconnected", "x", "sender.disconnected");
    const again = await asOperator("/v1/admin/senders", good);
    expect(await again.json()).toMatchObject({ state: "active" });
    const sent = await partner.post(`/v24.0/${id}/messages`, templateTo());
    expect(sent.status).toBe(200);
  });

  it("invariant 2: again changes nothing", async () => {
    const first = await (await asOperator("/v1/admin/senders", good)).json();
    const again = await (await asOperator("/v1/admin/senders", good)).json();
    expect({ ...(again as object), state_at: null }).toEqual({
      ...(first as object),
      state_at: null,
    });
    const { data } = await partner.read<{ data: unknown[] }>("/v1/senders");
    expect(data).toHaveLength(1);
  });
});

describe("senders of partners", () => {
  it("invariant 8: each partner lists its own", async () => {
    const one = await seedSender();
    const two = await seedSender();
    for (const { partner, number } of [one, two]) {
      const { data } = await partner.read<{ data: { id: string }[] }>("/v1/senders");
      expect(data.map(({ id }) => id)).toEqual([number.id]);
    }
    expect((await one.partner.get(`/v1/senders/${two.number.id}`)).status).toBe(404);
  });
});
