import { HttpResponse } from "msw";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { waitForNothing } from "../support/impatience.ts";
import { runSweeps } from "../../src/scheduled.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { importNumber, newNumber, seedPartner, seedSender, services } from "../support/seed.ts";
import {
  accountUpdate,
  commandTo,
  eventsOf,
  passTime,
  QUEUED,
  readSend,
  sendPath,
  stopClock,
  templateTo,
  textTo,
} from "../support/sends.ts";
import { answerAsMeta, TOKEN } from "../support/signup.ts";
import { configOf, runObjectSql } from "../support/storage.ts";
import { CUSTOMER, inbound, textMessage, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";
import type { Session } from "../support/signup.ts";

waitForNothing();

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  partner = await seedPartner();
  number = newNumber();
  graph.respond((request) => answerAsMeta(request, number));
});

const paths = () => graph.requests.map(({ method, path }) => `${method} ${path}`);
const calls = (path: string) => graph.requests.filter((request) => request.path === path);

async function open(body: Record<string, unknown> = {}): Promise<Session> {
  const response = await partner.post("/v1/signup-sessions", body);
  expect(response.status).toBe(201);
  return response.json<Session>();
}

const finish = (session: Session, body: Record<string, unknown> = {}) =>
  partner.post(`/v1/signup-sessions/${session.id}/finish`, {
    code: "code-1",
    waba_id: number.wabaId,
    ...body,
  });
const confirm = (session: Session, body: Record<string, unknown> = { timezone: "Europe/Berlin" }) =>
  partner.post(`/v1/signup-sessions/${session.id}/confirm`, body);
const read = (session: Session) => partner.read<Session>(`/v1/signup-sessions/${session.id}`);
const readSync = () =>
  partner.read<Record<"contacts" | "history", { state: string; error: unknown }>>(
    `/v1/senders/${number.id}/sync`,
  );

/** A number that was signed up. */
async function signUp(): Promise<Session> {
  const session = await open();
  expect((await finish(session)).status).toBe(200);
  expect((await confirm(session)).status).toBe(200);
  return session;
}

