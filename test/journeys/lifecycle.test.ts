import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { findAllocationOf } from "../../src/database/allocations.ts";
import { checkConnections } from "../../src/operations/check-connections.ts";
import { sweepCredit } from "../../src/operations/sweep-credit.ts";
import { sweepSenders } from "../../src/operations/sweep-senders.ts";
import { verifyConnections } from "../../src/operations/verify-connections.ts";
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
} from "../support/sends.ts";
import { configOf, DAY, HOUR, listLeftOver, senderOf } from "../support/storage.ts";
import { change, CUSTOMER, echoes, inbound, statuses, textMessage } from "../support/webhooks.ts";
import { deliver } from "../support/seed.ts";
import type { Partner, TestEvent, TestNumber } from "../support/seed.ts";

const MINUTE = 60_000;

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  stopClock();
  ({ partner, number } = await seedSender());
  passTime(MINUTE);
});

interface Read {
  state: string;
  state_reason: string | null;
  blocked: { reason: string; code: number } | null;
  words: { owner: string };
}

async function read(of = number, by = partner): Promise<Read> {
  await services().phone(of.id).flushed();
  return by.read<Read>(`/v1/senders/${of.id}`);
}

/** What Graph answers to reads of accounts and numbers: all is well where nothing else is said. */
function answerReads(answers: Record<string, () => Response> = {}): void {
  graph.respond(({ path, method }) => {
    const answer = answers[`${method} ${path}`] ?? answers[path];
    if (answer !== undefined) return answer();
    if (method !== "GET" || path.includes("messages")) return undefined;
    return Response.json({ id: path.slice(1), status: "CONNECTED", is_on_biz_app: true });
  });
}

const lost = () => graphError(400, 100, "Unsupported get request", 33);
const off = (id: string) => () => Response.json({ id, status: "DISCONNECTED" });
const seen = (path: string, method = "GET") =>
  graph.requests.filter((request) => request.path === path && request.method === method);

const noticesOf = async (of = number, by = partner) =>
  (await eventsOf(by, of, "account.notice")).map(({ data }) => data);

/** A whole round of the half-hourly look: the slice that finds nobody ends it. */
async function lookAtAll(): Promise<void> {
  while ((await checkConnections(services())).found > 0);
  await services().phone(number.id).flushed();
}

/** Wakes every object, as the hourly sweep does. */
async function wakeAll(): Promise<void> {
  await sweepSenders(services());
  await services().phone(number.id).flushed();
}

describe("an account event that names somebody else", () => {
  it("as the app holds nothing and is told as what it is", async () => {
    const detail = {
      waba_info: { waba_id: number.wabaId, owner_business_id: "71", partner_app_id: "5999" },
    };
    await accountUpdate(number, "PARTNER_APP_UNINSTALLED", { detail });
    expect(await read()).toMatchObject({ state: "active" });
    expect(await noticesOf()).toMatchObject([{ about_another_partner: true }]);
  });

  it("as the account holds nothing here, whatever its entry.id says", async () => {
    const other = newNumber();
    await importNumber(partner, other);
    passTime(MINUTE);
    const detail = { waba_info: { waba_id: other.wabaId, owner_business_id: "71" } };
    await accountUpdate(number, "PARTNER_REMOVED", { detail });
    expect(await read()).toMatchObject({ state: "active" });
    expect(await read(other)).toMatchObject({ state: "verifying" });
  });
});

