import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { drainSends } from "../../src/operations/drain-sends.ts";
import { recheckBlocks } from "../../src/operations/recheck-blocks.ts";
import { verifyConnections } from "../../src/operations/verify-connections.ts";
import { eventually } from "../support/eventually.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { evict, importNumber, seedObservedSender, seedPartner, services } from "../support/seed.ts";
import {
  ACCEPTED,
  commandTo,
  customer,
  eventsOf,
  passTime,
  QUEUED,
  readSend,
  runAlarm,
  sendIdOf,
  sendPath,
  sendReaches,
  sendsOf,
  stopClock,
  takePlace,
  templateTo,
} from "../support/sends.ts";
import { runObjectSql, senderOf } from "../support/storage.ts";
import type { ErrorEffect } from "../../src/meta/graph-errors.ts";
import type { SendOutcome } from "../../src/durable/send-types.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const QUARTER_MS = 15 * 60_000;
const ASYNC = { prefer: "respond-async" };

interface Blocked {
  reason: string;
  code: number;
  since: string;
}

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const phone = () => services().phone(number.id);
const post = (to = customer(1), headers: Record<string, string> = {}) =>
  partner.post(sendPath(number), templateTo(to), headers);
const queue = async (to: string) => sendIdOf(await post(to, ASYNC));

/** What the partner reads of its sender, when D1 has what the object knows. */
async function readSender(by = partner) {
  await phone().flushed();
  return by.read<{ state: string; state_reason: string | null; blocked: Blocked | null }>(
    `/v1/senders/${number.id}`,
  );
}

/** From here Meta refuses every message with this error, until `graph.reset()`. */
function refuseAll(status: number, code: number, details = ""): void {
  graph.respond(({ path }) =>
    path.endsWith("/messages")
      ? Response.json({ error: { message: "no", code, error_data: { details } } }, { status })
      : undefined,
  );
}

/** What Meta tells of the number's health from here on. */
function answerHealth(canSend: string): void {
  graph.respond(({ path, query }) =>
    path === `/${number.id}` && query["fields"] === "health_status"
      ? Response.json({ id: number.id, health_status: { can_send_message: canSend } })
      : undefined,
  );
}

const looks = () => graph.requests.filter(({ query }) => query["fields"] === "health_status");
const refused = (code: number, effect: ErrorEffect): SendOutcome => ({
  state: "refused",
  status: 400,
  error: { code, message: "no" },
  effect,
});

/** A block for payment, by a send that is told of it. */
async function block(): Promise<void> {
  refuseAll(400, 131042);
  expect((await post()).status).toBe(400);
  graph.reset();
}

async function sent(type: string): Promise<Record<string, unknown>[]> {
  return (await eventsOf(partner, number, type)).map((event) => event.data);
}

const KINDS: [kind: string, status: number, code: number, details: string][] = [
  ["payment", 400, 131042, "No payment method is attached"],
  ["timezone", 400, 131042, "The time zone of the account is not set"],
  ["token", 401, 190, "The session has expired"],
  ["token", 403, 131005, "Permission was removed"],
  ["restricted", 403, 131031, "The account is locked"],
  ["restricted", 400, 131048, "Too many reports"],
];

describe.each(KINDS)("a sender blocked for %s (%i, %i)", (kind, status, code, details) => {
  beforeEach(() => refuseAll(status, code, details));

  it("gives the first caller Meta's own answer, and the next one ours, without asking Meta", async () => {
    const first = await post();
    expect(first.status).toBe(status);
    expect(await first.json()).toMatchObject({ error: { code, message: "no" } });
    const second = await post();
    expect(second.status).toBe(403);
    const { error } = await second.json<{ error: { code: number; error_data: object } }>();
    expect(error).toMatchObject({
      code,
      error_data: { details: expect.stringContaining(`Blocked (${kind})`) },
    });
    expect(graph.sent).toHaveLength(1);
  });

  it("is shown with reason, code and time, and told once with the way back", async () => {
    await post();
    await post();
    const { blocked, state } = await readSender();
    expect(blocked).toMatchObject({ reason: kind, code });
    expect(Math.abs(Date.parse(blocked?.since ?? "") - Date.now())).toBeLessThan(60_000);
    expect(state).toBe("active");
    expect(await sent("sender.blocked")).toMatchObject([
      { reason: kind, code, way_back: expect.stringMatching(/\w/) },
    ]);
  });

  it("keeps what is queued, also after an eviction, and sends it when the block ends", async () => {
    await post();
    const send = await queue(customer(2));
    await evict(number);
    await services().queues.sends.send({ phoneNumberId: number.id });
    expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "queued" });
    graph.reset();
    answerHealth("AVAILABLE");
    const response = await partner.post(`/v1/senders/${number.id}/recheck`, {});
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: number.id, blocked: null });
    await sendReaches(partner, number, send, "accepted");
    expect(await sent("sender.unblocked")).toMatchObject([{ reason: kind, code }]);
    expect((await post()).status).toBe(200);
  });
});

