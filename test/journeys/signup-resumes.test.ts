import { HttpResponse } from "msw";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { waitForNothing } from "../support/impatience.ts";
import { findSession } from "../../src/database/signup-sessions.ts";
import { advanceSignup } from "../../src/operations/advance-signup.ts";
import { cancelSignup } from "../../src/operations/cancel-signup.ts";
import { resumeSignup } from "../../src/operations/resume-signup.ts";
import { noteSignupEvent } from "../../src/operations/note-signup-event.ts";
import { runSweeps } from "../../src/scheduled.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { newNumber, seedPartner, services } from "../support/seed.ts";
import { eventsOf, passTime, stopClock } from "../support/sends.ts";
import { answer, answerAsMeta, debugged, Signup, TOKEN } from "../support/signup.ts";
import { runObjectSql } from "../support/storage.ts";
import type { Session } from "../support/signup.ts";

waitForNothing();

let signup: Signup;
let session: Session;

beforeEach(async () => {
  stopClock();
  signup = await Signup.begin();
  session = await signup.open();
});

const stored = async () => {
  const found = await findSession(services().registry, session.id);
  if (found === null) throw new Error("The session is gone.");
  return found;
};
/** The page asks again, a little later. */
async function resume() {
  passTime(3_000);
  return resumeSignup(services(), await stored());
}

