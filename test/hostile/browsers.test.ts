import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { app } from "../../src/app.ts";
import { ConsoleVisitor, signIn } from "../support/console.ts";
import { ALL_DOORS } from "../support/doors.ts";
import { waitForNothing } from "../support/impatience.ts";
import { call, seedSender } from "../support/seed.ts";
import { passTime, stopClock } from "../support/sends.ts";
import { doorsAt, OWN_ORIGIN, openSession, pathOf } from "../support/signups.ts";
import type { Partner } from "../support/seed.ts";

waitForNothing();

let partner: Partner;
let visitor: ConsoleVisitor;
/** The path of an owner's page. */
let page: string;
/** What opens the doors of its script. */
let key: Record<string, string>;

beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  ({ partner } = await seedSender());
  visitor = await signIn();
  page = pathOf(await openSession(partner));
  ({ key } = doorsAt(page));
});

/** A door with something in the place of each parameter. */
function pathTo(door: string): string {
  const [, pattern = ""] = door.split(" ");
  return pattern
    .replace(/^\/connect\/:id$/, page)
    .replace("/connect/:id", doorsAt(page).at)
    .replace("/console/senders/:key", "/console/senders/1")
    .replace("/console/partners/:id", `/console/partners/${partner.id}`)
    .replace(":version", "v24.0")
    .replaceAll(/:[a-zA-Z]+/g, "none");
}

const CONSOLE_POSTS = ALL_DOORS.filter((door) => door.startsWith("POST /console"));
const CONNECT_POSTS = ALL_DOORS.filter((door) => door.startsWith("POST /connect"));
/** No browser's: Meta's own door is kept bare, since each ack pays for it. */
const NO_BROWSERS = / \/webhooks\/meta$/;

describe("what browsers are told at every door", () => {
  const want: [header: string, pattern: RegExp][] = [
    ["x-content-type-options", /^nosniff$/],
    ["strict-transport-security", /^max-age=\d{8}/],
    ["referrer-policy", /^(no-referrer|same-origin)$/],
    ["x-frame-options", /^DENY$/],
    ["content-security-policy", /default-src 'none'.*frame-ancestors 'none'/],
    ["cross-origin-opener-policy", /^same-origin(-allow-popups)?$/],
    ["permissions-policy", /camera=\(\)/],
  ];

  it("is to frame, sniff, send and run nothing: with a sign-in and without one", async () => {
    const wrong: string[] = [];
    for (const door of ALL_DOORS.filter((each) => !NO_BROWSERS.test(each))) {
      const [method = ""] = door.split(" ");
      // A change would be made with the sign-in, and a sign-out is one.
      const senders = method === "GET" ? [visitor, new ConsoleVisitor()] : [new ConsoleVisitor()];
      for (const sender of senders) {
        const path = pathTo(door);
        const response =
          method === "GET"
            ? await sender.get(path, key)
            : await call(path, {
                method,
                headers: { origin: OWN_ORIGIN, ...key },
                redirect: "manual",
              });
        for (const [header, pattern] of want) {
          const said = response.headers.get(header) ?? "nothing";
          if (!pattern.test(said)) wrong.push(`${door}: ${response.status}, ${header}: ${said}`);
        }
        const policy = response.headers.get("content-security-policy") ?? "";
        // The documents' reader writes styles of its own; scripts are held to files everywhere.
        const loose =
          door === "GET /docs" || door === "GET /docs/problems" ? /unsafe-eval/ : /unsafe/;
        if (loose.test(policy) || /script-src[^;]*unsafe/.test(policy)) {
          wrong.push(`${door}: ${policy}`);
        }
        await response.body?.cancel();
      }
    }
    expect(wrong).toEqual([]);
  });

  it("lets the signup's page alone keep the popup that it opened", async () => {
    const opener = async (path: string) => {
      const response = await visitor.get(path);
      await response.body?.cancel();
      return response.headers.get("cross-origin-opener-policy");
    };
    expect(await opener(page)).toBe("same-origin-allow-popups");
    expect(await opener("/console")).toBe("same-origin");
  });
});

