import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { underRequestId } from "../../src/lib/request-id.ts";
import { tokenBinding } from "../../src/lib/seal.ts";
import { carrySend } from "../../src/operations/carry-send.ts";
import { SendTally } from "../../src/operations/send-tally.ts";
import { checkConnections } from "../../src/operations/check-connections.ts";
import { requestSync } from "../../src/operations/request-sync.ts";
import { runSweeps } from "../../src/scheduled.ts";
import { TestEndpoint } from "../support/endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { loggedOf } from "../support/quiet-logs.ts";
import { seedEndpoint } from "../support/registered-endpoints.ts";
import { seedObservedSender, seedSender, services } from "../support/seed.ts";
import {
  carryOf,
  commandTo,
  customer,
  QUEUED,
  readSend,
  runAlarm,
  sendIdOf,
  sendPath,
  sendReaches,
  templateTo,
} from "../support/sends.ts";
import {
  breakObject,
  consumeByHand,
  HOUR,
  historySettled,
  mendObject,
  rowsOf,
  senderOf,
  setClock,
} from "../support/storage.ts";
import { historyChunk, inbound, statuses, textMessage, webhook } from "../support/webhooks.ts";
import type { TestNumber } from "../support/seed.ts";

const ASYNC = { prefer: "respond-async" };

/** Which request the events of a type go by. */
async function askedBy(number: TestNumber, type: string): Promise<unknown[]> {
  await services().phone(number.id).flushed();
  const events = await rowsOf(number, "events");
  return events.filter((event) => event["type"] === type).map((event) => event["request_id"]);
}

const idsOf = (event: string) => loggedOf(event).map(({ requestId }) => requestId);

describe("a webhook", () => {
  it("gives its id to the flush that stores it, its event and the file it brings", async () => {
    const { number } = await seedSender();
    const image = { type: "image", image: { id: "880099", mime_type: "image/png" } };
    const response = await webhook(inbound(number, { ...textMessage(), ...image }), {
      requestId: "hook-7731-a",
    });
    expect(response.headers.get("x-request-id")).toBe("hook-7731-a");
    expect(await askedBy(number, "message.received")).toEqual(["hook-7731-a"]);
    expect(idsOf("webhook.accepted")).toContain("hook-7731-a");
    expect(loggedOf("flush.done").at(-1)).toMatchObject({ requestIds: ["hook-7731-a"], count: 1 });
    await eventually(() => expect(idsOf("media.not_fetched")).toContain("hook-7731-a"));
  });

  it.each([
    ["a wrong signature", { secret: "wrong" }, "{}", 401],
    ["a body that is no JSON", {}, "not json", 400],
  ])("is named in the answer and the line about %s, too", async (_, options, body, status) => {
    const response = await webhook(body, { ...options, requestId: "hook-refused" });
    expect(response.status).toBe(status);
    expect(response.headers.get("x-request-id")).toBe("hook-refused");
    expect(idsOf("webhook.refused")).toEqual(["hook-refused"]);
  });

  it("is one of those that a flush of many names: five, and how many there were", async () => {
    const { number } = await seedSender();
    // What is taken in while a flush runs goes together with the next.
    const ids = Array.from({ length: 7 }, (_, n) => `hook-many-${n}`);
    await breakFlushes(number, async () => {
      for (const requestId of ids) await webhook(inbound(number, textMessage()), { requestId });
    });
    expect(await askedBy(number, "message.received")).toEqual(ids);
    const line = loggedOf("flush.done").find(({ count }) => count === 7);
    expect(line).toMatchObject({ requestIds: ids.slice(0, 5), requests: 7 });
    expect(loggedOf("flush.failed").at(-1)).toHaveProperty("requestIds");
  });

  it("keeps it in the overflow, whoever delivers that", async () => {
    const { number } = await seedSender();
    await breakObject(number);
    await webhook(inbound(number, textMessage()), { requestId: "hook-overflow" });
    expect(idsOf("webhook.overflowed")).toEqual(["hook-overflow"]);
    expect(idsOf("object.unanswered")).toContain("hook-overflow");
    await mendObject(number);
    const { objects } = await env.ARCHIVE.list({ prefix: "overflow/" });
    await consumeByHand(
      "tandem-overflow",
      objects.map(({ key }) => ({ key })), // a sweep's pointer, without the webhook's id
    );
    expect(await askedBy(number, "message.received")).toEqual(["hook-overflow"]);
  });

  it("keeps it beside a history body, whoever stores that", async () => {
    const { number } = await seedSender();
    const threads = { [customer(1)]: [textMessage({ from: customer(1) })] };
    const chunk = historyChunk(number, threads, { phase: 0, order: 1, progress: 100 });
    const send = vi.spyOn(env.HISTORY, "sendBatch").mockRejectedValue(new Error("lost"));
    await webhook(chunk, { requestId: "hook-history" });
    send.mockRestore();
    expect(idsOf("queue.not_pointed")).toEqual(["hook-history"]);
    const { objects } = await env.ARCHIVE.list({ prefix: "inbox/" });
    await consumeByHand(
      "tandem-history",
      objects.map(({ key }) => ({ key })),
    );
    await historySettled(number);
    expect(idsOf("history.stored")).toEqual(["hook-history"]);
    expect(await askedBy(number, "history.progress")).toEqual(["hook-history"]);
  });
});

