import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { drainSends } from "../../src/operations/drain-sends.ts";
import { graph } from "../support/graph-stub.ts";
import { deliver, evict, seedObservedSender, services } from "../support/seed.ts";
import {
  ACCEPTED,
  carryOf,
  commandTo,
  customer,
  passTime,
  readSend,
  sendReaches,
  sendsOf,
  stopClock,
  takePlace,
} from "../support/sends.ts";
import { consumeByHand, runObjectSql } from "../support/storage.ts";
import { CUSTOMER, inbound, textMessage, webhook } from "../support/webhooks.ts";
import type { Carry, SendOutcome } from "../../src/durable/send-types.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const INTERVAL_MS = 50;
/** A line of the grid that is no kept one, so that instants can be named. */
const START = Math.floor(Date.now() / 1_000) * 1_000 + 25;

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const phone = () => services().phone(number.id);
const recipientOf = (carry: Carry) => carry.body["to"] ?? carry.body["recipient"];

/** Queues sends in one call, whose ticket is lost. @returns their ids */
async function queue(recipients: readonly string[], expiresInMs = 3_600_000): Promise<string[]> {
  const mode = { wait: false, expiresInMs } as const;
  const commands = recipients.map((recipient) => commandTo(partner, recipient, { mode }));
  return sendsOf(await phone().admitMany(commands));
}

const customers = (count: number, first = 0) =>
  Array.from({ length: count }, (_, n) => customer(first + n));

const tooFast: SendOutcome = {
  state: "retriable",
  status: 400,
  error: { code: 131056, message: "slow down" },
  scope: "customer",
};

describe("a caller who waits", () => {
  it("goes before a queue of any length: it waits about a second at most", async () => {
    stopClock(START);
    await queue(customers(300));
    for (let round = 0; round < 8; round++) {
      const { carries } = await phone().next("drainer_test", 20);
      const { placeAt } = await takePlace(partner, number, customer(900 + round));
      expect(placeAt - Date.now()).toBeLessThanOrEqual(1_000 + 2 * INTERVAL_MS);
      for (const carry of carries) await phone().settle(carry.send, ACCEPTED(carry.send));
      passTime(500);
    }
  });

  it("gets every place again two seconds after the queue is gone", async () => {
    stopClock(START);
    await queue(customers(40));
    for (let left = 40; left > 0;) {
      const { carries } = await phone().next("drainer_test", 20);
      for (const carry of carries) await phone().settle(carry.send, ACCEPTED(carry.send));
      left -= carries.length;
      passTime(500);
    }
    passTime(3_000);
    const places: number[] = [];
    for (let n = 0; n < 8; n++) {
      places.push((await takePlace(partner, number, customer(100 + n))).placeAt);
    }
    const first = places[0] ?? 0;
    expect(places).toEqual(places.map((_, n) => first + n * INTERVAL_MS));
  });
});

describe("a queue beside a stream of callers that never ends", () => {
  /**
   * Twelve seconds in which callers take all that they can get within two seconds, and a drainer
   * asks four times a second for as many as it can carry.
   *
   * @returns the places of the last nine, when the first callers' backlog is over
   */
  async function saturate(hands: number): Promise<{ waiting: number[]; queued: number[] }> {
    stopClock(START);
    await queue(customers(400));
    const waiting: number[] = [];
    const queued: number[] = [];
    let n = 1_000;
    while (Date.now() < START + 12_000) {
      for (;;) {
        const mode = { wait: true, maxWaitMs: 2_000 } as const;
        const admission = await phone().admit(commandTo(partner, customer(n++), { mode }));
        if (admission.kind !== "carry") break;
        waiting.push(admission.carry.placeAt);
      }
      const { carries } = await phone().next("drainer_test", hands);
      for (const carry of carries) {
        queued.push(carry.placeAt);
        await phone().settle(carry.send, ACCEPTED(carry.send));
      }
      passTime(250);
    }
    const late = (places: number[]) =>
      places.filter((at) => at >= START + 3_000 && at < START + 12_000);
    return { waiting: late(waiting), queued: late(queued) };
  }

  it("gets a quarter of the places, and no place is lost", async () => {
    const { waiting, queued } = await saturate(12);
    expect(queued.length).toBeGreaterThanOrEqual(45 - 1);
    expect(waiting.length + queued.length).toBeGreaterThanOrEqual(180 - 2);
  });

  it("gets what it can carry where that is less, at no time nothing for more than a second", async () => {
    const { queued } = await saturate(1);
    expect(queued.length).toBeGreaterThanOrEqual(4 * 9 - 4);
    const sorted = queued.toSorted((left, right) => left - right);
    for (const [index, at] of sorted.entries()) {
      expect(at - (sorted[index - 1] ?? START + 3_000)).toBeLessThanOrEqual(1_000);
    }
  });

  it("leaves the places it cannot use to callers who come as they pass", async () => {
    const { waiting, queued } = await saturate(1);
    expect(waiting.length + queued.length).toBeGreaterThanOrEqual(9 * 18);
  });
});

