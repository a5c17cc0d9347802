import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { readSettings } from "../../src/env.ts";
import { limitWaits } from "../../src/routes/limit-waits.ts";
import { openDatasets, reports } from "../support/conversions.ts";
import { callWith } from "../support/keys.ts";
import { loggedLines } from "../support/quiet-logs.ts";
import { HOOK, seedEndpoint } from "../support/registered-endpoints.ts";
import { call, seedSender } from "../support/seed.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

/** What no database column, cursor or list was made for. */
const NASTY: [string, string][] = [
  ["a NUL", "a\u0000b"],
  ["half of a pair", "x\ud800y"],
  ["quotes and JSON", `"]}'--;{"$.x":1}`],
  ["a path of JSON", "$.secret"],
  ["markup", "<script>alert(1)</script>"],
  ["the name of a prototype", "__proto__"],
  ["200 signs of four bytes", "💥".repeat(100)],
];

let partner: Partner;
let number: TestNumber;
let endpoint: string;

beforeEach(async () => {
  ({ partner, number } = await seedSender());
  endpoint = (await seedEndpoint(partner)).id;
});

describe.each(NASTY)("%s", (_name, text) => {
  const quoted = encodeURIComponent(text.toWellFormed());

  it("in a body is taken or refused, and never breaks the gateway", async () => {
    openDatasets();
    const at = `/v1/endpoints/${endpoint}`;
    const key = partner.key.split("_")[1] ?? "";
    const bodies: [string, string, object][] = [
      ["POST", "/v1/endpoints", { url: text }],
      ["POST", "/v1/endpoints", { url: `${HOOK}/${text}` }],
      ["POST", "/v1/endpoints", { url: HOOK, description: text }],
      ["POST", "/v1/endpoints", { url: HOOK, types: [text] }],
      ["POST", "/v1/endpoints", { url: HOOK, senders: [text] }],
      ["POST", "/v1/endpoints", { url: HOOK, [text]: 1 }],
      ["PATCH", at, { description: text }],
      ["PATCH", at, { types: [text] }],
      ["PATCH", at, { senders: [text] }],
      ["PATCH", at, { [text]: text }],
      ["POST", `${at}/replays`, { since: text }],
      ["POST", `${at}/replays`, { since: new Date().toISOString(), senders: [text] }],
      ["POST", `${at}/test`, { type: text }],
      ["POST", "/v1/keys", { name: text, scopes: ["read"] }],
      ["POST", "/v1/keys", { name: "x", scopes: ["read"], senders: [text] }],
      ["PATCH", `/v1/keys/${key}`, { name: text }],
      ["PATCH", `/v1/keys/${key}`, { senders: [text] }],
      ["PATCH", `/v1/keys/${key}`, { expires_at: text }],
      ["POST", `/v1/senders/${number.id}/conversions`, { name: text, customer: "15550001111" }],
      ["POST", `/v1/senders/${number.id}/conversions`, { name: "LeadSubmitted", ctwa_clid: text }],
      ["POST", `/v1/senders/${number.id}/conversions`, { name: "LeadSubmitted", customer: text }],
      [
        "POST",
        `/v1/senders/${number.id}/conversions`,
        { name: "LeadSubmitted", detected_in: text },
      ],
      [
        "POST",
        `/v1/senders/${number.id}/conversions`,
        { name: "LeadSubmitted", ctwa_clid: "c", custom_data: { [text]: text } },
      ],
      [
        "POST",
        `/v1/senders/${number.id}/conversions`,
        { name: "LeadSubmitted", ctwa_clid: "c", custom_data: { order: text } },
      ],
    ];
    const broken: string[] = [];
    for (const [method, path, body] of bodies) {
      const response = await callWith(partner.key, method, path, body);
      if (response.status >= 500)
        broken.push(
          `${method} ${path} ${JSON.stringify(body)}: ${response.status} ${await response.text()}`,
        );
    }
    expect(broken).toEqual([]);
  });

  it("in an address is taken or refused, and never breaks the gateway", async () => {
    const at = `/v1/endpoints/${endpoint}`;
    const cursor = Buffer.from(JSON.stringify([1, text])).toString("base64url");
    const positions = Buffer.from(JSON.stringify({ v: 1, at: { [text]: 4 } })).toString(
      "base64url",
    );
    const paths = [
      `/v1/endpoints/${quoted}`,
      `${at}/deliveries?cursor=${quoted}`,
      `${at}/deliveries?cursor=${cursor}`,
      `${at}/deliveries?sender=${quoted}&type=${quoted}`,
      `${at}/deliveries/${quoted}`,
      `${at}/replays/${quoted}`,
      `/v1/events?after=${quoted}`,
      `/v1/events?after=${positions}`,
      `/v1/events?sender=${quoted}`,
      `/v1/events?types=${quoted}`,
      `/v1/event-types/${quoted}`,
      `/v1/senders/${quoted}/customers`,
      `/v1/senders/${number.id}/customers/${quoted}`,
      `/v1/senders/${number.id}/customers?cursor=${quoted}`,
      `/v1/senders/${number.id}/conversions/${quoted}`,
      `/v1/senders/${number.id}/conversions?name=${quoted}`,
      `/v1/senders/${number.id}/notices?field=${quoted}&template=${quoted}`,
      `/v1/signup-sessions/${quoted}`,
    ];
    const broken: string[] = [];
    for (const path of paths) {
      const response = await partner.get(path);
      if (response.status >= 500)
        broken.push(`${path}: ${response.status} ${await response.text()}`);
    }
    for (const method of ["PATCH", "DELETE"]) {
      const response = await callWith(partner.key, method, `/v1/keys/${quoted}`, { name: "x" });
      if (response.status >= 500) broken.push(`${method} key: ${response.status}`);
    }
    expect(broken).toEqual([]);
  });
});

