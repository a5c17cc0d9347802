import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { findSession } from "../../src/database/signup-sessions.ts";
import { listSealedEndpoints, resealEndpoint, resealSession } from "../../src/database/sealed.ts";
import { resealToken } from "../../src/durable/reseal-token.ts";
import { SettingsStore } from "../../src/durable/settings-store.ts";
import { Vault } from "../../src/lib/seal.ts";
import { sessionPath } from "../../src/lib/session-link.ts";
import { hashOfKey } from "../../src/operations/archive-keys.ts";
import { linkMedia } from "../../src/operations/link-media.ts";
import { rotateEndpointSecret } from "../../src/operations/rotate-endpoint-secret.ts";
import { sweepSealed } from "../../src/operations/sweep-sealed.ts";
import { Deployment } from "../support/deployment.ts";
import { eventually } from "../support/eventually.ts";
import { graph } from "../support/graph-stub.ts";
import { waitForNothing } from "../support/impatience.ts";
import { HOOK, readRow, resolveHook } from "../support/registered-endpoints.ts";
import { newNumber, services } from "../support/seed.ts";
import { passTime, sendPath, stopClock, templateTo } from "../support/sends.ts";
import { answerAsMeta, TOKEN } from "../support/signup.ts";
import { archiveKeys, configOf, historySettled, rowsOf, senderOf } from "../support/storage.ts";
import { CUSTOMER, historyChunk, inbound, textMessage } from "../support/webhooks.ts";
import type { Sealed } from "../../src/lib/seal.ts";
import type { SenderConfig } from "../../src/durable/sender-state.ts";
import type { TestNumber } from "../support/seed.ts";

/*
 * Each secret is rotated as docs/operating.md says: before, while both hold, and after the old one
 * is gone. What has to go on goes on in all three.
 */

waitForNothing();

const OPERATOR = "test-operator-token";
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The tests' own keys: objects have both of them. */
const [NEW_KEY = "", OLD_KEY = ""] = env.TOKEN_KEYS.split(",");
const LOST_KEY = `k9:${btoa("9".repeat(32))}`;

interface Secrets {
  token_keys: {
    in_force_since: string | null;
    counted_at: string | null;
    counting: boolean;
    unopened: number;
    failed: number;
    keys: {
      id: string;
      state: string;
      records: { senders: number; endpoints: number; signup_sessions: number };
      may_be_removed: boolean;
    }[];
  };
  api_key_pepper: {
    keys: { current: number; previous: number; lost: number };
    previous: { links_until: string | null; may_be_removed: boolean } | null;
    waiting: { id: string; partner_id: string; last_used_at: string | null }[];
  };
  app_secret: { previous: { last_seen_at: string | null; may_be_removed: boolean } | null };
  operators: { name: string; tokens: number }[];
}

const readSecrets = (gateway: Deployment) => gateway.read<Secrets>(OPERATOR, "/v1/admin/secrets");

interface Doctor {
  findings: { name: string; state: string; detail: string }[];
}

async function findingOf(gateway: Deployment, name: string) {
  const { findings } = await gateway.read<Doctor>(OPERATOR, "/v1/admin/doctor");
  return findings.find((each) => each.name === name);
}

/** A partner of this deployment, with a key. */
async function seedPartner(
  gateway: Deployment,
): Promise<{ id: string; key: string; keyId: string }> {
  const { id } = await gateway.read<{ id: string }>(OPERATOR, "/v1/admin/partners", "POST", {
    name: "Rotating",
  });
  const made = await giveKey(gateway, id);
  return { id, key: made.key, keyId: made.id };
}

function giveKey(gateway: Deployment, partner: string): Promise<{ id: string; key: string }> {
  return gateway.read(OPERATOR, `/v1/admin/partners/${partner}/keys`, "POST", { name: "backend" });
}

async function importNumber(gateway: Deployment, partner: string): Promise<TestNumber> {
  const number = newNumber();
  await gateway.read(OPERATOR, "/v1/admin/senders", "POST", {
    partner_id: partner,
    phone_number_id: number.id,
    waba_id: number.wabaId,
    display_phone_number: `+${number.phone}`,
    access_token: `token-of-${number.id}`,
    timezone: "Europe/Berlin",
  });
  return number;
}

