import { describe, expect, it, vi } from "vitest";
import { moveSession } from "../../src/database/signup-sessions.ts";
import { contentPolicy } from "../../src/pages/connect/headers.ts";
import { graph } from "../support/graph-stub.ts";
import { asOperator, call, seedPartner, services } from "../support/seed.ts";
import { loggedLines } from "../support/quiet-logs.ts";
import { partnerWith } from "../support/keys.ts";
import {
  doorsAt,
  knock,
  openSession,
  pathOf,
  OWN_ORIGIN,
  readPage,
  readState,
} from "../support/signups.ts";
import { answer, Signup } from "../support/signup.ts";
import type { PageState } from "../support/signups.ts";

const NUMBER = "+55 11 91234-5678";
const DAY_MS = 86_400_000;

describe("the page's headers", () => {
  it("keep Meta's popup alive, allow no inline script, and let nobody frame the page", async () => {
    const response = await call(pathOf(await openSession(await seedPartner())));
    expect(response.status).toBe(200);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(response.headers.get("cross-origin-opener-policy")).toBe("same-origin-allow-popups");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' https://connect.facebook.net;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
  });

  it("are not those of a page that its id alone opens: readers and events know it", async () => {
    const id = await openSession(await seedPartner());
    expect((await call(`/connect/${id}`)).status).toBe(404);
    expect((await call(`/connect/${id}-${"0".repeat(24)}`)).status).toBe(404);
    expect((await call(`/connect/${id}/state`)).status).toBe(404);
  });

  it("open to whoever may make a link: a key that reads is not shown it", async () => {
    const owner = await seedPartner();
    const id = await openSession(owner);
    const reader = await partnerWith(owner, { scopes: ["read"] });
    expect(await reader.read(`/v1/signup-sessions/${id}`)).toMatchObject({ id, url: null });
    const { url } = await owner.read<{ url: string }>(`/v1/signup-sessions/${id}`);
    expect(new URL(url).pathname).toBe(pathOf(id));
  });

  it("hold for a link that nobody knows, too", async () => {
    const response = await call("/connect/signup_0000000000000000");
    expect(response.status).toBe(404);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await response.text()).toContain("We do not know this link");
  });

  it("leave the rest of the gateway with the stricter opener policy", async () => {
    const response = await call("/health");
    expect(response.headers.get("cross-origin-opener-policy")).toBe("same-origin");
  });

  it("load scripts and styles from addresses that may be kept for ever", async () => {
    const html = await readPage(await openSession(await seedPartner()));
    const paths = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    expect(paths).toHaveLength(2);
    for (const path of paths) {
      const asset = await call(path ?? "");
      expect(asset.status).toBe(200);
      expect(asset.headers.get("cache-control")).toContain("immutable");
      expect((await asset.text()).length).toBeGreaterThan(500);
    }
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
    expect((await call("/assets/connect-000000000000.js")).status).toBe(404);
  });
});

describe("who may knock", () => {
  const body = { number: NUMBER };

  it.each([
    ["another site", { origin: "https://evil.example" }],
    ["a site whose name begins like ours", { origin: `${OWN_ORIGIN}.evil.example` }],
    ["a page that hides where it is from", { origin: "null" }],
  ])("is not %s", async (_who, headers) => {
    const session = await openSession(await seedPartner());
    const response = await knock(session, "number", body, headers);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "forbidden" });
    expect(await readState(session)).toMatchObject({ view: "start" });
  });

  it("is nobody without an origin, nor with a form's content type", async () => {
    const session = await openSession(await seedPartner());
    const { at, key } = doorsAt(pathOf(session));
    const bare = await call(`${at}/number`, {
      method: "POST",
      headers: { "content-type": "application/json", ...key },
      body: JSON.stringify(body),
    });
    expect(bare.status).toBe(403);
    const form = await knock(session, "number", body, { "content-type": "text/plain" });
    expect(form.status).toBe(400);
    expect(await readState(session)).toMatchObject({ view: "start" });
  });

  it("is nobody with a forged session id", async () => {
    for (const id of ["signup_0000000000000000", "signup_'--", "x"]) {
      const response = await knock(encodeURIComponent(id), "number", body);
      expect(response.status).toBe(404);
    }
  });

  it.each([
    ["number", { number: NUMBER, admin: true }],
    ["number", {}],
    ["event", { kind: "finished", waba_id: "21; DROP TABLE" }],
    ["event", { kind: "error", code: "a sentence that somebody typed" }],
    ["event", { kind: "paid" }],
    ["finish", { waba_id: "210000000000001" }],
    ["finish", { code: "c", phone_number_id: 310 }],
    ["confirm", { timezone: "Mars/Olympus", sync: { contacts: true, history: true } }],
    ["confirm", { timezone: "America/Bahia" }],
  ])("cannot bring %s a body of another shape: %j", async (door, odd) => {
    const session = await openSession(await seedPartner());
    const response = await knock(session, door, odd);
    expect(response.status).toBe(400);
    expect(graph.requests).toEqual([]);
  });
});