describe("a signup", () => {
  it("finds the number also where the account's list has more than one page", async () => {
    const elsewhere = newNumber();
    graph.respond((request) => {
      if (request.path !== `/${number.wabaId}/phone_numbers`) {
        return answerAsMeta(request, number, [number, elsewhere], (id) => id === number.id);
      }
      const isFirst = request.query["after"] === undefined;
      const { id, phone } = isFirst ? elsewhere : number;
      return Response.json({
        data: [{ id, display_phone_number: `+${phone}`, verified_name: "The Shop" }],
        paging: {
          cursors: { before: "c0", after: isFirst ? "c1" : "c2" },
          ...(isFirst ? { next: "https://graph.test/next" } : {}),
        },
      });
    });
    const finished = await finish(await open());
    expect(await finished.json()).toMatchObject({ phone_number_id: number.id });
    expect(calls(`/${number.wabaId}/phone_numbers`)).toHaveLength(2);
  });

  it("goes from the code to an active sender, asking Meta in the right order and never registering", async () => {
    const session = await open({ external_id: "shop-7", phone_number: "+1 555 010 0001" });
    expect(session).toMatchObject({ state: "open", url: expect.stringContaining(session.id) });

    const finished = await finish(session);
    expect(finished.status).toBe(200);
    expect(await finished.json()).toMatchObject({
      state: "awaiting_confirmation",
      waba_id: number.wabaId,
      phone_number_id: number.id,
      account: { name: "The Shop", currency: "EUR" },
    });
    expect(paths()).toEqual([
      "GET /oauth/access_token",
      "GET /debug_token",
      `GET /${number.wabaId}/phone_numbers`,
      `GET /${number.id}`,
      `POST /${number.wabaId}/subscribed_apps`,
      `GET /${number.wabaId}`,
      "GET /510000000000001/subscriptions",
      `GET /${number.wabaId}/subscribed_apps`,
      `GET /${number.id}`,
    ]);
    expect(calls("/oauth/access_token")[0]?.query).toEqual({
      client_id: "510000000000001",
      client_secret: "test-app-secret",
      code: "code-1",
    });
    expect(calls("/debug_token")[0]).toMatchObject({
      query: { input_token: TOKEN },
      authorization: "Bearer 510000000000001|test-app-secret",
    });
    expect(calls(`/${number.id}`)[0]?.query["fields"]).toContain("is_on_biz_app");

    const confirmed = await confirm(session);
    expect(confirmed.status).toBe(200);
    expect(await confirmed.json()).toMatchObject({
      sender: { id: number.id, state: "active", timezone: "Europe/Berlin" },
    });
    expect(calls(`/${number.id}/smb_app_data`)).toMatchObject([
      {
        path: `/${number.id}/smb_app_data`,
        body: { messaging_product: "whatsapp", sync_type: "smb_app_state_sync" },
        authorization: `Bearer ${TOKEN}`,
      },
      { path: `/${number.id}/smb_app_data`, body: { sync_type: "history" } },
    ]);
    expect(paths().filter((path) => path.includes("register"))).toEqual([]);
    expect(await read(session)).toMatchObject({ state: "finished", error: null });
    expect(await readSync()).toMatchObject({
      contacts: { state: "requested" },
      history: { state: "requested" },
    });
    expect(await eventsOf(partner, number, "sender.connected")).toHaveLength(1);

    expect((await partner.post(sendPath(number), templateTo())).status).toBe(200);
    expect(graph.requests.at(-1)?.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it("invariant 3: takes in what came between the subscription and the confirmation", async () => {
    const session = await open();
    await finish(session);
    const message = textMessage({ wamid: "wamid.meanwhile" });
    expect((await webhook(inbound(number, message))).status).toBe(200);
    await confirm(session);
    await services().phone(number.id).flushed();
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toMatchObject([{ wamid: "wamid.meanwhile", historical: false }]);
    expect((await partner.post(sendPath(number), textTo(CUSTOMER))).status).toBe(200);
  });

  it("asks only for what the confirmation wants; the rest is shown as not asked for, and never stalls", async () => {
    const session = await open();
    await finish(session);
    const timezone = "Europe/Berlin";
    const refused = await confirm(session, { timezone, sync: { contact: false } });
    expect(refused.status).toBe(400);
    const confirmed = await confirm(session, { timezone, sync: { contacts: false } });
    expect(confirmed.status).toBe(200);
    expect(calls(`/${number.id}/smb_app_data`).map(({ body }) => body["sync_type"])).toEqual([
      "history",
    ]);
    passTime(3 * 3_600_000);
    await runSweeps(env);
    expect(await readSync()).toMatchObject({
      contacts: { state: "not_requested", requested_at: null, error: null },
      history: { state: "stalled", request_id: "req-1" },
    });
    const stalled = await eventsOf(partner, number, "history.stalled");
    expect(stalled).toHaveLength(1);
  });

  it("invariant 8: keeps the token sealed wherever it is stored, and tells it nobody", async () => {
    const session = await open();
    await finish(session);
    const atRest = async () => {
      const { results: tables } = await env.DB.prepare(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'`,
      ).all<{ name: string }>();
      const dumps = await Promise.all(
        tables.map(
          async ({ name }) => (await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results,
        ),
      );
      const object = await runObjectSql(number.id, `SELECT * FROM settings`);
      const outbox = await runObjectSql(number.id, `SELECT * FROM outbox`);
      return JSON.stringify([dumps, object, outbox]);
    };
    const between = await atRest();
    expect(between).toContain(session.id);
    expect(between).not.toContain(TOKEN);
    await confirm(session);
    await partner.post(sendPath(number), templateTo());
    const after = await atRest();
    expect(after).toMatch(/\\"ct\\"/); // it is there, sealed
    expect(after).not.toContain(TOKEN);
    const { results } = await env.DB.prepare(`SELECT token FROM signup_sessions`).all();
    expect(results).toEqual([{ token: null }]); // the object's copy is the only one
    const told = await Promise.all(
      [`/v1/signup-sessions/${session.id}`, `/v1/senders/${number.id}`, "/v1/events"].map(
        async (path) => (await partner.get(path)).text(),
      ),
    );
    expect(told.join()).not.toContain(TOKEN);
    expect(told.join()).not.toContain('"ct"');
  });

  it("lets the owner pick where the account has several numbers on the app", async () => {
    const second = newNumber();
    const apiOnly = newNumber();
    graph.respond((request) =>
      answerAsMeta(request, number, [number, second, apiOnly], (id) => id !== apiOnly.id),
    );
    const session = await open();
    const finished = await (await finish(session)).json<Session>();
    expect(finished.phone_number_id).toBeNull();
    expect(finished.candidates?.map((each) => each.phone_number_id)).toEqual([
      number.id,
      second.id,
    ]);
    for (const body of [
      { timezone: "Europe/Berlin" },
      { timezone: "Europe/Berlin", phone_number_id: apiOnly.id },
    ]) {
      const refused = await confirm(session, body);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ field: "phone_number_id" });
    }
    const picked = await confirm(session, {
      timezone: "Europe/Berlin",
      phone_number_id: second.id,
    });
    expect(await picked.json()).toMatchObject({ sender: { id: second.id } });
    expect(calls(`/${number.id}/smb_app_data`)).toEqual([]);
  });

  it("takes the number that the popup named", async () => {
    const second = newNumber();
    graph.respond((request) => answerAsMeta(request, number, [number, second]));
    const session = await open();
    const finished = await finish(session, { phone_number_id: second.id });
    expect(await finished.json()).toMatchObject({ phone_number_id: second.id });
  });
});

describe("a signup that Meta does not let go on", () => {
  it.each([
    ["exchange", "/oauth/access_token", () => graphError(400, 100, "code expired")],
    ["subscribe", "/subscribed_apps", () => graphError(403, 200, "no permission")],
  ])("fails at %s and says so", async (step, path, respond) => {
    graph.respond((request) => (request.path.endsWith(path) ? respond() : undefined));
    const session = await open();
    const response = await finish(session);
    expect(response.status).toBe(409);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await response.json()).toMatchObject({ code: "signup_failed" });
    expect(await read(session)).toMatchObject({ state: "failed", error: { step } });
    expect((await confirm(session)).status).toBe(409);
    expect(paths().filter((each) => each.includes("smb_app_data"))).toEqual([]);
  });

  it("waits where no number is on the phone app and on the API both, and fails a quarter of an hour later", async () => {
    stopClock();
    graph.respond((request) => answerAsMeta(request, number, [number], () => false));
    const session = await open();
    const waiting = await (await finish(session)).json<Session>();
    expect(waiting).toMatchObject({
      state: "waiting",
      error: { step: "phone_numbers", code: "no_coexistence_number" },
    });
    passTime(16 * 60_000);
    await runSweeps(env);
    expect(await read(session)).toMatchObject({
      state: "failed",
      error: { code: "no_coexistence_number" },
    });
    expect(paths()).not.toContain(`POST /${number.wabaId}/subscribed_apps`);
  });

  it("fails where the token does not cover the account that the browser named", async () => {
    const session = await open();
    const response = await finish(session, { waba_id: "219999999999999" });
    expect(response.status).toBe(409);
    expect(await read(session)).toMatchObject({ error: { step: "debug_token" } });
    expect(paths().filter((each) => each.includes("219999999999999"))).toEqual([]);
  });

  it("asks again where the token does not cover the account yet", async () => {
    let asked = 0;
    graph.respond(({ path }) => {
      if (path !== "/debug_token") return undefined;
      asked += 1;
      if (asked > 1) return undefined;
      return Response.json({
        data: { app_id: "510000000000001", is_valid: true, granular_scopes: [] },
      });
    });
    expect((await finish(await open())).status).toBe(200);
    expect(asked).toBe(2);
  });

  it("fails where the token belongs to another app", async () => {
    graph.respond(({ path }) =>
      path === "/debug_token"
        ? Response.json({
            data: {
              app_id: "666",
              is_valid: true,
              granular_scopes: [{ scope: "x", target_ids: [number.wabaId] }],
            },
          })
        : undefined,
    );
    const session = await open();
    expect((await finish(session)).status).toBe(409);
    expect(await read(session)).toMatchObject({ error: { step: "debug_token" } });
  });
});

describe("a shot of the signup", () => {
  it("invariant 5: the code is exchanged once, however many post it at once", async () => {
    const session = await open();
    const answers = await Promise.all([finish(session), finish(session), finish(session)]);
    const taken = answers.filter((response) => response.status === 200);
    expect(taken).toHaveLength(1);
    expect(answers.filter((response) => response.status === 409)).toHaveLength(2);
    expect((await finish(session)).status).toBe(409);
    expect(calls("/oauth/access_token")).toHaveLength(1);
  });

  it("invariant 5: the code is not exchanged again when its answer was lost; a new one may be", async () => {
    graph.respond(({ path, query }) =>
      path === "/oauth/access_token" && query["code"] === "code-1"
        ? HttpResponse.error()
        : undefined,
    );
    const session = await open();
    expect((await finish(session)).status).toBe(409);
    expect(await read(session)).toMatchObject({ state: "failed", error: { step: "exchange" } });
    expect((await finish(session)).status).toBe(409);
    expect(calls("/oauth/access_token")).toHaveLength(1);
    expect((await finish(session, { code: "code-2" })).status).toBe(200);
  });

  it("invariant 5: each sync is asked for once, however often the account is confirmed", async () => {
    const session = await open();
    await finish(session);
    await Promise.all([confirm(session), confirm(session)]);
    await confirm(session);
    const kinds = calls(`/${number.id}/smb_app_data`).map(({ body }) => body["sync_type"]);
    expect(kinds).toHaveLength(2);
    expect(new Set(kinds)).toEqual(new Set(["smb_app_state_sync", "history"]));
    expect(await eventsOf(partner, number, "sender.connected")).toHaveLength(1);
  });

  it.each([
    ["is refused", () => graphError(400, 2_593_107, "already requested"), "failed"],
    ["came after 24 hours", () => graphError(400, 2_593_108, "too late"), "expired"],
    ["is lost", () => HttpResponse.error(), "unknown"],
    ["fails at Meta", () => new Response("oops", { status: 502 }), "unknown"],
  ])(
    "invariant 5: a sync whose answer %s is told and not fired again",
    async (_what, respond, state) => {
      graph.respond((request) => (request.body["sync_type"] === "history" ? respond() : undefined));
      const session = await signUp();
      expect(await readSync()).toMatchObject({
        contacts: { state: "requested" },
        history: { state },
      });
      await confirm(session);
      expect(calls(`/${number.id}/smb_app_data`)).toHaveLength(2);
    },
  );
});

describe("the doors of a signup", () => {
  it("invariant 8: another partner's session is as absent as none", async () => {
    const session = await open();
    const other = await seedPartner();
    const url = `/v1/signup-sessions/${session.id}`;
    expect((await other.get(url)).status).toBe(404);
    const finished = await other.post(`${url}/finish`, { code: "c", waba_id: number.wabaId });
    expect(finished.status).toBe(404);
    expect((await other.post(`${url}/confirm`, { timezone: "Europe/Berlin" })).status).toBe(404);
    expect(graph.requests).toEqual([]);
  });

  it.each([
    ["missing", {}],
    ["unknown", { timezone: "Mars/Phobos" }],
    ["empty", { timezone: "" }],
    ["not text", { timezone: 2 }],
    ["an offset", { timezone: "+02:00" }],
  ])("a time zone that is %s is refused: sends would fail without", async (_what, body) => {
    const session = await open();
    await finish(session);
    const response = await confirm(session, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field: "timezone" });
    expect(await read(session)).toMatchObject({ state: "awaiting_confirmation" });
  });

  it("a session cannot be confirmed before it is finished", async () => {
    expect((await confirm(await open())).status).toBe(409);
  });

  it.each([
    ["return_url", { return_url: "javascript:alert(1)" }],
    ["locale", { locale: "portuguese" }],
    ["phone_number", { phone_number: "12" }],
    ["external_id", { external_id: "" }],
    ["surprise", { surprise: 1 }],
  ])("a session with a malformed %s is refused, naming it", async (field, body) => {
    const response = await partner.post("/v1/signup-sessions", body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_request", field });
  });

  it("a session ends after a week", async () => {
    stopClock();
    const session = await open();
    passTime(7 * 86_400_000 + 1);
    expect((await finish(session)).status).toBe(409);
    expect(graph.requests).toEqual([]);
  });

  it("a number that is active with another partner is not taken from it", async () => {
    const holder = await signUpElsewhere();
    const session = await open();
    await finish(session);
    expect((await confirm(session)).status).toBe(409);
    const kept = await holder.read(`/v1/senders/${number.id}`);
    expect(kept).toMatchObject({ state: "active" });
  });

  /** The number, connected by another partner. */
  async function signUpElsewhere(): Promise<Partner> {
    const mine = partner;
    partner = await seedPartner();
    await signUp();
    const holder = partner;
    partner = mine;
    return holder;
  }
});

describe("a connection that Meta says was removed", () => {
  const phone = () => services().phone(number.id);
  const state = async () =>
    await partner.read<{ state: string; state_reason: string | null }>(`/v1/senders/${number.id}`);

  beforeEach(async () => {
    stopClock();
    await signUp();
    passTime(60_000);
    await accountUpdate(number, "PARTNER_REMOVED", {
      at: Date.now(),
      detail: { disconnection_info: { reason: "CHANGE_NUMBER", initiated_by: "USER" } },
    });
    passTime(10_000);
    graph.requests = [];
  });

  const answerWaba = (respond: () => Response) =>
    graph.respond(({ path }) => (path === `/${number.wabaId}` ? respond() : undefined));

  it("is held at once and refuses sends", async () => {
    expect(await state()).toMatchObject({ state: "verifying", state_reason: "CHANGE_NUMBER" });
    expect(await eventsOf(partner, number, "sender.paused")).toHaveLength(1);
    const refused = await partner.post(sendPath(number), templateTo());
    expect(refused.status).toBe(503);
    expect(graph.requests).toEqual([]);
  });

  it("is disconnected when Meta shows it to us no more: token erased, queued sends cancelled", async () => {
    const queued = await phone().admit(commandTo(partner, CUSTOMER, { mode: QUEUED }));
    const send = "send" in queued ? queued.send : "";
    answerWaba(() => graphError(400, 100, "Unsupported get request", 33));
    await runSweeps(env);
    await phone().flushed();
    expect(await state()).toMatchObject({ state: "disconnected", state_reason: "CHANGE_NUMBER" });
    expect(await readSend(partner, number, send)).toMatchObject({ state: "cancelled" });
    expect(await eventsOf(partner, number, "sender.disconnected")).toHaveLength(1);
    const settings = await runObjectSql(
      number.id,
      `SELECT value FROM settings WHERE name = 'config'`,
    );
    expect(JSON.parse(settings[0]?.["value"] as string)).toMatchObject({ token: null });
    for (const prefer of ["wait=10", "respond-async"]) {
      const refused = await partner.post(sendPath(number), templateTo(), { prefer });
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ error: { code: 131005 } });
    }
    expect(graph.sent).toEqual([]);
    // What is stored stays readable.
    expect((await partner.get(`/v1/senders/${number.id}/messages`)).status).toBe(200);
  });

  it("is active again when the account can still be read: another partner was meant", async () => {
    await runSweeps(env);
    await phone().flushed();
    expect(await state()).toMatchObject({ state: "active", state_reason: null });
    expect(await eventsOf(partner, number, "sender.resumed")).toHaveLength(1);
    expect((await partner.post(sendPath(number), templateTo())).status).toBe(200);
  });

  it("is active again also where Meta's clock is ahead of ours", async () => {
    await accountUpdate(number, "PARTNER_REMOVED", { at: Date.now() + 5_000 });
    await runSweeps(env);
    await phone().flushed();
    expect(await phone().phase()).toMatchObject({ phase: "active" });
    expect(await state()).toMatchObject({ state: "active" });
  });

  it("is held on while Meta gives no clear answer, and paused after an hour", async () => {
    answerWaba(() => graphError(500, 2, "Service temporarily unavailable"));
    await runSweeps(env);
    await phone().flushed();
    expect(await state()).toMatchObject({ state: "verifying" });
    passTime(3_600_000 + 5_000);
    await runSweeps(env);
    await phone().flushed();
    expect(await state()).toMatchObject({ state: "paused" });
    const settings = await runObjectSql(
      number.id,
      `SELECT value FROM settings WHERE name = 'config'`,
    );
    expect(settings[0]?.["value"]).toContain('"ct"'); // a doubt erases nothing
  });

  it("invariant 10: stays as it was connected anew while the look was on its way", async () => {
    let looks = 0;
    answerWaba(() => graphError(400, 100, "Unsupported get request", 33));
    graph.respond(async ({ path }) => {
      if (path !== `/${number.wabaId}`) return undefined;
      looks += 1;
      await importNumber(partner, number, Date.now());
      return undefined;
    });
    await runSweeps(env);
    await phone().flushed();
    expect(looks).toBe(1);
    expect(await phone().phase()).toMatchObject({ phase: "active" });
    expect(await state()).toMatchObject({ state: "active", state_reason: null });
    expect(await eventsOf(partner, number, "sender.disconnected")).toEqual([]);
    expect(await configOf(number)).toMatchObject({ token: { ct: expect.any(String) as string } });
    expect((await partner.post(sendPath(number), templateTo())).status).toBe(200);
    expect(graph.requests.at(-1)?.authorization).toBe(`Bearer token-of-${number.id}`);
  });

  it("stays in doubt where it was removed once more while the look was on its way", async () => {
    let looks = 0;
    graph.respond(async ({ path }) => {
      if (path !== `/${number.wabaId}`) return undefined;
      looks += 1;
      if (looks === 1) await accountUpdate(number, "PARTNER_REMOVED", { at: Date.now() });
      return undefined; // the account as it was a moment ago
    });
    await runSweeps(env);
    expect(await phone().phase()).toMatchObject({ phase: "verifying" });
    await runSweeps(env);
    expect(await phone().phase()).toMatchObject({ phase: "active" });
  });

  it("holds no number of another account", async () => {
    const other = await seedSender();
    await accountUpdate(number, "PARTNER_REMOVED");
    expect(await services().phone(other.number.id).phase()).toMatchObject({ phase: "active" });
    expect(await services().phone(number.id).phase()).toMatchObject({ phase: "verifying" });
  });
});

