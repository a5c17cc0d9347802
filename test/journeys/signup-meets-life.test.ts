import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { waitForNothing } from "../support/impatience.ts";
import { findSession } from "../../src/database/signup-sessions.ts";
import { findAllocationOf, saveAllocation } from "../../src/database/allocations.ts";
import { saveSender } from "../../src/database/senders.ts";
import { confirmSender } from "../../src/operations/confirm-sender.ts";
import { noteSignupEvent } from "../../src/operations/note-signup-event.ts";
import { revokeCredit } from "../../src/operations/revoke-credit.ts";
import { sweepCredit } from "../../src/operations/sweep-credit.ts";
import { runSweeps } from "../../src/scheduled.ts";
import { graph } from "../support/graph-stub.ts";
import { call, deliver, importNumber, newNumber, seedPartner, services } from "../support/seed.ts";
import { accountUpdate, passTime, stopClock } from "../support/sends.ts";
import { answer, answerAsMeta, debugged, Signup } from "../support/signup.ts";
import { HOUR, senderOf } from "../support/storage.ts";
import { CUSTOMER, inbound, textMessage } from "../support/webhooks.ts";
import type { GraphRequest } from "../support/graph-stub.ts";
import type { Session } from "../support/signup.ts";

waitForNothing();

const LINE = "570000000000002";
const ALLOCATION = "580000000000002";
const SHARE = `/${LINE}/whatsapp_credit_sharing_and_attach`;

const asSolutionPartner = () => ({
  ...services(),
  settings: {
    ...services().settings,
    META_SYSTEM_TOKEN: "system-token",
    META_EXTENDED_CREDIT_ID: LINE,
  },
});

let signup: Signup;

beforeEach(async () => {
  stopClock();
  signup = await Signup.begin();
});

async function stored(session: Session) {
  const found = await findSession(services().registry, session.id);
  if (found === null) throw new Error("The session is gone.");
  return found;
}
const cancel = (session: Session) =>
  call(`/v1/signup-sessions/${session.id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${signup.partner.key}` },
  });
const subscriptions = (waba = signup.number.wabaId) =>
  signup.calls(`/${waba}/subscribed_apps`).map(({ method }) => method);
/** While Meta is asked this for the first time, that happens. */
function meanwhile(matches: (request: GraphRequest) => boolean, happens: () => Promise<unknown>) {
  let isOver = false;
  graph.respond(async (request) => {
    if (isOver || !matches(request)) return undefined;
    isOver = true;
    await happens();
    return undefined;
  });
}
const isReadOfAccount = ({ path, method }: GraphRequest) =>
  path === `/${signup.number.wabaId}` && method === "GET";
const phase = async () => (await services().phone(signup.number.id).phase())?.phase;
const statesOf = async () =>
  signup.partner.read<{ state: string }>(`/v1/senders/${signup.number.id}`);
async function connect(): Promise<Session> {
  const session = await signup.open();
  expect((await signup.finish(session)).status).toBe(200);
  expect((await signup.confirm(session)).status).toBe(200);
  await services().phone(signup.number.id).flushed();
  return session;
}
async function disconnect(): Promise<void> {
  await services()
    .phone(signup.number.id)
    .moveTo("disconnected", "unlinked", "sender.disconnected");
  await services().phone(signup.number.id).flushed();
}