it("a webhook that comes by a way round brings no place back that was given", async () => {
  stopClock(START);
  await queue(customers(24));
  const first = await phone().next("drainer_test", 12);
  const gateway = services();
  const { now } = gateway;
  onTestFinished(() => void (gateway.now = now));
  gateway.now = () => Date.now() - 40_000; // when it was put into the overflow
  await webhook(inbound(number, textMessage()));
  gateway.now = now;
  const second = await phone().next("drainer_test", 12);
  const places = [...first.carries, ...second.carries].map(({ placeAt }) => placeAt);
  expect(places).toEqual(places.map((_, n) => (places[0] ?? 0) + n * INTERVAL_MS));
});

describe("one customer's trouble", () => {
  it("does not delay the others where many sends wait for one customer", async () => {
    stopClock(START);
    await queue([...Array.from({ length: 200 }, () => customer(1)), ...customers(4, 2)]);
    const { carries } = await phone().next("drainer_test", 12);
    expect(carries.map(recipientOf)).toEqual([customer(1), ...customers(4, 2)]);
  });

  it("does not delay the others where a thousand held customers stand before them", async () => {
    stopClock(START);
    const held = customers(1_000);
    const holds = held.map((name) => ({
      customer: name,
      heldUntil: START + 600_000,
      refusals: 5, // which hold for 17 minutes
    }));
    await runObjectSql(
      number.id,
      `INSERT INTO settings (name, value) VALUES ('pairHolds', '${JSON.stringify(holds)}')`,
    );
    await evict(number);
    await queue(held);
    await queue([customer(2_000)]);
    const { carries } = await phone().next("drainer_test", 12);
    expect(carries.map(recipientOf)).toEqual([customer(2_000)]);
  });

  it("does not delay the others where Meta's answer about it hangs", async () => {
    const gate = { open: false };
    graph.respond(async ({ body }) => {
      while (body["to"] === customer(1) && !gate.open) await scheduler.wait(5);
      return undefined;
    });
    const [hanging, next, ...others] = await queue([customer(1), customer(1), ...customers(15, 2)]);
    const run = drainSends(services(), number.id);
    for (const send of others) await sendReaches(partner, number, send, "accepted");
    expect(await readSend(partner, number, hanging ?? "")).toMatchObject({ state: "placed" });
    expect(await readSend(partner, number, next ?? "")).toMatchObject({ state: "queued" });
    gate.open = true;
    await sendReaches(partner, number, next ?? "", "accepted");
    await run;
  });

  it("does not delay the others where it hangs for four at once: the free hands go on", async () => {
    const gate = { open: false };
    const slow = new Set(customers(4));
    graph.respond(async ({ body }) => {
      while (slow.has(String(body["to"])) && !gate.open) await scheduler.wait(5);
      await scheduler.wait(300); // too slow for more than six hands
      return undefined;
    });
    const ids = await queue(customers(12));
    const ticketless = { ...services().queues, sends: { send: () => Promise.resolve() } };
    const alone = { ...services(), queues: ticketless as never };
    const run = drainSends(alone, number.id);
    for (const send of ids.slice(4)) await sendReaches(partner, number, send, "accepted");
    gate.open = true;
    await run;
  });

  it("is its own where Meta refuses its messages for pace", async () => {
    stopClock(START);
    const [first] = await queue([customer(1), customer(1), customer(2)]);
    const { carries } = await phone().next("drainer_test", 1);
    expect(carries.map((carry) => carry.send)).toEqual([first]);
    passTime(100);
    await phone().settle(first ?? "", tooFast);
    expect((await phone().next("drainer_test", 12)).carries.map(recipientOf)).toEqual([
      customer(2),
    ]);
    passTime(3_500); // 4 s after the refusal, and asked for a second ahead
    expect((await phone().next("drainer_test", 12)).carries.map((carry) => carry.send)).toEqual([
      first,
    ]);
  });
});

