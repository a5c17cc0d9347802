import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { waitForNothing } from "../support/impatience.ts";
import { app } from "../../src/app.ts";
import { ConsoleVisitor, signIn } from "../support/console.ts";
import { asOperator, call, seedSender } from "../support/seed.ts";
import { passTime, stopClock } from "../support/sends.ts";

waitForNothing();

const HOUR_MS = 3_600_000;

describe("signing in to the console", () => {
  it("leads to the overview, by a cookie that no script reads and no other site sends", async () => {
    const visitor = new ConsoleVisitor();
    const response = await visitor.post("/console/sign-in", { token: " test-operator-token " });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/console");
    const cookie = response.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).toMatch(/Path=\/console/);
    expect(cookie).toMatch(/Max-Age=43200/);
    expect(cookie).not.toContain("test-operator-token");
    expect(await visitor.read("/console")).toContain("ada");
  });

  it("makes the cookie Secure where the gateway is reached by https", async () => {
    const https = { ...env, PUBLIC_URL: "https://gateway.test" };
    const request = new Request("https://gateway.test/console/sign-in", {
      method: "POST",
      headers: { origin: "https://gateway.test" },
      body: new URLSearchParams({ token: "test-operator-token" }),
    });
    const response = await app.fetch(request, https);
    expect(response.headers.get("set-cookie")).toMatch(/; Secure/);
  });

  it.each([
    ["nothing", ""],
    ["a wrong token", "wrong"],
    ["the name with the token", "ada:test-operator-token"],
    ["part of the token", "test-operator"],
  ])("with %s is refused, and no page opens", async (_what, token) => {
    const visitor = new ConsoleVisitor();
    const response = await visitor.post("/console/sign-in", { token });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain("no operator");
    expect((await visitor.get("/console")).headers.get("location")).toBe("/console/sign-in");
  });

  it("is slowed after five failures, for that address alone, until the pause is over", async () => {
    stopClock();
    const visitor = new ConsoleVisitor();
    const attempt = (token: string, from = "203.0.113.7") =>
      visitor.post("/console/sign-in", { token }, { "cf-connecting-ip": from });
    await Promise.all(["a", "b", "c", "d", "e", "f"].map((token) => attempt(token)));
    // Even the right one: whoever guesses learns nothing within the pause.
    expect((await attempt("test-operator-token")).status).toBe(429);
    expect((await attempt("test-operator-token", "203.0.113.8")).status).toBe(303);
    passTime(4_000);
    expect((await attempt("test-operator-token")).status).toBe(303);
    expect((await attempt("wrong")).status).toBe(401); // forgiven: the count began anew
  });

  it("is slowed for a whole IPv6 network: whoever has one address of it has them all", async () => {
    stopClock();
    const visitor = new ConsoleVisitor();
    const attempt = (from: string) =>
      visitor.post("/console/sign-in", { token: "wrong" }, { "cf-connecting-ip": from });
    for (const host of [":1", ":2", ":aa:bb", "3:4:5:6", ":ffff"]) {
      expect((await attempt(`2001:db8:0:7:${host}`)).status).toBe(401);
    }
    expect((await attempt("2001:db8:0:7::6")).status).toBe(429);
    expect((await attempt("2001:0DB8::7:0:0:0:7")).status).toBe(429);
    expect((await attempt("2001:db8:0:8::1")).status).toBe(401);
    expect((await attempt("2001:db8::1")).status).toBe(401);
  });

  it("reads no form of any size before it knows who sends it", async () => {
    const response = await new ConsoleVisitor().post("/console/sign-in", {
      token: "x".repeat(100_000),
    });
    expect(response.status).toBe(413);
  });

  it.each([
    ["/console"],
    ["/console/senders"],
    ["/console/senders/1"],
    ["/console/senders/1/conversations"],
    ["/console/signups"],
    ["/console/partners"],
    ["/console/left-over"],
    ["/console/audit"],
  ])("is asked for at %s", async (path) => {
    const response = await call(path, { redirect: "manual" });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/console/sign-in");
    expect((await call(path, { headers: { "x-live": "1" } })).status).toBe(401);
  });

  it("holds for 12 hours", async () => {
    stopClock();
    const visitor = await signIn();
    passTime(12 * HOUR_MS - 1_000);
    expect((await visitor.get("/console")).status).toBe(200);
    passTime(1_000);
    expect((await visitor.get("/console")).status).toBe(303);
  });

  it("ends when the operator's token is rotated away, and not when a second is added", async () => {
    const visitor = await signIn();
    const cookie = `tandem_console=${visitor.cookie("tandem_console")}`;
    const withTokens = (OPERATOR_TOKENS: string) =>
      app.fetch(new Request("https://gateway.test/console/audit", { headers: { cookie } }), {
        ...env,
        OPERATOR_TOKENS,
      });
    expect((await withTokens("ada:fresh-token,ada:test-operator-token")).status).toBe(200);
    expect((await withTokens("ada:fresh-token")).status).toBe(303);
    expect((await withTokens("bob:test-operator-token")).status).toBe(303);
  });

  it("holds for an operator whose name no Latin-1 can write", async () => {
    const own = { ...env, OPERATOR_TOKENS: "Łucja:her-token" };
    const signedIn = await app.fetch(
      new Request("https://gateway.test/console/sign-in", {
        method: "POST",
        headers: { origin: "https://gateway.test" },
        body: new URLSearchParams({ token: "her-token" }),
      }),
      own,
    );
    expect(signedIn.status).toBe(303);
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const page = await app.fetch(
      new Request("https://gateway.test/console/audit", { headers: { cookie } }),
      own,
    );
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("Łucja");
  });

  it("is over after signing out", async () => {
    const visitor = await signIn();
    expect((await visitor.post("/console/sign-out")).status).toBe(303);
    expect((await visitor.get("/console")).status).toBe(303);
  });

  it("is not to be had by a cookie that was changed, or that is for something else", async () => {
    const visitor = await signIn();
    const cookie = decodeURIComponent(visitor.cookie("tandem_console") ?? "");
    const [value = "", signature = ""] = cookie.split(/\.(?=[^.]+$)/);
    const forged = btoa(
      JSON.stringify({ ...(JSON.parse(atob(value)) as object), name: "mallory" }),
    ).replace(/=+$/, "");
    visitor.setCookie("tandem_console", encodeURIComponent(`${forged}.${signature}`));
    expect((await visitor.get("/console")).status).toBe(303);

    const other = await signIn();
    await seedSender();
    await other.post("/console/senders/1/content/show", { reason: "A complaint." });
    const content = other.cookie("tandem_content") ?? "";
    expect(content).not.toBe("");
    other.setCookie("tandem_console", content);
    expect((await other.get("/console")).status).toBe(303);
  });
});

