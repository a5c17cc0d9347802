import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ASSETS } from "../../src/pages/assets/built.ts";
import { asOperator, call, seedSender } from "../support/seed.ts";

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

describe("the request id", () => {
  const doors: [string, RequestInit, number][] = [
    ["/health", {}, 200],
    ["/nowhere", {}, 404],
    ["/v1/senders", {}, 401],
    ["/v1/features", {}, 200],
    ["/v24.0/123/messages", { method: "POST" }, 401],
    ["/123456/messages", { method: "POST" }, 401],
    ["/webhooks/meta", { method: "POST", body: "{}" }, 401],
    ["/webhooks/meta?hub.mode=subscribe&hub.verify_token=wrong", {}, 403],
    ["/media/none", {}, 403],
    [ASSETS["connect.css"], {}, 200],
    ["/assets/none.js", {}, 404],
    ["/docs", {}, 200],
    ["/docs/problems", {}, 200],
    ["/openapi.json", {}, 200],
    ["/console", {}, 200],
    ["/connect/signup_none", {}, 404],
  ];

  it.each(doors)("stands on the answer of %s", async (path, init, status) => {
    const response = await call(path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get("x-request-id")).toMatch(UUID);
    await response.body?.cancel();
  });

  it("is the same in the header, in a problem and in an error of the Cloud API", async () => {
    const native = await call("/v1/senders");
    expect(await native.json()).toMatchObject({ request_id: native.headers.get("x-request-id") });
    const graph = await call("/v24.0/123/messages", { method: "POST" });
    const { error } = await graph.json<{ error: { fbtrace_id: string } }>();
    expect(error.fbtrace_id).toBe(graph.headers.get("x-request-id"));
  });

  it.each(["order-1002", "7f1b9a2c-0d6e-4c1a-9f0e-2f0c1a7f1b11", "trace.a_1"])(
    "is the caller's own where it looks like one: %s",
    async (id) => {
      const response = await call("/health", { headers: { "x-request-id": id } });
      expect(response.headers.get("x-request-id")).toBe(id);
    },
  );

  it.each([
    ["a phone number", "15550100001"],
    ["a key", "tdm_abcdefgh_ijklmnop"],
    ["short", "abc"],
    ["endless", "a".repeat(65)],
    ["a sentence", "my dear order"],
    ["a lookalike of a header", "abcdefgh:injected"],
  ])("is ours where the caller's is %s", async (_what, id) => {
    const response = await call("/health", { headers: { "x-request-id": id } });
    expect(response.headers.get("x-request-id")).toMatch(UUID);
  });

  it("is told even where settings are missing, and nothing else is", async () => {
    const { app } = await import("../../src/app.ts");
    const { META_APP_SECRET: _, ...rest } = env as unknown as Record<string, unknown>;
    const response = await app.request("/v1/senders", {}, rest);
    expect(response.status).toBe(500);
    const body = await response.json<Record<string, unknown>>();
    expect(body).toMatchObject({
      code: "internal",
      request_id: response.headers.get("x-request-id"),
    });
    expect(JSON.stringify(body)).not.toContain("META_APP_SECRET");
  });
});

describe("the rate of a key", () => {
  it("is told on every answer to it, on both surfaces, and on refusals", async () => {
    const { partner, number } = await seedSender();
    const quota = env.API_RATE_PER_MINUTE;
    for (const [path, left] of [
      ["/v1/senders", 1],
      ["/v1/senders/none", 2],
      [`/v24.0/${number.id}/nothing`, 3],
      ["/v1/events", 4],
    ] as const) {
      const response = await partner.get(path);
      expect(response.headers.get("ratelimit-policy")).toBe(`"key";q=${quota};w=60`);
      expect(response.headers.get("ratelimit")).toMatch(
        new RegExp(`^"key";r=${Number(quota) - left};t=([1-9]|[1-5][0-9]|60)$`),
      );
    }
  });

  it("is not told to operators, and to nobody without a key", async () => {
    const operator = await asOperator("/v1/admin/unrouted");
    expect(operator.headers.has("ratelimit")).toBe(false);
    expect((await call("/v1/senders")).headers.has("ratelimit")).toBe(false);
  });

  it("refuses what is over it, in the shape of the surface, until the window is over", async () => {
    const { partner, number } = await seedSender();
    const { app } = await import("../../src/app.ts");
    const small = { ...env, API_RATE_PER_MINUTE: "3" };
    const get = (path: string) =>
      app.request(path, { headers: { authorization: `Bearer ${partner.key}` } }, small);
    for (let made = 0; made < 3; made++) expect((await get("/v1/senders")).status).toBe(200);

    const native = await get("/v1/senders");
    expect(native.status).toBe(429);
    const seconds = Number(native.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(native.headers.get("ratelimit")).toMatch(/^"key";r=0;t=\d+$/);
    expect(await native.json()).toMatchObject({
      code: "too_many_requests",
      type: `${env.PUBLIC_URL}/docs/problems#too_many_requests`,
    });

    const graph = await get(`/v24.0/${number.id}`);
    expect(graph.status).toBe(429);
    expect(Number(graph.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await graph.json()).toMatchObject({
      error: { code: 80007, type: "OAuthException", is_transient: true },
    });

    const { vi } = await import("vitest");
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ["Date"] });
    expect((await get("/v1/senders")).status).toBe(200);
  });

  it("is counted for each key apart", async () => {
    const { partner } = await seedSender();
    const other = await seedSender();
    await partner.get("/v1/senders");
    await partner.get("/v1/senders");
    const response = await other.partner.get("/v1/senders");
    const left = /r=(\d+)/.exec(response.headers.get("ratelimit") ?? "")?.[1];
    expect(Number(left)).toBe(Number(env.API_RATE_PER_MINUTE) - 1);
  });
});

it("a file's own headers stay as they are beside the request id", async () => {
  const response = await exports.default.fetch("https://gateway.test/openapi.json");
  expect(response.headers.get("content-type")).toContain("application/json");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("x-request-id")).toMatch(UUID);
  await response.body?.cancel();
});