describe("cursors of a stranger's making", () => {
  it.each([
    { v: 1, at: { DB: 9_007_199_254_740_991 } },
    { v: 1, at: { DB: 1e300 } },
    { v: 1, at: { DB: 0.5 } },
    { v: 1, at: { DB: -1 } },
    { v: 1, at: { DB: "1 OR 1" } },
    { v: 1, at: [] },
    { v: 1, at: null },
    { v: 2, at: {} },
    null,
    [],
  ])("%j are refused or find nothing", async (value) => {
    const after = Buffer.from(JSON.stringify(value)).toString("base64url");
    const response = await partner.get(`/v1/events?after=${after}`);
    expect([200, 400, 410]).toContain(response.status);
    for (const path of ["customers", "conversions", "notices"]) {
      const page = await partner.get(`/v1/senders/${number.id}/${path}?cursor=${after}`);
      expect([200, 400]).toContain(page.status);
    }
  });
});

describe("an Idempotency-Key of 10 kB", () => {
  it("is refused, and nothing is reported or told again", async () => {
    openDatasets();
    const headers = { "idempotency-key": "k".repeat(10_000) };
    const since = new Date(Date.now() - 60_000).toISOString();
    const report = { name: "LeadSubmitted", ctwa_clid: "c" };
    for (const [path, body] of [
      [`/v1/senders/${number.id}/conversions`, report],
      [`/v1/endpoints/${endpoint}/replays`, { since }],
    ] as const) {
      const response = await partner.post(path, body, headers);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ field: "Idempotency-Key" });
    }
    expect(reports()).toEqual([]);
    expect(await partner.read(`/v1/endpoints/${endpoint}/replays`)).toEqual({
      data: [],
      next_cursor: null,
    });
  });
});