describe("an account of several numbers", () => {
  let sibling: TestNumber;

  beforeEach(async () => {
    sibling = { ...newNumber(), wabaId: number.wabaId };
    await importNumber(partner, sibling);
    await services().phone(sibling.id).flushed();
    passTime(MINUTE);
  });

  it("is off-boarded: each number is read, and only the one that is off stays held", async () => {
    await accountUpdate(number, "ACCOUNT_OFFBOARDED", { at: Date.now() });
    await services().phone(sibling.id).flushed();
    passTime(MINUTE);
    answerReads({ [`/${sibling.id}`]: off(sibling.id) });
    expect(await verifyConnections(services())).toMatchObject({ found: 2 });
    expect(await read()).toMatchObject({ state: "active" });
    expect(await read(sibling)).toMatchObject({
      state: "paused",
      state_reason: "ACCOUNT_OFFBOARDED",
    });

    // Back again: the one that is off is read once more, and the other one never stops.
    passTime(MINUTE);
    await accountUpdate(number, "ACCOUNT_RECONNECTED", { at: Date.now() });
    await services().phone(sibling.id).flushed();
    expect(await read()).toMatchObject({ state: "active" });
    expect(await read(sibling)).toMatchObject({ state: "verifying" });
    graph.reset();
    answerReads();
    passTime(MINUTE);
    await verifyConnections(services());
    expect(await read(sibling)).toMatchObject({ state: "active" });
    expect(await eventsOf(partner, sibling, "sender.resumed")).toHaveLength(1);
  });

  it("loses one number: that one is disconnected, the other goes on", async () => {
    await accountUpdate(number, "ACCOUNT_DELETED", { at: Date.now() });
    await services().phone(sibling.id).flushed();
    answerReads({ [`/${sibling.id}`]: lost });
    await verifyConnections(services());
    expect(await read()).toMatchObject({ state: "active" });
    expect(await read(sibling)).toMatchObject({
      state: "disconnected",
      state_reason: "number_gone",
    });
  });

  it("is told what concerns the account by each of its numbers, and no other's", async () => {
    const stranger = await seedSender();
    await deliver(number, {
      object: "whatsapp_business_account",
      entry: [
        {
          id: number.wabaId,
          time: Math.floor(Date.now() / 1000),
          changes: [{ field: "account_review_update", value: { decision: "REJECTED" } }],
        },
      ],
    });
    await services().phone(sibling.id).flushed();
    for (const each of [number, sibling]) {
      expect(await noticesOf(each)).toMatchObject([
        { field: "account_review_update", known: true, decision: "REJECTED" },
      ]);
    }
    expect(await noticesOf(stranger.number, stranger.partner)).toEqual([]);
  });

  it("keeps its webhooks while one number is connected", async () => {
    const answer = await partner.post(`/v1/senders/${number.id}/detach`, {});
    expect(await answer.json()).toMatchObject({
      steps: [
        { step: "unsubscribe", outcome: "kept" },
        { step: "revoke_credit", outcome: "none" },
        { step: "erase_token", outcome: "erased" },
      ],
    });
    expect(graph.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
    expect(await read(sibling)).toMatchObject({ state: "active" });
  });
});

describe("a doubt that nobody can settle", () => {
  beforeEach(async () => {
    await accountUpdate(number, "PARTNER_REMOVED", { at: Date.now() });
    answerReads({ [`/${number.wabaId}`]: () => graphError(500, 2, "temporarily unavailable") });
    passTime(HOUR + MINUTE);
    await verifyConnections(services());
  });

  it("ends after an hour with a pause and an alarm, told once", async () => {
    expect(await read()).toMatchObject({ state: "paused", state_reason: "unverified" });
    const alarms = (await noticesOf()).filter(({ field }) => field === "tandem_connection");
    expect(alarms).toMatchObject([{ state: "unverified", about: { id: number.id } }]);
    await verifyConnections(services());
    expect((await noticesOf()).filter(({ field }) => field === "tandem_connection")).toHaveLength(
      1,
    );
  });

  it("is looked at again each half hour, and over when Meta answers", async () => {
    await read();
    graph.reset();
    answerReads();
    expect(await checkConnections(services())).toMatchObject({ found: 0 });
    passTime(31 * MINUTE);
    expect(await checkConnections(services())).toMatchObject({ found: 1 });
    expect(await read()).toMatchObject({ state: "active" });
  });

  it("hears what Meta says of the time in doubt", async () => {
    // Stamped before we gave up, delivered after: it is no old news.
    await accountUpdate(number, "ACCOUNT_RECONNECTED", { at: Date.now() - 10 * MINUTE });
    expect(await read()).toMatchObject({ state: "active" });
  });
});

describe("the half-hourly look", () => {
  it("finds a connection that ended without a word", async () => {
    answerReads({ [`/${number.wabaId}`]: lost });
    passTime(31 * MINUTE);
    expect(await checkConnections(services())).toMatchObject({ found: 1 });
    expect(await read()).toMatchObject({ state: "disconnected", state_reason: "access_lost" });
    const [told] = await eventsOf(partner, number, "sender.disconnected");
    expect(told?.data).toMatchObject({
      words: { owner: expect.stringContaining("Unlink") as string },
    });
    expect((await configOf(number)).token).toBeNull();
  });

  it("finds a number that went off without a word, and that it came back", async () => {
    answerReads({ [`/${number.id}`]: off(number.id) });
    passTime(31 * MINUTE);
    await lookAtAll();
    expect(await read()).toMatchObject({ state: "paused", state_reason: "number_off" });
    const [paused] = await eventsOf(partner, number, "sender.paused");
    expect(paused?.at).toBe(new Date(Date.now()).toISOString());
    graph.reset();
    answerReads();
    passTime(31 * MINUTE);
    await lookAtAll();
    expect(await read()).toMatchObject({ state: "active" });
  });

  it("blocks a number whose token Meta no longer takes, and disconnects nothing", async () => {
    answerReads({ [`/${number.wabaId}`]: () => graphError(401, 190, "expired") });
    passTime(31 * MINUTE);
    await checkConnections(services());
    expect(await read()).toMatchObject({
      state: "active",
      blocked: { reason: "token", code: 190 },
    });
  });

  it("never resumes what was held by hand", async () => {
    answerReads();
    await services().phone(number.id).moveTo("paused", "held", "sender.paused");
    await read();
    passTime(31 * MINUTE);
    expect(await checkConnections(services())).toMatchObject({ found: 1 });
    expect(await read()).toMatchObject({ state: "paused", state_reason: "held" });
  });

  it("comes once a half hour, and goes round by slices", async () => {
    const others = Array.from({ length: 29 }, () => newNumber());
    for (const other of others) await importNumber(partner, other);
    for (const other of others) await services().phone(other.id).flushed();
    answerReads();
    passTime(31 * MINUTE);
    const counts: number[] = [];
    for (let turn = 0; turn < 17; turn += 1)
      counts.push((await checkConnections(services())).found);
    // 30 numbers in slices of 2: the last one, empty, ends the round.
    expect(counts).toEqual([...Array.from({ length: 15 }, () => 2), 0, 0]);
    for (const each of [number, ...others]) expect(seen(`/${each.wabaId}`)).toHaveLength(1);
  });

  it("does no harm where the number is connected anew while it is on its way", async () => {
    graph.respond(async ({ path }) => {
      if (path !== `/${number.wabaId}`) return undefined;
      await importNumber(partner, number, Date.now());
      return lost();
    });
    passTime(31 * MINUTE);
    await checkConnections(services());
    expect(await read()).toMatchObject({ state: "active" });
  });
});

describe("sends that are queued while the number is held", () => {
  it("wait to the end of their time, and not longer", async () => {
    await accountUpdate(number, "ACCOUNT_OFFBOARDED", { at: Date.now() });
    const phone = services().phone(number.id);
    const ids: string[] = [];
    for (const expiresInMs of [10 * MINUTE, 60 * MINUTE]) {
      const admission = await phone.admit(
        commandTo(partner, CUSTOMER, { mode: { ...QUEUED, expiresInMs } }),
      );
      ids.push("send" in admission ? admission.send : "");
    }
    passTime(15 * MINUTE);
    await phone.wake();
    const states = () =>
      Promise.all(ids.map(async (id) => (await readSend(partner, number, id)).state));
    expect(await states()).toEqual(["expired", "queued"]);
    await accountUpdate(number, "ACCOUNT_RECONNECTED", { at: Date.now() });
    expect((await phone.next("drainer_test", 12)).carries).toHaveLength(1);
  });
});

describe("invariant 10: a number that is onboarded anew while it is connected", () => {
  it("cancels what was queued, wipes its windows, and begins the watch over the phone anew", async () => {
    await deliver(number, inbound(number, textMessage()));
    const phone = services().phone(number.id);
    const admission = await phone.admit(commandTo(partner, CUSTOMER, { mode: QUEUED }));
    const send = "send" in admission ? admission.send : "";
    passTime(11 * DAY);
    await importNumber(partner, number, Date.now());
    await wakeAll();
    expect((await readSend(partner, number, send)).state).toBe("cancelled");
    const window = await partner.read(`/v1/senders/${number.id}/windows/${CUSTOMER}`);
    expect(window).toMatchObject({ closes_at: null });
    expect(await eventsOf(partner, number, "sender.inactive_soon")).toEqual([]);
    expect(await eventsOf(partner, number, "sender.connected")).toHaveLength(2);
  });
});

describe("a ban", () => {
  const ban = (state: string, at: number) =>
    accountUpdate(number, "DISABLED_UPDATE", {
      at,
      detail: { ban_info: { waba_ban_state: state } },
    });

  it("blocks, and its late repeat after the reinstatement does not block again", async () => {
    const bannedAt = Date.now();
    await ban("DISABLE", bannedAt);
    expect(await read()).toMatchObject({ state: "active", blocked: { reason: "restricted" } });
    expect((await partner.post(sendPath(number), templateTo())).status).toBe(403);
    passTime(DAY);
    await ban("REINSTATE", Date.now());
    expect((await read()).blocked).toBeNull();
    await ban("DISABLE", bannedAt);
    await ban("DISABLE", Date.now() - HOUR);
    expect((await read()).blocked).toBeNull();
    expect(await eventsOf(partner, number, "sender.blocked")).toHaveLength(1);
  });

  it("from before the onboarding is old news", async () => {
    await ban("DISABLE", Date.now() - 5 * DAY);
    expect((await read()).blocked).toBeNull();
  });
});

describe("a phone that nobody uses", () => {
  const warnings = () => eventsOf(partner, number, "sender.inactive_soon");
  /** Days pass as they do: the hourly sweep among them. */
  async function passDays(days: number): Promise<void> {
    for (let hour = 0; hour < days * 24; hour += 6) {
      passTime(6 * HOUR);
      await wakeAll();
    }
  }

  it("is warned of from day 10, once a spell, with the day on which Meta ends it", async () => {
    const began = Date.now() - MINUTE;
    await passDays(9.75);
    expect(await warnings()).toEqual([]);
    await passDays(0.5);
    const [first, ...more] = await warnings();
    expect(more).toEqual([]);
    const ends = Date.parse((first as TestEvent).data["ends_at"] as string);
    expect(Math.abs(ends - (began + 14 * DAY))).toBeLessThan(2 * MINUTE);
    await passDays(1);
    expect(await warnings()).toHaveLength(1);
    // The owner writes: a new spell begins.
    await deliver(
      number,
      echoes(number, { id: "wamid.sign", timestamp: String(Math.floor(Date.now() / 1000)) }),
    );
    await passDays(9.5);
    expect(await warnings()).toHaveLength(1);
    await passDays(1);
    expect(await warnings()).toHaveLength(2);
  });

  it.each([
    ["a message in the app", () => echoes(number, { id: "wamid.e1" })],
    [
      "a change of the address book",
      () =>
        change(number, "smb_app_state_sync", {
          state_sync: [
            {
              type: "contact",
              action: "add",
              contact: { full_name: "Vera", phone_number: CUSTOMER },
              metadata: { timestamp: String(Math.floor(Date.now() / 1000)) },
            },
          ],
        }),
    ],
    [
      "the sending of a message that is none of ours",
      () => statuses(number, { id: "wamid.app-1", status: "sent" }),
    ],
  ])("shows itself by %s", async (_what, webhookOf) => {
    passTime(9 * DAY);
    await deliver(number, webhookOf());
    passTime(2 * DAY);
    await wakeAll();
    expect(await warnings()).toEqual([]);
    passTime(9 * DAY);
    await wakeAll();
    expect(await warnings()).toHaveLength(1);
  });

  it("shows itself by a reconnection", async () => {
    passTime(8 * DAY);
    await accountUpdate(number, "ACCOUNT_OFFBOARDED", { at: Date.now() });
    passTime(DAY);
    await accountUpdate(number, "ACCOUNT_RECONNECTED", { at: Date.now() });
    passTime(2 * DAY);
    await wakeAll();
    expect(await warnings()).toEqual([]);
  });

  it("is not hidden by customers, by sends of ours, their statuses and their echoes", async () => {
    answerReads();
    passTime(9 * DAY);
    await deliver(number, inbound(number, textMessage()));
    const answer = await partner.post(sendPath(number), templateTo());
    const { messages } = await answer.json<{ messages: { id: string }[] }>();
    const id = messages[0]?.id ?? "";
    await deliver(number, statuses(number, { id, status: "delivered" }));
    await deliver(number, echoes(number, { id }));
    // An old echo that Meta repeats says nothing of today.
    await deliver(
      number,
      echoes(number, {
        id: "wamid.old",
        timestamp: String(Math.floor((Date.now() - 9 * DAY) / 1000)),
      }),
    );
    passTime(DAY + HOUR);
    await wakeAll();
    expect(await warnings()).toHaveLength(1);
  });
});

describe("a token that expires", () => {
  const warnings = () => eventsOf(partner, number, "sender.token_expiring");
  let expiresAt: number;

  /** The half-hourly look asks Meta when the token expires, once. */
  async function learnExpiry(days: number): Promise<void> {
    expiresAt = Math.floor((Date.now() + days * DAY) / 1000) * 1000;
    answerReads({
      "/debug_token": () =>
        Response.json({
          data: { app_id: "510000000000001", is_valid: true, expires_at: expiresAt / 1000 },
        }),
    });
    passTime(31 * MINUTE);
    await lookAtAll();
  }

  it("is warned of 14 and 3 days before, once each, and blocks when it is over", async () => {
    await learnExpiry(60);
    expect(seen("/debug_token")).toHaveLength(1);
    passTime(45 * DAY);
    await wakeAll();
    expect(await warnings()).toEqual([]);
    passTime(DAY);
    await wakeAll();
    await wakeAll();
    expect(await warnings()).toMatchObject([
      { data: { expires_at: new Date(expiresAt).toISOString(), days_left: 14 } },
    ]);
    passTime(11 * DAY);
    await wakeAll();
    expect((await warnings()).map(({ data }) => data["days_left"])).toEqual([14, 3]);
    passTime(2 * DAY);
    await wakeAll();
    expect(await warnings()).toHaveLength(2);
    expect((await read()).blocked).toBeNull();
    passTime(DAY);
    await wakeAll();
    expect(await read()).toMatchObject({ blocked: { reason: "token", code: 190 } });

    // A new token lifts it: same generation, same syncs, and its own expiry is asked for.
    const generation = (await senderOf(number)).generation;
    await importNumber(partner, number, generation);
    await services().phone(number.id).flushed();
    expect(await read()).toMatchObject({ state: "active", blocked: null });
    expect((await senderOf(number)).generation).toBe(generation);
    await learnExpiry(10);
    expect((await warnings()).map(({ data }) => data["days_left"])).toEqual([14, 3, 10]);
  });

  it("that never does is warned of never, and asked about once", async () => {
    answerReads({
      "/debug_token": () =>
        Response.json({ data: { app_id: "510000000000001", is_valid: true, expires_at: 0 } }),
    });
    for (const _ of [1, 2]) {
      passTime(31 * MINUTE);
      await lookAtAll();
    }
    expect(seen("/debug_token")).toHaveLength(1);
    passTime(400 * DAY);
    await wakeAll();
    expect(await warnings()).toEqual([]);
  });
});

describe("a number that its partner gives up", () => {
  const detach = async () => {
    const response = await partner.post(`/v1/senders/${number.id}/detach`, {});
    expect(response.status).toBe(200);
    return response.json<{
      steps: { step: string; outcome: string }[];
      connected_at_meta: boolean;
      owner_has_to: string;
    }>();
  };
  const outcomes = (answer: { steps: { outcome: string }[] }) =>
    answer.steps.map(({ outcome }) => outcome);

  async function shareCredit(): Promise<void> {
    await env.DB.prepare(
      `UPDATE senders SET allocation_config_id = '8800' WHERE phone_number_id = ?`,
    )
      .bind(number.id)
      .run();
  }
  const owed = async () => {
    const { key } = await senderOf(number);
    return findAllocationOf(env.DB, key);
  };

  it("is unsubscribed, its token erased; the answer says that Meta still has it connected", async () => {
    answerReads({
      [`DELETE /${number.wabaId}/subscribed_apps`]: () => Response.json({ success: true }),
    });
    const answer = await detach();
    expect(outcomes(answer)).toEqual(["done", "none", "erased"]);
    expect(answer.connected_at_meta).toBe(true);
    expect(answer.owner_has_to).toContain('"Unlink Account"');
    expect(answer.owner_has_to).toContain('"Disconnect"');
    expect(await read()).toMatchObject({ state: "disconnected", state_reason: "detached" });
    expect((await configOf(number)).token).toBeNull();
    expect((await partner.post(sendPath(number), templateTo())).status).toBe(403);
    expect((await partner.get(`/v1/senders/${number.id}/messages`)).status).toBe(200);

    // Again: nothing more to do, and nothing asked of Meta.
    const asked = graph.requests.length;
    expect(outcomes(await detach())).toEqual(["done_before", "none", "erased_before"]);
    expect(graph.requests).toHaveLength(asked);
    // The owner unlinks it later: that is no news.
    await accountUpdate(number, "PARTNER_REMOVED", { at: Date.now() + MINUTE });
    expect(await read()).toMatchObject({ state_reason: "detached" });
    expect(await eventsOf(partner, number, "sender.disconnected")).toHaveLength(1);
  });

  it("stays as it is where Meta gives no clear answer, and can be given up again", async () => {
    const path = `DELETE /${number.wabaId}/subscribed_apps`;
    answerReads({ [path]: () => graphError(503, 2, "down") });
    expect(outcomes(await detach())).toEqual(["failed", "not_reached", "kept"]);
    expect(await read()).toMatchObject({ state: "active" });
    graph.reset();
    answerReads({ [path]: () => Response.json({ success: true }) });
    expect(outcomes(await detach())).toEqual(["done", "none", "erased"]);
  });

  it("is given up all the same where Meta shows us nothing any more", async () => {
    answerReads({ [`DELETE /${number.wabaId}/subscribed_apps`]: lost });
    expect(outcomes(await detach())).toEqual(["not_needed", "none", "erased"]);
  });

  it("keeps what credit is owed back for the sweep, while nobody can take it back", async () => {
    await shareCredit();
    answerReads({
      [`DELETE /${number.wabaId}/subscribed_apps`]: () => Response.json({ success: true }),
    });
    expect(outcomes(await detach())).toEqual(["done", "failed", "erased"]);
    expect(await owed()).toBe("8800");
    const solution = {
      ...services(),
      settings: { ...services().settings, META_SYSTEM_TOKEN: "system-token" },
    };
    graph.respond(({ path, method }) =>
      method === "DELETE" && path === "/8800" ? graphError(500, 2, "down") : undefined,
    );
    expect(await sweepCredit(solution)).toMatchObject({ found: 1 });
    expect(await owed()).toBe("8800");
    graph.respond(({ path, method }) =>
      method === "DELETE" && path === "/8800" ? Response.json({ success: true }) : undefined,
    );
    expect(await sweepCredit(solution)).toMatchObject({ found: 1 });
    expect(seen("/8800", "DELETE").at(-1)?.authorization).toBe("Bearer system-token");
    expect(await owed()).toBeNull();
    expect(await sweepCredit(solution)).toMatchObject({ found: 0 });
  });

  it("invariant 8: touches nothing of the partner that holds it now, and is no stranger's to give up", async () => {
    const next = await seedPartner();
    await importNumber(next, number, Date.now());
    const answer = await detach();
    expect(outcomes(answer)).toEqual(["not_needed", "none", "erased_before"]);
    expect(answer.connected_at_meta).toBe(false);
    expect(await read(number, next)).toMatchObject({ state: "active" });
    const stranger = await seedPartner();
    expect((await stranger.post(`/v1/senders/${number.id}/detach`, {})).status).toBe(404);
  });
});

describe("the timeline", () => {
  interface Page {
    data: { type: string; seq: number; words: { title: string } }[];
    next_cursor: string | null;
  }

  it("tells what happened to the sender, newest first, page by page, and no messages", async () => {
    await deliver(number, inbound(number, textMessage()));
    await accountUpdate(number, "ACCOUNT_OFFBOARDED", { at: Date.now() });
    passTime(MINUTE);
    await accountUpdate(number, "ACCOUNT_RECONNECTED", { at: Date.now() });
    await read();
    const path = `/v1/senders/${number.id}/timeline`;
    const all = (await partner.read<Page>(path)).data;
    expect(all.map(({ type }) => type).toSorted()).toEqual([
      "account.notice",
      "account.notice",
      "sender.connected",
      "sender.paused",
      "sender.resumed",
    ]);
    expect(all.at(-1)?.type).toBe("sender.connected");
    expect(all.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq).toSorted((a, b) => b - a));
    for (const step of all) expect(step.words.title).not.toBe("");
    const paged: Page["data"] = [];
    let cursor = "";
    do {
      const page = await partner.read<Page>(`${path}?limit=2${cursor}`);
      paged.push(...page.data);
      cursor = page.next_cursor === null ? "" : `&cursor=${page.next_cursor}`;
    } while (cursor !== "");
    expect(paged).toEqual(all);
  });

  it("invariant 8: is empty of what was another partner's", async () => {
    await accountUpdate(number, "ACCOUNT_OFFBOARDED", { at: Date.now() });
    passTime(MINUTE);
    const next = await seedPartner();
    await importNumber(next, number, Date.now());
    await services().phone(number.id).flushed();
    const path = `/v1/senders/${number.id}/timeline`;
    const types = (await next.read<Page>(path)).data.map(({ type }) => type);
    expect(types).toEqual(["sender.connected"]);
    const former = (await partner.read<Page>(path)).data.map(({ type }) => type);
    expect(former[0]).toBe("sender.disconnected");
  });
});

describe("invariant 8: after a move", () => {
  it("the account's old words are kept and not told to the new partner", async () => {
    const next = await seedPartner();
    await importNumber(next, number, Date.now());
    await accountUpdate(number, "ACCOUNT_VIOLATION", { at: Date.now() - DAY });
    expect(await eventsOf(next, number, "account.notice")).toEqual([]);
    expect(await listLeftOver("unrouted")).toMatchObject([{ reason: "former_partner" }]);
  });
});

describe("a field that Meta has added since", () => {
  it("is kept raw, and told with what it says to the number that it names", async () => {
    const display = { display_phone_number: `+${number.phone}`, shade: "teal" };
    await deliver(number, {
      object: "whatsapp_business_account",
      entry: [{ id: number.wabaId, changes: [{ field: "number_shade_update", value: display }] }],
    });
    expect(await listLeftOver("unrouted")).toMatchObject([{ field: "number_shade_update" }]);
    expect(await noticesOf()).toMatchObject([
      { field: "number_shade_update", known: false, value: { shade: "teal" } },
    ]);
  });
});