/** Tokens that Graph has been sent with, in order. */
const tokensSent = () =>
  graph.requests
    .filter(({ path }) => path.endsWith("/messages"))
    .map(({ authorization }) => authorization?.replace("Bearer ", ""));

/** Sweeps until a round has come to its end. */
async function sweepAround(gateway: Deployment): Promise<void> {
  await gateway.sweep();
  passTime(5 * MINUTE_MS);
  await sweepSealed(gateway.services);
}

describe("a new key in TOKEN_KEYS", () => {
  const before = new Deployment({ TOKEN_KEYS: OLD_KEY });
  const during = new Deployment({ TOKEN_KEYS: `${NEW_KEY},${OLD_KEY}` });
  const after = new Deployment({ TOKEN_KEYS: NEW_KEY });
  let partner: { id: string; key: string };
  let number: TestNumber;

  beforeEach(async () => {
    stopClock();
    partner = await seedPartner(before);
    number = await importNumber(before, partner.id);
  });

  const send = (gateway: Deployment) =>
    gateway.call(partner.key, "POST", sendPath(number), templateTo());

  it("takes over everything that the old one sealed, and then the old one may go", async () => {
    resolveHook();
    const posts: Request[] = [];
    graph.alsoServe(
      http.post(HOOK, ({ request }) => {
        posts.push(request as Request);
        return new HttpResponse(null);
      }),
    );
    const endpoint = await before.read<{ id: string; secret: string }>(
      partner.key,
      "/v1/endpoints",
      "POST",
      { url: HOOK },
    );
    const joining = newNumber();
    graph.respond((request) => answerAsMeta(request, joining));
    const { id: session } = await before.read<{ id: string }>(
      partner.key,
      "/v1/signup-sessions",
      "POST",
      {},
    );
    const doors = `/v1/signup-sessions/${session}`;
    await before.read(partner.key, `${doors}/finish`, "POST", {
      code: "code-1",
      waba_id: joining.wabaId,
    });
    expect((await send(before)).status).toBe(200);
    await before.sweep();

    // The new key is in front: the old records open, and nothing is touched at once.
    expect((await send(during)).status).toBe(200);
    await during.sweep();
    passTime(4 * MINUTE_MS);
    await during.sweep();
    expect((await configOf(number)).token?.kid).toBe("k0");
    expect((await readSecrets(during)).token_keys.keys).toMatchObject([
      { id: "k1", state: "newest", may_be_removed: false },
      { id: "k0", state: "older", may_be_removed: false },
    ]);

    passTime(MINUTE_MS);
    await during.sweep();
    expect((await configOf(number)).token?.kid).toBe("k1");
    expect((await findSession(env.DB, session))?.token?.kid).toBe("k1");
    const row = await readRow(endpoint.id);
    expect(JSON.parse(String(row?.["secret"]))).toMatchObject({ kid: "k1" });
    expect(await endpointConfig(endpoint.id)).toMatchObject({ secret: { kid: "k1" } });
    const { token_keys: keys } = await readSecrets(during);
    expect(keys).toMatchObject({
      counting: false,
      unopened: 0,
      failed: 0,
      keys: [
        { id: "k1", records: { senders: 1, endpoints: 1, signup_sessions: 1 } },
        {
          id: "k0",
          records: { senders: 0, endpoints: 0, signup_sessions: 0 },
          may_be_removed: true,
        },
      ],
    });
    expect(await findingOf(during, "secret:TOKEN_KEYS")).toMatchObject({
      state: "ok",
      detail: expect.stringContaining("Nothing needs k0: take it out of TOKEN_KEYS."),
    });

    // Without the old one: the number sends, the endpoint's secret signs, the owner goes on.
    expect((await send(after)).status).toBe(200);
    expect(tokensSent()).toEqual(Array.from({ length: 3 }, () => `token-of-${number.id}`));
    const opened = await new Vault(NEW_KEY).open(
      (await endpointConfig(endpoint.id)).secret,
      `${partner.id}|${endpoint.id}`,
    );
    expect(opened).toBe(endpoint.secret);
    const confirmed = await after.call(partner.key, "POST", `${doors}/confirm`, {
      timezone: "Europe/Berlin",
    });
    expect(confirmed.status, await confirmed.clone().text()).toBe(200);
    const shot = graph.requests.find(({ path }) => path === `/${joining.id}/smb_app_data`);
    expect(shot?.authorization).toBe(`Bearer ${TOKEN}`);
    expect((await configOf(joining)).token?.kid).toBe("k1");
    await after.sweep();
    expect((await readSecrets(after)).token_keys.keys.map(({ id }) => id)).toEqual(["k1"]);
  });

  it("goes by all records some at a time, from where the last sweep ended", async () => {
    const sessions = await Promise.all(
      Array.from({ length: 101 }, async (_, n) => {
        const id = `signup_${String(n).padStart(16, "0")}`;
        return { id, token: await before.services.vault.seal(TOKEN, `session|${id}`) };
      }),
    );
    await env.DB.prepare(
      `INSERT INTO signup_sessions (id, partner, state, token, created_at, expires_at)
       SELECT value ->> 'id', ?1, 'waiting', value ->> 'token', 0, 0 FROM json_each(?2)`,
    )
      .bind(partner.id, JSON.stringify(sessions))
      .run();
    const kidOf = async (n: number) =>
      (await findSession(env.DB, sessions[n]?.id ?? ""))?.token?.kid;
    await sweepAround(during);
    expect((await configOf(number)).token?.kid).toBe("k1");
    expect([await kidOf(0), await kidOf(99), await kidOf(100)]).toEqual(["k1", "k1", "k0"]);
    expect((await readSecrets(during)).token_keys).toMatchObject({
      counting: true,
      counted_at: null,
    });
    await sweepSealed(during.services);
    expect(await kidOf(100)).toBe("k1");
    const { token_keys: keys } = await readSecrets(during);
    expect(keys.counting).toBe(false);
    expect(keys.keys[0]?.records).toEqual({ senders: 1, endpoints: 0, signup_sessions: 101 });
  });

  it("is done once, however many sweeps are at it, and then looked at once a day", async () => {
    await during.sweep();
    passTime(5 * MINUTE_MS);
    await Promise.all([1, 2, 3].map(() => sweepSealed(during.services)));
    const { token } = await configOf(number);
    expect(token?.kid).toBe("k1");
    expect((await readSecrets(during)).token_keys.keys[0]?.records.senders).toBe(1);
    const { counted_at: first } = (await readSecrets(during)).token_keys;
    passTime(DAY_MS - MINUTE_MS);
    expect(await sweepSealed(during.services)).toBe(0);
    expect((await readSecrets(during)).token_keys.counted_at).toBe(first);
    passTime(MINUTE_MS);
    await sweepSealed(during.services);
    expect((await readSecrets(during)).token_keys.counted_at).not.toBe(first);
    expect((await configOf(number)).token).toEqual(token);
  });

  it("loses no token, secret or session that changes while it is sealed anew", async () => {
    const vault = new Vault(`${NEW_KEY},${OLD_KEY}`);
    const fresh = await vault.seal("a fresh token", `${partner.id}|${number.id}`);
    const sealed = await runInDurableObject(env.PHONE.getByName(number.id), (_object, state) => {
      const settings = new SettingsStore(state.storage.sql);
      const interrupted = Object.assign(new Vault(`${NEW_KEY},${OLD_KEY}`), {
        reseal: async (old: Sealed, boundTo: string) => {
          const config = settings.get<SenderConfig>("config");
          settings.set("config", { ...config, token: fresh, mps: 7 });
          return vault.reseal(old, boundTo);
        },
      });
      return resealToken(settings, interrupted);
    });
    expect(sealed).toEqual({ kid: "k1", resealed: false, opens: true });
    expect(await configOf(number)).toMatchObject({ token: fresh, mps: 7 });

    resolveHook();
    const { id } = await before.read<{ id: string }>(partner.key, "/v1/endpoints", "POST", {
      url: HOOK,
    });
    const [row] = await listSealedEndpoints(env.DB, "", 10);
    if (row === undefined) throw new Error("There is no endpoint.");
    const rotated = await rotateEndpointSecret(
      during.services,
      { id, partner: partner.id } as never,
      0,
    );
    expect(await resealEndpoint(env.DB, row, { secret: fresh, previousSecret: null })).toBe(false);
    const stored = JSON.parse(String((await readRow(id))?.["secret"])) as Sealed;
    expect(await vault.open(stored, `${partner.id}|${id}`)).toBe(rotated.secret);

    const session = await before.read<{ id: string }>(
      partner.key,
      "/v1/signup-sessions",
      "POST",
      {},
    );
    await env.DB.prepare(`UPDATE signup_sessions SET token = 'newer' WHERE id = ?`)
      .bind(session.id)
      .run();
    expect(await resealSession(env.DB, { id: session.id, token: "older" }, fresh)).toBe(false);
  });

  it("keeps the secret that an endpoint's receiver may still check with, and drops one that is over", async () => {
    resolveHook();
    const { id, secret } = await before.read<{ id: string; secret: string }>(
      partner.key,
      "/v1/endpoints",
      "POST",
      { url: HOOK },
    );
    await before.read(partner.key, `/v1/endpoints/${id}/rotate-secret`, "POST", {
      overlap_hours: 24,
    });
    await sweepAround(during);
    const { previousSecret } = await endpointConfig(id);
    expect(previousSecret?.sealed.kid).toBe("k1");
    if (previousSecret === null) throw new Error("The former secret is gone.");
    const binding = `${partner.id}|${id}`;
    expect(await new Vault(NEW_KEY).open(previousSecret.sealed, binding)).toBe(secret);

    passTime(2 * DAY_MS);
    await sweepAround(during);
    expect(await readRow(id)).toMatchObject({ previous_secret: null, previous_until: null });
    expect((await endpointConfig(id)).previousSecret).toBeNull();
  });
});