describe("queued sends that run into a block", () => {
  it("all wait for its end: none is refused, none is lost, and it is told once", async () => {
    refuseAll(400, 131042);
    const admission = await phone().admitMany(
      Array.from({ length: 10 }, (_, n) => commandTo(partner, customer(n), { mode: QUEUED })),
    );
    const ids = sendsOf(admission);
    await drainSends(services(), number.id);
    for (const id of ids) {
      expect(await readSend(partner, number, id)).toMatchObject({ state: "queued" });
    }
    expect(await sent("sender.blocked")).toHaveLength(1);
    expect(await sent("send.settled")).toEqual([]);
    graph.reset();
    answerHealth("AVAILABLE");
    await partner.post(`/v1/senders/${number.id}/recheck`, {});
    for (const id of ids) await sendReaches(partner, number, id, "accepted");
    expect(graph.sent).toHaveLength(10);
    expect(await sent("sender.unblocked")).toHaveLength(1);
  });

  it("end as expired where it lasts longer than they may wait", async () => {
    stopClock();
    await block();
    const send = await queue(customer(2));
    passTime(QUARTER_MS);
    await runAlarm(number);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "expired" });
  });
});

describe("the sweep", () => {
  it("looks at a blocked number's health every 15 minutes, and ends the block when Meta lets it send", async () => {
    stopClock();
    await block();
    const send = await queue(customer(2));
    await readSender();
    answerHealth("BLOCKED");
    passTime(QUARTER_MS - 1_000);
    expect(await recheckBlocks(services())).toMatchObject({ found: 0 });
    passTime(1_000);
    expect(await recheckBlocks(services())).toMatchObject({ found: 1 });
    expect(await recheckBlocks(services())).toMatchObject({ found: 0 });
    expect(looks()).toHaveLength(1);
    expect(looks()[0]?.authorization).toBe(`Bearer token-of-${number.id}`);
    expect((await readSender()).blocked).not.toBeNull();

    passTime(QUARTER_MS);
    answerHealth("LIMITED");
    expect(await recheckBlocks(services())).toMatchObject({ found: 1 });
    expect((await readSender()).blocked).toBeNull();
    expect(await recheckBlocks(services())).toMatchObject({ found: 0 });
    expect(await readSend(partner, number, send)).toMatchObject({ state: "expired" });
    expect((await post()).status).toBe(200);
  });

  it.each([
    ["fails", () => graphError(500, 2, "down")],
    ["does not name it", () => Response.json({ id: "1" })],
    ["has no token for it", () => graphError(401, 190, "expired")],
  ])(
    "leaves the block where Meta's answer about it %s, and looks again later",
    async (_what, answer) => {
      stopClock();
      await block();
      await readSender();
      graph.respond(({ query }) => (query["fields"] === "health_status" ? answer() : undefined));
      for (let round = 1; round <= 2; round++) {
        passTime(QUARTER_MS);
        expect(await recheckBlocks(services())).toMatchObject({ found: 1 });
        expect(looks()).toHaveLength(round);
        expect((await readSender()).blocked).not.toBeNull();
      }
    },
  );

  it("comes round to each, though fifty others are blocked as well", async () => {
    stopClock();
    await env.DB.prepare(
      `INSERT INTO senders (partner, phone_number_id, waba_id, display_phone_number, timezone,
         shard, state, state_at, generation, brought_by, created_at, blocked, blocked_at)
       SELECT 'partner_else', 'blocked-' || value, '1', '1', 'UTC', 'DB', 'active', 1, 1, 'signup', 1,
         '{"kind":"payment","code":131042,"since":1}', 1
       FROM json_each(?1)`,
    )
      .bind(JSON.stringify(Array.from({ length: 50 }, (_, n) => n)))
      .run();
    const later = await seedObservedSender();
    ({ partner, number } = later);
    await block();
    await readSender();
    answerHealth("AVAILABLE");
    passTime(QUARTER_MS);
    for (let round = 0; round < 3; round++) await recheckBlocks(services());
    expect((await readSender()).blocked).toBeNull();
  });
});