/** Cloudflare writes a request's whole address beside each line that is logged under it. */
describe("the proof in the link", () => {
  const post = (path: string, headers: Record<string, string>) =>
    call(path, {
      method: "POST",
      headers: { "content-type": "application/json", origin: OWN_ORIGIN, ...headers },
      body: JSON.stringify({ number: NUMBER }),
    });

  it("opens the script's doors from a header, and from no address", async () => {
    const session = await openSession(await seedPartner());
    const page = pathOf(session);
    const { at, key } = doorsAt(page);
    const whole = { "x-tandem-link": page.slice("/connect/".length) };
    for (const [path, headers] of [
      [page, {}],
      [page, key],
      [`${at}-`, key],
      [at, {}],
      [at, whole],
      [`${at}?x-tandem-link=${key["x-tandem-link"]}`, {}],
    ] as const) {
      const [door = "", query = ""] = path.split("?");
      expect((await post(`${door}/number?${query}`, headers)).status).toBe(404);
      expect((await call(`${door}/state?${query}`, { headers })).status).toBe(404);
      expect((await call(`${door}/page?${query}`, { headers })).status).toBe(404);
    }
    expect(loggedLines().join("\n")).not.toContain("signup.event"); // they left no line behind
    expect(await readState(session)).toMatchObject({ view: "start" });
    const taken = await post(`${at}/number`, key);
    expect(await taken.json()).toMatchObject({ ok: true, view: "ready" });
  });

  it("is of one session: another's opens nothing here", async () => {
    const partner = await seedPartner();
    const [mine, other] = [await openSession(partner), await openSession(partner)];
    const { at } = doorsAt(pathOf(mine));
    expect((await post(`${at}/number`, doorsAt(pathOf(other)).key)).status).toBe(404);
  });

  it("brings the script the page that the link opens, also on a phone that goes on", async () => {
    const session = await openReady();
    const { at, key } = doorsAt(pathOf(session));
    const fetched = await call(`${at}/page`, { headers: key });
    expect(fetched.headers.get("cache-control")).toBe("no-store, no-transform");
    expect(await fetched.text()).toBe(await readPage(session));
    const headers = { ...key, "sec-ch-ua-mobile": "?1" };
    expect(await (await call(`${at}/page`, { headers })).text()).toContain('data-view="phone"');
    const here = await call(`${at}/page?here=1`, { headers });
    expect(await here.text()).toContain('data-view="ready"');
  });

  it("is in the page's own address, under which nothing is logged", async () => {
    const ready = await openReady();
    const finished = await openReady();
    await moveSession(services().registry, finished, ["open"], { state: "finished" });
    const before = loggedLines().length;
    for (const session of [ready, finished]) await readPage(session);
    await (await call(pathOf("signup_0000000000000000"))).text(); // which is nowhere
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 8 * DAY_MS });
    await readPage(ready);
    expect(loggedLines().slice(before)).toEqual([]);
  });
});