/** What is taken in meanwhile stays in the journal, and goes in one flush afterwards. */
async function breakFlushes(number: TestNumber, meanwhile: () => Promise<void>): Promise<void> {
  const { shard } = await senderOf(number);
  const database = services().shard(shard);
  await database.prepare(`ALTER TABLE heads RENAME TO heads_away`).run();
  await meanwhile();
  await services().phone(number.id).flushed();
  await database.prepare(`ALTER TABLE heads_away RENAME TO heads`).run();
}

describe("a call that sends", () => {
  it("gives its id to Meta's answer, the outcome's event and what the partner reads", async () => {
    const { partner, number } = await seedObservedSender();
    const headers = { "x-request-id": "call-waits-1" };
    const response = await partner.post(sendPath(number), templateTo(), headers);
    expect(response.status).toBe(200);
    const send = sendIdOf(response);
    expect(loggedOf("send.settled")).toMatchObject([{ send, requestId: "call-waits-1" }]);
    expect(await readSend(partner, number, send)).toMatchObject({ request_id: "call-waits-1" });
    expect(await askedBy(number, "send.settled")).toEqual(["call-waits-1"]);
  });

  it("does so of a queued send, which somebody else carries later", async () => {
    const { partner, number } = await seedObservedSender();
    const sends: string[] = [];
    for (const n of [1, 2]) {
      const headers = { ...ASYNC, "x-request-id": `call-queued-${n}` };
      const to = templateTo(customer(n));
      sends.push(sendIdOf(await partner.post(sendPath(number), to, headers)));
    }
    for (const send of sends) await sendReaches(partner, number, send, "accepted");
    await eventually(() => expect(loggedOf("sends.drained").length).toBeGreaterThan(0));
    const asked = new Map(loggedOf("send.settled").map(({ send, requestId }) => [send, requestId]));
    expect(sends.map((send) => asked.get(send))).toEqual(["call-queued-1", "call-queued-2"]);
    // The run itself goes by the call whose ticket began it.
    expect(idsOf("sends.drained")[0]).toBe("call-queued-1");
    const told = await askedBy(number, "send.settled");
    expect(new Set(told)).toEqual(new Set(["call-queued-1", "call-queued-2"]));
  });

  it("does so of all sends of a batch", async () => {
    const { partner, number } = await seedObservedSender();
    const messages = [1, 2, 3].map((n) => templateTo(customer(n)));
    const path = `/v1/senders/${number.id}/messages:batch`;
    const headers = { "x-request-id": "call-batch-1" };
    const response = await partner.post(path, { messages }, headers);
    const { id, data } = await response.json<{ id: string; data: { id: string }[] }>();
    for (const item of data) await sendReaches(partner, number, item.id, "accepted");
    const read = await partner.read<{ data: { request_id: string }[] }>(
      `/v1/senders/${number.id}/batches/${id}/sends`,
    );
    expect(read.data.map((send) => send.request_id)).toEqual(Array(3).fill("call-batch-1"));
  });

  it("does so where its end comes by a webhook or by time, not by its carrier", async () => {
    const { partner, number } = await seedObservedSender();
    graph.respond(() => new Response("gone", { status: 502 }));
    const headers = { "x-request-id": "call-unknown-1" };
    const response = await partner.post(sendPath(number), templateTo(), headers);
    expect(response.status).toBe(504);
    expect(idsOf("send.unknown")).toEqual(["call-unknown-1"]);
    const send = sendIdOf(response);
    const status = { id: "wamid.late", status: "sent", biz_opaque_callback_data: send };
    await webhook(statuses(number, status), { requestId: "hook-status-1" });
    expect(await askedBy(number, "send.settled")).toEqual(["call-unknown-1"]);

    const phone = services().phone(number.id);
    await phone.admit(
      commandTo(partner, customer(2), { mode: { ...QUEUED, expiresInMs: 1_000 } }),
      "call-expires-1",
    );
    await phone.holdSends(partner.id, "ada", "a look");
    setClock(Date.now() + 60_000);
    await runAlarm(number);
    expect(await askedBy(number, "send.settled")).toEqual(["call-unknown-1", "call-expires-1"]);
  });
});

