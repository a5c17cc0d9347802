import { beforeEach, describe, expect, it } from "vitest";
import { loggedLines, loggedOf } from "../support/quiet-logs.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import {
  call,
  importNumber,
  newNumber,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { accountUpdate } from "../support/sends.ts";
import type { GraphRequest } from "../support/graph-stub.ts";
import type { Partner, TestNumber } from "../support/seed.ts";
import type { GraphErrorBody } from "../support/sends.ts";

const ABSENT = { error: { code: 100, error_subcode: 33 } };

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedSender());
});

/** Graph answers this for one path, whatever the method. */
function answerAt(path: string, body: unknown, status = 200): void {
  graph.respond((request) => (request.path === path ? Response.json(body, { status }) : undefined));
}

function send(method: string, path: string, body?: unknown): Promise<Response> {
  return call(path, {
    method,
    headers: { authorization: `Bearer ${partner.key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

describe("GET /{v}/{id} of the key's own", () => {
  it("number is Graph's own answer to the fields that were asked for", async () => {
    answerAt(`/${number.id}`, { id: number.id, quality_rating: "GREEN" });
    const path = `/v24.0/${number.id}?fields=id,quality_rating,throughput{level}`;
    expect(await partner.read(path)).toEqual({ id: number.id, quality_rating: "GREEN" });
    expect(graph.requests).toMatchObject([
      {
        method: "GET",
        query: { fields: "id,quality_rating,throughput{level}" },
        authorization: `Bearer token-of-${number.id}`,
      },
    ]);
  });

  it("WABA is Graph's own answer too", async () => {
    answerAt(`/${number.wabaId}`, { id: number.wabaId, currency: "EUR" });
    expect(await partner.read(`/v24.0/${number.wabaId}?fields=currency`)).toEqual({
      id: number.wabaId,
      currency: "EUR",
    });
  });

  it("number can be read while it is on hold", async () => {
    answerAt(`/${number.id}`, { id: number.id, status: "CONNECTED" });
    await accountUpdate(number, "ACCOUNT_OFFBOARDED");
    expect((await partner.get(`/v24.0/${number.id}`)).status).toBe(200);
  });

  it.each([
    ["an edge", "id,phone_numbers"],
    ["an edge of an edge", "owner_business{client_whatsapp_business_accounts{id}}"],
    ["an edge with a limit", "owner_business_info.limit(5)"],
    ["something nested that it does not know", "name,somewhere{id}"],
    ["brackets that do not close", "name,somewhere{id"],
  ])("is not a way to %s through fields", async (_, fields) => {
    const path = `/v24.0/${number.wabaId}?fields=${encodeURIComponent(fields)}`;
    const response = await partner.get(path);
    expect(response.status).toBe(400);
    expect((await response.json<GraphErrorBody>()).error.code).toBe(100);
    expect(graph.requests).toEqual([]);
  });

  it.each(["fields[]", "fields[0]", "FIELDS"])(
    "nor through %s, a list's other spelling",
    async (name) => {
      const query = new URLSearchParams({ [name]: "phone_numbers" }).toString();
      const response = await partner.get(`/v24.0/${number.wabaId}?${query}`);
      expect(response.status).toBe(400);
      expect(graph.requests).toEqual([]);
    },
  );
});

describe("GET /{waba_id}/phone_numbers", () => {
  it("leaves out the numbers that are connected through another partner", async () => {
    const taken = { ...newNumber(), wabaId: number.wabaId };
    await importNumber(await seedPartner(), taken);
    answerAt(`/${number.wabaId}/phone_numbers`, {
      data: [{ id: number.id }, { id: taken.id }, { id: "319999999999999" }],
      paging: { cursors: { before: "a", after: "b" } },
    });
    const query = "?fields=id,verified_name&limit=5";
    expect(await partner.read(`/v24.0/${number.wabaId}/phone_numbers${query}`)).toEqual({
      data: [{ id: number.id }, { id: "319999999999999" }],
      paging: { cursors: { before: "a", after: "b" } },
    });
    expect(graph.requests[0]?.query).toEqual({ fields: "id,verified_name", limit: "5" });
  });

  it("shows a number again once the other partner lost it", async () => {
    const other = await seedPartner();
    const lost = { ...newNumber(), wabaId: number.wabaId };
    await importNumber(other, lost);
    await services().phone(lost.id).moveTo("disconnected", "test", "sender.disconnected");
    await services().phone(lost.id).flushed();
    answerAt(`/${number.wabaId}/phone_numbers`, { data: [{ id: lost.id }] });
    expect(await partner.read(`/v24.0/${number.wabaId}/phone_numbers`)).toEqual({
      data: [{ id: lost.id }],
    });
  });
});

describe("/{waba_id}/message_templates", () => {
  it.each<[string, string, unknown, Partial<GraphRequest>]>([
    ["GET", "?name=order_ready&limit=3", undefined, { query: { name: "order_ready", limit: "3" } }],
    [
      "POST",
      "",
      { name: "order_ready", language: "de" },
      { body: { name: "order_ready", language: "de" } },
    ],
    [
      "DELETE",
      "?name=order_ready&hsm_id=3",
      undefined,
      { query: { name: "order_ready", hsm_id: "3" } },
    ],
  ])(
    "passes %s on with its query and body, and Graph's answer back",
    async (method, query, body, seen) => {
      const path = `/${number.wabaId}/message_templates`;
      answerAt(path, { id: "301", status: "PENDING", category: "UTILITY" });
      const response = await send(method, `/v24.0${path}${query}`, body);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ id: "301", status: "PENDING", category: "UTILITY" });
      expect(graph.requests).toMatchObject([
        { method, path, authorization: `Bearer token-of-${number.id}`, ...seen },
      ]);
    },
  );

  it("keeps a key and other orders to Graph out of query and body", async () => {
    const path = `/${number.wabaId}/message_templates`;
    answerAt(path, { success: true });
    const controls = { access_token: "tdm_secret", method: "delete", appsecret_proof: "00" };
    const lists = { "ids[]": "1", "Batch[0]": "x", ACCESS_TOKEN: "tdm_secret" };
    const query = new URLSearchParams({ ...controls, ...lists, ids: "1,2" });
    await send("POST", `/v24.0${path}?${query.toString()}`, { name: "n", ...controls, ...lists });
    expect(graph.requests).toMatchObject([{ method: "POST", query: {}, body: { name: "n" } }]);
    expect(JSON.stringify(graph.requests)).not.toContain("tdm_secret");
  });

  it("brings Graph's refusal back with its status", async () => {
    graph.respond(() => graphError(403, 10, "no permission"));
    const response = await partner.get(`/v24.0/${number.wabaId}/message_templates`);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 10 } });
  });

  it("brings Graph's own failure back as a 502 with Graph's words", async () => {
    graph.respond(() => graphError(500, 2, "come back later"));
    const response = await partner.get(`/v24.0/${number.wabaId}/message_templates`);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 2 } });
  });

  it("is a 502 when the answer is not Graph's", async () => {
    graph.respond(() => new Response("<html>busy</html>", { status: 503 }));
    const response = await partner.get(`/v24.0/${number.wabaId}/message_templates`);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 131000, is_transient: true } });
  });

  it("is a 504 when Graph does not answer, and says that a change may have happened", async () => {
    graph.respond(() => Response.error());
    const path = `/v24.0/${number.wabaId}/message_templates`;
    const response = await send("POST", path, { name: "n", language: "de" });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: { code: 131000, is_transient: false } });
  });

  it("is closed where the key has no number that is still connected", async () => {
    await services().phone(number.id).moveTo("disconnected", "test", "sender.disconnected");
    await services().phone(number.id).flushed();
    const response = await partner.get(`/v24.0/${number.wabaId}/message_templates`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject(ABSENT);
  });

  it("takes a JSON object only", async () => {
    const response = await send("POST", `/v24.0/${number.wabaId}/message_templates`, [1]);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 100 } });
  });
});

describe("Meta's token", () => {
  const token = () => `token-of-${number.id}`;

  it("is taken out of paging addresses, which become ours", async () => {
    const path = `/${number.wabaId}/message_templates`;
    const next = `https://graph.facebook.com/v24.0${path}?limit=1&access_token=${token()}&after=QVFI`;
    answerAt(path, { data: [], paging: { cursors: { after: "QVFI" }, next, previous: next } });
    const response = await partner.get(`/v24.0${path}?limit=1`);
    const text = await response.text();
    expect(text).not.toContain(token());
    const ours = `http://127.0.0.1:8787/v24.0${path}?limit=1&after=QVFI`;
    expect(JSON.parse(text)).toMatchObject({ paging: { next: ours, previous: ours } });
  });

  it.each([
    ["a field", (secret: string) => ({ data: [{ note: `see ${secret}` }] })],
    ["an address's path", (secret: string) => ({ paging: { next: `https://g.test/${secret}` } })],
    ["a name of a field", (secret: string) => ({ [secret]: 1 })],
    ["an error", (secret: string) => ({ error: { code: 1, message: secret } })],
  ])("holds an answer back that has it in %s, and logs no content", async (_, body) => {
    answerAt(`/${number.id}`, body(token()));
    const response = await partner.get(`/v24.0/${number.id}`);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain(token());
    expect(loggedOf("graph.token_withheld")).toHaveLength(1);
    expect(loggedLines().join("\n")).not.toContain(token());
  });

  it("is taken out of what Graph says to a send", async () => {
    graph.respond(() => graphError(400, 131009, `no such thing for ${token()}`));
    const mark = { messaging_product: "whatsapp", status: "read", message_id: "wamid.x" };
    const response = await partner.post(`/v24.0/${number.id}/messages`, mark);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain(token());
  });
});

