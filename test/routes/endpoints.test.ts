import { env } from "cloudflare:workers";
import { http, HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { projectEndpoint } from "../../src/database/endpoints.ts";
import { Endpoint } from "../../src/durable/endpoint.ts";
import { EXAMPLES } from "../../src/events/examples.ts";
import { endpointBinding } from "../../src/lib/seal.ts";
import { answerDns, resolveTo } from "../support/dns-stub.ts";
import { HOOK, readRow, resolveHook, seedEndpoint } from "../support/registered-endpoints.ts";
import { graph } from "../support/graph-stub.ts";
import { asOperator, deliver, seedPartner, seedSender, services } from "../support/seed.ts";
import { HOUR } from "../support/storage.ts";
import { inbound, textMessage } from "../support/webhooks.ts";
import type { EndpointConfig } from "../../src/durable/endpoint-types.ts";
import type { Sealed } from "../../src/lib/seal.ts";
import type { Partner } from "../support/seed.ts";

/** What the endpoint's object was last configured with, while `call` ran. */
async function configuredBy(call: () => Promise<unknown>): Promise<EndpointConfig | undefined> {
  const spy = vi.spyOn(Endpoint.prototype, "configure");
  try {
    await call();
    return spy.mock.lastCall?.[0];
  } finally {
    spy.mockRestore();
  }
}

async function expectRefusal(response: Response, status: number, problem: object) {
  const body = await response.json<{ detail: string }>();
  expect(body).toMatchObject(problem);
  expect(response.status).toBe(status);
  return body;
}

/** An instant within the days that events are kept. */
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();

const openSecret = (partner: Partner, id: string, sealed: Sealed) =>
  services().vault.open(sealed, endpointBinding(partner.id, id));

describe("a new endpoint", () => {
  it("is answered with what it will be told, and with its secret, which nothing shows again", async () => {
    const partner = await seedPartner();
    const made = await seedEndpoint(partner, { description: "our shop" });
    expect(made).toMatchObject({
      url: HOOK,
      description: "our shop",
      format: "native",
      types: null,
      senders: null,
      ordered: true,
      max_per_second: null,
      state: "enabled",
      state_reason: null,
      failing_since: null,
      last_error: null,
      previous_secret_until: null,
    });
    expect(made.id).toMatch(/^endpoint_[0-9a-z]{16}$/);
    const [, base64 = ""] = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(made.secret) ?? [];
    expect(Buffer.from(base64, "base64")).toHaveLength(32);

    const list = await (await partner.get("/v1/endpoints")).text();
    const one = await (await partner.get(`/v1/endpoints/${made.id}`)).text();
    expect(list).toContain(made.id);
    expect(list + one).not.toContain("whsec_");
    const row = JSON.stringify(await readRow(made.id));
    expect(row).not.toContain(base64);
  });

  it("is told to its object: all of it, with the secret sealed for it alone", async () => {
    const { partner, number } = await seedSender();
    let made = { id: "", secret: "" };
    const config = await configuredBy(async () => {
      made = await seedEndpoint(partner, {
        format: "cloud_api",
        types: ["message.received", "message.status"],
        senders: [number.id],
        ordered: false,
        max_per_second: 7,
      });
    });
    expect(config).toMatchObject({
      id: made.id,
      partner: partner.id,
      url: HOOK,
      format: "cloud_api",
      types: ["message.received", "message.status"],
      senders: [number.id],
      ordered: false,
      maxPerSecond: 7,
      state: "enabled",
      previousSecret: null,
    });
    const sealed = config?.secret as Sealed;
    expect(await openSecret(partner, made.id, sealed)).toBe(made.secret);
    await expect(openSecret(partner, "endpoint_other", sealed)).rejects.toThrow();
  });

  it("can be made paused: it is told from its beginning once it is enabled", async () => {
    const { partner, number } = await seedSender();
    let made = { id: "" };
    const config = await configuredBy(async () => {
      made = await seedEndpoint(partner, { state: "paused" });
    });
    expect(config).toMatchObject({ state: "paused" });
    expect(made).toMatchObject({ state: "paused", state_reason: "partner" });
    await deliver(number, inbound(number, textMessage()));
    expect(await partner.read(`/v1/endpoints/${made.id}`)).toMatchObject({ owed: 1 });
  });

  it("begins at the present: what was told before is not told to it", async () => {
    const { partner, number } = await seedSender();
    const other = await seedSender({ partner });
    await deliver(number, inbound(number, textMessage(), textMessage()));
    const config = await configuredBy(() => seedEndpoint(partner));
    const shards = await env.DB.prepare(`SELECT shard FROM senders WHERE phone_number_id IN (?, ?)`)
      .bind(number.id, other.number.id)
      .all<{ shard: string }>();
    expect(new Set(shards.results.map(({ shard }) => shard)).size).toBe(2);
    expect(new Set(Object.values(config?.from ?? {}))).toEqual(new Set([1, 3]));
  });

  it("begins at the first event that is not older, where it says since when", async () => {
    const { partner, number } = await seedSender();
    const at = Date.now() - 3_600_000;
    await deliver(number, inbound(number, textMessage({ at })));
    await deliver(number, inbound(number, textMessage({ at: at + 60_000 })));
    await deliver(number, inbound(number, textMessage({ at: at + 120_000 })));
    const rows = (
      await Promise.all(
        [env.DB, env.DB_1].map((database) =>
          database
            .prepare(`SELECT pos, at FROM events WHERE partner = ? ORDER BY pos`)
            .bind(partner.id)
            .all<{ pos: number; at: number }>(),
        ),
      )
    ).flatMap(({ results }) => results);
    const second = rows.findIndex((row) => row.at >= at + 30_000);
    const config = await configuredBy(() =>
      seedEndpoint(partner, { since: new Date(at + 30_000).toISOString() }),
    );
    expect(Math.max(...Object.values(config?.from ?? {}))).toBe((rows[second]?.pos ?? 0) - 1);
    expect(rows[second]?.pos).toBeGreaterThan(0);
  });

  const faults: [field: string, body: Record<string, unknown>, says?: string][] = [
    ["url", { url: undefined }],
    ["url", { url: 7 }],
    ["url", { url: "" }],
    ["url", { url: "hooks.example.net" }],
    ["url", { url: "http://hooks.example.net/" }, "https"],
    ["url", { url: "https://127.1/" }, "bare address"],
    ["url", { url: "https://127.0.0.1:8787/v1/senders" }],
    ["url", { url: `https://hooks.example.net/${"a".repeat(2_000)}` }],
    ["description", { description: "d".repeat(501) }],
    ["description", { description: 7 }],
    ["format", { format: "meta" }],
    ["types", { types: [] }],
    ["types", { types: "message.received" }],
    ["types", { types: ["message.received", "message.recieved"] }, "message.recieved"],
    ["types", { types: ["constructor"] }],
    ["types.0", { types: [null] }],
    ["senders", { senders: [] }],
    ["senders", { senders: ["310000000009999"] }, "310000000009999"],
    ["senders.0", { senders: [310] }],
    ["ordered", { ordered: "yes" }],
    ["max_per_second", { max_per_second: 0 }],
    ["max_per_second", { max_per_second: 101 }],
    ["max_per_second", { max_per_second: 1.5 }],
    ["since", { since: "yesterday" }],
    ["since", { since: new Date(Date.now() - 31 * 86_400_000).toISOString() }, "30 days"],
    ["since", { since: new Date(Date.now() + 86_400_000).toISOString() }, "future"],
    ["verify_token", { verify_token: "token" }, "cloud_api"],
    ["verify_token", { format: "cloud_api", verify_token: "" }],
    ["secret", { secret: "whsec_mine" }],
    ["state", { state: "disabled" }],
  ];

  it.each(faults)("with a bad %s is refused, naming it: %j", async (field, body, says = "") => {
    const partner = await seedPartner();
    resolveHook();
    const response = await partner.post("/v1/endpoints", { url: HOOK, ...body });
    const { detail } = await expectRefusal(response, 400, { code: "invalid_request", field });
    expect(detail).toContain(says);
    expect(await partner.read("/v1/endpoints")).toEqual({ data: [], next_cursor: null });
  });

  it("of another partner's sender is refused", async () => {
    const [partner, stranger] = [await seedPartner(), await seedSender()];
    resolveHook();
    const body = { url: HOOK, senders: [stranger.number.id] };
    const response = await partner.post("/v1/endpoints", body);
    await expectRefusal(response, 400, { field: "senders" });
  });

  it("is refused where its name leads inside, and for now where nobody can say", async () => {
    const partner = await seedPartner();
    resolveTo({ "hooks.example.net": ["A 93.184.216.34", "A 10.0.0.5"] });
    const inside = await partner.post("/v1/endpoints", { url: HOOK });
    await expectRefusal(inside, 400, { code: "invalid_request", field: "url" });
    answerDns(() => new HttpResponse(null, { status: 500 }));
    const unknown = await partner.post("/v1/endpoints", { url: HOOK });
    await expectRefusal(unknown, 503, { code: "unavailable", field: "url" });
  });

  it("is one of at most 20, those that were deleted not among them", async () => {
    const partner = await seedPartner();
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push((await seedEndpoint(partner)).id);
    const another = () => partner.post("/v1/endpoints", { url: HOOK });
    await expectRefusal(await another(), 409, { code: "conflict" });
    await partner.call("DELETE", `/v1/endpoints/${ids[0]}`);
    expect((await another()).status).toBe(201);
  });

  it("is registered and told later where its object does not answer", async () => {
    const partner = await seedPartner();
    const broken = vi.spyOn(Endpoint.prototype, "configure").mockRejectedValue(new Error("away"));
    const made = await seedEndpoint(partner);
    broken.mockRestore();
    expect(await readRow(made.id)).toMatchObject({ version: 1, configured: 0, state: "enabled" });
  });
});

describe("the verification of a cloud_api endpoint", () => {
  /** A receiver that answers Meta's question so. */
  function receiver(answer: (query: URLSearchParams) => Response | Promise<Response>) {
    const asked: URLSearchParams[] = [];
    resolveHook();
    graph.alsoServe(
      http.get(HOOK, ({ request }) => {
        asked.push(new URL(request.url).searchParams);
        return answer(new URL(request.url).searchParams);
      }),
    );
    return asked;
  }
  const body = { url: `${HOOK}?shop=7`, format: "cloud_api", verify_token: "s3cret token/&" };

  it("asks as Meta asks, takes the challenge for an answer, and keeps no token", async () => {
    const partner = await seedPartner();
    const asked = receiver((query) => new HttpResponse(query.get("hub.challenge")));
    const response = await partner.post("/v1/endpoints", body);
    expect(response.status).toBe(201);
    const { id } = await response.json<{ id: string }>();
    expect(Object.fromEntries(asked[0] ?? [])).toEqual({
      shop: "7",
      "hub.mode": "subscribe",
      "hub.verify_token": body.verify_token,
      "hub.challenge": expect.stringMatching(/^[0-9a-z]{20}$/),
    });
    expect(JSON.stringify(await readRow(id))).not.toContain("s3cret");
  });

  it.each<[string, (query: URLSearchParams) => Response | Promise<Response>]>([
    ["another status", (query) => new HttpResponse(query.get("hub.challenge"), { status: 201 })],
    ["a refusal", () => new HttpResponse("Forbidden", { status: 403 })],
    ["another text", () => new HttpResponse("ok")],
    ["the token", (query) => new HttpResponse(query.get("hub.verify_token"))],
    ["nothing", () => new HttpResponse("")],
    ["a lot", (query) => new HttpResponse(`${query.get("hub.challenge")}${"x".repeat(100_000)}`)],
    [
      "a redirect",
      () => new HttpResponse(null, { status: 302, headers: { location: "https://127.0.0.1/" } }),
    ],
    ["a broken line", () => HttpResponse.error()],
  ])("refuses a receiver that answers with %s", async (_what, answer) => {
    const partner = await seedPartner();
    receiver(answer);
    const response = await partner.post("/v1/endpoints", body);
    const { detail } = await expectRefusal(response, 400, {
      field: "url",
      reason: "verification_failed",
    });
    expect(detail).not.toContain("s3cret");
    expect(await partner.read("/v1/endpoints")).toEqual({ data: [], next_cursor: null });
  });

  it("is asked again where a change brings a token, and for no other format", async () => {
    const partner = await seedPartner();
    const native = await seedEndpoint(partner);
    const change = { verify_token: "t" };
    const refused = await partner.call("PATCH", `/v1/endpoints/${native.id}`, change);
    await expectRefusal(refused, 400, { field: "verify_token" });
    const cloud = await seedEndpoint(partner, { format: "cloud_api" });
    receiver(() => new HttpResponse("no"));
    const failed = await partner.call("PATCH", `/v1/endpoints/${cloud.id}`, {
      url: `${HOOK}/2`,
      ...change,
    });
    expect(failed.status).toBe(400);
    expect(await partner.read(`/v1/endpoints/${cloud.id}`)).toMatchObject({ url: HOOK });
  });
});

describe("an endpoint", () => {
  it("is changed field by field; null takes a filter away, and what is not named stays", async () => {
    const { partner, number } = await seedSender();
    const { id } = await seedEndpoint(partner, {
      types: ["message.received"],
      senders: [number.id],
      max_per_second: 3,
      description: "before",
    });
    const patch = async (body: object) => {
      const response = await partner.call("PATCH", `/v1/endpoints/${id}`, body);
      expect(response.status).toBe(200);
      return response.json<Record<string, unknown>>();
    };
    expect(await patch({ types: null, ordered: false })).toMatchObject({
      types: null,
      senders: [number.id],
      ordered: false,
      max_per_second: 3,
      description: "before",
    });
    expect(await patch({ senders: null, max_per_second: null, description: null })).toMatchObject({
      types: null,
      senders: null,
      ordered: false,
      max_per_second: null,
      description: null,
    });
    const config = await configuredBy(() =>
      patch({ url: "https://hooks.example.net/other", types: ["send.settled"], max_per_second: 9 }),
    );
    expect(config).toMatchObject({
      url: "https://hooks.example.net/other",
      types: ["send.settled"],
      senders: null,
      ordered: false,
      maxPerSecond: 9,
    });
  });

  it.each([
    ["format", { format: "cloud_api" }],
    ["since", { since: new Date().toISOString() }],
    ["state", { state: "removing" }],
    ["state", { state: null }],
    ["url", { url: "https://10.0.0.1/" }],
    ["url", { url: null }],
    ["types", { types: ["nothing.such"] }],
    ["senders", { senders: ["1"] }],
    ["max_per_second", { max_per_second: 1_000 }],
  ])("refuses a change of %s to %j", async (field, body) => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const response = await partner.call("PATCH", `/v1/endpoints/${id}`, body);
    await expectRefusal(response, 400, { field });
  });

  it("refuses a change of nothing", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const response = await partner.call("PATCH", `/v1/endpoints/${id}`, {});
    await expectRefusal(response, 400, { code: "invalid_request" });
  });

  it("is paused and goes on; who did it is shown", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const patch = (state: string) => partner.call("PATCH", `/v1/endpoints/${id}`, { state });
    const paused = await configuredBy(() => patch("paused"));
    expect(paused?.state).toBe("paused");
    expect(await partner.read(`/v1/endpoints/${id}`)).toMatchObject({
      state: "paused",
      state_reason: "partner",
    });
    const enabled = await configuredBy(() => patch("enabled"));
    expect(enabled?.state).toBe("enabled");
    expect(await partner.read(`/v1/endpoints/${id}`)).toMatchObject({
      state: "enabled",
      state_reason: null,
    });
  });

  it("that its object gave up says why, and is enabled with what was said of it forgotten", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const failingSince = Date.now() - 6 * 86_400_000;
    await projectEndpoint(env.DB, id, { failingSince, lastError: "http_500" });
    expect(await partner.read(`/v1/endpoints/${id}`)).toMatchObject({
      state: "enabled",
      failing_since: new Date(failingSince).toISOString(),
      last_error: "http_500",
    });
    await projectEndpoint(env.DB, id, {
      state: "disabled",
      stateReason: "failing",
      failingSince,
      lastError: "http_500",
    });
    expect(await partner.read(`/v1/endpoints/${id}`)).toMatchObject({
      state: "disabled",
      state_reason: "failing",
    });
    await partner.call("PATCH", `/v1/endpoints/${id}`, { state: "enabled" });
    expect(await partner.read(`/v1/endpoints/${id}`)).toMatchObject({
      state: "enabled",
      state_reason: null,
      failing_since: null,
      last_error: null,
    });
  });

  it("that its partner paused is not disabled by a late word of its object", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    await partner.call("PATCH", `/v1/endpoints/${id}`, { state: "paused" });
    const word = { state: "disabled", stateReason: "gone", lastError: "http_410" } as const;
    await projectEndpoint(env.DB, id, { ...word, failingSince: null });
    expect(await partner.read(`/v1/endpoints/${id}`)).toMatchObject({
      state: "paused",
      state_reason: "partner",
      last_error: "http_410",
    });
  });

  it("shows how it stands, and how far it is behind", async () => {
    const { partner, number } = await seedSender();
    const { id } = await seedEndpoint(partner);
    await partner.call("PATCH", `/v1/endpoints/${id}`, { state: "paused" });
    await deliver(number, inbound(number, textMessage(), textMessage()));
    expect(await partner.read(`/v1/endpoints/${id}`)).toMatchObject({
      state: "paused",
      health: "healthy",
      failing_since: null,
      owed: 2,
      retrying: 0,
      failed: 0,
      forgotten: null,
      last_success_at: null,
      last_failure: null,
      next_attempt_at: null,
    });
    const away = vi.spyOn(Endpoint.prototype, "figures").mockRejectedValue(new Error("away"));
    expect(await partner.read(`/v1/endpoints/${id}`)).toMatchObject({
      id,
      state: "paused",
      health: null,
      owed: null,
    });
    away.mockRestore();
  });

  it("is deleted for good: its object is ended before its row goes", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const removed = vi.spyOn(Endpoint.prototype, "remove");
    expect((await partner.call("DELETE", `/v1/endpoints/${id}`)).status).toBe(204);
    expect(removed).toHaveBeenCalledTimes(1);
    removed.mockRestore();
    expect(await readRow(id)).toBeNull();
    await expectRefusal(await partner.get(`/v1/endpoints/${id}`), 404, { code: "not_found" });
    await expectRefusal(await partner.call("DELETE", `/v1/endpoints/${id}`), 404, {});
  });

  it("is gone for its partner at once where its object does not answer the deletion", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const away = vi.spyOn(Endpoint.prototype, "remove").mockRejectedValue(new Error("away"));
    expect((await partner.call("DELETE", `/v1/endpoints/${id}`)).status).toBe(204);
    away.mockRestore();
    expect(await readRow(id)).toMatchObject({ state: "removing" });
    expect(await partner.read("/v1/endpoints")).toEqual({ data: [], next_cursor: null });
    expect((await partner.get(`/v1/endpoints/${id}`)).status).toBe(404);
    const patched = await partner.call("PATCH", `/v1/endpoints/${id}`, { state: "enabled" });
    expect(patched.status).toBe(404);
  });
});