describe("changes from elsewhere", () => {
  it.each([
    ["another site", "https://evil.test"],
    ["a sandboxed page", "null"],
    ["nobody", ""],
  ])("sent by %s are refused, also with the cookie", async (_who, origin) => {
    const visitor = await signIn();
    const response = await visitor.post("/console/partners", { name: "Mallory" }, { origin });
    expect(response.status).toBe(403);
    expect(await visitor.read("/console/partners")).not.toContain("Mallory");
  });

  it("without a sign-in are refused", async () => {
    const response = await new ConsoleVisitor().post("/console/partners", { name: "Mallory" });
    expect(response.status).toBe(401);
    const { data } = await (await asOperator("/v1/admin/dead-letters")).json<{ data: unknown[] }>();
    expect(data).toEqual([]);
  });
});

describe("what browsers are told", () => {
  it("is to run nothing but our script, to frame nothing, and to keep nothing", async () => {
    const visitor = await signIn();
    for (const path of ["/console", "/console/sign-in", "/console/senders/77"]) {
      const { headers } = await visitor.get(path);
      const csp = headers.get("content-security-policy") ?? "";
      expect(csp).toContain("default-src 'none'");
      expect(csp).toContain("script-src 'self'");
      expect(csp).not.toContain("unsafe");
      expect(csp).toContain("frame-ancestors 'none'");
      expect(headers.get("cache-control")).toBe("no-store, no-transform");
    }
  });

  it("is to keep scripts and styles, whose names change with them", async () => {
    const html = await (await signIn()).read("/console");
    const paths = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? "");
    expect(paths).toHaveLength(2);
    for (const path of paths) {
      const response = await call(path);
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toContain("immutable");
      await response.text();
    }
    expect((await call("/assets/console-0.js")).status).toBe(404);
  });
});