describe("each customer's queued sends", () => {
  it("go one after the other, in the order they came", async () => {
    const underWay = new Map<string, number>();
    let most = 0;
    graph.respond(async ({ body }) => {
      const to = String(body["to"]);
      underWay.set(to, (underWay.get(to) ?? 0) + 1);
      most = Math.max(most, underWay.get(to) ?? 0);
      await scheduler.wait(30);
      underWay.set(to, (underWay.get(to) ?? 0) - 1);
      return undefined;
    });
    const ids = await queue(Array.from({ length: 18 }, (_, n) => customer(n % 3)));
    await services().queues.sends.send({ phoneNumberId: number.id });
    await services().queues.sends.send({ phoneNumberId: number.id });
    for (const id of ids) await sendReaches(partner, number, id, "accepted");
    expect(most).toBe(1);
    for (let n = 0; n < 3; n++) {
      const heard = graph.sent
        .filter((body) => body["to"] === customer(n))
        .map((body) => body["biz_opaque_callback_data"]);
      expect(heard).toEqual(ids.filter((_, index) => index % 3 === n));
    }
  });

  it("stay in order under two names of one customer, and are never two in flight", async () => {
    stopClock(START);
    const bsuid = "US.13491208655302741918";
    const [first] = await queue([bsuid]);
    const message = textMessage({ from: CUSTOMER, extra: { from_user_id: bsuid } });
    await deliver(number, inbound(number, message));
    const [second, third] = await queue([CUSTOMER, bsuid]);
    for (const expected of [first, second, third]) {
      const { carries } = await phone().next("drainer_test", 12);
      expect(carries.map((carry) => carry.send)).toEqual([expected]);
      expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
      await phone().settle(expected ?? "", ACCEPTED(`wamid.${expected}`));
      passTime(1_000);
    }
  });

  it("do not leave while a waiting caller's message to the same customer is on its way", async () => {
    stopClock(START);
    const waiting = carryOf(await phone().admit(commandTo(partner, customer(1))));
    await queue([customer(1)]);
    expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
    await phone().settle(waiting.send, ACCEPTED("wamid.waiting"));
    expect((await phone().next("drainer_test", 12)).carries).toHaveLength(1);
  });

  it("are sent once though a carrier says twice that Meta did not take the message", async () => {
    stopClock(START);
    const [send = ""] = await queue([customer(1)]);
    const {
      carries: [first],
    } = await phone().next("drainer_test", 12);
    passTime(200);
    await phone().settle(send, tooFast, first?.placeAt);
    passTime(5_000);
    const {
      carries: [again],
    } = await phone().next("drainer_test", 12);
    expect(again?.send).toBe(send);
    // The object's answer to the first word was lost, so its carrier says it once more.
    await phone().settle(send, tooFast, first?.placeAt);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "placed" });
    expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
    await phone().settle(send, ACCEPTED("wamid.once"), again?.placeAt);
    expect(await readSend(partner, number, send)).toMatchObject({ wamid: "wamid.once" });
  });

  it("do not leave after they expire: one that gets its place too late ends", async () => {
    stopClock(START);
    for (let n = 0; n < 12; n++) await takePlace(partner, number, customer(100 + n)); // 600 ms
    const [send = ""] = await queue([customer(1)], 300);
    expect((await phone().next("drainer_test", 12)).carries).toEqual([]);
    passTime(300);
    expect(await phone().next("drainer_test", 12)).toMatchObject({ carries: [], askAgainMs: null });
    expect(await readSend(partner, number, send)).toMatchObject({ state: "expired" });
  });
});