describe("another partner", () => {
  it("sees and reaches nothing of an endpoint", async () => {
    const [owner, stranger] = [await seedPartner(), await seedPartner()];
    const { id } = await seedEndpoint(owner);
    const at = `/v1/endpoints/${id}`;
    const doors: [string, string, unknown?][] = [
      ["GET", at],
      ["PATCH", at, { state: "paused" }],
      ["DELETE", at],
      ["POST", `${at}/rotate-secret`, {}],
      ["POST", `${at}/test`, {}],
      ["GET", `${at}/deliveries`],
      ["GET", `${at}/deliveries/evt_1`],
      ["POST", `${at}/deliveries/evt_1/retry`],
      ["POST", `${at}/replays`, { failed_since: "2026-11-01T00:00:00Z" }],
      ["GET", `${at}/replays`],
      ["GET", `${at}/replays/replay_1`],
    ];
    for (const [method, path, body] of doors) {
      const response = await stranger.call(method, path, body);
      await expectRefusal(response, 404, { code: "not_found" });
    }
    expect(await stranger.read("/v1/endpoints")).toEqual({ data: [], next_cursor: null });
    expect(await readRow(id)).toMatchObject({ state: "enabled", version: 1 });
  });
});

describe("a secret", () => {
  it("is rotated: the old one signs until the overlap ends", async () => {
    const partner = await seedPartner();
    const made = await seedEndpoint(partner);
    let rotated = { secret: "", previous_secret_until: "" };
    const before = Date.now();
    const config = await configuredBy(async () => {
      const path = `/v1/endpoints/${made.id}/rotate-secret`;
      rotated = await (await partner.call("POST", path)).json();
    });
    const until = Date.parse(rotated.previous_secret_until);
    expect(until - before).toBeGreaterThanOrEqual(86_400_000);
    expect(until - before).toBeLessThan(86_400_000 + 60_000);
    expect(rotated.secret).toMatch(/^whsec_/);
    expect(rotated.secret).not.toBe(made.secret);
    if (config === undefined) throw new Error("The object was not told.");
    expect(await openSecret(partner, made.id, config.secret)).toBe(rotated.secret);
    expect(config.previousSecret?.until).toBe(until);
    const previous = config.previousSecret?.sealed as Sealed;
    expect(await openSecret(partner, made.id, previous)).toBe(made.secret);
    expect(await partner.read(`/v1/endpoints/${made.id}`)).toMatchObject({
      previous_secret_until: rotated.previous_secret_until,
    });
  });

  it("ends at once with an overlap of 0", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const config = await configuredBy(() =>
      partner.post(`/v1/endpoints/${id}/rotate-secret`, { overlap_hours: 0 }),
    );
    expect(config?.previousSecret).toBeNull();
  });

  it.each([-1, 169, 1.5, "24"])("is not rotated with an overlap of %j hours", async (hours) => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const path = `/v1/endpoints/${id}/rotate-secret`;
    const response = await partner.post(path, { overlap_hours: hours });
    await expectRefusal(response, 400, { field: "overlap_hours" });
  });
});