describe("a key that was taken out of TOKEN_KEYS too early", () => {
  const before = new Deployment({ TOKEN_KEYS: LOST_KEY });
  const without = new Deployment({ TOKEN_KEYS: `${NEW_KEY},${OLD_KEY}` });
  const back = new Deployment({ TOKEN_KEYS: `${NEW_KEY},${OLD_KEY},${LOST_KEY}` });
  let partner: { id: string; key: string };
  let number: TestNumber;
  const errors: string[] = [];

  beforeEach(async () => {
    stopClock();
    partner = await seedPartner(before);
    number = await importNumber(before, partner.id);
    errors.length = 0;
    vi.spyOn(console, "error").mockImplementation((line: string) => void errors.push(line));
    return () => vi.restoreAllMocks();
  });

  const send = (gateway: Deployment, headers: Record<string, string> = {}) =>
    gateway.fetch(sendPath(number), {
      method: "POST",
      headers: {
        authorization: `Bearer ${partner.key}`,
        "content-type": "application/json",
        ...headers,
      },
      body: JSON.stringify(templateTo()),
    });

  it("stops the number's sends with a clear error, and loses nothing", async () => {
    const refused = await send(without);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({
      error: { code: 131016, message: expect.stringContaining("does not open") },
    });
    expect(graph.sent).toEqual([]);
    const read = await without.call(
      partner.key,
      "GET",
      `/v24.0/${number.id}?fields=quality_rating`,
    );
    expect(read.status).toBe(500);
    expect(await read.text()).toContain("put a key back");
    const line = errors.find((each) => each.includes("secret.unopened")) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      level: "error",
      event: "secret.unopened",
      partner: partner.id,
      sender: number.id,
      key: "k9",
      reason: "key_gone",
    });

    passTime(2 * MINUTE_MS);
    expect((await send(back)).status).toBe(200);
    expect(tokensSent()).toEqual([`token-of-${number.id}`]);
  });

  it("lets what is queued wait for the key", async () => {
    // The queue's own consumer is at it by itself, with the keys that the Worker has just then.
    vi.useRealTimers();
    const worker = services();
    const { vault } = worker;
    onTestFinished(() => void (worker.vault = vault));
    worker.sleep = (ms) => scheduler.wait(ms); // until after this test
    worker.vault = without.services.vault;
    const queued = await send(without, { prefer: "respond-async" });
    expect(queued.status).toBe(202);
    const at = `/v1/senders/${number.id}/sends/${queued.headers.get("tandem-send-id")}`;
    await eventually(() => {
      expect(errors.join()).toContain("secret.unopened");
    });
    const { state } = await without.read<{ state: string }>(partner.key, at);
    expect(["queued", "placed"]).toContain(state);
    expect(graph.sent).toEqual([]);

    worker.vault = back.services.vault;
    await eventually(
      async () => expect(await back.read(partner.key, at)).toMatchObject({ state: "accepted" }),
      100,
    );
    expect(tokensSent()).toEqual([`token-of-${number.id}`]);
  });

  it("is found by the sweep, named, and well again when it is back", async () => {
    resolveHook();
    const made = await before.read<{ id: string }>(partner.key, "/v1/endpoints", "POST", {
      url: HOOK,
    });
    await sweepAround(without);
    expect((await readSecrets(without)).token_keys).toMatchObject({
      unopened: 2,
      keys: [
        { id: "k1", may_be_removed: false },
        { id: "k0", may_be_removed: true },
        { id: "k9", state: "gone", records: { senders: 1, endpoints: 1 }, may_be_removed: false },
      ],
    });
    expect(await findingOf(without, "secret:TOKEN_KEYS")).toMatchObject({
      state: "missing",
      detail: expect.stringContaining("put k9 back"),
    });

    // Objects have the tests' keys: what this one is to know is put into it.
    await runInDurableObject(env.PHONE.getByName(number.id), (object) => {
      Object.assign(object, { env: back.env });
    });
    await sweepAround(back);
    expect((await configOf(number)).token?.kid).toBe("k1");
    expect(await endpointConfig(made.id)).toMatchObject({ secret: { kid: "k1" } });
    expect((await readSecrets(back)).token_keys).toMatchObject({
      unopened: 0,
      keys: [{ id: "k1" }, { id: "k0" }, { id: "k9", state: "older", may_be_removed: true }],
    });
  });

  it("is not to be mistaken for one of the same name", async () => {
    const other = new Deployment({ TOKEN_KEYS: `k9:${btoa("8".repeat(32))}` });
    expect((await send(other)).status).toBe(503);
    expect(errors.join()).toContain('"reason":"wrong_key"');
    expect(() => new Vault(`${LOST_KEY},k9:${btoa("8".repeat(32))}`)).toThrow("names k9 twice");
    expect(() => new Vault("k9:no base64!")).toThrow("must be kid:key pairs");
  });
});