describe("the number", () => {
  it("is kept once it can be connected, and the page moves on", async () => {
    const session = await openSession(await seedPartner());
    const response = await knock(session, "number", { number: NUMBER });
    expect(await response.json()).toMatchObject({ ok: true, view: "ready", step: "login" });
    expect(await readPage(session)).toContain("+55 11 91234 5678");
  });

  it("of a blocked country is refused with the country's name", async () => {
    const session = await openSession(await seedPartner());
    const response = await knock(session, "number", { number: "+234 803 123 4567" });
    const answer = await response.json<{ ok: boolean; reason: string; words: string }>();
    expect(answer).toMatchObject({ ok: false, reason: "country", country: "NG" });
    expect(answer.words).toContain("Nigeria");
    expect(await readState(session)).toMatchObject({ view: "start" });
  });

  it("that is not whole is refused in the owner's language", async () => {
    const session = await openSession(await seedPartner(), { locale: "pt-BR" });
    const response = await knock(session, "number", { number: "+55 11" });
    const answer = await response.json<{ reason: string; words: string }>();
    expect(answer.reason).toBe("invalid");
    expect(answer.words).toContain("não está completo");
  });

  it("that the partner gave with the session need not be typed", async () => {
    const html = await readPage(await openReady());
    expect(html).toContain('data-view="ready"');
    expect(html).toContain("+55 11 91234 5678");
  });
});

describe("what Meta's window said", () => {
  it("is told with the step where it was closed, and stays after a reload", async () => {
    const session = await openReady();
    const step = "PHONE_NUMBER_VERIFICATION";
    const response = await knock(session, "event", { kind: "cancelled", step });
    expect(await response.json()).toMatchObject({ problem: { code: "cancelled" } });
    const html = await readPage(session);
    expect(html).toContain("Meta’s window was closed before the end");
    expect(html).toContain("Scan it with your phone");
  });

  it("is explained where the wrong way was taken, and asks Meta nothing", async () => {
    const session = await openReady();
    await knock(session, "event", { kind: "wrong_branch", code: "FINISH_ONLY_WABA" });
    expect(await readPage(session)).toContain("That was another way through Meta’s window");
    expect(graph.requests).toEqual([]);
  });

  it("changes the page's stamp, so that the other tab shows it", async () => {
    const session = await openReady();
    const before = await readState(session);
    await knock(session, "event", { kind: "error", code: "524126", meta_session: "f34b51" });
    expect((await readState(session)).stamp).not.toBe(before.stamp);
  });
});

describe("the bounds of a session", () => {
  it("take no more than twenty tries a minute", async () => {
    const session = await openReady();
    const statuses = [];
    for (let tries = 0; tries < 21; tries++) {
      statuses.push((await knock(session, "event", { kind: "opened" })).status);
    }
    expect(statuses.slice(0, 15)).toEqual(Array.from({ length: 15 }, () => 200));
    expect(statuses.at(-1)).toBe(429);
  });

  it("take no second code within two seconds of the first", async () => {
    graph.respond(({ path }) =>
      path === "/oauth/access_token"
        ? Response.json({ error: { code: 100, message: "spent" } }, { status: 400 })
        : undefined,
    );
    const session = await openReady();
    const first = await knock(session, "finish", { code: "one" });
    expect(await first.json<PageState>()).toMatchObject({ state: "failed", view: "ready" });
    expect(await readPage(session)).toContain("Meta’s permission came too late");
    expect((await knock(session, "finish", { code: "two" })).status).toBe(429);
    expect(graph.requests.filter(({ path }) => path === "/oauth/access_token")).toHaveLength(1);
  });

  it("take no more than a few confirmations a minute: each of them asks Meta", async () => {
    const signup = await Signup.begin();
    const session = await signup.open();
    await signup.finish(session);
    answer(`/${signup.number.wabaId}/subscribed_apps`, () => Response.json({ data: [] }));
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      const sync = { contacts: true, history: true };
      const response = await knock(session.id, "confirm", { timezone: "Europe/Berlin", sync });
      statuses.push(response.status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    expect(await readState(session.id)).toMatchObject({ state: "awaiting_confirmation" });
  });

  it("end with its time: the page says so and the doors take nothing", async () => {
    const session = await openReady();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 8 * DAY_MS });
    expect(await readPage(session)).toContain("This link has expired");
    const response = await knock(session, "finish", { code: "late" });
    expect(response.status).toBe(409);
    expect(graph.requests).toEqual([]);
  });
});

it.each([
  "javascript:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,x",
  "//evil.example/back",
  `https://shop.example/${"x".repeat(2_000)}`,
])("the way back is never %j", async (address) => {
  const partner = await seedPartner();
  const response = await partner.post("/v1/signup-sessions", { return_url: address });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ field: "return_url" });
});

