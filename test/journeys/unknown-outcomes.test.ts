import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { sendMessage } from "../../src/operations/send-message.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { deliver, evict, seedObservedSender, services } from "../support/seed.ts";
import {
  commandTo,
  customer,
  eventsOf,
  passTime,
  readSend,
  runAlarm,
  sendIdOf,
  sendPath,
  sendReaches,
  stopClock,
  takePlace,
  templateTo,
} from "../support/sends.ts";
import { CUSTOMER, statuses } from "../support/webhooks.ts";
import type { SendInput } from "../../src/operations/send-message.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const HOUR = 3_600_000;

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const phone = () => services().phone(number.id);
const settledEvents = () => eventsOf(partner, number, "send.settled");

/** A send whose answer was lost. */
async function sendAndLoseAnswer(body: unknown = templateTo()): Promise<string> {
  graph.respond(() => HttpResponse.error());
  return sendIdOf(await partner.post(sendPath(number), body));
}

/** What Meta says later about a send that it did take. */
const lateStatus = (send: string, status = "delivered") =>
  deliver(number, statuses(number, { id: "wamid.taken", status, biz_opaque_callback_data: send }));

describe("a send whose outcome is unknown", () => {
  it.each([
    ["drops the connection", () => HttpResponse.error()],
    ["answers 500", () => graphError(500, 131000, "Something went wrong")],
    ["answers 503 without an error of Graph", () => new Response("busy", { status: 503 })],
    ["answers 200 without an id", () => Response.json({ messaging_product: "whatsapp" })],
    ["answers 200 with a page", () => new Response("<html></html>")],
  ])("invariant 5: because Meta %s, is answered 504 with our id", async (_what, respond) => {
    graph.respond(respond);
    const response = await partner.post(sendPath(number), templateTo());
    expect(response.status).toBe(504);
    const { error } = await response.json<{
      error: { is_transient: boolean; code: number; error_data: { details: string } };
    }>();
    expect(error).toMatchObject({ is_transient: false, code: 131000 });
    const sendId = sendIdOf(response);
    expect(error.error_data.details).toContain(sendId);
    expect(await readSend(partner, number, sendId)).toMatchObject({
      state: "unknown",
      wamid: null,
      error: null,
    });
  });

  it("invariant 5: is never sent again by itself, and told as unknown once after an hour", async () => {
    stopClock();
    const sendId = await sendAndLoseAnswer({
      ...templateTo(),
      biz_opaque_callback_data: "order-1",
    });
    passTime(HOUR - 2_000);
    await runAlarm(number);
    expect(await settledEvents()).toEqual([]);
    for (let again = 0; again < 3; again++) {
      passTime(2_000);
      await runAlarm(number);
      await evict(number);
    }
    const settled = await settledEvents();
    expect(settled.map((event) => event.data)).toMatchObject([
      { id: sendId, outcome: "unknown", biz_opaque_callback_data: "order-1" },
    ]);
    expect(await readSend(partner, number, sendId)).toMatchObject({ state: "unknown" });
    expect(graph.sent).toHaveLength(1);
    expect((await phone().next("drainer_test", 20)).carries).toEqual([]);
  });

  it("invariant 5: of the queue is not sent again either", async () => {
    stopClock();
    graph.respond(() => graphError(500, 131000, "Something went wrong"));
    const queued = await partner.post(sendPath(number), templateTo(), { prefer: "respond-async" });
    await sendReaches(partner, number, sendIdOf(queued), "unknown");
    passTime(2 * HOUR);
    await runAlarm(number);
    expect((await phone().next("drainer_test", 20)).carries).toEqual([]);
    expect(graph.sent).toHaveLength(1);
  });

  it("is settled as accepted by a later status that carries our id", async () => {
    const sendId = await sendAndLoseAnswer({
      ...templateTo(),
      biz_opaque_callback_data: "order-1",
    });
    await lateStatus(sendId);
    expect(await readSend(partner, number, sendId)).toMatchObject({
      state: "accepted",
      wamid: "wamid.taken",
    });
    expect(await settledEvents()).toMatchObject([
      { data: { id: sendId, outcome: "accepted", wamid: "wamid.taken" } },
    ]);
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toMatchObject([
      {
        wamid: "wamid.taken",
        origin: "api",
        type: "template",
        customer: { phone: CUSTOMER },
        status: "delivered",
        send_id: sendId,
        biz_opaque_callback_data: "order-1",
      },
    ]);
    expect(await eventsOf(partner, number, "message.status")).toMatchObject([
      { data: { status: "delivered", biz_opaque_callback_data: "order-1" } },
    ]);
  });

  it("is settled as accepted, failed later, by a failed status", async () => {
    const sendId = await sendAndLoseAnswer();
    await lateStatus(sendId, "failed");
    expect(await readSend(partner, number, sendId)).toMatchObject({ state: "accepted" });
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toMatchObject([{ wamid: "wamid.taken", status: "failed" }]);
  });

  it("is settled by a status also after it was reported", async () => {
    stopClock();
    const sendId = await sendAndLoseAnswer();
    passTime(HOUR);
    await runAlarm(number);
    await lateStatus(sendId);
    const outcomes = (await settledEvents()).map((event) => event.data["outcome"]);
    expect(outcomes).toEqual(["unknown", "accepted"]);
  });

  it("invariant 8: is not settled by a made-up id", async () => {
    const sendId = await sendAndLoseAnswer();
    await lateStatus(`${sendId}x`);
    expect(await readSend(partner, number, sendId)).toMatchObject({ state: "unknown" });
  });
});

