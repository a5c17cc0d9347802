import { HttpResponse } from "msw";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { waitForNothing } from "../support/impatience.ts";
import { findSession } from "../../src/database/signup-sessions.ts";
import { describeSignup } from "../../src/operations/describe-signup.ts";
import { findOpenSession } from "../../src/operations/open-session.ts";
import { noteSignupEvent } from "../../src/operations/note-signup-event.ts";
import { call, importNumber, newNumber, seedPartner, services } from "../support/seed.ts";
import { answer, debugged, Signup, TOKEN } from "../support/signup.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { passTime, stopClock } from "../support/sends.ts";
import type { SignupEvent } from "../../src/operations/note-signup-event.ts";
import type { Session } from "../support/signup.ts";

waitForNothing();

let signup: Signup;
let session: Session;

beforeEach(async () => {
  signup = await Signup.begin();
  session = await signup.open();
});

const stored = async () => {
  const found = await findSession(services().registry, session.id);
  if (found === null) throw new Error("The session is gone.");
  return found;
};
const note = async (event: SignupEvent) => noteSignupEvent(services(), await stored(), event);
const show = async () => describeSignup(services(), await stored());

/** Nothing that a refusal left behind would let anybody use the account. */
async function expectNothingConnected(): Promise<void> {
  expect((await stored()).token).toBeNull();
  expect(await signup.partner.read("/v1/senders")).toEqual({ data: [], next_cursor: null });
  expect(graph.requests.filter(({ path }) => path.endsWith("subscribed_apps"))).toEqual([]);
  expect(signup.syncs).toEqual([]);
}

describe("the link of a session", () => {
  it.each(["signup_0000000000000000", "signup_", "x", "", "signup_' OR 1=1", "partner_abc"])(
    "that is forged (%s) opens nothing",
    async (id) => {
      expect(await findOpenSession(services(), id)).toBeNull();
    },
  );

  it("opens an expired one too, so that the page can say so", async () => {
    stopClock();
    const old = await signup.open();
    passTime(8 * 86_400_000);
    const found = await findSession(services().registry, old.id);
    expect(found && (await describeSignup(services(), found)).state).toBe("expired");
  });
});