describe("a confirmation that is under way", () => {
  it("is nobody else's: a second one asks for nothing that the first one declined", async () => {
    const session = await signup.open();
    await signup.finish(session);
    let second: Response | undefined;
    meanwhile(isReadOfAccount, async () => {
      second = await signup.confirm(session);
    });
    const first = await signup.confirm(session, { sync: { history: false } });
    expect([first.status, second?.status]).toEqual([200, 409]);
    expect(signup.syncs).toEqual(["smb_app_state_sync"]);
    expect(await stored(session)).toMatchObject({ state: "finished", token: null });
  });

  it("is not taken over by the unattended one, whose time comes meanwhile", async () => {
    const session = await signup.open();
    await signup.finish(session);
    passTime(22 * HOUR);
    meanwhile(isReadOfAccount, () => runSweeps(env));
    await signup.confirm(session, { sync: { contacts: false, history: false } });
    expect(signup.syncs).toEqual([]);
  });

  it("can be confirmed again at once where it broke off", async () => {
    const session = await signup.open();
    await signup.finish(session);
    await env.DB.prepare(
      `CREATE TRIGGER dies BEFORE INSERT ON senders BEGIN SELECT RAISE(ABORT, 'died'); END`,
    ).run();
    expect((await signup.confirm(session)).status).toBe(500);
    await env.DB.prepare(`DROP TRIGGER dies`).run();
    expect((await signup.confirm(session)).status).toBe(200);
    expect(signup.syncs).toHaveLength(2);
  });

  it("keeps no token where the number went to another partner after it broke off", async () => {
    const session = await signup.open();
    await signup.finish(session);
    await env.DB.prepare(
      `CREATE TRIGGER dies BEFORE INSERT ON senders BEGIN SELECT RAISE(ABORT, 'died'); END`,
    ).run();
    await signup.confirm(session);
    await env.DB.prepare(`DROP TRIGGER dies`).run();
    await importNumber(await seedPartner(), signup.number);
    passTime(5 * 60_000);
    await runSweeps(env);
    expect(await stored(session)).toMatchObject({
      state: "failed",
      token: null,
      error: { code: "held_elsewhere" },
    });
    expect(signup.syncs).toEqual([]);
  });
});

describe("an account that a signup leaves", () => {
  it("is subscribed no more where the cancellation comes during the subscription", async () => {
    const session = await signup.open();
    meanwhile(
      ({ path, method }) => path.endsWith("/subscribed_apps") && method === "POST",
      () => cancel(session),
    );
    await signup.finish(session);
    expect(await stored(session)).toMatchObject({ state: "cancelled", token: null });
    expect(subscriptions().at(-1)).toBe("DELETE");
  });

  it("stays subscribed for another number of it that is connected", async () => {
    await importNumber(signup.partner, { ...newNumber(), wabaId: signup.number.wabaId });
    const session = await signup.open();
    await signup.finish(session);
    await cancel(session);
    expect(subscriptions()).not.toContain("DELETE");
  });

  it("stays subscribed for another signup of it that is under way", async () => {
    const [first, second] = [await signup.open(), await signup.open()];
    await signup.finish(first);
    await signup.finish(second, { code: "code-2" });
    await cancel(first);
    expect(subscriptions()).not.toContain("DELETE");
    await cancel(second);
    expect(subscriptions().at(-1)).toBe("DELETE");
  });

  it("was only guessed, and is subscribed no more when the popup names another one", async () => {
    const guessed = newNumber();
    answer("/debug_token", () => debugged([guessed.wabaId, signup.number.wabaId]));
    graph.respond((request) =>
      request.path.includes(guessed.wabaId) || request.path === `/${guessed.id}`
        ? answerAsMeta(request, guessed)
        : undefined,
    );
    const session = await signup.open();
    await signup.finish(session, { waba_id: null });
    expect(subscriptions(guessed.wabaId)).toContain("POST");
    const { wabaId } = signup.number;
    await noteSignupEvent(services(), await stored(session), { kind: "finished", wabaId });
    expect(subscriptions(guessed.wabaId).at(-1)).toBe("DELETE");
  });
});

describe("a number that comes back", () => {
  it("has the window of whoever wrote between its subscription and its confirmation", async () => {
    await connect();
    await deliver(signup.number, inbound(signup.number, textMessage({ from: "15550190001" })));
    await disconnect();
    passTime(HOUR);
    const session = await signup.open();
    await signup.finish(session, { code: "code-2" });
    passTime(60_000);
    await deliver(signup.number, inbound(signup.number, textMessage()));
    await signup.confirm(session);
    const phone = services().phone(signup.number.id);
    expect(await phone.window(signup.partner.id, CUSTOMER)).toMatchObject({ open: true });
    expect(await phone.window(signup.partner.id, "15550190001")).toMatchObject({ open: false });
  });

  it("is held where its owner removed us between its subscription and its confirmation", async () => {
    await connect();
    await disconnect();
    passTime(HOUR);
    const session = await signup.open();
    await signup.finish(session, { code: "code-2" });
    passTime(60_000);
    await accountUpdate(signup.number, "PARTNER_REMOVED", { at: Date.now() });
    expect(await phase()).toBe("disconnected");
    passTime(60_000);
    expect((await signup.confirm(session)).status).toBe(200);
    expect(await phase()).toBe("verifying");
  });

  it("invariant 10: hears nothing of its time before, also where it came while disconnected", async () => {
    await connect();
    await disconnect();
    passTime(60_000);
    await accountUpdate(signup.number, "PARTNER_REMOVED", { at: Date.now() });
    passTime(HOUR);
    const session = await signup.open();
    await signup.finish(session, { code: "code-2" });
    await signup.confirm(session);
    expect(await phase()).toBe("active");
    await services().phone(signup.number.id).flushed();
    expect(await statesOf()).toMatchObject({ state: "active" });
  });
});