describe("a test of an endpoint", () => {
  it("hands its object a made-up event that says what it is, and answers with the attempt", async () => {
    const { partner, number } = await seedSender();
    const { id } = await seedEndpoint(partner);
    const posted = vi.spyOn(Endpoint.prototype, "tryOut");
    const response = await partner.call("POST", `/v1/endpoints/${id}/test`);
    expect(response.status).toBe(200);
    expect(Object.keys(await response.json<object>())).toEqual([
      "attempt",
      "at",
      "ms",
      "status",
      "failure",
      "answer",
      "replay",
    ]);
    expect(posted.mock.lastCall?.[0]).toMatchObject({
      id: expect.stringMatching(/^evt_test_/),
      type: "endpoint.test",
      sender_id: null,
      seq: 0,
      data: { endpoint_id: id },
    });
    await partner.post(`/v1/endpoints/${id}/test`, { type: "message.received" });
    expect(posted.mock.lastCall?.[0]).toMatchObject({
      type: "message.received",
      sender_id: number.id,
      data: EXAMPLES["message.received"],
    });
    const cloud = await seedEndpoint(partner, { format: "cloud_api" });
    await partner.post(`/v1/endpoints/${cloud.id}/test`, {});
    expect(posted.mock.lastCall?.[0]).toMatchObject({ type: "endpoint.test" });
    posted.mockRestore();
    expect(await partner.events()).not.toContainEqual(
      expect.objectContaining({ type: "endpoint.test" }),
    );
  });

  it("needs a sender for an event about one, and a type that there is", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const test = (type: string) => partner.post(`/v1/endpoints/${id}/test`, { type });
    await expectRefusal(await test("message.received"), 409, { code: "conflict" });
    await expectRefusal(await test("message.sung"), 400, { field: "type" });
  });
});