describe("what a refusal says", () => {
  it("is not as long as what was sent", async () => {
    const long = "z".repeat(50_000);
    for (const [path, body] of [
      ["/v1/endpoints", { [long]: 1 }],
      ["/v1/endpoints", { url: HOOK, types: [long.slice(0, 200)] }],
      [
        "/v1/keys",
        {
          name: "x",
          scopes: ["read"],
          ...Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`field_${n}`, n])),
        },
      ],
      [`/v1/senders/${number.id}/conversions`, { name: long, customer: "1" }],
      [`/v1/senders/${number.id}/conversions`, { name: "Purchase", custom_data: { [long]: 1 } }],
    ] as const) {
      const text = await (await partner.post(path, body)).text();
      expect(text.length).toBeLessThan(3_000);
    }
    const types = Array.from({ length: 300 }, (_, n) => `type_${n}`).join(",");
    expect((await (await partner.get(`/v1/events?types=${types}`)).text()).length).toBeLessThan(
      3_000,
    );
    const type = await call(`/v1/event-types/${"t".repeat(8_000)}`);
    expect((await type.text()).length).toBeLessThan(3_000);
  });
});

describe("the rate of a key", () => {
  it("counts each call once, whichever door it goes to", async () => {
    const left = async (path: string) => {
      const said = (await partner.get(path)).headers.get("ratelimit") ?? "";
      return Number(/;r=(\d+)/.exec(said)?.[1]);
    };
    for (const path of [
      `/v1/senders/${number.id}`,
      `/v1/senders/${number.id}/sends/send_1`,
      `/v1/senders/${number.id}/batches/batch_1`,
      `/v1/endpoints/${endpoint}`,
      "/v1/keys",
      "/v1/events",
      `/v24.0/${number.id}`,
    ]) {
      const before = await left("/v1/senders");
      expect([path, before - (await left(path))]).toEqual([path, 1]);
    }
  });
});

describe("calls that wait for events", () => {
  it("are a few of each key at once, and the next is let in when one ends", async () => {
    const after = (await partner.page("after=now")).next_cursor;
    const wait = () => partner.get(`/v1/events?after=${after}&wait=3`);
    const answers = await Promise.all(Array.from({ length: 25 }, wait));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(refused).toHaveLength(5);
    expect(refused[0]?.headers.get("retry-after")).toBe("1");
    expect((await wait()).status).toBe(200);
  });

  it("whose end nobody saw are over by their own time", async () => {
    const now = Date.now();
    const cutOff = () => new Promise<never>(() => undefined);
    for (let n = 0; n < 20; n += 1) void limitWaits("cut", { now, waitMs: 25_000 }, cutOff);
    const again = (at: number) =>
      limitWaits("cut", { now: at, waitMs: 25_000 }, () => Promise.resolve("in"));
    await expect(again(now + 29_000)).rejects.toMatchObject({ code: "too_many_requests" });
    expect(await again(now + 31_000)).toBe("in");
  });
});

describe("settings that would let partners call what is private", () => {
  const deployed = { ...env, PUBLIC_URL: "https://gateway.example" };

  it.each([{ ENDPOINT_NETWORK: "any" }, { DOH_URL: "http://resolver.example/dns-query" }])(
    "do not serve where the gateway is deployed: %j",
    (setting) => {
      const [name = ""] = Object.keys(setting);
      expect(() => readSettings({ ...deployed, ...setting })).toThrow(name);
      expect(() => readSettings({ ...env, ...setting })).not.toThrow();
      expect(() => readSettings({ ...deployed })).not.toThrow();
    },
  );
});

describe("log lines", () => {
  it("hold no secret, token, number or text of what was asked here", async () => {
    openDatasets();
    const at = `/v1/endpoints/${endpoint}`;
    const marked = `${HOOK}?token=in-the-address`;
    await partner.call("PATCH", at, { url: marked, description: "what-it-is-for" });
    await partner.post(`${at}/rotate-secret`, {});
    await partner.post(`${at}/test`, {});
    await partner.post("/v1/keys", { name: "name-of-a-key", scopes: ["read"] });
    await partner.post(`/v1/senders/${number.id}/conversions`, {
      name: "LeadSubmitted",
      ctwa_clid: "the-clid",
    });
    await partner.post("/v1/endpoints", { url: "https://10.0.0.1/?token=in-the-address" });
    const said = loggedLines().join("\n");
    expect(said).toContain("endpoint.changed");
    expect(said).not.toMatch(
      /whsec_|tdm_|token-of-|in-the-address|what-it-is-for|name-of-a-key|the-clid/,
    );
    expect(said).not.toContain(number.phone);
  });
});