describe("a credit line", () => {
  /** @param accounts numbers of the one account */
  function withMoney(accounts: { id: string; phone: string; wabaId: string }[]) {
    const { wabaId } = signup.number;
    let funding: string | undefined;
    graph.respond((request) => {
      const { path, method } = request;
      if (path === SHARE) {
        funding = "59";
        return Response.json({ allocation_config_id: ALLOCATION, waba_id: wabaId });
      }
      if (path === `/${wabaId}` && method === "GET") {
        return Response.json({
          id: wabaId,
          currency: "EUR",
          timezone_id: "58",
          owner_business_info: { id: "711" },
          primary_funding_id: funding,
        });
      }
      if (path === `/${ALLOCATION}`) {
        if (method === "DELETE") funding = undefined;
        return Response.json(
          method === "DELETE" ? { success: true } : { receiving_credential: { id: "59" } },
        );
      }
      return answerAsMeta(request, signup.number, accounts);
    });
  }
  const confirm = async (session: Session, phoneNumberId: string) =>
    confirmSender(asSolutionPartner(), await stored(session), {
      timezone: "Europe/Berlin",
      phoneNumberId,
      sync: { contacts: true, history: true },
    });

  it("is shared once with an account of two numbers, and taken back once, with the last", async () => {
    const second = { ...newNumber(), wabaId: signup.number.wabaId };
    withMoney([signup.number, second]);
    const senders = [];
    for (const [turn, { id }] of [signup.number, second].entries()) {
      const session = await signup.open();
      await signup.finish(session, { code: `code-${turn}` });
      senders.push(await confirm(session, id));
      await services().phone(id).flushed();
    }
    expect(signup.calls(SHARE)).toHaveLength(1);
    const { registry } = services();
    for (const { key } of senders) expect(await findAllocationOf(registry, key)).toBe(ALLOCATION);

    const taken = () => signup.calls(`/${ALLOCATION}`).filter(({ method }) => method === "DELETE");
    for (const each of [signup.number, second]) {
      expect(taken()).toEqual([]);
      const phone = services().phone(each.id);
      await phone.moveTo("disconnected", "unlinked", "sender.disconnected");
      await phone.flushed();
      await revokeCredit(asSolutionPartner(), await senderOf(each));
    }
    expect(taken()).toHaveLength(1);
    await sweepCredit(asSolutionPartner());
    expect(taken()).toHaveLength(1);
  });

  it("of a number that is being connected anew is not taken back as its former time's", async () => {
    withMoney([signup.number]);
    await connect();
    await disconnect();
    passTime(HOUR);
    // As a Worker leaves it that dies before the object hears of it.
    const former = await senderOf(signup.number);
    const { registry } = services();
    const anew = { ...former, verifiedName: null, generation: Date.now() };
    const { key } = await saveSender(registry, anew, ["DB", "DB_1"], Date.now());
    await saveAllocation(registry, key, ALLOCATION);
    await sweepCredit(asSolutionPartner());
    expect(await findAllocationOf(registry, key)).toBe(ALLOCATION);
  });
});

