import { beforeEach, describe, expect, it } from "vitest";
import { graph, graphError } from "../support/graph-stub.ts";
import {
  call,
  deliver,
  evict,
  importNumber,
  seedObservedSender,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import {
  ACCEPTED,
  accountUpdate,
  commandTo,
  customer,
  eventsOf,
  passTime,
  QUEUED,
  readSend,
  runAlarm,
  sendPath,
  sendReaches,
  stopClock,
  templateTo,
  textTo,
} from "../support/sends.ts";
import { DAY, HOUR } from "../support/storage.ts";
import { inbound, textMessage } from "../support/webhooks.ts";
import type { GraphErrorBody, SendRead } from "../support/sends.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

interface ItemAnswer {
  index: number;
  id?: string;
  state?: string;
  replayed?: boolean;
  error?: GraphErrorBody["error"];
}

interface BulkAnswer {
  id: string | null;
  data: ItemAnswer[];
}

interface BatchRead {
  id: string;
  admitted_at: string;
  total: number;
  open: number;
  states: Record<string, number>;
}

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const phone = () => services().phone(number.id);
const bulkPath = () => `/v1/senders/${number.id}/messages:batch`;
const batchPath = (id: string | null) => `/v1/senders/${number.id}/batches/${id}`;
const sendAt = (id: string) => `/v1/senders/${number.id}/sends/${id}`;

function post(messages: unknown[], extra: Record<string, unknown> = {}, key?: string) {
  const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
  return partner.post(bulkPath(), { messages, ...extra }, headers);
}

async function queueAll(
  messages: unknown[],
  extra: Record<string, unknown> = {},
  key?: string,
): Promise<BulkAnswer> {
  const response = await post(messages, extra, key);
  expect(response.status).toBe(202);
  return response.json<BulkAnswer>();
}

const idsOf = (answer: BulkAnswer) => answer.data.map((item) => item.id ?? "none");
const readBatch = (id: string | null) => partner.read<BatchRead>(batchPath(id));
/** A number that is held sends nothing, so that what is queued stays so. */
const hold = () => phone().moveTo("paused", null, "sender.paused");
const resume = () => phone().moveTo("active", null, "sender.resumed");

function remove(path: string, by = partner): Promise<Response> {
  return call(path, { method: "DELETE", headers: { authorization: `Bearer ${by.key}` } });
}

const templates = (count: number) =>
  Array.from({ length: count }, (_, n) => templateTo(customer(n)));
const within = (ms: number) => new Date(Date.now() + ms).toISOString();

describe("a batch", () => {
  it("is queued as a whole and sent, each message once, with Meta's product filled in", async () => {
    const { messaging_product: _, ...bare } = templateTo(customer(0));
    const answer = await queueAll([bare, templateTo(customer(1)), templateTo(customer(2))]);
    expect(answer.data).toMatchObject([0, 1, 2].map((index) => ({ index, state: "queued" })));
    for (const id of idsOf(answer)) await sendReaches(partner, number, id, "accepted");
    expect(graph.sent).toMatchObject([0, 1, 2].map((n) => templateTo(customer(n))));
    expect(await readBatch(answer.id)).toMatchObject({
      id: answer.id,
      total: 3,
      open: 0,
      states: { accepted: 3 },
    });
    const told = await eventsOf(partner, number, "send.settled");
    expect(told.map((event) => String(event.data["id"])).toSorted()).toEqual(
      idsOf(answer).toSorted(),
    );
  });

  it("is answered item by item: faults in between keep nobody from being sent", async () => {
    await deliver(number, inbound(number, textMessage({ from: customer(1) })));
    const { data, id } = await queueAll([
      textTo(customer(1)),
      { ...templateTo(), type: "image" },
      textTo(customer(2)),
      { status: "read", message_id: "wamid.in" },
      templateTo("US.13491208655302741918"),
      { ...templateTo(), to: undefined },
      templateTo(customer(3)),
    ]);
    const codes = data.map((item) => item.error?.code ?? item.state);
    expect(codes).toEqual(["queued", 131008, 131047, 131009, 131009, 131008, "queued"]);
    expect(data.map((item) => item.index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(data[2]?.error?.error_data.details).toContain("template");
    expect(data[5]?.error?.error_data.details).toContain("to");
    for (const index of [0, 6]) {
      await sendReaches(partner, number, data[index]?.id ?? "", "accepted");
    }
    expect(graph.sent).toHaveLength(2);
    expect(await readBatch(id)).toMatchObject({ total: 2, states: { accepted: 2 } });
  });

  it("of faults alone has no id, and queues nothing", async () => {
    const { data, id } = await queueAll([textTo(customer(1)), { type: "text" }]);
    expect(id).toBeNull();
    expect(data.map((item) => item.error?.code)).toEqual([131047, 131008]);
    expect(graph.requests).toEqual([]);
  });

  it("may have 1,000 messages, each with an id of its own", async () => {
    await hold();
    const answer = await queueAll(templates(1_000));
    expect(new Set(idsOf(answer)).size).toBe(1_000);
    expect(answer.data.map((item) => item.index)).toEqual(
      Array.from({ length: 1_000 }, (_, n) => n),
    );
    expect(await readBatch(answer.id)).toMatchObject({ total: 1_000, open: 1_000 });
  });

  it.each([
    ["1,001 messages", () => ({ messages: templates(1_001) }), "messages"],
    ["none", () => ({ messages: [] }), "messages"],
    ["no list", () => ({}), "messages"],
    ["an unknown field", () => ({ messages: templates(1), dry_run: true }), "dry_run"],
    [
      "an expires_at that is no instant",
      () => ({ messages: [{ ...templateTo(), expires_at: "tomorrow" }] }),
      "messages.0.expires_at",
    ],
    [
      "a key that is too long",
      () => ({ messages: [{ ...templateTo(), idempotency_key: "k".repeat(256) }] }),
      "messages.0.idempotency_key",
    ],
  ])("with %s is refused as a whole, naming the field", async (_what, body, field) => {
    const response = await partner.post(bulkPath(), body());
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_request", field });
    expect(graph.requests).toEqual([]);
  });

  it("is not spoiled by a message that is too large for a row", async () => {
    const large = { ...templateTo(customer(1)), template: { name: "x".repeat(3_000_000) } };
    const { data } = await queueAll([templateTo(customer(0)), large, templateTo(customer(2))]);
    expect(data.map((item) => item.error?.code ?? item.state)).toEqual(["queued", 100, "queued"]);
    expect(data[1]?.error?.error_data.details).toContain("larger");
  });

  it("invariant 8: goes to the partner's own number only", async () => {
    const other = await seedSender();
    const body = { messages: templates(1) };
    expect((await other.partner.post(bulkPath(), body)).status).toBe(404);
  });

  it("is refused item by item by a number that is disconnected", async () => {
    await phone().moveTo("disconnected", "gone", "sender.disconnected");
    const { data, id } = await queueAll(templates(2));
    expect(id).toBeNull();
    expect(data.map((item) => item.error?.code)).toEqual([131005, 131005]);
  });
});

describe("expires_at", () => {
  it("in the past or beyond 7 days is that message's own fault", async () => {
    await hold();
    const at = (ms: number) => ({ ...templateTo(), expires_at: within(ms) });
    const { data } = await queueAll([at(-1_000), at(60_000), at(7 * DAY + 60_000), at(7 * DAY)]);
    expect(data.map((item) => item.error?.code ?? item.state)).toEqual([
      131009,
      "queued",
      131009,
      "queued",
    ]);
    for (const index of [0, 2]) {
      expect(data[index]?.error?.error_data.details).toContain("expires_at");
    }
  });

  it("stands for the whole call where a message names none, and is an hour where nobody does", async () => {
    stopClock();
    await hold();
    const [own, shared] = idsOf(
      await queueAll([{ ...templateTo(), expires_at: within(60_000) }, templateTo(customer(2))], {
        expires_at: within(120_000),
      }),
    );
    const [hour] = idsOf(await queueAll([templateTo(customer(3))]));
    const states = async () =>
      Promise.all(
        [own, shared, hour].map(async (id) => (await readSend(partner, number, id ?? "")).state),
      );
    passTime(60_000);
    await runAlarm(number);
    expect(await states()).toEqual(["expired", "queued", "queued"]);
    passTime(60_000);
    await runAlarm(number);
    expect(await states()).toEqual(["expired", "expired", "queued"]);
    passTime(HOUR - 120_000);
    await runAlarm(number);
    expect(await states()).toEqual(["expired", "expired", "expired"]);
    const told = await eventsOf(partner, number, "send.settled");
    expect(told.map((event) => event.data["outcome"])).toEqual(["expired", "expired", "expired"]);
    await resume();
    expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
    expect(graph.sent).toEqual([]);
  });
});

describe("an Idempotency-Key", () => {
  it("of a call gives the same ids again, and nothing is sent twice", async () => {
    const first = await queueAll(templates(5), {}, "call-1");
    for (const id of idsOf(first)) await sendReaches(partner, number, id, "accepted");
    await evict(number);
    const again = await queueAll(templates(5), {}, "call-1");
    expect(again.id).toBe(first.id);
    expect(idsOf(again)).toEqual(idsOf(first));
    expect(again.data.every((item) => item.replayed === true)).toBe(true);
    expect(again.data.map((item) => item.state)).toEqual(Array(5).fill("accepted"));
    expect(graph.sent).toHaveLength(5);
  });

  it("of a call gives the same ids also when its messages have expired", async () => {
    stopClock();
    await hold();
    const messages = templates(2).map((body) => ({ ...body, expires_at: within(60_000) }));
    const first = await queueAll(messages, {}, "call-1");
    passTime(120_000);
    await runAlarm(number);
    const again = await queueAll(messages, {}, "call-1");
    expect(idsOf(again)).toEqual(idsOf(first));
    expect(again.data.map((item) => item.state)).toEqual(["expired", "expired"]);
  });

  it.each([
    ["another message", () => [templateTo(customer(0)), templateTo(customer(9))]],
    ["one message more", () => templates(3)],
    ["one message less", () => templates(1)],
  ])("of a call with %s is refused with 422 as a whole", async (_what, messages) => {
    await hold();
    const first = await queueAll(templates(2), {}, "call-1");
    const response = await post(messages(), {}, "call-1");
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "idempotency_key_reused" });
    expect(await readBatch(first.id)).toMatchObject({ total: 2, open: 2 });
    expect(await phone().cancelBatch(partner.id, first.id ?? "")).toMatchObject({ total: 2 });
    await resume();
    expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
  });

  it("of a call queues what was refused then and fits now, and nothing twice", async () => {
    await hold();
    const messages = [templateTo(customer(0)), textTo(customer(1))];
    const first = await queueAll(messages, {}, "call-1");
    expect(first.data[1]?.error?.code).toBe(131047);
    await deliver(number, inbound(number, textMessage({ from: customer(1) })));
    const again = await queueAll(messages, {}, "call-1");
    expect(again.data[0]).toMatchObject({ id: first.data[0]?.id, replayed: true });
    expect(again.data[1]).toMatchObject({ state: "queued" });
  });

  it("of a message gives the same id in another call, and for a single send", async () => {
    await hold();
    const keyed = { ...templateTo(customer(1)), idempotency_key: "order-1" };
    const [first] = idsOf(await queueAll([keyed]));
    const again = await queueAll([templateTo(customer(2)), keyed]);
    expect(again.data[1]).toEqual({ index: 1, id: first, state: "queued", replayed: true });
    const single = await partner.post(sendPath(number), templateTo(customer(1)), {
      "idempotency-key": "order-1",
      prefer: "respond-async",
    });
    expect(single.status).toBe(202);
    expect(single.headers.get("tandem-send-id")).toBe(first);
  });

  it("of a message with another body is that message's own fault", async () => {
    await hold();
    const keyed = (to: string) => ({ ...templateTo(to), idempotency_key: "order-1" });
    const { data } = await queueAll([keyed(customer(1)), keyed(customer(1)), keyed(customer(2))]);
    expect(data[1]).toMatchObject({ id: data[0]?.id, replayed: true });
    expect(data[2]?.error).toMatchObject({ code: 131009 });
    expect(data[2]?.error?.message).toContain("idempotency key");
  });

  it("of a call never meets one of a message, however partners write them", async () => {
    await hold();
    await queueAll(templates(2), {}, "order");
    for (const key of ["order#0", "order#1", "/0:order", "0:order"]) {
      const { data } = await queueAll([{ ...templateTo(customer(7)), idempotency_key: key }]);
      expect(data).toMatchObject([{ state: "queued" }]);
      expect(data[0]).not.toHaveProperty("replayed");
    }
  });

  it("is forgotten after 24 hours", async () => {
    stopClock();
    await hold();
    const far = { expires_at: within(6 * DAY) };
    const first = await queueAll(templates(2), far, "call-1");
    passTime(DAY + 1);
    const again = await queueAll(templates(2), far, "call-1");
    expect(idsOf(again)).not.toEqual(idsOf(first));
  });
});

describe("progress of a batch", () => {
  it("counts its sends by what they came to", async () => {
    stopClock();
    graph.respond(({ body }) =>
      body["to"] === customer(1) ? graphError(400, 131026, "undeliverable") : undefined,
    );
    await hold();
    const answer = await queueAll([
      ...templates(3),
      { ...templateTo(customer(3)), expires_at: within(1_000) },
      templateTo(customer(4)),
    ]);
    const ids = idsOf(answer);
    passTime(1_000);
    await runAlarm(number);
    await remove(sendAt(ids[4] ?? ""));
    expect(await readBatch(answer.id)).toMatchObject({
      total: 5,
      open: 3,
      states: { queued: 3, expired: 1, cancelled: 1 },
    });
    await resume();
    const { carries } = await phone().next("drainer_test", 1);
    expect(await readBatch(answer.id)).toMatchObject({ open: 3, states: { queued: 2, placed: 1 } });
    await phone().settle(carries[0]?.send ?? "", ACCEPTED("wamid.first"));
    await services().queues.sends.send({ phoneNumberId: number.id });
    await sendReaches(partner, number, ids[1] ?? "", "refused");
    await sendReaches(partner, number, ids[2] ?? "", "accepted");
    expect(await readBatch(answer.id)).toMatchObject({
      total: 5,
      open: 0,
      states: { accepted: 2, refused: 1, expired: 1, cancelled: 1 },
    });
  });

  it("is told after an eviction, and while its sends wait for days", async () => {
    stopClock();
    await hold();
    const answer = await queueAll(templates(3), { expires_at: within(6 * DAY) });
    await evict(number);
    for (let day = 0; day < 5; day++) {
      passTime(DAY);
      await runAlarm(number);
    }
    expect(await readBatch(answer.id)).toMatchObject({ total: 3, open: 3 });
    expect((await remove(batchPath(answer.id))).status).toBe(200);
    expect(await readBatch(answer.id)).toMatchObject({ states: { cancelled: 3 } });
    for (let day = 0; day < 4; day++) {
      passTime(DAY);
      await runAlarm(number);
    }
    await phone().admit(commandTo(partner, customer(9), { mode: QUEUED })); // the newest row stays
    passTime(60_000);
    await runAlarm(number);
    expect((await partner.get(batchPath(answer.id))).status).toBe(404);
  });

  it("invariant 8: is absent for another partner, also for the one that gets the number", async () => {
    await hold();
    const answer = await queueAll(templates(2));
    const [send = ""] = idsOf(answer);
    const other = await seedSender();
    const paths = [batchPath(answer.id), `${batchPath(answer.id)}/sends`, sendAt(send)];
    for (const path of paths) expect((await other.partner.get(path)).status).toBe(404);
    expect((await remove(batchPath(answer.id), other.partner)).status).toBe(404);

    const next = await seedPartner();
    await importNumber(next, number, Date.now());
    for (const path of paths) expect((await next.get(path)).status).toBe(404);
    expect((await remove(batchPath(answer.id), next)).status).toBe(404);
    expect((await remove(sendAt(send), next)).status).toBe(404);
    expect(await eventsOf(next, number, "send.settled")).toEqual([]);
  });

  it("answers 404 for ids that were never given", async () => {
    for (const path of [batchPath("batch_none"), `${batchPath("batch_none")}/sends`]) {
      expect((await partner.get(path)).status).toBe(404);
    }
    expect((await remove(batchPath("batch_none"))).status).toBe(404);
  });
});

describe("the sends of a batch", () => {
  interface Page {
    data: SendRead[];
    next_cursor: string | null;
  }

  async function pages(id: string | null, limit: number): Promise<Page[]> {
    const all: Page[] = [];
    for (let query = `limit=${limit}`; ;) {
      const page = await partner.read<Page>(`${batchPath(id)}/sends?${query}`);
      all.push(page);
      if (page.next_cursor === null) return all;
      query = `limit=${limit}&cursor=${page.next_cursor}`;
    }
  }

  it.each([
    [4, [4, 4, 2]],
    [5, [5, 5]],
    [10, [10]],
    [100, [10]],
  ])("are read in their order, %i a page", async (limit, lengths) => {
    await hold();
    await queueAll(templates(3)); // a neighbour
    const answer = await queueAll(templates(10));
    await queueAll(templates(3));
    const read = await pages(answer.id, limit);
    expect(read.map((page) => page.data.length)).toEqual(lengths);
    expect(read.flatMap((page) => page.data.map((send) => send.id))).toEqual(idsOf(answer));
  });

  it.each(["nonsense", ""])("answer the cursor %j with 400", async (cursor) => {
    await hold();
    const { id } = await queueAll(templates(2));
    const response = await partner.get(`${batchPath(id)}/sends?cursor=${cursor}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field: "cursor" });
  });
});

describe("cancelling", () => {
  it("a queued send ends it, is told once, and may be repeated", async () => {
    await hold();
    const answer = await queueAll(templates(2));
    const [first = "", second = ""] = idsOf(answer);
    for (let again = 0; again < 2; again++) {
      const response = await remove(sendAt(first));
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ id: first, state: "cancelled" });
    }
    await resume();
    await services().queues.sends.send({ phoneNumberId: number.id });
    await sendReaches(partner, number, second, "accepted");
    expect(graph.sent.map((body) => body["to"])).toEqual([customer(1)]);
    const told = await eventsOf(partner, number, "send.settled");
    expect(told.map((event) => event.data)).toMatchObject([
      { id: first, outcome: "cancelled" },
      { id: second, outcome: "accepted" },
    ]);
  });

  it("a batch ends what still waits of it, and leaves the rest as it is", async () => {
    stopClock();
    const command = (n: number) => commandTo(partner, customer(n), { mode: QUEUED });
    const admitted = await phone().admitMany([0, 1, 2, 3].map(command));
    const batch = "items" in admitted ? admitted.batch : null;
    const { carries } = await phone().next("drainer_test", 1);
    const response = await remove(batchPath(batch));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ open: 1, states: { placed: 1, cancelled: 3 } });
    await phone().settle(carries[0]?.send ?? "", ACCEPTED("wamid.too-late"));
    expect(await readBatch(batch)).toMatchObject({ states: { accepted: 1, cancelled: 3 } });
    expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
    const told = await eventsOf(partner, number, "send.settled");
    expect(told.map((event) => String(event.data["outcome"])).toSorted()).toEqual([
      "accepted",
      "cancelled",
      "cancelled",
      "cancelled",
    ]);
  });

  it("is too late for a send that has its place or is settled: 409, and it goes its way", async () => {
    stopClock();
    const admission = await phone().admit(commandTo(partner, customer(1), { mode: QUEUED }));
    const send = "send" in admission ? admission.send : "";
    await phone().next("drainer_test", 1);
    for (const state of ["placed", "accepted"]) {
      const response = await remove(sendAt(send));
      expect(response.status).toBe(409);
      const body = await response.json<{ code: string; detail: string }>();
      expect(body).toMatchObject({ code: "conflict", detail: expect.stringContaining(state) });
      await phone().settle(send, ACCEPTED("wamid.gone"));
    }
    expect(await readSend(partner, number, send)).toMatchObject({ state: "accepted" });
  });

  it("wins over a carrier's late word that Meta did not take it", async () => {
    stopClock();
    const admission = await phone().admit(commandTo(partner, customer(1), { mode: QUEUED }));
    const send = "send" in admission ? admission.send : "";
    const { carries } = await phone().next("drainer_test", 1);
    const word = {
      state: "retriable",
      status: 400,
      error: { code: 130429, message: "slow down" },
      scope: "number",
    } as const;
    await phone().settle(send, word, carries[0]?.placeAt);
    expect((await remove(sendAt(send))).status).toBe(200);
    await phone().settle(send, word, carries[0]?.placeAt);
    passTime(10_000);
    expect((await phone().next("drainer_test", 1)).carries).toEqual([]);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "cancelled" });
  });

  it("works after an eviction", async () => {
    await hold();
    const answer = await queueAll(templates(3));
    await evict(number);
    expect((await remove(sendAt(idsOf(answer)[0] ?? ""))).status).toBe(200);
    await evict(number);
    expect(await (await remove(batchPath(answer.id))).json()).toMatchObject({
      open: 0,
      states: { cancelled: 3 },
    });
  });
});

describe("a number that goes away while a batch waits", () => {
  it("by a new onboarding: what waits is cancelled, and the batch is still read", async () => {
    await hold();
    const answer = await queueAll(templates(3));
    await importNumber(partner, number, Date.now());
    expect(await readBatch(answer.id)).toMatchObject({ states: { cancelled: 3 } });
  });

  it("by a disconnection: also a send that Meta turns away just then is not queued again", async () => {
    stopClock();
    const admission = await phone().admit(commandTo(partner, customer(1), { mode: QUEUED }));
    const send = "send" in admission ? admission.send : "";
    const { carries } = await phone().next("drainer_test", 1);
    await phone().moveTo("disconnected", "gone", "sender.disconnected");
    await phone().settle(
      send,
      { state: "retriable", status: 400, error: { code: 130429, message: "" }, scope: "number" },
      carries[0]?.placeAt,
    );
    expect(await readSend(partner, number, send)).toMatchObject({ state: "refused" });
  });

  it("for a while: what waits goes on when it is back", async () => {
    await accountUpdate(number, "ACCOUNT_OFFBOARDED");
    const answer = await queueAll(templates(3));
    expect(graph.sent).toEqual([]);
    await accountUpdate(number, "ACCOUNT_RECONNECTED", { at: Date.now() + 5_000 });
    for (const id of idsOf(answer)) await sendReaches(partner, number, id, "accepted");
  });
});
