import { beforeEach, describe, expect, it } from "vitest";
import { graph, graphError } from "../support/graph-stub.ts";
import {
  deliver,
  importNumber,
  seedObservedSender,
  seedPartner,
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
  sendIdOf,
  sendPath,
  sendReaches,
  stopClock,
  takePlace,
  templateTo,
  textTo,
} from "../support/sends.ts";
import { CUSTOMER, inbound, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const HOUR = 3_600_000;
const ASYNC = { prefer: "respond-async" };

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const phone = () => services().phone(number.id);
const queue = async (body: unknown) => sendIdOf(await partner.post(sendPath(number), body, ASYNC));

/** Queues a send and loses its ticket. */
async function queueWithoutTicket(recipient = CUSTOMER, expiresInMs = QUEUED.expiresInMs) {
  const command = commandTo(partner, recipient, { mode: { wait: false, expiresInMs } });
  const admission = await phone().admit(command);
  if (admission.kind !== "queued") throw new Error(`Not queued: ${JSON.stringify(admission)}`);
  return admission;
}

describe("a queued send", () => {
  it("is answered with 202 and our id, and sent from the queue", async () => {
    const response = await partner.post(sendPath(number), templateTo(), ASYNC);
    expect(response.status).toBe(202);
    const sendId = sendIdOf(response);
    expect(await response.json()).toEqual({
      messaging_product: "whatsapp",
      messages: [{ id: sendId, message_status: "queued" }],
    });
    const read = await sendReaches(partner, number, sendId, "accepted");
    expect(read.wamid).toMatch(/^wamid\.sent-/);
    expect(graph.sent).toEqual([{ ...templateTo(), biz_opaque_callback_data: sendId }]);
    expect(await eventsOf(partner, number, "send.settled")).toMatchObject([
      { data: { id: sendId, outcome: "accepted", wamid: read.wamid } },
    ]);
  });

  it("is refused at once where it could never be sent", async () => {
    const response = await partner.post(sendPath(number), textTo(), ASYNC);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 131047 } });
  });

  it("reaches each customer in the order of admission", async () => {
    await deliver(number, inbound(number, textMessage({ from: customer(1) })));
    await deliver(number, inbound(number, textMessage({ from: customer(2) })));
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await queue(textTo(customer(1 + (n % 2)), `${n}`)));
    for (const id of ids) await sendReaches(partner, number, id, "accepted");
    const sent = graph.sent as { to: string; text: { body: string } }[];
    for (const [remainder, to] of [customer(1), customer(2)].entries()) {
      const heard = sent.filter((body) => body.to === to).map((body) => Number(body.text.body));
      expect(heard).toEqual([0, 2, 4, 6, 8, 10].map((n) => n + remainder));
    }
  });

  it("invariant 6: takes places like any other", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) ids.push(await queue(templateTo(customer(n))));
    const places: number[] = [];
    for (const id of ids) {
      const read = await sendReaches(partner, number, id, "accepted");
      places.push(Date.parse(read.place_at ?? ""));
    }
    places.sort((left, right) => left - right);
    for (const [index, at] of places.entries()) {
      if (index > 0) expect(at - (places[index - 1] ?? 0)).toBeGreaterThanOrEqual(50);
    }
  });

  it("does not wait for a customer who must wait", async () => {
    stopClock();
    for (let count = 0; count < 45; count++) await takePlace(partner, number, customer(1));
    passTime(10_000);
    const blocked = await queue(templateTo(customer(1)));
    const free = await queue(templateTo(customer(2)));
    await sendReaches(partner, number, free, "accepted");
    expect(await readSend(partner, number, blocked)).toMatchObject({ state: "queued" });
  });

  it("that comes while the drainer waits for a blocked customer is taken within a second", async () => {
    stopClock();
    for (let count = 0; count < 45; count++) await takePlace(partner, number, customer(1));
    passTime(10_000);
    await queueWithoutTicket(customer(1));
    const { carries, askAgainMs } = await phone().next("drainer_test", 20);
    expect(carries).toEqual([]);
    // Either the drainer asks again soon, or the newcomer brings a ticket of its own.
    const { ticket } = await queueWithoutTicket(customer(2));
    expect(ticket || (askAgainMs ?? 0) <= 1_000).toBe(true);
  });

  it("goes again when Meta refuses for pace, and is not told until it is settled", async () => {
    let refusals = 0;
    graph.respond(() => {
      refusals += 1;
      return refusals === 1 ? graphError(400, 130429, "Rate limit hit") : undefined;
    });
    const sendId = await queue(templateTo());
    await sendReaches(partner, number, sendId, "accepted");
    expect(graph.sent).toHaveLength(2);
    const settled = await eventsOf(partner, number, "send.settled");
    expect(settled.map((event) => event.data["outcome"])).toEqual(["accepted"]);
  });

  it("is sent though its ticket was lost: the alarm renews it", async () => {
    stopClock();
    const { send, ticket } = await queueWithoutTicket();
    expect(ticket).toBe(true);
    passTime(5_000);
    await runAlarm(number);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "queued" });
    passTime(15_000);
    await runAlarm(number);
    await sendReaches(partner, number, send, "accepted");
  });

  it("invariant 2: is sent once though its ticket came twice", async () => {
    const { send } = await queueWithoutTicket();
    await services().queues.sends.send({ phoneNumberId: number.id });
    await services().queues.sends.send({ phoneNumberId: number.id });
    await sendReaches(partner, number, send, "accepted");
    expect(graph.sent).toHaveLength(1);
  });

  it("ends as refused, without reaching Meta, when the window closes meanwhile", async () => {
    stopClock();
    await deliver(number, inbound(number, textMessage()));
    const admission = await phone().admit(
      commandTo(partner, CUSTOMER, {
        type: "text",
        needsWindow: true,
        body: textTo(),
        mode: { wait: false, expiresInMs: 48 * HOUR },
      }),
    );
    const send = "send" in admission ? admission.send : "";
    passTime(24 * HOUR);
    expect(await phone().next("drainer_test", 20)).toEqual({
      carries: [],
      askAgainMs: null,
      help: false,
    });
    expect(await readSend(partner, number, send)).toMatchObject({
      state: "refused",
      error: { code: 131047 },
    });
    expect(graph.sent).toEqual([]);
    expect(await eventsOf(partner, number, "send.settled")).toMatchObject([
      { data: { id: send, outcome: "refused", error: { code: 131047 } } },
    ]);
  });
});