it("names that somebody else chose are text on the page, never markup", async () => {
  const odd = `</title><script src=//evil.example></script><img src=x onerror=alert(1)>"'`;
  const { id: partner } = await (
    await asOperator("/v1/admin/partners", { name: odd })
  ).json<{ id: string }>();
  const { key } = await (
    await asOperator(`/v1/admin/partners/${partner}/keys`, {})
  ).json<{ key: string }>();
  const opened = await call("/v1/signup-sessions", {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ phone_number: "+5511912345678" }),
  });
  const { id } = await opened.json<{ id: string }>();
  await moveSession(services().registry, id, ["open"], {
    state: "awaiting_confirmation",
    account: { name: odd, currency: odd, timezoneId: odd, country: odd },
    candidates: [
      { phoneNumberId: "3190", displayPhoneNumber: odd, verifiedName: odd },
      { phoneNumberId: "3191", displayPhoneNumber: odd, verifiedName: odd },
    ],
    error: { step: "x", code: "meta_error", detail: odd },
    proof: [{ name: odd, state: "missing", detail: odd }],
    onboardedAt: Date.now(),
  });
  const response = await call(pathOf(id));
  expect(response.status).toBe(200);
  const html = await response.text();
  expect(html).toContain("&lt;img src=x");
  expect(html).not.toMatch(/<script src=\/\/|<img src=x/);
});

it("a logo's address adds nothing to the page's policy but its own host", () => {
  const policy = (logo: string) => contentPolicy("https://connect.facebook.net/sdk.js", logo);
  expect(policy("https://cdn.example:8443/a.png")).toContain(" https://cdn.example:8443;");
  for (const odd of ["https://x;sandbox/a.png", "https://x,script-src/", "https://*.example/"]) {
    expect(policy(odd)).not.toMatch(/sandbox|,|\*\.example/);
  }
});

it("no number, code or id of Meta's window reaches a log, nor the link, which is a key", async () => {
  const session = await openSession(await seedPartner());
  await knock(session, "number", { number: NUMBER });
  await knock(session, "number", { number: "+234 803 123 4567" });
  await knock(session, "finish", { code: "code-of-the-owner", waba_id: "2199" });
  await knock(session, "finish", { code: "code-of-the-owner", waba_id: "2199" });
  const said = loggedLines().join("\n");
  expect(said).toContain("signup.");
  expect(said).toContain(session.slice(0, 13));
  expect(said).not.toContain(session);
  expect(said).not.toMatch(/91234|8031234567|803 123|code-of-the-owner/);
});

describe("a phone", () => {
  const IPHONE =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 Safari/604.1";

  it("is asked to pass the link on to a computer", async () => {
    const session = await openReady();
    const html = await readPage(session, { "user-agent": IPHONE });
    expect(html).toContain("Please open this link on a computer");
    expect(html).toContain(`${pathOf(session)}"`);
    expect(html).not.toContain('id="login"');
  });

  it("may go on if it is not the one with the number", async () => {
    const session = await openReady();
    const response = await call(`${pathOf(session)}?here=1`, {
      headers: { "sec-ch-ua-mobile": "?1" },
    });
    expect(await response.text()).toContain('id="login"');
  });
});

describe("languages", () => {
  it("follow the session, else the browser, else English", async () => {
    const plain = await openSession(await seedPartner());
    expect(await readPage(plain, { "accept-language": "fr;q=0.9, pt-PT;q=0.8" })).toContain(
      '<html lang="pt-BR">',
    );
    expect(await readPage(plain, { "accept-language": "fr" })).toContain('<html lang="en">');
    const english = await openSession(await seedPartner(), { locale: "en" });
    expect(await readPage(english, { "accept-language": "pt-BR" })).toContain('<html lang="en">');
  });
});

it("GET /v1/features tells all twelve rows without a key, in the language asked for", async () => {
  const response = await call("/v1/features?locale=pt-BR");
  expect(response.status).toBe(200);
  const { data, locale } = await response.json<{
    locale: string;
    data: { id: string; name: string; app: { change: string }; api: { support: string } }[];
  }>();
  expect(locale).toBe("pt-BR");
  expect(data).toHaveLength(12);
  expect(data.filter(({ app }) => app.change === "off").map(({ id }) => id)).toEqual([
    "disappearing",
    "view_once",
    "live_location",
  ]);
  expect(data.find(({ id }) => id === "chats")?.api.support).toBe("mirrored");
});

async function openReady(): Promise<string> {
  return openSession(await seedPartner(), { phone_number: "+5511912345678" });
}