describe("a look by the partner", () => {
  const recheck = (by = partner) => by.post(`/v1/senders/${number.id}/recheck`, {});

  it("is taken at once, and leaves the block while Meta says so", async () => {
    await block();
    await readSender();
    answerHealth("BLOCKED");
    expect(await (await recheck()).json()).toMatchObject({ blocked: { reason: "payment" } });
    expect(looks()).toHaveLength(1);
  });

  it("asks Meta nothing about a number that is not blocked", async () => {
    expect(await (await recheck()).json()).toMatchObject({ blocked: null });
    expect(graph.requests).toEqual([]);
  });

  it("invariant 8: does nothing to a number that belongs to another by now", async () => {
    const before = partner;
    partner = await seedPartner();
    await importNumber(partner, number, Date.now());
    await block();
    answerHealth("AVAILABLE");
    await recheck(before);
    expect(looks()).toEqual([]);
    expect((await readSender()).blocked).not.toBeNull();
  });
});

describe("the end of a block", () => {
  it("comes with the first send that Meta takes, if that left after the block began", async () => {
    stopClock();
    const early = await takePlace(partner, number, customer(1));
    const culprit = await takePlace(partner, number, customer(2));
    for (let n = 0; n < 20; n++) await takePlace(partner, number, customer(10 + n));
    const late = await takePlace(partner, number, customer(3));
    passTime(culprit.placeAt - Date.now());
    await phone().settle(culprit.send, refused(131042, "block_payment"));
    await phone().settle(early.send, ACCEPTED("wamid.early"));
    expect((await readSender()).blocked).toMatchObject({ reason: "payment" });
    passTime(late.placeAt - Date.now());
    await phone().settle(late.send, ACCEPTED("wamid.late"));
    expect((await readSender()).blocked).toBeNull();
    expect(await sent("sender.blocked")).toHaveLength(1);
    expect(await sent("sender.unblocked")).toHaveLength(1);
  });

  it("is not undone by a send that left before it", async () => {
    stopClock();
    const culprits = [
      await takePlace(partner, number, customer(1)),
      await takePlace(partner, number, customer(2)),
    ] as const;
    passTime(1_000);
    await phone().settle(culprits[0].send, refused(131042, "block_payment"));
    const since = Date.now();
    passTime(1_000);
    await phone().liftBlock(since);
    await phone().settle(culprits[1].send, refused(131042, "block_payment"));
    expect((await readSender()).blocked).toBeNull();
    expect(await sent("sender.blocked")).toHaveLength(1);
    // One that leaves after it says something new.
    const next = await takePlace(partner, number, customer(3));
    passTime(1_000);
    await phone().settle(next.send, refused(131042, "block_payment"));
    expect((await readSender()).blocked).not.toBeNull();
  });

  it("for a token comes with a new token, and a send with the old one blocks nothing", async () => {
    stopClock();
    const onboardedAt = (await senderOf(number)).generation;
    const [first, second] = [
      await takePlace(partner, number, customer(1)),
      await takePlace(partner, number, customer(2)),
    ];
    passTime(1_000);
    await phone().settle(first.send, refused(190, "block_token"));
    expect((await readSender()).blocked).toMatchObject({ reason: "token" });
    passTime(1_000);
    await importNumber(partner, number, onboardedAt);
    expect((await readSender()).blocked).toBeNull();
    await phone().settle(second.send, refused(190, "block_token"));
    expect((await readSender()).blocked).toBeNull();
  });

  it("for payment does not come with a new token, but with a new onboarding", async () => {
    stopClock();
    const onboardedAt = (await senderOf(number)).generation;
    await block();
    passTime(1_000);
    await importNumber(partner, number, onboardedAt);
    expect((await readSender()).blocked).toMatchObject({ reason: "payment" });
    await importNumber(partner, number, Date.now());
    expect((await readSender()).blocked).toBeNull();
  });
});