describe("a change that another site asks for", () => {
  const ORIGINS: [who: string, origin: string | null][] = [
    ["another site", "https://evil.test"],
    ["a host that begins like ours", "https://gateway.test.evil.test"],
    ["ours over http", "http://gateway.test"],
    ["ours on another port", "https://gateway.test:8443"],
    ["a sandboxed page", "null"],
    ["nobody", null],
  ];

  it.each(ORIGINS)("by %s is refused at every POST of the console", async (_who, origin) => {
    const cookie = `tandem_console=${visitor.cookie("tandem_console")}`;
    const let_in: string[] = [];
    for (const door of CONSOLE_POSTS) {
      const response = await call(pathTo(door), {
        method: "POST",
        redirect: "manual",
        headers: { cookie, ...(origin === null ? {} : { origin }) },
        body: new URLSearchParams({ name: "Mallory", token: "test-operator-token", reason: "x" }),
      });
      if (response.status !== 403 || response.headers.has("set-cookie")) {
        let_in.push(`${door}: ${response.status}`);
      }
    }
    expect(CONSOLE_POSTS.length).toBeGreaterThan(15);
    expect(let_in).toEqual([]);
    expect((await visitor.get("/console/audit")).status).toBe(200); // and nobody was signed out
  });

  it.each(ORIGINS)("by %s is refused at every POST of the owner's page", async (_who, origin) => {
    const let_in: string[] = [];
    for (const door of CONNECT_POSTS) {
      const response = await call(pathTo(door), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...key,
          ...(origin === null ? {} : { origin }),
        },
        body: "{}",
      });
      if (response.status !== 403) let_in.push(`${door}: ${response.status}`);
    }
    expect(CONNECT_POSTS.length).toBeGreaterThan(3);
    expect(let_in).toEqual([]);
  });

  it("is refused where it comes as a form, which a page may send without asking", async () => {
    for (const door of CONNECT_POSTS) {
      const response = await call(pathTo(door), {
        method: "POST",
        headers: { origin: OWN_ORIGIN, "content-type": "text/plain", ...key },
        body: '{"number":"+491701234567"}',
      });
      expect([door, response.status]).toEqual([door, 400]);
    }
  });

  it("needs a sign-in that holds, at every POST of the console", async () => {
    const let_in: string[] = [];
    const stale = visitor.cookie("tandem_console") ?? "";
    await visitor.post("/console/sign-out");
    for (const cookie of ["", "tandem_console=planted", `tandem_console=${stale}`]) {
      for (const door of CONSOLE_POSTS) {
        if (/sign-(in|out)$/.test(door)) continue;
        const response = await call(pathTo(door), {
          method: "POST",
          redirect: "manual",
          headers: { origin: OWN_ORIGIN, cookie },
          body: new URLSearchParams({ name: "Mallory", reason: "x" }),
        });
        if (response.status !== 401) let_in.push(`${door}: ${response.status}`);
      }
    }
    expect(let_in).toEqual([]);
  });
});

describe("a session of the console", () => {
  it("that somebody planted is worth nothing, and signing in makes another", async () => {
    const victim = new ConsoleVisitor();
    victim.setCookie("tandem_console", "planted-by-somebody");
    expect((await victim.get("/console")).status).toBe(303);
    await victim.post("/console/sign-in", { token: "test-operator-token" });
    expect(victim.cookie("tandem_console")).not.toContain("planted");
    expect((await victim.get("/console")).status).toBe(200);
  });

  it("is over for whoever copied its cookie once the operator signs out", async () => {
    const thief = new ConsoleVisitor();
    thief.setCookie("tandem_console", visitor.cookie("tandem_console") ?? "");
    expect((await thief.get("/console")).status).toBe(200);
    expect((await visitor.post("/console/sign-out")).status).toBe(303);
    expect((await thief.get("/console")).headers.get("location")).toBe("/console/sign-in");
    expect((await thief.post("/console/partners", { name: "Mallory" })).status).toBe(401);
  });

  it("may begin in the very instant in which the one before ended", async () => {
    stopClock();
    await visitor.post("/console/sign-out");
    const again = await signIn();
    expect((await again.get("/console")).status).toBe(200);
    expect(await again.read("/console/audit")).toContain("console.sign_out");
  });

  it("ends for one operator, and not for another", async () => {
    const tokens = { ...env, OPERATOR_TOKENS: "ada:test-operator-token,bob:token-of-bob" };
    const at = (path: string, init: RequestInit) =>
      app.fetch(new Request(`${OWN_ORIGIN}${path}`, init), tokens);
    const signedIn = await at("/console/sign-in", {
      method: "POST",
      headers: { origin: OWN_ORIGIN },
      body: new URLSearchParams({ token: "token-of-bob" }),
    });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    await visitor.post("/console/sign-out");
    expect((await at("/console/audit", { headers: { cookie } })).status).toBe(200);
  });

  it("is not ended by whoever has none", async () => {
    await new ConsoleVisitor().post("/console/sign-out");
    expect((await visitor.get("/console")).status).toBe(200);
  });
});