describe("a number that the owner off-boards", () => {
  it("is paused, and active again when it is reconnected", async () => {
    await signUp();
    const phase = async () => (await services().phone(number.id).phase())?.phase;
    await accountUpdate(number, "ACCOUNT_OFFBOARDED");
    expect(await phase()).toBe("paused");
    expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ state: "paused" });
    expect((await partner.post(sendPath(number), templateTo())).status).toBe(503);
    await accountUpdate(number, "ACCOUNT_RECONNECTED", { at: Date.now() + 5_000 });
    expect(await phase()).toBe("active");
    expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ state: "active" });
    expect((await partner.post(sendPath(number), templateTo())).status).toBe(200);
    const told = (await partner.events(number.id)).map((event) => event.type);
    expect(told.filter((type) => type.startsWith("sender."))).toEqual([
      "sender.connected",
      "sender.paused",
      "sender.resumed",
    ]);
  });
});

it("holds a number that was removed between its subscription and a late confirmation", async () => {
  stopClock();
  const session = await open();
  await finish(session);
  passTime(3_600_000);
  // The WABA is not known yet, so the removal comes when the sender exists, stamped before.
  const removedAt = Date.now() - 1_800_000;
  expect((await confirm(session)).status).toBe(200);
  await accountUpdate(number, "PARTNER_REMOVED", { at: removedAt });
  expect(await services().phone(number.id).phase()).toMatchObject({ phase: "verifying" });
  expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ state: "verifying" });
});

