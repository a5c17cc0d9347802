import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { waitForNothing } from "../support/impatience.ts";
import { findSession } from "../../src/database/signup-sessions.ts";
import { describeSignup } from "../../src/operations/describe-signup.ts";
import { runSweeps } from "../../src/scheduled.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { call, newNumber, services } from "../support/seed.ts";
import { accountUpdate, passTime, sendPath, stopClock, templateTo } from "../support/sends.ts";
import { answer, answerAsMeta, Signup } from "../support/signup.ts";
import { HOUR } from "../support/storage.ts";
import type { Session } from "../support/signup.ts";

waitForNothing();

let signup: Signup;
let session: Session;

beforeEach(async () => {
  stopClock();
  signup = await Signup.begin();
  session = await signup.open();
});

const show = async () => {
  const found = await findSession(services().registry, session.id);
  if (found === null) throw new Error("The session is gone.");
  return describeSignup(services(), found);
};
const sweepAfter = async (ms: number) => {
  passTime(ms);
  await runSweeps(env);
};
/** Meta shows no zone, and takes none unless `written` is called. */
function withoutZone(country?: string) {
  const { wabaId } = signup.number;
  const account: Record<string, unknown> = {
    id: wabaId,
    name: "The Shop",
    currency: "EUR",
    country,
  };
  answer(`/${wabaId}`, ({ method }) =>
    method === "GET" ? Response.json(account) : graphError(400, 100, "cannot be written"),
  );
  return account;
}
/** A subscription of the app with these fields. */
function tick(fields: string[], callback = `${services().settings.PUBLIC_URL}/webhooks/meta`) {
  answer("/510000000000001/subscriptions", () =>
    Response.json({
      data: [
        {
          object: "whatsapp_business_account",
          callback_url: callback,
          active: true,
          fields: fields.map((name) => ({ name })),
        },
      ],
    }),
  );
}
const NEEDED = ["messages", "smb_message_echoes", "smb_app_state_sync", "history"];

describe("a signup that nobody confirms", () => {
  it("has its syncs asked for two hours before the 24 h end, with the account's own zone", async () => {
    await signup.finish(session);
    await sweepAfter(22 * HOUR - 60_000);
    expect(signup.syncs).toEqual([]);
    await sweepAfter(60_000);
    expect(signup.syncs).toEqual(["smb_app_state_sync", "history"]);
    expect(await signup.partner.read(`/v1/senders/${signup.number.id}`)).toMatchObject({
      state: "active",
      timezone: "Europe/London",
    });
    await sweepAfter(HOUR);
    expect(signup.syncs).toHaveLength(2);
  });

  it("takes the likeliest zone of the number's country where the account has none", async () => {
    withoutZone("BR");
    await signup.finish(session);
    await sweepAfter(22 * HOUR);
    expect(await signup.partner.read(`/v1/senders/${signup.number.id}`)).toMatchObject({
      timezone: "America/Sao_Paulo",
    });
  });

  it("has nothing asked for once it was cancelled", async () => {
    await signup.finish(session);
    await call(`/v1/signup-sessions/${session.id}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${signup.partner.key}` },
    });
    await sweepAfter(22 * HOUR);
    expect(signup.syncs).toEqual([]);
  });

  it("does not guess which of several numbers is meant", async () => {
    const second = newNumber();
    graph.respond((request) => answerAsMeta(request, signup.number, [signup.number, second]));
    await signup.finish(session);
    await sweepAfter(22 * HOUR);
    expect(signup.syncs).toEqual([]);
    expect(await show()).toMatchObject({
      state: "awaiting_confirmation",
      problem: { code: "pick_number" },
    });
  });

  it("spends nothing while a field is not ticked, tries again until the end, and says then that it is late", async () => {
    tick(["messages"]);
    await signup.finish(session);
    await sweepAfter(22 * HOUR);
    expect(signup.syncs).toEqual([]);
    expect((await show()).problem).toMatchObject({ code: "webhooks_missing" });
    tick(NEEDED);
    await sweepAfter(11 * 60_000);
    expect(signup.syncs).toHaveLength(2);

    tick(["messages"]);
    signup = await Signup.begin();
    tick(["messages"]);
    session = await signup.open();
    await signup.finish(session);
    await sweepAfter(22 * HOUR);
    await sweepAfter(2 * HOUR);
    expect(await show()).toMatchObject({
      state: "awaiting_confirmation",
      problem: { code: "too_late" },
    });
  });

  it("leaves no token behind when its link is no good any more", async () => {
    tick(["messages"]);
    await signup.finish(session);
    await sweepAfter(25 * HOUR);
    await sweepAfter(7 * 24 * HOUR);
    const row = await env.DB.prepare(`SELECT state, token FROM signup_sessions`).first();
    expect(row).toEqual({ state: "failed", token: null });
  });
});