describe("what was delivered", () => {
  it("is asked of the object with every filter, and shown with its attempts", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const at = Date.parse("2026-11-20T10:00:00Z");
    const asked = vi.spyOn(Endpoint.prototype, "deliveries").mockResolvedValue({
      deliveries: [
        {
          event: "evt_1",
          type: "message.received",
          senderId: "310",
          seq: 4,
          state: "retrying",
          nextAt: at + 5_000,
          attempts: [
            { n: 1, at, ms: 12, status: 500, failure: "http_500", answer: "oh", replay: false },
          ],
        },
      ],
      next: "c2",
    } as never);
    const query =
      "state=retrying&type=message.received&sender=310&since=2026-11-20T00:00:00Z&until=1795305600&cursor=c1&limit=7";
    const page = await partner.read(`/v1/endpoints/${id}/deliveries?${query}`);
    expect(asked.mock.lastCall?.[0]).toEqual({
      state: "retrying",
      type: "message.received",
      senderId: "310",
      since: Date.parse("2026-11-20T00:00:00Z"),
      until: 1_795_305_600_000,
      cursor: "c1",
      limit: 7,
    });
    asked.mockRestore();
    expect(page).toEqual({
      data: [
        {
          event_id: "evt_1",
          type: "message.received",
          sender_id: "310",
          seq: 4,
          state: "retrying",
          next_attempt_at: "2026-11-20T10:00:05.000Z",
          attempts: [
            {
              attempt: 1,
              at: "2026-11-20T10:00:00.000Z",
              ms: 12,
              status: 500,
              failure: "http_500",
              answer: "oh",
              replay: false,
            },
          ],
        },
      ],
      next_cursor: "c2",
    });
  });

  it.each([
    ["state", "state=lost"],
    ["since", "since=now"],
    ["until", "until=soon"],
    ["limit", "limit=101"],
    ["limit", "limit=0"],
  ])("is not listed with a bad %s", async (field, query) => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const response = await partner.get(`/v1/endpoints/${id}/deliveries?${query}`);
    await expectRefusal(response, 400, { field });
  });

  it("of an event that was never told is absent, and cannot be told again alone", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const at = `/v1/endpoints/${id}/deliveries/evt_none`;
    await expectRefusal(await partner.get(at), 404, { code: "not_found" });
    await expectRefusal(await partner.call("POST", `${at}/retry`), 404, { code: "not_found" });
  });
});

