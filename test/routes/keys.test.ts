import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { listAudit } from "../../src/database/audit.ts";
import { signIn } from "../support/console.ts";
import { callWith, giveKey } from "../support/keys.ts";
import { call, seedPartner, seedSender } from "../support/seed.ts";
import type { MadeKey } from "../support/keys.ts";
import type { Partner } from "../support/seed.ts";

const HOUR_MS = 3_600_000;

let partner: Partner;
/** Id of the partner's first key, which may everything. */
let first: string;

beforeEach(async () => {
  partner = await seedPartner();
  first = partner.key.split("_")[1] ?? "";
});

const statusOf = async (key: string) => (await callWith(key, "GET", "/v1/senders")).status;
const ask = (method: string, path: string, body?: unknown) =>
  callWith(partner.key, method, `/v1/keys${path}`, body);

async function made(body: Record<string, unknown>): Promise<MadeKey> {
  const response = await ask("POST", "", body);
  expect(response.status).toBe(201);
  return response.json<MadeKey>();
}

function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}

async function rowOf(id: string) {
  return env.DB.prepare(`SELECT * FROM api_keys WHERE id = ?`).bind(id).first();
}

describe("a partner's keys", () => {
  it("are made with scopes, senders and an end; the secret is shown once and kept nowhere", async () => {
    const { number } = await seedSender({ partner });
    const end = new Date(Date.now() + HOUR_MS).toISOString();
    const key = await made({
      name: "bot",
      scopes: ["send", "read", "send"],
      senders: [number.id],
      expires_at: end,
    });
    expect(key).toMatchObject({ scopes: ["send", "read"], senders: [number.id], expires_at: end });
    expect(await statusOf(key.key)).toBe(200);
    const { data } = await partner.read<{ data: MadeKey[] }>("/v1/keys");
    expect(data.map(({ id }) => id).toSorted()).toEqual([first, key.id].toSorted());
    const [, , secret = ""] = key.key.split("_");
    expect(JSON.stringify(data)).not.toContain(secret);
    expect(JSON.stringify(await rowOf(key.id))).not.toContain(secret);
  });

  it.each([
    ["name", { scopes: ["read"] }],
    ["scopes", { name: "x" }],
    ["scopes", { name: "x", scopes: [] }],
    ["scopes.0", { name: "x", scopes: ["admin"] }],
    ["senders", { name: "x", scopes: ["read"], senders: [] }],
    ["senders", { name: "x", scopes: ["read"], senders: ["31999"] }],
    ["expires_at", { name: "x", scopes: ["read"], expires_at: "tomorrow" }],
    ["expires_at", { name: "x", scopes: ["read"], expires_at: "2020-01-01T00:00:00Z" }],
    ["surprise", { name: "x", scopes: ["read"], surprise: 1 }],
  ])("are refused with a malformed %s, naming it", async (field, body) => {
    const response = await ask("POST", "", body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_request", field });
  });

  it("have no numbers of another partner", async () => {
    const { number } = await seedSender();
    const response = await ask("POST", "", { name: "x", scopes: ["read"], senders: [number.id] });
    expect(await response.json()).toMatchObject({ status: 400, field: "senders" });
  });

  it("never give more than they have: no scope, no longer life, no hold of a stronger key", async () => {
    const expires_at = new Date(Date.now() + HOUR_MS).toISOString();
    const { id, key } = await giveKey(partner, { scopes: ["manage"], expires_at });
    const as = (method: string, path: string, body: unknown) =>
      callWith(key, method, `/v1/keys${path}`, body);
    const refusals: [Response, string | undefined][] = [
      [await as("POST", "", { name: "x", scopes: ["manage", "send"] }), "scopes"],
      [await as("POST", "", { name: "x", scopes: ["manage"], expires_at: null }), "expires_at"],
      [await as("PATCH", `/${id}`, { scopes: ["manage", "read"] }), "scopes"],
      [await as("PATCH", `/${id}`, { expires_at: null }), "expires_at"],
      [await as("POST", `/${first}/rotate`, {}), "scopes"],
    ];
    for (const [response, field] of refusals) {
      expect([400, 403]).toContain(response.status);
      expect(await response.json()).toMatchObject({ field });
    }
    const { number } = await seedSender({ partner });
    const narrow = await giveKey(partner, { scopes: ["send"], senders: [number.id] });
    const widened = await as("PATCH", `/${narrow.id}`, { senders: null });
    expect(widened.status).toBe(403);
    expect((await as("PATCH", `/${narrow.id}`, { name: "till" })).status).toBe(200);
    const within = await as("POST", "", { name: "x", scopes: ["manage"] });
    expect(await within.json()).toMatchObject({ scopes: ["manage"], expires_at });
    expect(await statusOf(partner.key)).toBe(200);
  });

  it("of another partner are not there to be changed, rotated or ended", async () => {
    const stranger = await seedPartner();
    const id = stranger.key.split("_")[1] ?? "";
    expect((await ask("PATCH", `/${id}`, { name: "mine" })).status).toBe(404);
    expect((await ask("POST", `/${id}/rotate`, {})).status).toBe(404);
    expect((await ask("DELETE", `/${id}`)).status).toBe(404);
    expect(await statusOf(stranger.key)).toBe(200);
  });

  it("that are the last to manage are kept, and the answer says so", async () => {
    const { number } = await seedSender({ partner });
    await made({ name: "reader", scopes: ["read"] });
    await made({ name: "for one sender", scopes: ["manage"], senders: [number.id] });
    for (const response of [
      await ask("DELETE", `/${first}`),
      await ask("PATCH", `/${first}`, { scopes: ["read"] }),
      await ask("PATCH", `/${first}`, { senders: [number.id] }),
    ]) {
      expect(response.status).toBe(409);
      expect(await response.json()).toMatchObject({ code: "conflict", reason: "last_manage_key" });
    }
    const second = await made({ name: "another", scopes: ["send", "read", "manage"] });
    expect((await ask("DELETE", `/${first}`)).status).toBe(204);
    expect(await statusOf(partner.key)).toBe(401);
    expect(await statusOf(second.key)).toBe(200);
  });

  it("are changed in part, and the rest stays", async () => {
    const { number } = await seedSender({ partner });
    const { id, key } = await made({ name: "bot", scopes: ["read"], senders: [number.id] });
    const renamed = await ask("PATCH", `/${id}`, { name: "robot" });
    expect(await renamed.json()).toMatchObject({
      name: "robot",
      scopes: ["read"],
      senders: [number.id],
    });
    await ask("PATCH", `/${id}`, { senders: null, scopes: ["send"] });
    expect(await rowOf(id)).toMatchObject({
      name: "robot",
      scopes: JSON.stringify(["send"]),
      senders: null,
      expires_at: null,
    });
    expect(await statusOf(key)).toBe(403);
    expect((await ask("PATCH", `/${id}`, {})).status).toBe(400);
  });
});

describe("rotating a key", () => {
  it("gives another secret under the same id, and both hold during the overlap", async () => {
    const old = await made({ name: "bot", scopes: ["read"] });
    expect(await statusOf(old.key)).toBe(200);
    const response = await ask("POST", `/${old.id}/rotate`, { overlap_hours: 2 });
    const fresh = await response.json<MadeKey>();
    expect(fresh.id).toBe(old.id);
    expect(fresh.key).not.toBe(old.key);
    expect(await statusOf(fresh.key)).toBe(200);
    expect(await statusOf(old.key)).toBe(200);
    later(2 * HOUR_MS + 1);
    expect(await statusOf(old.key)).toBe(401);
    expect(await statusOf(fresh.key)).toBe(200);
  });

  it("without overlap ends the secret before at once, and takes 24 h where nothing is said", async () => {
    const old = await made({ name: "bot", scopes: ["read"] });
    const second = await ask("POST", `/${old.id}/rotate`);
    const { key, previous_secret_until: until } = await second.json<MadeKey>();
    expect(Date.parse(until ?? "") - Date.now()).toBeGreaterThan(23.9 * HOUR_MS);
    await ask("POST", `/${old.id}/rotate`, { overlap_hours: 0 });
    expect([await statusOf(old.key), await statusOf(key)]).toEqual([401, 401]);
  });

  it.each([-1, 169, "24"])("refuses an overlap of %j hours", async (overlap_hours) => {
    const response = await ask("POST", `/${first}/rotate`, { overlap_hours });
    expect(await response.json()).toMatchObject({ status: 400, field: "overlap_hours" });
  });

  it("in another isolate is known here at the new secret's first call", async () => {
    const old = await made({ name: "bot", scopes: ["read"] });
    expect(await statusOf(old.key)).toBe(200);
    // As another isolate would write it: nothing here is told.
    const fresh = await made({ name: "spare", scopes: ["read"] });
    await env.DB.prepare(
      `UPDATE api_keys SET digest = (SELECT digest FROM api_keys WHERE id = ?2) WHERE id = ?1`,
    )
      .bind(old.id, fresh.id)
      .run();
    const secret = fresh.key.split("_")[2] ?? "";
    expect(await statusOf(`tdm_${old.id}_${secret}`)).toBe(200);
  });
});

describe("the end of a key", () => {
  it("by time is exact, although it is remembered", async () => {
    const end = Date.now() + 10_000;
    const { key } = await made({
      name: "short",
      scopes: ["read"],
      expires_at: new Date(end).toISOString(),
    });
    expect(await statusOf(key)).toBe(200);
    vi.useFakeTimers({ toFake: ["Date"], now: end - 5 });
    expect(await statusOf(key)).toBe(200);
    vi.setSystemTime(end);
    expect(await statusOf(key)).toBe(401);
  });

  it("is known within 60 s also where it was remembered", async () => {
    const { id, key } = await made({ name: "leaked", scopes: ["read"] });
    expect(await statusOf(key)).toBe(200);
    // In another isolate's words: this one is not told.
    await env.DB.prepare(`UPDATE api_keys SET revoked_at = 1 WHERE id = ?`).bind(id).run();
    expect(await statusOf(key)).toBe(200);
    later(30_001);
    expect(await statusOf(key)).toBe(401);
  });

  it("that is made here is known here at once", async () => {
    const { id, key } = await made({ name: "leaked", scopes: ["read"] });
    expect(await statusOf(key)).toBe(200);
    expect((await ask("DELETE", `/${id}`)).status).toBe(204);
    expect(await statusOf(key)).toBe(401);
    expect((await ask("POST", `/${id}/rotate`)).status).toBe(404);
    expect((await ask("PATCH", `/${id}`, { name: "back" })).status).toBe(404);
  });
});

describe("the last use of a key", () => {
  const usedAt = async (id: string) => (await rowOf(id))?.["last_used_at"] ?? null;

  it("is noted at the first call, and then once in ten minutes", async () => {
    const { id, key } = await made({ name: "bot", scopes: ["read"] });
    expect(await usedAt(id)).toBeNull();
    const start = Date.now();
    await statusOf(key);
    const noted = await vi.waitUntil(() => usedAt(id));
    expect(Number(noted)).toBeGreaterThanOrEqual(start);
    later(9 * 60_000);
    await statusOf(key);
    later(60_000 + 1_000);
    await statusOf(key);
    const again = await vi.waitUntil(async () => {
      const at = await usedAt(id);
      return at === noted ? null : at;
    });
    // Not that of the ninth minute.
    expect(Number(again) - Number(noted)).toBeGreaterThan(10 * 60_000);
  });

  it("by a secret that is not right is none", async () => {
    const { id } = await made({ name: "bot", scopes: ["read"] });
    expect(await statusOf(`tdm_${id}_${"0".repeat(32)}`)).toBe(401);
    expect(await usedAt(id)).toBeNull();
  });
});

describe("operators", () => {
  const asAda = (method: string, path: string, body?: unknown) =>
    callWith("test-operator-token", method, `/v1/admin/partners/${partner.id}/keys${path}`, body);

  it("make, list, change, rotate and end any partner's keys, and each is in the audit", async () => {
    const created = await asAda("POST", "", { name: "bot", scopes: ["read"] });
    const { id, key } = await created.json<MadeKey>();
    expect((await asAda("PATCH", `/${id}`, { scopes: ["send"] })).status).toBe(200);
    const rotated = await (await asAda("POST", `/${id}/rotate`)).json<MadeKey>();
    expect(await statusOf(rotated.key)).toBe(403);
    expect((await asAda("DELETE", `/${id}`)).status).toBe(204);
    expect([await statusOf(key), await statusOf(rotated.key)]).toEqual([401, 401]);
    const { data } = await (await asAda("GET", "")).json<{ data: MadeKey[] }>();
    expect(data.map((each) => [each.id, each.revoked_at === null])).toEqual([
      [first, true],
      [id, false],
    ]);
    const audit = await listAudit(env.DB, { after: null, limit: 4 });
    expect(audit.map(({ action, detail }) => [action, detail])).toEqual([
      ["key.revoke", id],
      ["key.rotate", id],
      ["key.change", id],
      ["key.create", id],
    ]);
  });

  it("may end also the last key: it may be in the wrong hands", async () => {
    expect((await asAda("DELETE", `/${first}`)).status).toBe(204);
    expect(await statusOf(partner.key)).toBe(401);
  });

  it("find nothing with a partner that is not there", async () => {
    for (const [method, path] of [
      ["GET", ""],
      ["POST", ""],
      ["PATCH", "/x"],
      ["POST", "/x/rotate"],
      ["DELETE", "/x"],
    ] as const) {
      const response = await call(`/v1/admin/partners/partner_none/keys${path}`, {
        method,
        headers: { authorization: "Bearer test-operator-token" },
        ...(method === "PATCH" ? { body: JSON.stringify({ name: "x" }) } : {}),
      });
      expect(response.status).toBe(404);
    }
  });

  it("see in the console what a key may, and change, rotate and make keys there", async () => {
    const { number } = await seedSender({ partner });
    const visitor = await signIn();
    const at = `/console/partners/${partner.id}`;
    const fields = { name: "till", scope_send: "on", senders: number.id, expires_on: "2031-02-03" };
    const shown = await (await visitor.post(`${at}/keys`, fields)).text();
    const [key = "", id = ""] = /tdm_([0-9a-z]+)_[0-9a-z]+/.exec(shown) ?? [];
    expect(await rowOf(id)).toMatchObject({
      scopes: JSON.stringify(["send"]),
      senders: JSON.stringify([number.id]),
      expires_at: Date.UTC(2031, 1, 3),
    });
    expect(await visitor.read(at)).toContain(number.id);

    expect((await visitor.post(`${at}/keys/${id}`, { scope_read: "on" })).status).toBe(303);
    expect(await statusOf(key)).toBe(200);
    const rotated = await (
      await visitor.post(`${at}/keys/${id}/rotate`, { overlap_hours: "0" })
    ).text();
    const fresh = /tdm_[0-9a-z]+_[0-9a-z]+/.exec(rotated)?.[0] ?? "";
    expect([await statusOf(key), await statusOf(fresh)]).toEqual([401, 200]);
    const faulty: Record<string, string>[] = [{}, { scope_read: "on", expires_on: "soon" }];
    for (const wrong of faulty) {
      expect((await visitor.post(`${at}/keys/${id}`, wrong)).status).toBe(400);
    }
  });
});