describe("what fails on our side", () => {
  it("is an error where a number's token cannot be opened, under the call's id", async () => {
    const { partner, number } = await seedObservedSender();
    const phone = services().phone(number.id);
    const admission = await phone.admit(commandTo(partner, customer(1)), "call-sealed-1");
    const tokenBoundTo = tokenBinding("partner_other", number.id);
    const carry = { ...carryOf(admission), tokenBoundTo };
    await carrySend(services(), carry, new SendTally(services(), number.id, "caller"));
    expect(loggedOf("secret.unopened")).toMatchObject([
      { level: "error", requestId: "call-sealed-1", sender: number.id, reason: "wrong_key" },
    ]);
    expect(graph.sent).toEqual([]);
  });

  it("is a line for each sender that a sweep leaves out, and the others are looked at", async () => {
    const { number } = await seedSender();
    const { key } = await senderOf(number);
    const { phone, ...rest } = services();
    const silent = () =>
      Object.assign(phone(number.id), { inspect: () => Promise.reject(new Error()) });
    setClock(Date.now() + HOUR);
    await checkConnections({ ...rest, phone: silent });
    expect(loggedOf("scheduled.skipped")).toMatchObject([
      { level: "warn", sweep: "checks", sender: key, error: "Error" },
    ]);
  });
});

describe("a delivery", () => {
  it("counts whose events it told", async () => {
    const { partner, number } = await seedSender();
    await seedEndpoint(partner);
    await webhook(inbound(number, textMessage()), { requestId: "hook-told-1" });
    await services().phone(number.id).flushed();
    // Said when the endpoint's run ends: a second after its last post.
    await eventually(() =>
      expect(loggedOf("endpoint.told").flatMap(({ requestIds }) => requestIds)).toContain(
        "hook-told-1",
      ),
    );
  });

  it("names the request at each attempt that fails, and when it is given up", async () => {
    partnerStub.start();
    const endpoint = new TestEndpoint();
    await endpoint.open();
    const [poison = ""] = await underRequestId("hook-failed-1", () => endpoint.append(1));
    await endpoint.append(1); // is taken: what fails is one event, not the endpoint
    partnerStub.answer(
      ({ event }) => new Response(null, { status: event.id === poison ? 500 : 204 }),
    );
    await endpoint.work();
    await endpoint.pass(6_000);
    for (let attempt = 3; attempt <= 8; attempt++) await endpoint.pass(11 * HOUR);
    const lines = loggedOf("endpoint.attempt_failed");
    expect(lines.map(({ attempts }) => attempts)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const line of lines) {
      expect(line).toMatchObject({
        requestId: "hook-failed-1",
        endpoint: endpoint.id,
        eventId: poison,
        reason: "http_500",
        status: 500,
      });
    }
    expect(loggedOf("endpoint.failed_event")).toMatchObject([
      { level: "error", requestId: "hook-failed-1", eventId: poison, attempts: 8 },
    ]);
  });
});