describe("a new app secret", () => {
  const before = new Deployment({
    META_APP_SECRET: "app-old",
    META_APP_SECRET_PREVIOUS: undefined,
  });
  const during = new Deployment({
    META_APP_SECRET: "app-new",
    META_APP_SECRET_PREVIOUS: "app-old",
  });
  const after = new Deployment({
    META_APP_SECRET: "app-new",
    META_APP_SECRET_PREVIOUS: undefined,
  });

  it("verifies webhooks beside the old one, and alone once that is gone", async () => {
    stopClock();
    const partner = await seedPartner(before);
    const number = await importNumber(before, partner.id);
    const status = async (gateway: Deployment, secret: string) =>
      (await gateway.webhook(inbound(number, textMessage()), secret)).status;
    expect(await status(before, "app-old")).toBe(200);
    expect(await status(before, "app-new")).toBe(401);
    expect((await readSecrets(before)).app_secret.previous).toBeNull();

    await during.sweep();
    expect(await status(during, "app-new")).toBe(200);
    expect((await readSecrets(during)).app_secret.previous).toEqual({
      last_seen_at: null,
      may_be_removed: false,
    });
    expect(await status(during, "app-old")).toBe(200);
    const { previous } = (await readSecrets(during)).app_secret;
    expect(previous?.last_seen_at).toBe(new Date().toISOString());
    passTime(7 * DAY_MS);
    expect((await readSecrets(during)).app_secret.previous?.may_be_removed).toBe(true);
    expect(await status(during, "app-old")).toBe(200);
    expect((await readSecrets(during)).app_secret.previous?.may_be_removed).toBe(false);
    expect(await findingOf(during, "secret:META_APP_SECRET")).toMatchObject({ state: "ok" });

    expect(await status(after, "app-new")).toBe(200);
    expect(await status(after, "app-old")).toBe(401);
    await services().phone(number.id).flushed();
    const { data } = await after.read<{ data: unknown[] }>(
      partner.key,
      `/v1/senders/${number.id}/messages`,
    );
    expect(data).toHaveLength(5);
  });

  it("makes no second chunk of a large history body, which is named by its signature", async () => {
    const partner = await seedPartner(before);
    const number = await importNumber(before, partner.id);
    const body = "of the past ".repeat(40);
    const messages = Array.from({ length: 700 }, () => textMessage({ body, at: DAY_MS }));
    const chunk = historyChunk(number, { [CUSTOMER]: messages });
    for (const secret of ["app-old", "app-new"]) {
      expect((await during.webhook(chunk, secret)).status).toBe(200);
    }
    expect(new Set((await archiveKeys("inbox/")).map(hashOfKey)).size).toBe(2);
    await historySettled(number);
    expect(await rowsOf(number, "history_chunks")).toMatchObject([{ messages: 700 }]);
    expect(await rowsOf(number, "messages")).toHaveLength(700);
  });

  it("is what we are known by to Meta, and links and tokens do not depend on it", async () => {
    const partner = await seedPartner(before);
    const number = await importNumber(before, partner.id);
    const { id, url } = await before.read<{ id: string; url: string }>(
      partner.key,
      "/v1/signup-sessions",
      "POST",
      {},
    );
    const joining = newNumber();
    graph.respond((request) => answerAsMeta(request, joining));
    for (const gateway of [during, after]) {
      expect((await gateway.fetch(new URL(url).pathname)).status).toBe(200);
      expect((await gateway.call(partner.key, "POST", sendPath(number), templateTo())).status).toBe(
        200,
      );
    }
    await during.read(partner.key, `/v1/signup-sessions/${id}/finish`, "POST", {
      code: "code-2",
      waba_id: joining.wabaId,
    });
    const exchange = graph.requests.find(({ path }) => path === "/oauth/access_token");
    expect(exchange?.query["client_secret"]).toBe("app-new");
    const debugs = graph.requests.filter(({ path }) => path === "/debug_token");
    expect(new Set(debugs.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${env.META_APP_ID}|app-new`]),
    );
    // A proof made with it would stop every send between Meta's reset and ours.
    expect(graph.requests.filter(({ query }) => "appsecret_proof" in query)).toEqual([]);
  });
});

describe("a new pepper", () => {
  const before = new Deployment({ API_KEY_PEPPER: "pepper-old" });
  const during = new Deployment({
    API_KEY_PEPPER: "pepper-new",
    API_KEY_PEPPER_PREVIOUS: "pepper-old",
  });
  const after = new Deployment({ API_KEY_PEPPER: "pepper-new" });
  let partner: { id: string; key: string; keyId: string };

  beforeEach(async () => {
    stopClock();
    partner = await seedPartner(before);
    await before.sweep();
  });

  const use = async (gateway: Deployment, key: string) =>
    (await gateway.call(key, "GET", "/v1/senders")).status;
  const digestOf = async (id: string) =>
    env.DB.prepare(`SELECT digest, previous_digest AS previous FROM api_keys WHERE id = ?`)
      .bind(id)
      .first<{ digest: string; previous: string | null }>();

  it("takes keys over as they are used, counts those that were not, and shuts these out at the end", async () => {
    const idle = await giveKey(before, partner.id);
    const ended = await giveKey(before, partner.id);
    await before.call(OPERATOR, "DELETE", `/v1/admin/partners/${partner.id}/keys/${ended.id}`);
    const read = async (gateway: Deployment) => (await readSecrets(gateway)).api_key_pepper;
    expect(await read(before)).toMatchObject({
      keys: { current: 2, previous: 0, lost: 0 },
      previous: null,
      waiting: [],
    });

    await during.sweep();
    expect(await use(during, partner.key)).toBe(200);
    // For five minutes a deployment that knows the old one alone may be answering, too.
    expect((await read(during)).keys).toEqual({ current: 0, previous: 2, lost: 0 });
    passTime(5 * MINUTE_MS);
    const old = await digestOf(partner.keyId);
    expect(await use(during, partner.key)).toBe(200);
    const fresh = await digestOf(partner.keyId);
    expect(fresh?.digest).not.toBe(old?.digest);
    expect(await use(during, partner.key)).toBe(200);
    expect(await digestOf(partner.keyId)).toEqual(fresh);
    const now = await read(during);
    expect(now).toMatchObject({
      keys: { current: 1, previous: 1, lost: 0 },
      waiting: [{ id: idle.id, partner_id: partner.id, last_used_at: null }],
      previous: { may_be_removed: false },
    });
    expect(await findingOf(during, "secret:API_KEY_PEPPER")).toMatchObject({ state: "ok" });

    expect(await use(during, idle.key)).toBe(200);
    passTime(30 * DAY_MS);
    expect((await read(during)).previous).toMatchObject({ may_be_removed: true });

    expect(await use(after, partner.key)).toBe(200);
    expect(await use(after, idle.key)).toBe(200);
  });

  it("keeps both secrets of a key that is in the overlap of its own rotation", async () => {
    const rotated = await before.read<{ key: string }>(
      OPERATOR,
      `/v1/admin/partners/${partner.id}/keys/${partner.keyId}/rotate`,
      "POST",
      { overlap_hours: 168 },
    );
    await during.sweep();
    passTime(5 * MINUTE_MS);
    expect(await use(during, rotated.key)).toBe(200);
    // The former secret was not shown yet: it needs the old pepper.
    expect((await readSecrets(during)).api_key_pepper.keys).toEqual({
      current: 0,
      previous: 1,
      lost: 0,
    });
    expect(await use(during, partner.key)).toBe(200);
    expect((await readSecrets(during)).api_key_pepper.keys.current).toBe(1);
    expect(await use(after, partner.key)).toBe(200);
    expect(await use(after, rotated.key)).toBe(200);
  });

  it("without the old one beside it shuts keys out, and says so", async () => {
    expect(await use(after, partner.key)).toBe(401);
    expect((await readSecrets(after)).api_key_pepper).toMatchObject({
      keys: { current: 0, previous: 0, lost: 1 },
      waiting: [{ id: partner.keyId }],
    });
    expect(await findingOf(after, "secret:API_KEY_PEPPER")).toMatchObject({
      state: "missing",
      detail: expect.stringContaining("API_KEY_PEPPER_PREVIOUS"),
    });
    // And back: nothing of it is lost.
    expect(await use(before, partner.key)).toBe(200);
  });

  it("is known before it is used, where it is put beside the old one first", async () => {
    const announced = new Deployment({
      API_KEY_PEPPER: "pepper-old",
      API_KEY_PEPPER_PREVIOUS: "pepper-new",
    });
    const made = await giveKey(during, partner.id);
    expect(await use(announced, made.key)).toBe(200);
    expect(await use(announced, partner.key)).toBe(200);
  });

  it("opens links of before until the old one is gone, and signs nobody out of the console", async () => {
    const { id, url } = await before.read<{ id: string; url: string }>(
      partner.key,
      "/v1/signup-sessions",
      "POST",
      {},
    );
    const number = await importNumber(before, partner.id);
    const sender = await senderOf(number);
    const file = linkMedia(before.services, sender.key, "wamid.f", Date.now() + 60_000);
    const signedIn = await before.fetch("/console/sign-in", {
      method: "POST",
      headers: { origin: "https://gateway.test" },
      body: new URLSearchParams({ token: OPERATOR }),
    });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const open = async (gateway: Deployment) => {
      const page = await gateway.fetch(new URL(url).pathname);
      const link = await gateway.fetch(new URL(file).pathname);
      const audit = await gateway.fetch("/console/audit", {
        headers: { cookie },
        redirect: "manual",
      });
      return [page.status, link.status, audit.status];
    };
    // 410: the link is ours, and there is no such file.
    expect(await open(before)).toEqual([200, 410, 200]);
    expect(await open(during)).toEqual([200, 410, 200]);
    expect(await open(after)).toEqual([404, 403, 303]);
    const shown = await during.read<{ url: string }>(partner.key, `/v1/signup-sessions/${id}`);
    expect(new URL(shown.url).pathname).toBe(sessionPath("pepper-new", id));
    expect((await after.fetch(new URL(shown.url).pathname)).status).toBe(200);
  });
});

describe("an operator's new token", () => {
  const before = new Deployment({ OPERATOR_TOKENS: "ada:token-old" });
  const during = new Deployment({ OPERATOR_TOKENS: "ada:token-old,ada:token-new" });
  const after = new Deployment({ OPERATOR_TOKENS: "ada:token-new" });

  it("opens beside the old one, under the same name; what the old one opened ends with it", async () => {
    const signIn = async (gateway: Deployment, token: string) => {
      const response = await gateway.fetch("/console/sign-in", {
        method: "POST",
        headers: { origin: "https://gateway.test" },
        body: new URLSearchParams({ token }),
      });
      return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    };
    const look = async (gateway: Deployment, cookie: string) =>
      (await gateway.fetch("/console", { headers: { cookie }, redirect: "manual" })).status;
    const ask = async (gateway: Deployment, token: string) =>
      (await gateway.call(token, "GET", "/v1/admin/audit")).status;
    const old = await signIn(before, "token-old");
    const fresh = await signIn(during, "token-new");
    expect([await look(during, old), await look(during, fresh)]).toEqual([200, 200]);
    expect([await ask(during, "token-old"), await ask(during, "token-new")]).toEqual([200, 200]);
    const { operators } = await during.read<Secrets>("token-new", "/v1/admin/secrets");
    expect(operators).toEqual([{ name: "ada", tokens: 2 }]);

    expect([await look(after, old), await look(after, fresh)]).toEqual([303, 200]);
    expect([await ask(after, "token-old"), await ask(after, "token-new")]).toEqual([401, 200]);
    const { data } = await after.read<{ data: { operator: string }[] }>(
      "token-new",
      "/v1/admin/audit",
    );
    expect(data.map(({ operator }) => operator)).toEqual(["ada", "ada"]);
  });
});

describe("a new verify token", () => {
  it("answers Meta's next verification, and stops no webhook", async () => {
    const before = new Deployment({ META_VERIFY_TOKEN: "verify-old" });
    const after = new Deployment({ META_VERIFY_TOKEN: "verify-new" });
    const ask = async (gateway: Deployment, token: string) => {
      const query = `hub.mode=subscribe&hub.challenge=7&hub.verify_token=${token}`;
      return (await gateway.fetch(`/webhooks/meta?${query}`)).status;
    };
    expect([await ask(before, "verify-old"), await ask(before, "verify-new")]).toEqual([200, 403]);
    expect([await ask(after, "verify-old"), await ask(after, "verify-new")]).toEqual([403, 200]);
    const partner = await seedPartner(before);
    const number = await importNumber(before, partner.id);
    for (const gateway of [before, after]) {
      const response = await gateway.webhook(inbound(number, textMessage()), env.META_APP_SECRET);
      expect(response.status).toBe(200);
    }
  });
});

describe("a new system token", () => {
  it("is what Meta is asked with from then on", async () => {
    const asked = async (token: string) => {
      graph.requests.length = 0;
      graph.respond(({ path }) =>
        path === "/debug_token"
          ? Response.json({ data: { is_valid: true, scopes: [], granular_scopes: [] } })
          : undefined,
      );
      await findingOf(new Deployment({ META_SYSTEM_TOKEN: token }), "system_token");
      return graph.requests
        .filter(({ path }) => path === "/debug_token")
        .map(({ query }) => query["input_token"]);
    };
    expect(await asked("system-old")).toEqual(["system-old"]);
    expect(await asked("system-new")).toEqual(["system-new"]);
  });
});

async function endpointConfig(
  id: string,
): Promise<{ secret: Sealed; previousSecret: { sealed: Sealed; until: number } | null }> {
  const text = await runInDurableObject(env.ENDPOINT.getByName(id), (_object, state) => {
    const [row] = state.storage.sql.exec<{ value: string }>(
      `SELECT value FROM settings WHERE name = 'config'`,
    );
    return row?.value ?? "";
  });
  return JSON.parse(text) as Awaited<ReturnType<typeof endpointConfig>>;
}