describe("the proof of webhooks", () => {
  it.each([
    ["history is not ticked", () => tick(NEEDED.slice(0, 3)), "field:history"],
    ["the callback is another's", () => tick(NEEDED, "https://elsewhere.example/hook"), "callback"],
    [
      "the account does not list us",
      () => {
        tick(NEEDED);
        answer(`/${signup.number.wabaId}/subscribed_apps`, ({ method }) =>
          method === "GET" ? Response.json({ data: [] }) : undefined,
        );
      },
      "account",
    ],
    [
      "the number has another callback",
      () => {
        tick(NEEDED);
        answer(`/${signup.number.id}`, ({ query }) =>
          query["fields"] === "webhook_configuration"
            ? Response.json({
                webhook_configuration: { phone_number: "https://elsewhere.example/hook" },
              })
            : undefined,
        );
      },
      "number_override",
    ],
  ])("refuses the one shot where %s", async (_what, given, name) => {
    given();
    await signup.finish(session);
    const refused = await signup.confirm(session);
    expect(await refused.json()).toMatchObject({ reason: "webhooks_missing" });
    expect(signup.syncs).toEqual([]);
    const { webhooks } = await show();
    expect(webhooks.find((each) => each.name === name)?.state).toBe("missing");
  });

  it("lets it pass where the partner insists", async () => {
    tick(["messages"]);
    await signup.finish(session);
    expect((await signup.confirm(session, { force: true })).status).toBe(200);
    expect(signup.syncs).toHaveLength(2);
  });

  it("is unproven, and stops nothing, where Meta does not let us read", async () => {
    await signup.finish(session);
    expect(new Set((await show()).webhooks.map(({ state }) => state))).toEqual(
      new Set(["unproven"]),
    );
    expect((await signup.confirm(session)).status).toBe(200);
  });
});

describe("the time zone at Meta", () => {
  it("is tried to be set where there is none; refused, the owner is shown that it has to", async () => {
    withoutZone("DE");
    await signup.finish(session);
    expect((await show()).account).toMatchObject({
      timezone: null,
      country: "DE",
      zones: expect.arrayContaining(["Europe/Berlin"]),
      zoneCanBeWritten: true,
    });
    expect((await signup.confirm(session)).status).toBe(200);
    const written = signup
      .calls(`/${signup.number.wabaId}`)
      .filter((each) => each.method === "POST");
    expect(written).toMatchObject([{ body: { timezone_id: "47" } }]);
    expect((await show()).account).toMatchObject({ timezone: null, zoneCanBeWritten: false });
  });

  it("is looked for until the owner has set it, and the block it made is lifted then", async () => {
    const account = withoutZone("DE");
    await signup.finish(session);
    await signup.confirm(session);
    answer(`/${signup.number.id}/messages`, () => graphError(400, 131042, "time zone"));
    await signup.partner.post(sendPath(signup.number), templateTo());
    const state = () =>
      signup.partner.read<{ blocked: unknown }>(`/v1/senders/${signup.number.id}`);
    await services().phone(signup.number.id).flushed();
    expect((await state()).blocked).not.toBeNull();
    account["timezone_id"] = "47";
    answer(`/${signup.number.id}`, ({ query }) =>
      query["fields"] === "health_status"
        ? Response.json({ health_status: { can_send_message: "AVAILABLE" } })
        : undefined,
    );
    await sweepAfter(16 * 60_000);
    expect((await state()).blocked).toBeNull();
    expect((await show()).account).toMatchObject({ timezone: "Europe/Berlin" });
  });

  it("is not touched where the account has one", async () => {
    await signup.finish(session);
    await signup.confirm(session);
    expect(
      signup.calls(`/${signup.number.wabaId}`).filter(({ method }) => method === "POST"),
    ).toEqual([]);
  });
});