describe("addresses that lead elsewhere", () => {
  const ELSEWHERE = [
    "//evil.test",
    "/\\evil.test",
    "https:evil.test",
    "https://gateway.test@evil.test/",
    "javascript:alert(1)",
    "\u0000//evil.test",
  ];

  it("are not where a sign-in leads, whatever the page was asked with", async () => {
    for (const next of ELSEWHERE) {
      const quoted = encodeURIComponent(next);
      const fresh = new ConsoleVisitor();
      const response = await fresh.post(
        `/console/sign-in?next=${quoted}&return_url=${quoted}&redirect=${quoted}`,
        { token: "test-operator-token", next, return_url: next },
      );
      expect(response.headers.get("location")).toBe("/console");
    }
    for (const path of [
      "//evil.test",
      "/%5Cevil.test",
      "/console//evil.test",
      "/console/%2e%2e//evil.test",
    ]) {
      const response = await new ConsoleVisitor().get(path);
      const to = response.headers.get("location") ?? "/console/sign-in";
      expect(new URL(to, OWN_ORIGIN).origin).toBe(OWN_ORIGIN);
      await response.body?.cancel();
    }
  });

  it("are no partner's return address unless they are http or https, whole", async () => {
    for (const return_url of ELSEWHERE.filter((each) => !each.startsWith("https:"))) {
      const response = await partner.post("/v1/signup-sessions", { return_url });
      expect([return_url, response.status]).toEqual([return_url, 400]);
      expect(await response.json()).toMatchObject({ field: "return_url" });
    }
    for (const scheme of [
      "data:text/html,x",
      "vbscript:x",
      "file:///etc/passwd",
      "blob:https://a/b",
    ]) {
      const response = await partner.post("/v1/signup-sessions", { return_url: scheme });
      expect([scheme, response.status]).toEqual([scheme, 400]);
    }
  });
});

describe("guesses", () => {
  const knock = (path: string, token: string, from: string | null = "203.0.113.9") =>
    call(path, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(from === null ? {} : { "cf-connecting-ip": from }),
      },
    });
  const guess = async (path: string, times: number, from?: string) => {
    for (let n = 0; n < times; n += 1) {
      expect((await knock(path, `tdm_guess_${n}`, from)).status).toBe(401);
    }
  };

  it("at operators' tokens are held after thirty a minute, also the right one", async () => {
    stopClock();
    const path = "/v1/admin/unrouted";
    await guess(path, 30);
    const held = await knock(path, "guess-of-another");
    expect(held.status).toBe(429);
    expect(Number(held.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await knock(path, "test-operator-token")).status).toBe(429);
    expect((await knock(path, "test-operator-token", "203.0.113.10")).status).toBe(200);
    expect((await knock(path, "test-operator-token", null)).status).toBe(200);
    passTime(61_000);
    expect((await knock(path, "test-operator-token")).status).toBe(200);
  });

  it("at partners' keys are held, in each surface's shape, and the right key beside them goes on", async () => {
    stopClock();
    const from = "2001:db8:9::1";
    await guess("/v1/senders", 30, from);
    const held = await knock("/v1/senders", "tdm_guess_x", "2001:db8:9:0:ffff::2");
    expect(held.status).toBe(429);
    expect(await held.json()).toMatchObject({ code: "too_many_requests" });
    const graph = await knock("/v24.0/123", "tdm_guess_x", from);
    expect(graph.status).toBe(429);
    expect(await graph.json()).toMatchObject({ error: { code: 80007 } });
    expect((await knock("/v1/senders", partner.key, from)).status).toBe(200);
  });

  it("are in the log by a hash of where they come from, and without what was shown", async () => {
    vi.restoreAllMocks();
    stopClock();
    const lines: string[] = [];
    vi.spyOn(console, "warn").mockImplementation((line: string) => void lines.push(line));
    await guess("/v1/admin/unrouted", 2, "203.0.113.77");
    await guess("/v1/senders", 30, "203.0.113.77");
    const lineOf = (event: string) => lines.filter((line) => line.includes(`"${event}"`));
    expect(lineOf("operator.refused")).toHaveLength(2);
    expect(lineOf("key.refused")).toHaveLength(1);
    expect(lines.join("")).not.toMatch(/203\.0\.113|tdm_guess/);
  });
});