describe("a send whose carrier vanished", () => {
  it("invariant 5: is unknown 30 seconds after its time-out, and not sent again", async () => {
    stopClock();
    const { send, placeAt } = await takePlace(partner, number, CUSTOMER);
    passTime(placeAt - Date.now() + 58_000);
    await runAlarm(number);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "placed" });
    passTime(2_000);
    await runAlarm(number);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "unknown" });
    passTime(HOUR);
    await runAlarm(number);
    expect(await settledEvents()).toMatchObject([{ data: { id: send, outcome: "unknown" } }]);
    expect((await phone().next("drainer_test", 20)).carries).toEqual([]);
    expect(graph.sent).toEqual([]);
  });

  it("is found again after an eviction, without anybody calling", async () => {
    stopClock();
    const { send } = await takePlace(partner, number, CUSTOMER);
    passTime(2 * 60_000);
    await evict(number);
    await runAlarm(number);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "unknown" });
  });

  it("takes the word of a carrier that comes late after all", async () => {
    stopClock();
    const { send } = await takePlace(partner, number, CUSTOMER);
    passTime(2 * 60_000);
    await runAlarm(number);
    const answer = { messages: [{ id: "wamid.late" }] };
    await phone().settle(send, { state: "accepted", wamid: "wamid.late", answer });
    expect(await readSend(partner, number, send)).toMatchObject({
      state: "accepted",
      wamid: "wamid.late",
    });
  });
});

describe("a caller that hangs up", () => {
  const input = (signal: AbortSignal, idempotencyKey?: string): SendInput => ({
    partner: partner.id,
    phoneNumberId: number.id,
    body: templateTo(),
    maxWaitMs: 10_000,
    idempotencyKey,
    signal,
    waitUntil: () => undefined,
  });

  /** So many places ahead that a next one is a while away. */
  async function fillPlaces(): Promise<void> {
    for (let n = 0; n < 30; n++) await takePlace(partner, number, customer(n));
  }

  it("before its place comes is withdrawn: nothing is sent, and its key is free again", async () => {
    stopClock(); // so that the place is still to come, however slow this machine
    await fillPlaces();
    const hangUp = new AbortController();
    const going = sendMessage(services(), input(hangUp.signal, "k1"));
    hangUp.abort();
    expect(await going).toEqual({ kind: "withdrawn" });
    expect(graph.sent).toEqual([]);
    passTime(10_000);
    const again = await sendMessage(services(), input(new AbortController().signal, "k1"));
    expect(again).toMatchObject({ kind: "settled", replayed: false });
    expect(graph.sent).toHaveLength(1);
    expect(await settledEvents()).toMatchObject([{ data: { outcome: "accepted" } }]);
  });

  it("gives its place to the next", async () => {
    stopClock();
    await fillPlaces();
    const withdrawn = await takePlace(partner, number, CUSTOMER);
    expect(await phone().withdraw(withdrawn.send)).toBe(true);
    expect(await phone().withdraw(withdrawn.send)).toBe(false);
    expect((await partner.get(`/v1/senders/${number.id}/sends/${withdrawn.send}`)).status).toBe(
      404,
    );
    const next = await takePlace(partner, number, customer(99));
    expect(next.placeAt).toBe(withdrawn.placeAt);
  });

  it("leaves no key behind that another send could be taken for, also after an eviction", async () => {
    stopClock();
    await fillPlaces();
    const idempotency = { key: `${partner.id}:k1`, bodyHash: "hash" };
    const withdrawn = await takePlace(partner, number, CUSTOMER, { idempotency });
    await phone().withdraw(withdrawn.send);
    await evict(number);
    const other = await takePlace(partner, number, customer(98));
    const again = await phone().admit(commandTo(partner, CUSTOMER, { idempotency }));
    expect(again.kind).toBe("carry");
    expect(again).not.toMatchObject({ carry: { send: other.send } });
  });

  it("once its place has come is too late: the send goes on and its outcome is recorded", async () => {
    stopClock();
    const placed = await takePlace(partner, number, customer(1));
    passTime(1_000);
    expect(await phone().withdraw(placed.send)).toBe(false);

    const hangUp = new AbortController();
    graph.respond(() => {
      hangUp.abort();
      return undefined;
    });
    const answer = await sendMessage(services(), input(hangUp.signal));
    expect(answer).toMatchObject({ kind: "settled", outcome: { state: "accepted" } });
    expect(graph.sent).toHaveLength(1);
  });
});