describe("drainers of one number", () => {
  it("are three at most: one that comes by an old ticket is sent away, and the last that leaves calls the next", async () => {
    stopClock(START);
    await queue(customers(60));
    for (const drainer of ["drainer_1", "drainer_2", "drainer_3"]) {
      expect((await phone().next(drainer, 2)).carries).toHaveLength(2);
    }
    const sentAway = { carries: [], askAgainMs: null, help: false };
    expect(await phone().next("drainer_4", 2)).toEqual(sentAway);
    expect((await phone().next("drainer_1", 2)).carries).toHaveLength(2);
    expect(await phone().leave("drainer_1")).toBe(false); // two are at it
    expect((await phone().next("drainer_4", 2)).carries).toHaveLength(2);
    expect(await phone().leave("drainer_2")).toBe(false);
    expect(await phone().leave("drainer_3")).toBe(false);
    expect(await phone().leave("drainer_4")).toBe(true);
    expect(await phone().leave("drainer_4")).toBe(false); // that ticket is on its way
  });

  it("come by one ticket each: what was sent before one began is done by it", async () => {
    stopClock(START);
    await queue(customers(60));
    const asked = async (drainer: string, sentAt?: number) =>
      (await phone().next(drainer, 2, sentAt)).carries.length;
    expect(await asked("drainer_1", START - 60_000)).toBe(2);
    // Renewed while the first one waited for a consumer.
    expect(await asked("drainer_2", START - 30_000)).toBe(0);
    expect(await asked("drainer_1", START - 60_000)).toBe(2);
    // Its own clock may be behind.
    expect(await asked("drainer_3", START - 1_000)).toBe(2);
    passTime(20_000);
    expect(await phone().leave("drainer_3")).toBe(true);
    await phone().leave("drainer_1");
    expect(await asked("drainer_4", START - 15_000)).toBe(0);
    expect(await asked("drainer_5", START + 20_000)).toBe(2); // the ticket of the one that left
    expect(await asked("drainer_6")).toBe(2); // comes again: it failed in its work
  });

  it("that come by an old ticket from the queue leave at once, whose message failed before do not", async () => {
    await queue(customers(2));
    expect((await phone().next("drainer_1", 1)).carries).toHaveLength(1);
    await phone().leave("drainer_1");
    const old = { phoneNumberId: number.id, sentAt: Date.now() - 60_000 };
    await consumeByHand("tandem-sends", [old]);
    expect(graph.sent).toEqual([]);
    await consumeByHand("tandem-sends", [old], 2);
    expect(graph.sent).toHaveLength(1);
  });

  it("need not call the next where nothing is queued", async () => {
    stopClock(START);
    await queue(customers(1));
    expect((await phone().next("drainer_1", 2)).carries).toHaveLength(1);
    expect(await phone().leave("drainer_1")).toBe(false);
  });
});

describe("what a restart leaves of the lanes", () => {
  it("hands the queue on where it stood: in order, none twice", async () => {
    stopClock(START);
    const ids = await queue(customers(30));
    const handed: string[] = [];
    for (let life = 0; life < 10 && handed.length < ids.length; life++) {
      const { carries } = await phone().next(`drainer_${life}`, 6);
      for (const { send } of carries) {
        handed.push(send);
        if (handed.length % 2 === 0) await phone().settle(send, ACCEPTED(`wamid.${send}`));
      }
      await evict(number);
      passTime(1_500);
    }
    expect(handed).toEqual(ids);
  });

  it("still knows the burst of a customer behind thousands of other sends", async () => {
    stopClock(START);
    for (let count = 0; count < 40; count++) await takePlace(partner, number, customer(1));
    await queue(customers(2_500, 2));
    await runObjectSql(
      number.id,
      `UPDATE outbox SET state = 'accepted', settled_at = ${START}, place_at = ${START - 60_000} + n
       WHERE state = 'queued'`,
    );
    await evict(number);
    passTime(60_000);
    const admission = await phone().admit(
      commandTo(partner, customer(1), { mode: { wait: true, maxWaitMs: 1_000 } }),
    );
    expect(admission).toMatchObject({ kind: "refused", refusal: { code: 131056 } });
  });
});

describe("a number with a queue of 10,000", () => {
  it("still takes callers who wait, and hands out one send for each customer who may get one", async () => {
    stopClock(START);
    for (let part = 0; part < 10; part++) {
      await queue(Array.from({ length: 1_000 }, (_, n) => customer(n % 2)));
    }
    await queue([customer(5)]);
    const { carries } = await phone().next("drainer_test", 12);
    expect(carries.map(recipientOf)).toEqual([customer(0), customer(1), customer(5)]);
    const { placeAt } = await takePlace(partner, number, customer(6));
    expect(placeAt - Date.now()).toBeLessThanOrEqual(1_000);
  });
});