describe("what the page shows once it is confirmed", () => {
  it("is the clock, and how far contacts and history are", async () => {
    const finishedAt = Date.now();
    await signup.finish(session);
    expect((await show()).deadlineAt).toBe(finishedAt + 24 * HOUR);
    await signup.confirm(session, { sync: { history: false } });
    expect(await show()).toMatchObject({
      state: "finished",
      sync: {
        contacts: { state: "requested", count: 0 },
        history: { state: "not_requested", progress: 0, storedPercent: null },
      },
    });
  });
});

describe("a re-authorisation", () => {
  beforeEach(async () => {
    await signup.finish(session);
    await signup.confirm(session);
    await services().phone(signup.number.id).flushed();
  });

  const reopen = () => signup.open({ kind: "reauthorise", phone_number_id: signup.number.id });

  it("gives the sender a new token: same generation, no sync, block of kind token lifted", async () => {
    const read = () =>
      signup.partner.read<{ onboarded_at: string; blocked: unknown; words: unknown }>(
        `/v1/senders/${signup.number.id}`,
      );
    const { words: connected } = await read();
    answer(`/${signup.number.id}/messages`, ({ authorization }) =>
      authorization === "Bearer fresh-token" ? undefined : graphError(401, 190, "expired"),
    );
    await signup.partner.post(sendPath(signup.number), templateTo());
    await services().phone(signup.number.id).flushed();
    const before = await read();
    expect(before.blocked).toMatchObject({ reason: "token" });

    passTime(HOUR);
    answer("/oauth/access_token", () => Response.json({ access_token: "fresh-token" }));
    session = await reopen();
    const done = await signup.finish(session, { code: "code-2", waba_id: null });
    expect(await done.json()).toMatchObject({ kind: "reauthorise", state: "finished" });
    await services().phone(signup.number.id).flushed();
    expect(await read()).toEqual({ ...before, blocked: null, words: connected });
    expect(signup.syncs).toHaveLength(2); // of the first signup
    expect((await signup.partner.post(sendPath(signup.number), templateTo())).status).toBe(200);
  });

  it("takes no other account and no other number", async () => {
    session = await reopen();
    const refused = await signup.finish(session, { code: "c2", waba_id: "219999999999999" });
    expect(await refused.json()).toMatchObject({ reason: "another_account" });
    expect(signup.calls("/oauth/access_token")).toHaveLength(1); // the code was not even spent
    answer(`/${signup.number.wabaId}/phone_numbers`, () =>
      Response.json({ data: [{ id: newNumber().id }] }),
    );
    const waiting = await signup.finish(session, { code: "c3" });
    expect(await waiting.json()).toMatchObject({ state: "waiting", error: { code: "not_listed" } });
  });

  it("is refused for a number of somebody else, and for a disconnected one", async () => {
    const other = await Signup.begin();
    const body = { kind: "reauthorise", phone_number_id: signup.number.id };
    expect((await other.partner.post("/v1/signup-sessions", body)).status).toBe(404);
    session = await reopen();
    await accountUpdate(signup.number, "PARTNER_REMOVED", { at: Date.now() });
    answer(`/${signup.number.wabaId}`, () => graphError(400, 100, "gone", 33));
    await runSweeps(env);
    await services().phone(signup.number.id).flushed();
    expect((await signup.partner.post("/v1/signup-sessions", body)).status).toBe(409);
    // One that was open already does not bring it back either.
    const late = await signup.finish(session, { code: "code-2", waba_id: null });
    expect(late.status).toBe(409);
    expect(await services().phone(signup.number.id).phase()).toMatchObject({
      phase: "disconnected",
    });
  });
});