describe("an account that speaks between subscription and confirmation, while nobody knows its number", () => {
  const phase = async () => (await services().phone(number.id).phase())?.phase;

  it("invariant 3: is heard at the confirmation: the owner changed their mind, the number is held", async () => {
    stopClock();
    const session = await open();
    await finish(session);
    passTime(60_000);
    await accountUpdate(number, "PARTNER_REMOVED", { at: Date.now() });
    expect(await services().phone(number.id).phase()).toBeNull();
    passTime(60_000);
    expect((await confirm(session)).status).toBe(200);
    await services().phone(number.id).flushed();
    expect(await phase()).toBe("verifying");
    expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ state: "verifying" });
    expect(await eventsOf(partner, number, "sender.paused")).toHaveLength(1);
    expect((await partner.post(sendPath(number), templateTo())).status).toBe(503);
  });

  it("invariant 10: is not heard about the time before this onboarding", async () => {
    stopClock();
    const session = await open();
    await accountUpdate(number, "PARTNER_REMOVED", { at: Date.now() - 3_600_000 });
    passTime(60_000);
    await finish(session);
    await accountUpdate(number, "ACCOUNT_OFFBOARDED", { at: Date.now() - 3_600_000 });
    passTime(60_000);
    expect((await confirm(session)).status).toBe(200);
    await services().phone(number.id).flushed();
    expect(await phase()).toBe("active");
    expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ state: "active" });
  });

  it("invariant 2: is heard once, however often the account is confirmed and the word repeated", async () => {
    stopClock();
    const session = await open();
    await finish(session);
    passTime(60_000);
    const removedAt = Date.now();
    await accountUpdate(number, "PARTNER_REMOVED", { at: removedAt });
    await confirm(session);
    await confirm(session);
    await accountUpdate(number, "PARTNER_REMOVED", { at: removedAt });
    expect(await eventsOf(partner, number, "sender.paused")).toHaveLength(1);
    expect(await eventsOf(partner, number, "account.notice")).toHaveLength(1);
  });
});