describe("a re-authorisation", () => {
  it("gives no token of the former account to a number that was connected in another", async () => {
    await connect();
    const renewal = await signup.open({
      kind: "reauthorise",
      phone_number_id: signup.number.id,
    });
    const moved = { ...signup.number, wabaId: newNumber().wabaId };
    await importNumber(signup.partner, moved, Date.now());
    const refused = await signup.finish(renewal, { code: "code-2" });
    expect(refused.status).not.toBe(200);
    expect(await stored(renewal)).toMatchObject({ state: "failed", token: null });
  });

  it("brings no number back that is disconnected while it ends", async () => {
    await connect();
    const renewal = await signup.open({
      kind: "reauthorise",
      phone_number_id: signup.number.id,
    });
    meanwhile(
      ({ path, method }) => path.endsWith("/subscribed_apps") && method === "POST",
      disconnect,
    );
    await signup.finish(renewal, { code: "code-2" });
    expect(await phase()).toBe("disconnected");
    expect(await stored(renewal)).toMatchObject({ state: "failed", token: null });
  });
});

describe("a number whose life goes on", () => {
  it("invariant 8: what comes to the next partner's subscription is not told to the former one", async () => {
    await connect();
    await disconnect();
    const former = signup.partner;
    passTime(HOUR);
    const next = new Signup(await seedPartner(), signup.number);
    const session = await next.open();
    await next.finish(session, { code: "code-2" });
    passTime(60_000);
    const message = textMessage();
    await deliver(signup.number, inbound(signup.number, message));
    passTime(60_000);
    await next.confirm(session);
    await services().phone(signup.number.id).flushed();
    const told = async (partner: typeof former) =>
      (await partner.events()).flatMap((event) => event.data["wamid"] ?? []);
    expect([await told(former), await told(next.partner)]).toEqual([[], [message.id]]);
  });

  it("keeps each of operator's hold, pause and block until its own end", async () => {
    await connect();
    const phone = services().phone(signup.number.id);
    const { partner } = signup;
    await phone.holdSends(partner.id, "op", "why");
    await phone.noteRefusal("block_payment", 131042, Date.now());
    passTime(5_000);
    await accountUpdate(signup.number, "ACCOUNT_OFFBOARDED", { at: Date.now() });
    const look = async () => {
      const figures = await phone.figures(partner.id);
      return [figures?.phase, figures?.block?.kind, figures?.hold?.operator];
    };
    expect(await look()).toEqual(["paused", "payment", "op"]);
    passTime(5_000);
    await accountUpdate(signup.number, "ACCOUNT_RECONNECTED", { at: Date.now() });
    expect(await look()).toEqual(["active", "payment", "op"]);
    await phone.liftBlock((await phone.figures(partner.id))?.block?.since ?? 0);
    expect(await look()).toEqual(["active", undefined, "op"]);
    await phone.releaseSends(partner.id);
    expect(await look()).toEqual(["active", undefined, undefined]);
  });

  it("lifts the block of the token, and neither a pause nor an operator's hold", async () => {
    await connect();
    const phone = services().phone(signup.number.id);
    const { partner } = signup;
    await phone.holdSends(partner.id, "op", "why");
    await phone.noteRefusal("block_token", 190, Date.now());
    passTime(5_000);
    await accountUpdate(signup.number, "ACCOUNT_OFFBOARDED", { at: Date.now() });
    const renewal = await signup.open({ kind: "reauthorise", phone_number_id: signup.number.id });
    passTime(1_000);
    const answered = await signup.finish(renewal, { code: "code-2" });
    expect(answered.status).toBe(200);
    const figures = await phone.figures(partner.id);
    expect([figures?.phase, figures?.block, figures?.hold?.operator]).toEqual([
      "paused",
      null,
      "op",
    ]);
    expect(signup.syncs).toHaveLength(2);
  });

  it("that was given up stays so when webhooks come late, and is signed up anew with both syncs", async () => {
    await connect();
    await signup.partner.post(`/v1/senders/${signup.number.id}/detach`, {});
    expect(await phase()).toBe("disconnected");
    await deliver(signup.number, inbound(signup.number, textMessage()));
    expect(await phase()).toBe("disconnected");
    passTime(HOUR);
    const session = await signup.open();
    await signup.finish(session, { code: "code-2" });
    await signup.confirm(session);
    expect(await phase()).toBe("active");
    expect(signup.syncs).toHaveLength(4);
  });
});