describe("while a number is held", () => {
  it.each([
    ["ACCOUNT_OFFBOARDED", "paused"],
    ["PARTNER_REMOVED", "verifying"],
  ])("by %s, waiting sends are refused and queued ones wait", async (event, phase) => {
    await accountUpdate(number, event);
    expect(await phone().phase()).toMatchObject({ phase });
    const refused = await partner.post(sendPath(number), templateTo());
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 131016 } });

    const sendId = await queue(templateTo());
    await services().queues.sends.send({ phoneNumberId: number.id });
    await phone().next("drainer_test", 20);
    expect(await readSend(partner, number, sendId)).toMatchObject({ state: "queued" });
    expect(graph.sent).toEqual([]);

    await accountUpdate(number, "ACCOUNT_RECONNECTED", { at: Date.now() + 5_000 });
    await sendReaches(partner, number, sendId, "accepted");
  });

  it("a queued send expires after a quarter of an hour, and the partner is told", async () => {
    stopClock();
    await accountUpdate(number, "ACCOUNT_OFFBOARDED");
    const sendId = await queue(templateTo());
    passTime(15 * 60_000 - 2_000);
    await runAlarm(number);
    expect(await readSend(partner, number, sendId)).toMatchObject({ state: "queued" });
    passTime(2_000);
    await runAlarm(number);
    expect(await readSend(partner, number, sendId)).toMatchObject({ state: "expired" });
    await accountUpdate(number, "ACCOUNT_RECONNECTED", { at: Date.now() + 5_000 });
    await services().queues.sends.send({ phoneNumberId: number.id });
    const settled = await eventsOf(partner, number, "send.settled");
    expect(settled.map((event) => event.data)).toMatchObject([{ id: sendId, outcome: "expired" }]);
    expect(await phone().next("drainer_test", 20)).toEqual({
      carries: [],
      askAgainMs: null,
      help: false,
    });
    expect(graph.sent).toEqual([]);
  });

  it("an expired send is not handed out, even before the alarm has ended it", async () => {
    stopClock();
    const { send } = await queueWithoutTicket(CUSTOMER, 60_000);
    passTime(60_001);
    expect((await phone().next("drainer_test", 20)).carries).toEqual([]);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "expired" });
  });
});