describe("a replay", () => {
  const hourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

  it("is of a range, with its filters, and is found again", async () => {
    const { partner, number } = await seedSender();
    const { id } = await seedEndpoint(partner);
    const ordered = vi.spyOn(Endpoint.prototype, "replay");
    const since = hourAgo();
    const body = { since, types: ["message.received"], senders: [number.id] };
    const response = await partner.post(`/v1/endpoints/${id}/replays`, body);
    expect(response.status).toBe(202);
    const replay = await response.json<{ id: string }>();
    expect(replay).toMatchObject({ of: "range", id: expect.stringMatching(/^replay_/) });
    const order = ordered.mock.lastCall?.[0];
    ordered.mockRestore();
    expect(order).toMatchObject({
      id: replay.id,
      of: "range",
      since: Date.parse(since),
      types: ["message.received"],
      senders: [number.id],
    });
    expect((order?.until ?? 0) - Date.now()).toBeLessThanOrEqual(0);
    const list = await partner.read<{ data: { id: string }[] }>(`/v1/endpoints/${id}/replays`);
    expect(list.data.map((each) => each.id)).toEqual([replay.id]);
    expect(await partner.read(`/v1/endpoints/${id}/replays/${replay.id}`)).toMatchObject({
      id: replay.id,
    });
    const other = await partner.get(`/v1/endpoints/${id}/replays/replay_other`);
    await expectRefusal(other, 404, { code: "not_found" });
  });

  it("is of what failed, however long ago", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const body = { failed_since: "2026-01-01T00:00:00Z" };
    const response = await partner.post(`/v1/endpoints/${id}/replays`, body);
    expect(await response.json()).toMatchObject({ of: "failed" });
  });

  it("is the same one under the same Idempotency-Key, and another under another", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const order = async (key: string) => {
      const headers = { "idempotency-key": key };
      const path = `/v1/endpoints/${id}/replays`;
      const response = await partner.post(path, { since: hourAgo() }, headers);
      return (await response.json<{ id: string }>()).id;
    };
    const first = await order("a");
    expect(await order("a")).toBe(first);
    expect(await order("b")).not.toBe(first);
    const list = await partner.read<{ data: unknown[] }>(`/v1/endpoints/${id}/replays`);
    expect(list.data).toHaveLength(2);
  });

  it.each<[string, Record<string, unknown>]>([
    ["since", {}],
    ["since", { since: "yesterday" }],
    ["since", { since: "2020-01-01T00:00:00Z" }],
    ["since", { since: "2099-01-01T00:00:00Z" }],
    ["until", { since: hoursAgo(1), until: hoursAgo(2) }],
    ["until", { failed_since: hoursAgo(2), until: hoursAgo(1) }],
    ["types", { failed_since: hoursAgo(1), types: ["message.received"] }],
    ["types", { since: hoursAgo(1), types: ["no.such"] }],
    ["senders", { since: hoursAgo(1), senders: ["1"] }],
    ["failed_since", { failed_since: 7 }],
    ["all", { all: true, since: hoursAgo(1) }],
  ])("with a bad %s is refused: %j", async (field, body) => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const response = await partner.post(`/v1/endpoints/${id}/replays`, body);
    await expectRefusal(response, 400, { field });
  });
});