describe("invariant 5: a shot that was claimed and not fired", () => {
  it("is given back, and fired once by the next confirmation", async () => {
    await signup.finish(session);
    await runObjectSql(
      signup.number.id,
      `CREATE TRIGGER broken BEFORE INSERT ON settings WHEN NEW.name = 'contactsDump'
       BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
    expect((await signup.confirm(session)).status).toBe(500);
    expect(signup.syncs).toHaveLength(0);
    await runObjectSql(signup.number.id, `DROP TRIGGER broken`);
    expect((await signup.confirm(session)).status).toBe(200);
    expect(signup.syncs).toHaveLength(2);
  });
});

describe("a signup whose account Meta lists late", () => {
  it.each([
    ["the token covers nothing yet", "/debug_token", () => debugged([])],
    ["the account has no number yet", "/phone_numbers", () => Response.json({ data: [] })],
    ["the list does not answer", "/phone_numbers", () => HttpResponse.error()],
    ["debug_token does not answer", "/debug_token", () => new Response("no", { status: 502 })],
    ["the subscription fails at Meta", "/subscribed_apps", () => graphError(500, 2, "later")],
  ])("waits while %s, and goes on with the same code's token", async (_what, path, respond) => {
    let isListed = false;
    const whole = path === "/debug_token" ? path : `/${signup.number.wabaId}${path}`;
    answer(whole, () => (isListed ? undefined : respond()));
    const waiting = await (await signup.finish(session)).json<Session>();
    expect(waiting).toMatchObject({ state: "waiting", error: { detail: expect.any(String) } });
    isListed = true;
    expect(await resume()).toMatchObject({ state: "awaiting_confirmation", error: null });
    expect(signup.calls("/oauth/access_token")).toHaveLength(1);
    expect((await signup.confirm(session)).status).toBe(200);
  });

  it("is gone on with by the sweep where nobody looks at the page", async () => {
    let isListed = false;
    answer("/debug_token", () => (isListed ? undefined : debugged([])));
    await signup.finish(session);
    isListed = true;
    passTime(5 * 60_000);
    await runSweeps(env);
    expect(await signup.read(session)).toMatchObject({ state: "awaiting_confirmation" });
  });

  it("asks Meta once, however many tabs ask at once", async () => {
    answer("/debug_token", () => debugged([]));
    await signup.finish(session);
    passTime(3_000);
    const before = signup.calls("/debug_token").length;
    const found = await stored();
    await Promise.all([found, found, found].map((each) => resumeSignup(services(), each)));
    expect(signup.calls("/debug_token")).toHaveLength(before + 1);
  });

  it("gives up after a day, keeps no token, and takes a new code", async () => {
    let isListed = false;
    answer("/debug_token", () => (isListed ? undefined : debugged([])));
    await signup.finish(session);
    passTime(25 * 3_600_000);
    await runSweeps(env);
    expect(await signup.read(session)).toMatchObject({ state: "failed" });
    expect((await stored()).token).toBeNull();
    isListed = true;
    expect((await signup.finish(session, { code: "code-2" })).status).toBe(200);
  });

  it("writes the same wait into the trail once", async () => {
    answer("/debug_token", () => debugged([]));
    await signup.finish(session);
    for (let n = 0; n < 5; n++) await resume();
    const { trail } = await signup.read(session);
    expect(trail.filter(({ code }) => code === "not_listed")).toHaveLength(1);
  });
});

describe("the popup's message, and the code, in either order", () => {
  it("without an account, the newest that the token covers is taken", async () => {
    answer("/debug_token", () => debugged([signup.number.wabaId, newNumber().wabaId]));
    const finished = await (await signup.finish(session, { waba_id: null })).json<Session>();
    expect(finished).toMatchObject({
      state: "awaiting_confirmation",
      waba_id: signup.number.wabaId,
    });
  });

  it("the account that was named before the code is taken", async () => {
    const older = newNumber();
    answer("/debug_token", () => debugged([older.wabaId, signup.number.wabaId]));
    const { wabaId } = signup.number;
    await noteSignupEvent(services(), await stored(), { kind: "finished", wabaId });
    const finished = await (await signup.finish(session, { waba_id: null })).json<Session>();
    expect(finished.waba_id).toBe(wabaId);
  });

  it("the account that is named after the code is looked up anew", async () => {
    const guessed = newNumber();
    answer("/debug_token", () => debugged([guessed.wabaId, signup.number.wabaId]));
    answer(`/${guessed.wabaId}/phone_numbers`, () => Response.json({ data: [] }));
    await signup.finish(session, { waba_id: null });
    const { wabaId } = signup.number;
    await noteSignupEvent(services(), await stored(), { kind: "finished", wabaId });
    expect(await resume()).toMatchObject({ state: "awaiting_confirmation", wabaId });
  });

  it("an account that the token does not cover is refused also when it is named late", async () => {
    await signup.finish(session, { waba_id: null });
    await noteSignupEvent(services(), await stored(), {
      kind: "finished",
      wabaId: "219999999999999",
    });
    expect(await resume()).toMatchObject({ state: "failed", error: { code: "not_covered" } });
  });
});

describe("a signup that ends half-way leaves no account subscribed", () => {
  const ofAccount = () =>
    signup.calls(`/${signup.number.wabaId}/subscribed_apps`).map(({ method }) => method);

  it("when a window names another account than the one that was found", async () => {
    await signup.finish(session);
    expect(ofAccount()).not.toContain("DELETE");
    await noteSignupEvent(services(), await stored(), { kind: "finished", wabaId: "2199999" });
    expect(await resume()).toMatchObject({ state: "failed", token: null });
    expect(ofAccount().at(-1)).toBe("DELETE");
  });

  it("when it is cancelled before we subscribe", async () => {
    let isListed = false;
    answer("/debug_token", () => (isListed ? undefined : debugged([])));
    await signup.finish(session);
    const waiting = await stored();
    expect(waiting.state).toBe("waiting");
    await cancelSignup(services(), waiting);
    isListed = true;
    const ended = await advanceSignup(services(), waiting, TOKEN, 1);
    expect(ended).toMatchObject({ state: "cancelled", token: null });
    expect(ofAccount()).not.toContain("POST");
  });

  it("unless a number of it is connected, be it another partner's", async () => {
    const second = newNumber();
    graph.respond((request) => answerAsMeta(request, signup.number, [signup.number, second]));
    const other = new Signup(await seedPartner(), signup.number);
    const theirs = await other.open();
    await other.finish(theirs, { code: "code-of-another" });
    expect((await other.confirm(theirs, { phone_number_id: second.id })).status).toBe(200);
    const body = { code: "code-1", phone_number_id: signup.number.id };
    await signup.partner.post(`/v1/signup-sessions/${session.id}/finish`, body);
    expect(await stored()).toMatchObject({ state: "awaiting_confirmation" });
    await cancelSignup(services(), await stored());
    expect(ofAccount()).not.toContain("DELETE");
  });

  it("nor its token in the session, when its confirmation never comes to an end", async () => {
    await signup.finish(session);
    await env.DB.prepare(
      `CREATE TRIGGER dies BEFORE INSERT ON senders BEGIN SELECT RAISE(ABORT, 'died'); END`,
    ).run();
    expect((await signup.confirm(session)).status).toBe(500);
    passTime(8 * 24 * 3_600_000);
    await runSweeps(env);
    await env.DB.prepare(`DROP TRIGGER dies`).run();
    expect(await stored()).toMatchObject({ state: "failed", token: null, dueAt: null });
    expect(ofAccount().at(-1)).toBe("DELETE");
  });
});

describe("a Worker that dies", () => {
  /** As a death leaves it: the state of before, and nobody at work. */
  const setState = (changes: string) =>
    env.DB.prepare(`UPDATE signup_sessions SET ${changes} WHERE id = ?`).bind(session.id).run();

  it("invariant 5: in the exchange loses the code and says so; it is not tried again", async () => {
    await setState(`state = 'exchanging', code_at = ${Date.now()}, due_at = ${Date.now()}`);
    passTime(1);
    await runSweeps(env);
    expect(await signup.read(session)).toMatchObject({
      state: "failed",
      error: { step: "exchange", code: "exchange_unknown" },
    });
    expect(signup.calls("/oauth/access_token")).toEqual([]);
    expect((await signup.finish(session)).status).toBe(200);
  });

  it("between exchange and subscription loses nothing", async () => {
    answer(`/${signup.number.wabaId}/subscribed_apps`, ({ method }) =>
      method === "POST" ? HttpResponse.error() : undefined,
    );
    await signup.finish(session);
    answer(`/${signup.number.wabaId}/subscribed_apps`, () => Response.json({ success: true }));
    passTime(5 * 60_000);
    await runSweeps(env);
    expect(await signup.read(session)).toMatchObject({ state: "awaiting_confirmation" });
  });

  it("invariant 5: in the confirmation leaves it to the sweep, and no sync is asked for twice", async () => {
    await signup.finish(session);
    await env.DB.prepare(
      `CREATE TRIGGER dies BEFORE UPDATE ON signup_sessions WHEN NEW.state = 'finished'
       BEGIN SELECT RAISE(ABORT, 'died'); END`,
    ).run();
    expect((await signup.confirm(session, { sync: { contacts: false } })).status).toBe(500);
    await env.DB.prepare(`DROP TRIGGER dies`).run();
    passTime(5 * 60_000);
    await runSweeps(env);
    expect(await signup.read(session)).toMatchObject({ state: "finished" });
    expect(signup.syncs).toEqual(["history"]);
    expect(await eventsOf(signup.partner, signup.number, "sender.connected")).toHaveLength(1);
  });

  it("before the sender was registered has its confirmation done whole", async () => {
    await signup.finish(session);
    await env.DB.prepare(
      `CREATE TRIGGER dies BEFORE INSERT ON senders BEGIN SELECT RAISE(ABORT, 'died'); END`,
    ).run();
    expect((await signup.confirm(session)).status).toBe(500);
    await env.DB.prepare(`DROP TRIGGER dies`).run();
    passTime(5 * 60_000);
    await runSweeps(env);
    expect(await signup.read(session)).toMatchObject({ state: "finished" });
    expect(signup.syncs).toEqual(["smb_app_state_sync", "history"]);
  });
});

it("tells signup.updated for the whole way, with its own times, once there is a sender", async () => {
  const startedAt = Date.now();
  await noteSignupEvent(services(), await stored(), { kind: "opened" });
  passTime(60_000);
  await signup.finish(session);
  passTime(60_000);
  await signup.confirm(session);
  const told = await eventsOf(signup.partner, signup.number, "signup.updated");
  expect(told.map(({ data }) => data["state"] ?? data["popup"])).toEqual([
    "opened",
    "exchanging",
    "waiting",
    "awaiting_confirmation",
    "confirming",
    "finished",
  ]);
  expect(Date.parse(told[0]?.at ?? "")).toBe(startedAt);
  expect(told[0]?.data).toMatchObject({ session_id: session.id, kind: "connect" });
});