describe("a new onboarding of the number", () => {
  it("invariant 10: cancels what was queued, and tells it", async () => {
    const { send } = await queueWithoutTicket();
    await importNumber(partner, number, Date.now());
    expect(await readSend(partner, number, send)).toMatchObject({ state: "cancelled" });
    expect(await phone().next("drainer_test", 20)).toEqual({
      carries: [],
      askAgainMs: null,
      help: false,
    });
    const settled = await eventsOf(partner, number, "send.settled");
    expect(settled.map((event) => event.data)).toMatchObject([{ id: send, outcome: "cancelled" }]);
  });

  it("invariant 10: does not send again what was on its way in the old one", async () => {
    const { send } = await queueWithoutTicket();
    const { carries } = await phone().next("drainer_test", 20);
    expect(carries.map((carry) => carry.send)).toEqual([send]);
    await importNumber(partner, number, Date.now());
    await phone().settle(send, {
      state: "retriable",
      status: 400,
      error: { code: 131056, message: "pair rate" },
      scope: "customer",
    });
    expect((await readSend(partner, number, send)).state).not.toBe("queued");
  });

  it("keeps the customer of a send that was settled just before", async () => {
    await phone().flushed();
    const first = await takePlace(partner, number, customer(1));
    const second = await takePlace(partner, number, customer(2));
    // The first settlement is flushed at once; the second waits its quarter of a second.
    await phone().settle(first.send, ACCEPTED("wamid.first"));
    await phone().settle(second.send, ACCEPTED("wamid.second"));
    await importNumber(partner, number, Date.now());
    await phone().flushed();
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toMatchObject([
      { wamid: "wamid.first", customer: { phone: customer(1) } },
      { wamid: "wamid.second", customer: { phone: customer(2) } },
    ]);
  });

  it("invariant 8: with another partner tells it nothing of the former one's sends", async () => {
    const { send } = await queueWithoutTicket();
    const other = await seedPartner();
    await importNumber(other, number, Date.now());
    expect(await eventsOf(other, number, "send.settled")).toEqual([]);
    expect((await other.get(`/v1/senders/${number.id}/sends/${send}`)).status).toBe(404);
  });
});

describe("GET by our id", () => {
  it("tells every state of a send", async () => {
    stopClock();
    const waiting = await takePlace(partner, number, customer(1));
    const read = (send: string) => readSend(partner, number, send);
    expect(await read(waiting.send)).toMatchObject({
      state: "placed",
      wamid: null,
      place_at: new Date(waiting.placeAt).toISOString(),
      settled_at: null,
    });
    await phone().settle(waiting.send, { state: "unknown", why: "TimeoutError" });
    expect(await read(waiting.send)).toMatchObject({ state: "unknown", wamid: null });
    await phone().settle(waiting.send, ACCEPTED("wamid.late"));
    expect(await read(waiting.send)).toMatchObject({ state: "accepted", wamid: "wamid.late" });

    const refused = await takePlace(partner, number, customer(2));
    const error = { code: 131026, message: "undeliverable" };
    await phone().settle(refused.send, { state: "refused", status: 400, error, effect: "none" });
    expect(await read(refused.send)).toMatchObject({ state: "refused", error });

    const queued = await queueWithoutTicket(customer(3));
    expect(await read(queued.send)).toMatchObject({ state: "queued", place_at: null });
  });

  it("answers 404 for ids that were never given", async () => {
    const { send } = await queueWithoutTicket();
    for (const id of ["snd_1_forged", `${send}x`, "nothing"]) {
      expect((await partner.get(`/v1/senders/${number.id}/sends/${id}`)).status).toBe(404);
    }
  });
});