describe("invariant 8: another partner's ids", () => {
  it.each([
    ["GET", "NUMBER"],
    ["GET", "WABA"],
    ["GET", "WABA/phone_numbers"],
    ["GET", "WABA/message_templates"],
    ["POST", "WABA/message_templates"],
    ["DELETE", "WABA/message_templates?name=a"],
    ["POST", "NUMBER/thread_control"],
    ["POST", "NUMBER/register"],
    ["POST", "NUMBER/deregister"],
  ])("are as absent as none: %s /%s", async (method, path) => {
    const { partner: other } = await seedSender();
    // What is there, but not theirs, and what is nowhere: told apart by nothing.
    const nobody = { id: "310000000009997", wabaId: "210000000009997", phone: "" };
    for (const of of [number, nobody]) {
      const own = path.replace("NUMBER", of.id).replace("WABA", of.wabaId);
      const response = await call(`/v24.0/${own}`, {
        method,
        headers: { authorization: `Bearer ${other.key}` },
        ...(method === "POST" ? { body: "{}" } : {}),
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject(ABSENT);
    }
    const withMyToken = graph.requests.filter(
      ({ authorization }) => authorization === `Bearer token-of-${number.id}`,
    );
    expect(withMyToken).toEqual([]);
  });
});

describe("POST /{phone_number_id}/thread_control", () => {
  it("passes the order on and Graph's answer back", async () => {
    answerAt(`/${number.id}/thread_control`, { success: true });
    const order = { messaging_product: "whatsapp", action: "release", to: "15550177001" };
    const response = await send("POST", `/v24.0/${number.id}/thread_control`, order);
    expect(await response.json()).toEqual({ success: true });
    expect(graph.requests).toMatchObject([{ method: "POST", body: order }]);
  });

  it("is refused while the number is on hold", async () => {
    await accountUpdate(number, "ACCOUNT_OFFBOARDED");
    const response = await send("POST", `/v24.0/${number.id}/thread_control`, {});
    expect(response.status).toBe(503);
    expect(graph.requests).toEqual([]);
  });
});

describe.each(["register", "deregister"])("POST /{phone_number_id}/%s", (edge) => {
  it("never reaches Meta, and says what the owner does in the app instead", async () => {
    const response = await send("POST", `/v24.0/${number.id}/${edge}`, { pin: "123456" });
    expect(response.status).toBe(400);
    const { error } = await response.json<GraphErrorBody>();
    expect(error).toMatchObject({ code: 100, is_transient: false });
    expect(error.error_data.details).toContain("Business Platform");
    expect(graph.requests).toEqual([]);
  });
});

describe("paths", () => {
  it("without a version are served like Graph serves them", async () => {
    answerAt(`/${number.id}`, { id: number.id });
    expect(await partner.read(`/${number.id}`)).toEqual({ id: number.id });
    const response = await call(`/${number.id}`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 190 } });
  });

  it.each([
    ["GET", "/v24.0/me/accounts"],
    ["GET", "/v24.0/310000000000001/calls"],
    ["POST", "/v24.0/oauth/access_token"],
    ["GET", "/310000000000001/block_users"],
  ])("that do not exist are told so, with those that do: %s %s", async (method, path) => {
    const response = await send(method, path);
    expect(response.status).toBe(404);
    const { error } = await response.json<GraphErrorBody>();
    expect(error.code).toBe(2500);
    expect(error.error_data.details).toContain("POST /{phone_number_id}/media");
  });

  it.each([
    ["GET", "/v24.0/310000000000001/messages", "POST"],
    ["PUT", "/v24.0/210000000000001/message_templates", "GET, POST, DELETE"],
    ["POST", "/v24.0/310000000000001", "GET, DELETE"],
    ["DELETE", "/v24.0/310000000000001/media", "POST"],
  ])("with another method name those they take: %s %s", async (method, path, allowed) => {
    const response = await send(method, path);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allowed);
    expect(await response.json()).toMatchObject({ error: { code: 100 } });
  });
});