describe("a blocked number that moves to another partner", () => {
  it("invariant 8: tells it nothing, sends for it, and is not blocked by the former one's sends", async () => {
    stopClock();
    const late = await takePlace(partner, number, customer(1));
    passTime(1_000);
    await block();
    const before = partner;
    passTime(1_000);
    const next = await seedPartner();
    await importNumber(next, number, Date.now());
    passTime(1_000);
    partner = next;
    await phone().settle(late.send, refused(190, "block_token"));
    expect((await readSender()).blocked).toBeNull();
    const types = (await partner.events(number.id)).map((event) => event.type);
    expect(types).not.toContain("sender.blocked");
    expect(types).not.toContain("sender.unblocked");
    expect((await post()).status).toBe(200);

    // And one that comes back is not blocked by what was then.
    passTime(60_000);
    await importNumber(before, number, Date.now());
    expect((await readSender(before)).blocked).toBeNull();
    expect((await before.post(sendPath(number), templateTo(customer(4)))).status).toBe(200);
  });
});

describe("an error that says that access to the number is lost", () => {
  const LOST: [what: string, code: number, subcode: number | undefined][] = [
    ["100/33", 100, 33],
    ["33", 33, undefined],
  ];

  /** The WABA as the verifying sweep reads it. */
  function answerWaba(respond: () => Response): void {
    graph.respond(({ path }) => (path === `/${number.wabaId}` ? respond() : undefined));
  }

  async function lose(code: number, subcode: number | undefined): Promise<string> {
    graph.respond(({ path }) =>
      path.endsWith("/messages") ? graphError(400, code, "no such object", subcode) : undefined,
    );
    expect((await post()).status).toBe(400);
    graph.reset();
    const send = await queue(customer(2));
    await readSender();
    return send;
  }

  it.each(LOST)("(%s) holds all sends and is told once", async (_what, code, subcode) => {
    const send = await lose(code, subcode);
    expect(await readSender()).toMatchObject({
      state: "verifying",
      state_reason: "access_lost",
      blocked: null,
    });
    expect((await post()).status).toBe(503);
    expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "queued" });
    expect(await sent("sender.paused")).toMatchObject([
      { state: "verifying", reason: "access_lost" },
    ]);
    expect(graph.sent).toEqual([]);
  });

  it.each(LOST)("(%s) is over where the account can be read", async (_what, code, subcode) => {
    const send = await lose(code, subcode);
    answerWaba(() => Response.json({ id: number.wabaId, name: "Shop" }));
    expect(await verifyConnections(services())).toMatchObject({ found: 1 });
    expect(await readSender()).toMatchObject({ state: "active" });
    await sendReaches(partner, number, send, "accepted");
  });

  it.each(LOST)("(%s) is final where the account is lost as well", async (_what, code, subcode) => {
    const send = await lose(code, subcode);
    answerWaba(() => graphError(400, 100, "no access", 33));
    await verifyConnections(services());
    expect(await readSender()).toMatchObject({ state: "disconnected" });
    expect(await readSend(partner, number, send)).toMatchObject({ state: "cancelled" });
    expect((await post()).status).toBe(403);
  });

  it("100 without that subcode is the message's own fault", async () => {
    graph.respond(() => graphError(400, 100, "Invalid parameter"));
    expect((await post()).status).toBe(400);
    graph.reset();
    expect((await readSender()).state).toBe("active");
    expect((await post()).status).toBe(200);
  });

  it("said of a send that left before the number was connected anew changes nothing", async () => {
    stopClock();
    const late = await takePlace(partner, number, customer(1));
    passTime(10_000);
    await importNumber(partner, number, Date.now());
    await phone().settle(late.send, refused(33, "verify_access"));
    expect((await readSender()).state).toBe("active");
  });
});