describe("work that nobody asked for", () => {
  it("has an id of its own: each sweep one, and what it points at goes by it", async () => {
    const long = String(Date.now() - HOUR).padStart(14, "0");
    await env.ARCHIVE.put(`overflow/${long}-lost`, `{"receivedAt":0,"facts":[]}`);
    await env.ARCHIVE.put(`inbox/${long}-lost`, `{"entry":[]}`);
    const told = vi.spyOn(env.OVERFLOW, "sendBatch");
    await runSweeps(env);
    const [[pointer] = []] = told.mock.calls.map(([some]) => [...some]);
    vi.restoreAllMocks();
    const lines = loggedOf("scheduled.swept");
    const idOf = (name: string) => lines.find(({ sweep }) => sweep === name)?.["requestId"];
    expect(idOf("overflow")).toMatch(/^sweep_[0-9a-z]{10}$/);
    expect(idOf("bodies")).toMatch(/^sweep_[0-9a-z]{10}$/);
    expect(idOf("bodies")).not.toBe(idOf("overflow"));
    expect(pointer?.body).toMatchObject({ requestId: idOf("overflow") });
  });

  it("gives it to what it leads to: an alarm's event", async () => {
    const { partner, number } = await seedObservedSender();
    const phone = services().phone(number.id);
    await phone.holdSends(partner.id, "ada", "a look");
    const mode = { ...QUEUED, expiresInMs: 1_000 };
    await phone.admit(commandTo(partner, customer(2), { mode })); // by nobody's request
    setClock(Date.now() + 60_000);
    await runAlarm(number);
    expect(await askedBy(number, "send.settled")).toEqual([
      expect.stringMatching(/^alarm_[0-9a-z]{10}$/),
    ]);
  });
});

describe("a queue's message", () => {
  it("is worked at under the id in it, or one of its own", async () => {
    const bodies = [{ key: 1, requestId: "call-1" }, { key: 2 }, "no body of ours"];
    await consumeByHand("tandem-history", bodies);
    const ids = idsOf("queue.retry");
    expect(ids[0]).toMatch(/^queue_/); // what cannot be read names nobody
    await consumeByHand("tandem-media", [{ sender: 1, wamid: "w", requestId: "call-2" }]);
    vi.spyOn(env.ARCHIVE, "get").mockRejectedValueOnce(new Error("down"));
    await consumeByHand("tandem-overflow", [{ key: "overflow/none", requestId: "call-3" }]);
    expect(idsOf("queue.retry").at(-1)).toBe("call-3");
  });

  it("that failed for good is one dead letter, whoever asked for it", async () => {
    await consumeByHand("tandem-history-dead", [
      { key: "inbox/x", requestId: "call-1" },
      { key: "inbox/x", requestId: "sweep_2" },
    ]);
    const { results } = await env.DB.prepare(`SELECT body FROM dead_letters`).all();
    expect(results).toEqual([{ body: `{"key":"inbox/x"}` }]);
    expect(idsOf("queue.dead_letter")).toEqual(["call-1", "sweep_2"]);
  });
});

describe("what Meta says of a number", () => {
  it("is a line of its own: an error where somebody has to act", async () => {
    const { partner, number } = await seedObservedSender();
    graph.respond(({ path }) =>
      path.endsWith("/messages") ? graphError(401, 190, "token has expired") : undefined,
    );
    const headers = { "x-request-id": "call-token-1" };
    await partner.post(sendPath(number), templateTo(), headers);
    await services().phone(number.id).flushed();
    const { key } = await senderOf(number);
    const line = { level: "error", sender: key, reason: "token", code: 190 };
    expect(loggedOf("sender.blocked")).toMatchObject([line]);
    expect(loggedOf("sender.moved")).toMatchObject([{ sender: key, action: "active" }]);
  });

  it("is an error where it gives contacts or history to nobody any more", async () => {
    const { number } = await seedSender();
    graph.respond(({ path }) =>
      path.endsWith("/smb_app_data") ? graphError(400, 2593108, "too late") : undefined,
    );
    await requestSync(services(), await senderOf(number), "token", "history");
    expect(loggedOf("sync.refused")).toMatchObject([
      { level: "error", action: "history", outcome: "expired", code: 2593108 },
    ]);
  });

  it("is a warning of the end while there is time", async () => {
    const { number } = await seedSender();
    setClock(Date.now() + 11 * 24 * HOUR);
    await services().phone(number.id).wake();
    await services().phone(number.id).flushed();
    expect(loggedOf("sender.warned")).toMatchObject([
      { level: "error", reason: "sender.inactive_soon" },
    ]);
  });
});