it("invariant 10: an older session cannot be confirmed over a newer one that connected the number", async () => {
  stopClock();
  const older = await open();
  await finish(older);
  passTime(60_000);
  const newer = await open();
  await finish(newer, { code: "code-2" });
  const onboardedAt = Date.now();
  passTime(60_000);
  expect((await confirm(newer)).status).toBe(200);
  const response = await confirm(older);
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({ code: "conflict" });
  expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({
    state: "active",
    onboarded_at: new Date(onboardedAt).toISOString(),
  });
  expect((await configOf(number)).generation).toBe(onboardedAt);
  expect(calls(`/${number.id}/smb_app_data`)).toHaveLength(2);
});

describe("a number in doubt that is brought along or confirmed once more", () => {
  const HELD = [
    ["ACCOUNT_OFFBOARDED", "paused"],
    ["PARTNER_REMOVED", "verifying"],
  ] as const;

  async function expectState(phase: string): Promise<void> {
    await services().phone(number.id).flushed();
    expect(await services().phone(number.id).phase()).toMatchObject({ phase });
    expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ state: phase });
  }

  it.each(HELD)("by the same import after %s stays %s, in D1 too", async (event, phase) => {
    stopClock();
    const onboardedAt = Date.now() - 3 * 86_400_000;
    await importNumber(partner, number, onboardedAt);
    passTime(60_000);
    await accountUpdate(number, event, { at: Date.now() });
    passTime(60_000);
    await importNumber(partner, number, onboardedAt);
    await expectState(phase);
  });

  it.each(HELD)("by the same session after %s stays %s, in D1 too", async (event, phase) => {
    stopClock();
    const session = await open();
    await finish(session);
    await env.DB.prepare(
      `CREATE TRIGGER lost BEFORE UPDATE ON signup_sessions WHEN NEW.state = 'finished'
       BEGIN SELECT RAISE(ABORT, 'lost'); END`,
    ).run();
    expect((await confirm(session)).status).toBe(500); // it came almost to its end
    await env.DB.prepare(`DROP TRIGGER lost`).run();
    passTime(60_000);
    await accountUpdate(number, event, { at: Date.now() });
    passTime(60_000);
    expect((await confirm(session)).status).toBe(200);
    await expectState(phase);
  });

  it.each(HELD)(
    "by a new onboarding after %s is active, in D1 too, though it was %s until then",
    async (event) => {
      stopClock();
      await importNumber(partner, number);
      passTime(60_000);
      await accountUpdate(number, event, { at: Date.now() });
      passTime(60_000);
      await importNumber(partner, number, Date.now());
      await expectState("active");
    },
  );

  it.each(HELD)(
    "by an onboarding from before %s is told by D1 as by its object, though it was %s",
    async (event) => {
      stopClock();
      await importNumber(partner, number);
      const onboardedAt = Date.now();
      passTime(60_000);
      await accountUpdate(number, event, { at: Date.now() });
      passTime(60_000);
      await importNumber(partner, number, onboardedAt);
      const phone = services().phone(number.id);
      await phone.flushed();
      const told = await partner.read<{ state: string }>(`/v1/senders/${number.id}`);
      expect(told.state).toBe((await phone.phase())?.phase);
    },
  );
});