describe("a code", () => {
  it("invariant 5: is refused the second time, also when another came in between", async () => {
    answer("/oauth/access_token", () => graphError(400, 100, "expired", 36007));
    for (const code of ["a", "b"]) {
      expect((await signup.finish(session, { code })).status).toBe(409);
    }
    const again = await signup.finish(session, { code: "a" });
    expect(await again.json()).toMatchObject({
      code: "conflict",
      detail: expect.stringContaining("spent"),
    });
    expect(signup.calls("/oauth/access_token")).toHaveLength(2);
    await expectNothingConnected();
  });

  it.each([
    ["is refused", () => graphError(400, 100, "expired"), "expired_code"],
    ["has no answer", () => HttpResponse.error(), "exchange_unknown"],
    ["gets a 500", () => graphError(500, 1, "who knows"), "exchange_unknown"],
  ])("whose exchange %s is told as %s", async (_what, respond, code) => {
    answer("/oauth/access_token", respond);
    const refused = await signup.finish(session);
    expect(await refused.json()).toMatchObject({ code: "signup_failed", reason: code });
    expect((await show()).problem).toMatchObject({ step: "exchange", code });
    await expectNothingConnected();
  });

  it("invariant 5: of two tabs with a code each, one is exchanged", async () => {
    const answers = await Promise.all(
      ["tab-1", "tab-2"].map((code) => signup.finish(session, { code })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    expect(signup.calls("/oauth/access_token")).toHaveLength(1);
    expect(await show()).toMatchObject({ state: "awaiting_confirmation" });
  });

  it("invariant 9: is in no log, answer or row", async () => {
    const code = "AQD-a-code-nobody-may-see";
    await signup.finish(session, { code });
    const { results } = await env.DB.prepare(`SELECT * FROM signup_sessions`).all();
    const page = JSON.stringify([results, await show(), await signup.read(session)]);
    expect(page).not.toContain(code);
    expect(page).not.toContain(TOKEN);
  });
});

describe("what the token covers", () => {
  it("an account that it does not cover is refused, recorded, and nothing is half-connected", async () => {
    const response = await signup.finish(session, { waba_id: "219999999999999" });
    expect(await response.json()).toMatchObject({ reason: "not_covered" });
    expect(await signup.read(session)).toMatchObject({
      state: "failed",
      waba_id: null,
      error: { step: "debug_token", code: "not_covered" },
    });
    expect((await signup.read(session)).trail.at(-1)).toMatchObject({
      state: "failed",
      step: "debug_token",
      code: "not_covered",
    });
    await expectNothingConnected();
  });

  it("a token of another app is refused at once", async () => {
    answer("/debug_token", () => debugged([signup.number.wabaId], { app_id: "666" }));
    const response = await signup.finish(session);
    expect(await response.json()).toMatchObject({ reason: "foreign_token" });
    expect(signup.calls("/debug_token")).toHaveLength(1);
    await expectNothingConnected();
  });

  it("invariant 8: a number that is active with another partner is refused, a disconnected one may come", async () => {
    const holder = await seedPartner();
    await importNumber(holder, signup.number);
    await services().phone(signup.number.id).flushed();
    const refused = await signup.finish(session);
    expect(await refused.json()).toMatchObject({ reason: "held_elsewhere" });
    await expectNothingConnected();
    await services()
      .phone(signup.number.id)
      .moveTo("disconnected", "PARTNER_REMOVED", "sender.disconnected");
    await services().phone(signup.number.id).flushed();
    expect((await signup.finish(session, { code: "code-2" })).status).toBe(200);
    expect((await signup.confirm(session)).status).toBe(200);
  });
});

describe("what the popup says", () => {
  it.each([
    [{ kind: "cancelled", step: "PHONE_NUMBER_SETUP" }, "cancelled", "PHONE_NUMBER_SETUP"],
    [{ kind: "error", code: "524126", metaSession: "f34b51" }, "popup_error", "popup"],
    [{ kind: "wrong_branch" }, "wrong_branch", "popup"],
    [{ kind: "blocked" }, "popup_blocked", "popup"],
  ] as [SignupEvent, string, string][])(
    "%j is kept in the trail and told as a problem",
    async (event, code, step) => {
      await note(event);
      expect((await show()).problem).toMatchObject({ code, step });
      const { trail } = await signup.read(session);
      expect(trail).toMatchObject([
        {
          popup: event.kind,
          ...(event.step === undefined ? {} : { step: event.step }),
          ...(event.code === undefined ? {} : { code: event.code, meta_session_id: "f34b51" }),
        },
      ]);
    },
  );

  it("is forgotten as a problem when the popup opens again", async () => {
    await note({ kind: "cancelled", step: "PERMISSIONS" });
    await note({ kind: "opened" });
    expect((await show()).problem).toBeNull();
  });

  it("changes nothing of a signup that went on, and is kept all the same", async () => {
    await signup.finish(session);
    await note({ kind: "cancelled" });
    expect(await show()).toMatchObject({ state: "awaiting_confirmation", problem: null });
    expect((await signup.read(session)).trail.at(-1)).toMatchObject({ popup: "cancelled" });
  });

  it("keeps no more than fifty things, the newest, and loses none of two tabs", async () => {
    await Promise.all(Array.from({ length: 30 }, () => note({ kind: "blocked" })));
    expect((await signup.read(session)).trail).toHaveLength(30);
    await Promise.all(Array.from({ length: 40 }, () => note({ kind: "opened" })));
    const trail = (await stored()).trail ?? [];
    expect(trail).toHaveLength(50);
    expect(trail.at(-1)?.n).toBe(70);
  });

  it("keeps nothing that somebody may have typed", async () => {
    await note({ kind: "error", code: "call me on +1 555 0100", step: "<script>" });
    expect(JSON.stringify(await signup.read(session))).not.toMatch(/call me|script/);
  });

  it("a number that was entered is checked and shown", async () => {
    await note({ kind: "number", phoneNumber: "+55 11 91234-5678" });
    expect((await show()).number).toBe("+5511912345678");
    await note({ kind: "number", phoneNumber: "12" });
    expect((await show()).number).toBe("+5511912345678");
  });
});

describe("the doors for partners", () => {
  it("refuse a number of a country that cannot be connected, naming it", async () => {
    const response = await signup.partner.post("/v1/signup-sessions", {
      phone_number: "+234 803 123 4567",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      field: "phone_number",
      reason: "country",
      detail: expect.stringContaining("NG"),
    });
  });

  it("list sessions newest first, page by page, and only the partner's own", async () => {
    stopClock();
    const ids = [session.id];
    for (let n = 0; n < 4; n++) {
      if (n % 2 === 0) passTime(1_000); // two share a millisecond
      ids.unshift((await signup.open()).id);
    }
    await (await Signup.begin()).open();
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page: { data: Session[]; next_cursor: string | null } = await signup.partner.read(
        `/v1/signup-sessions?limit=2${query}`,
      );
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(seen).toHaveLength(ids.length);
    expect(seen.at(-1)).toBe(session.id);
  });

  const remove = () =>
    call(`/v1/signup-sessions/${session.id}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${signup.partner.key}` },
    });

  it("cancel a session: token gone, account left, nothing asked for, no code taken", async () => {
    await signup.finish(session);
    expect((await (await remove()).json<Session>()).state).toBe("cancelled");
    expect((await remove()).status).toBe(200);
    expect((await stored()).token).toBeNull();
    const left = graph.requests.filter(
      ({ method, path }) =>
        method === "DELETE" && path === `/${signup.number.wabaId}/subscribed_apps`,
    );
    expect(left).toHaveLength(1);
    expect((await signup.finish(session, { code: "code-2" })).status).toBe(409);
    expect((await signup.confirm(session)).status).toBe(409);
    expect(await show()).toMatchObject({ state: "expired", problem: { code: "cancelled" } });
  });

  it("do not cancel what is connected, nor unsubscribe an account that another session connected", async () => {
    await signup.finish(session);
    await signup.confirm(session);
    expect((await remove()).status).toBe(409);
    const connected = session;
    session = await signup.open();
    await signup.finish(session, { code: "code-2" });
    expect((await remove()).status).toBe(200);
    expect(graph.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
    expect(await signup.read(connected)).toMatchObject({ state: "finished" });
  });

  it("invariant 8: another partner's session can be neither listed, cancelled nor resumed", async () => {
    const other = new Signup(await seedPartner(), newNumber());
    expect(await other.partner.read("/v1/signup-sessions")).toMatchObject({ data: [] });
    const resumed = await other.partner.post(`/v1/signup-sessions/${session.id}/resume`, {});
    expect(resumed.status).toBe(404);
  });
});