describe("callers who wait for a place when the number is stopped", () => {
  /** Thirty places ahead: whoever comes now waits for a second and a half. */
  async function waitInLine(count: number) {
    const before: string[] = [];
    for (let n = 0; n < 30; n++) {
      before.push((await takePlace(partner, number, customer(100 + n))).send);
    }
    const calls = Array.from({ length: count }, (_, n) => post(customer(n)));
    const now = Date.now();
    await eventually(async () => {
      const rows = await runObjectSql(number.id, `SELECT n FROM outbox WHERE state = 'placed'`);
      if (rows.length < 30 + count) throw new Error(`${rows.length} places`);
    });
    vi.setSystemTime(now); // each look above moves a stopped clock
    return { calls, before, first: before[0] ?? "" };
  }

  const slowDown = (code: number, scope: "number" | "customer"): SendOutcome => ({
    state: "retriable",
    status: 400,
    error: { code, message: "slow down" },
    scope,
  });

  it.each([
    ["paused", 503, 131016],
    ["verifying", 503, 131016],
    ["disconnected", 403, 131005],
  ] as const)("%s: are told so, and nothing is sent", async (phase, status, code) => {
    stopClock();
    const { calls } = await waitInLine(3);
    await phone().moveTo(phase, "test", "sender.paused");
    for (const response of await Promise.all(calls)) {
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { code } });
    }
    expect(graph.sent).toEqual([]);
  });

  it("blocked: are told so, instead of failing one by one at Meta", async () => {
    stopClock();
    const { calls, first } = await waitInLine(5);
    await phone().settle(first, refused(131042, "block_payment"));
    for (const response of await Promise.all(calls)) {
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ error: { code: 131042 } });
    }
    expect(graph.sent).toEqual([]);
  });

  it("too fast for Meta (130429): are told when to come again", async () => {
    stopClock();
    const { calls, before } = await waitInLine(2);
    // Each left behind the hold of the one before: 200, 400, 800, 1,600 ms.
    for (const nth of [0, 8, 13, 22]) {
      await phone().settle(before[nth] ?? "", slowDown(130429, "number"));
    }
    for (const response of await Promise.all(calls)) {
      expect(response.status).toBe(429);
      expect(response.headers.get("retry-after")).toBe("2");
      expect(await response.json()).toMatchObject({ error: { code: 130429, is_transient: true } });
    }
    expect(graph.sent).toEqual([]);
  });

  it("too fast for one customer (131056): only who writes to that one is told to come again", async () => {
    stopClock();
    const culprit = await takePlace(partner, number, customer(0));
    const { calls } = await waitInLine(2);
    await phone().settle(culprit.send, slowDown(131056, "customer"));
    const [held, free] = await Promise.all(calls);
    expect([held?.status, free?.status]).toEqual([429, 200]);
    expect(await held?.json()).toMatchObject({ error: { code: 131056 } });
    expect(graph.sent.map((body) => body["to"])).toEqual([customer(1)]);
  });

  it("moved to another partner: send nothing any more", async () => {
    stopClock();
    const { calls } = await waitInLine(2);
    passTime(1);
    await importNumber(await seedPartner(), number, Date.now());
    for (const response of await Promise.all(calls)) expect(response.status).toBe(403);
    expect(graph.sent).toEqual([]);
  });

  it("not stopped: go as ever", async () => {
    stopClock();
    const { calls } = await waitInLine(3);
    for (const response of await Promise.all(calls)) expect(response.status).toBe(200);
    expect(graph.sent).toHaveLength(3);
  });
});

describe("errors about one message", () => {
  it.each([131026, 131049, 132001, 130497, 131053])(
    "such as %i block nobody else",
    async (code) => {
      graph.respond(({ body }) =>
        body["to"] === customer(1) ? graphError(400, code, "no") : undefined,
      );
      expect((await post(customer(1))).status).toBe(400);
      expect((await post(customer(2))).status).toBe(200);
      expect((await readSender()).blocked).toBeNull();
    },
  );
});