describe("the operators' list of endpoints", () => {
  it("shows everybody's with their standing, a page at a time, or one partner's", async () => {
    const [first, second] = [await seedPartner(), await seedPartner()];
    const ids = [
      (await seedEndpoint(first)).id,
      (await seedEndpoint(first)).id,
      (await seedEndpoint(second)).id,
    ];
    interface Page {
      data: { id: string; partner_id: string; owed: number }[];
      next_cursor: string | null;
    }
    const read = async (query: string) =>
      (await asOperator(`/v1/admin/endpoints?${query}`)).json<Page>();
    const page = await read("limit=2");
    const rest = await read(`limit=2&cursor=${page.next_cursor}`);
    expect(rest.next_cursor).toBeNull();
    const all = [...page.data, ...rest.data];
    expect(all.map(({ id }) => id)).toEqual(ids.toSorted());
    expect(all[0]).toMatchObject({ state: "enabled", health: "healthy", owed: 0 });
    expect(JSON.stringify(all)).not.toContain("whsec_");
    const own = await read(`partner=${second.id}`);
    expect(own.data).toMatchObject([{ id: ids[2], partner_id: second.id }]);
  });

  it("is closed to partners", async () => {
    const partner = await seedPartner();
    expect((await partner.get("/v1/admin/endpoints")).status).toBe(401);
  });
});
