import { beforeEach, describe, expect, it } from "vitest";
import { graph, graphError } from "../support/graph-stub.ts";
import { deliver, evict, seedObservedSender, services } from "../support/seed.ts";
import {
  ACCEPTED,
  carryOf,
  commandTo,
  customer,
  passTime,
  readSend,
  sendIdOf,
  sendPath,
  stopClock,
  takePlace,
  templateTo,
  textTo,
} from "../support/sends.ts";
import { CUSTOMER, echoes, inbound, statuses, textMessage } from "../support/webhooks.ts";
import type { SendOutcome } from "../../src/durable/send-types.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const INTERVAL_MS = 50;
const START = Math.floor(Date.now() / 1_000) * 1_000 + 25;

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const phone = () => services().phone(number.id);

function expectSpaced(places: number[]): void {
  const sorted = places.toSorted((left, right) => left - right);
  for (const [index, at] of sorted.entries()) {
    if (index > 0) expect(at - (sorted[index - 1] ?? 0)).toBeGreaterThanOrEqual(INTERVAL_MS);
  }
}

async function takePlaces(count: number, first = 0): Promise<number[]> {
  const places: number[] = [];
  for (let n = first; n < first + count; n++) {
    places.push((await takePlace(partner, number, customer(n))).placeAt);
  }
  return places;
}

describe("places of a number", () => {
  it("are the very instant while the number is at rest", async () => {
    stopClock(START);
    expect(await takePlaces(1)).toEqual([START]);
    passTime(INTERVAL_MS + 7);
    expect(await takePlaces(2, 1)).toEqual([Date.now(), Date.now() + INTERVAL_MS]);
  });

  it("invariant 6: of 60 callers at once are 50 ms apart, and none beyond its wait", async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => partner.post(sendPath(number), templateTo(customer(n)))),
    );
    expect(answers.map((response) => response.status)).toEqual(answers.map(() => 200));
    const reads = await Promise.all(
      answers.map((response) => readSend(partner, number, sendIdOf(response))),
    );
    const places = reads.map((read) => Date.parse(read.place_at ?? ""));
    expectSpaced(places);
    for (const [index, read] of reads.entries()) {
      const wait = (places[index] ?? 0) - Date.parse(read.admitted_at);
      expect(wait).toBeLessThanOrEqual(10_000);
    }
    expect(graph.sent).toHaveLength(60);
  });

  it("invariant 6: go on without overlap after evictions, settled or not", async () => {
    stopClock(START);
    const taken: { send: string; placeAt: number }[] = [];
    for (let life = 0; life < 6; life++) {
      for (let n = 0; n < 8; n++) {
        taken.push(await takePlace(partner, number, customer(life * 8 + n)));
      }
      passTime(330);
      for (const { send, placeAt } of taken) {
        if (placeAt <= Date.now()) await phone().settle(send, ACCEPTED(`wamid.${send}`));
      }
      await evict(number);
    }
    expectSpaced(taken.map(({ placeAt }) => placeAt));
  });

  it("invariant 6: wait for live inbound messages, which Meta counts as well", async () => {
    stopClock(START);
    await deliver(number, inbound(number, ...Array.from({ length: 10 }, () => textMessage())));
    const [place] = await takePlaces(1);
    expect(place).toBe(START + 10 * INTERVAL_MS);
  });

  it("invariant 6: wait for what inbound messages used up before an eviction", async () => {
    stopClock(START);
    await deliver(number, inbound(number, ...Array.from({ length: 20 }, () => textMessage())));
    await evict(number);
    const [place] = await takePlaces(1);
    // The first inbound message took the place at START: 20 places within that second.
    expect(place).toBeGreaterThanOrEqual(START + 1_000);
  });

  it("invariant 2: count an inbound message once, however often it comes", async () => {
    stopClock(START);
    const message = inbound(number, textMessage());
    for (let again = 0; again < 5; again++) await deliver(number, message);
    const [place] = await takePlaces(1);
    expect(place).toBe(START + INTERVAL_MS);
  });

  it("are not used up by echoes and statuses", async () => {
    stopClock(START);
    await deliver(number, echoes(number, { id: "wamid.e1" }, { id: "wamid.e2" }));
    await deliver(number, statuses(number, { id: "wamid.s", status: "sent" }));
    const [place] = await takePlaces(1);
    expect(place).toBe(START);
  });

  it("invariant 6: are shared by waiting and queued sends", async () => {
    stopClock(START);
    for (let n = 0; n < 5; n++) {
      await phone().admit(
        commandTo(partner, customer(n), { mode: { wait: false, expiresInMs: 60_000 } }),
      );
    }
    const before = await takePlaces(3, 10);
    const { carries } = await phone().next("drainer_test", 20);
    const after = await takePlaces(3, 20);
    const queued = carries.map((carry) => START + carry.waitMs);
    expect(queued).toHaveLength(5);
    expectSpaced([...before, ...queued, ...after]);
  });
});

describe("a caller that cannot wait", () => {
  async function expectNothingLeft(): Promise<void> {
    expect(graph.sent).toEqual([]);
    expect(await phone().next("drainer_test", 20)).toEqual({
      carries: [],
      askAgainMs: null,
      help: false,
    });
  }

  it("is told 429 with Retry-After when the next place is later than its wait", async () => {
    stopClock(START);
    await takePlaces(1);
    const response = await partner.post(sendPath(number), templateTo(), { prefer: "wait=0" });
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.json()).toMatchObject({ error: { code: 130429, is_transient: true } });
    await expectNothingLeft();
  });

  it("is told 429 when too many are before it, and Retry-After covers them", async () => {
    stopClock(START);
    await takePlaces(50); // two and a half seconds
    const response = await partner.post(sendPath(number), templateTo(CUSTOMER), {
      prefer: "wait=2",
    });
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("3");
    await expectNothingLeft();
    const [next] = await takePlaces(1, 60);
    expect(next).toBe(START + 50 * INTERVAL_MS); // its place was not used up
  });

  it("is told 131056 when only this customer must wait", async () => {
    stopClock(START);
    for (let count = 0; count < 3; count++) await takePlace(partner, number, CUSTOMER);
    passTime(7_000);
    const refused = await partner.post(sendPath(number), templateTo(CUSTOMER));
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("11"); // 18 s from the burst's start
    expect(await refused.json()).toMatchObject({ error: { code: 131056, is_transient: true } });
    expect((await partner.post(sendPath(number), templateTo(customer(2)))).status).toBe(200);
  });
});

describe("the pair budget", () => {
  it("holds where the number's own queue puts a message behind the end of its burst", async () => {
    stopClock(START);
    const first = await takePlace(partner, number, CUSTOMER);
    for (let count = 1; count < 3; count++) await takePlace(partner, number, CUSTOMER);
    passTime(5_900); // the burst is still open, but the next 20 places are taken
    await takePlaces(20, 10);
    const admission = await phone().admit(commandTo(partner, CUSTOMER));
    const placeAt = Date.now() + carryOf(admission).waitMs;
    expect(placeAt).toBeGreaterThanOrEqual(first.placeAt + 3 * 6_000);
  });

  it("holds for queued sends at the end of a burst", async () => {
    stopClock(START);
    for (let count = 0; count < 3; count++) await takePlace(partner, number, CUSTOMER);
    passTime(5_900);
    await takePlaces(10, 10);
    await phone().admit(
      commandTo(partner, CUSTOMER, { mode: { wait: false, expiresInMs: 60_000 } }),
    );
    const { carries } = await phone().next("drainer_test", 20);
    expect(carries).toEqual([]); // the next is due 18 s after the first
  });
});

describe("Meta's own word about pace", () => {
  const refused = (code: number, scope: "number" | "customer"): SendOutcome => ({
    state: "retriable",
    status: 400,
    error: { code, message: "slow down" },
    scope,
  });

  describe("130429", () => {
    let n = 0;
    const take = () => takePlace(partner, number, customer(n++));
    const passTo = (at: number) => passTime(Math.max(0, at - Date.now()));
    const refuse = async (send: string) => phone().settle(send, refused(130429, "number"));
    /** A send that leaves at its place and is refused; how long the next one waits then. */
    const refuseNext = async () => {
      const { send, placeAt } = await take();
      passTo(placeAt);
      await refuse(send);
      const next = await take();
      const waited = next.placeAt - Date.now();
      passTo(next.placeAt);
      return waited;
    };

    it("holds the whole number back, twice as long each time in a row", async () => {
      stopClock(START);
      for (const least of [200, 400, 800, 1_600]) {
        const waited = await refuseNext();
        expect(waited).toBeGreaterThanOrEqual(least);
        expect(waited).toBeLessThan(least + 4 * INTERVAL_MS);
      }
    });

    it("counts all that was on its way as one refusal", async () => {
      stopClock(START);
      const sends = [await take(), await take(), await take(), await take()];
      passTo(START + 200);
      for (const { send } of sends) await refuse(send);
      const { placeAt } = await take();
      expect(placeAt - Date.now()).toBeLessThan(200 + 4 * INTERVAL_MS);
    });

    it("slows the number down, and gives it its pace back step by step while Meta accepts", async () => {
      stopClock(START);
      for (let holds = 0; holds < 3; holds++) await refuseNext();
      const gap = async () => {
        const [first, second] = [await take(), await take()];
        return second.placeAt - first.placeAt;
      };
      expect(await gap()).toBeGreaterThan(INTERVAL_MS);
      for (let step = 0; step < 2; step++) {
        passTime(11_000);
        const { send, placeAt } = await take();
        passTo(placeAt);
        await phone().settle(send, ACCEPTED(`wamid.step-${step}`));
      }
      expect(await gap()).toBe(INTERVAL_MS);
      expect(await refuseNext()).toBeLessThan(400 + 4 * INTERVAL_MS);
    });

    it("gives the pace back also where statuses overtake Meta's answers", async () => {
      stopClock(START);
      expect(await refuseNext()).toBeLessThan(200 + 4 * INTERVAL_MS);
      passTime(11_000);
      const { send, placeAt } = await take();
      passTo(placeAt);
      const sent = { id: "wamid.early", status: "sent", biz_opaque_callback_data: send };
      await deliver(number, statuses(number, sent));
      await phone().settle(send, ACCEPTED("wamid.early"));
      expect(await refuseNext()).toBeLessThan(200 + 4 * INTERVAL_MS);
    });

    it("is still held after the object starts anew", async () => {
      stopClock(START);
      const { send, placeAt } = await take();
      passTo(placeAt);
      await refuse(send);
      await evict(number);
      expect((await take()).placeAt - Date.now()).toBeGreaterThanOrEqual(200);
    });
  });

  it("131056 holds back this customer only", async () => {
    stopClock(START);
    const { send } = await takePlace(partner, number, customer(1));
    await phone().settle(send, refused(131056, "customer"));
    expect((await takePlace(partner, number, customer(2))).placeAt).toBeLessThan(START + 200);
    expect((await takePlace(partner, number, customer(1))).placeAt).toBeGreaterThanOrEqual(
      START + 4_000,
    );
  });

  it("131056 still holds this customer after the object starts anew, four times as long the second time", async () => {
    stopClock(START);
    const refuse = async () => {
      const { send, placeAt } = await takePlace(partner, number, customer(1));
      passTime(Math.max(0, placeAt - Date.now()));
      await phone().settle(send, refused(131056, "customer"));
      await evict(number);
      return (await takePlace(partner, number, customer(1))).placeAt - Date.now();
    };
    expect(await refuse()).toBeGreaterThanOrEqual(4_000);
    passTime(30_000);
    expect(await refuse()).toBeGreaterThanOrEqual(16_000);
  });

  it.each([
    [130429, "1"],
    [131056, "4"],
  ])(
    "%i reaches a waiting caller as Meta said it, as 429 with Retry-After",
    async (code, after) => {
      graph.respond(() => graphError(400, code, "slow down"));
      const response = await partner.post(sendPath(number), templateTo());
      expect(response.status).toBe(429);
      expect(response.headers.get("retry-after")).toBe(after);
      expect(await response.json()).toMatchObject({ error: { code } });
      // Nobody sends it again for a caller who was told to.
      expect(await phone().next("drainer_test", 20)).toEqual({
        carries: [],
        askAgainMs: null,
        help: false,
      });
      expect(graph.sent).toHaveLength(1);
    },
  );

  it("131047 closes the window of this customer only", async () => {
    await deliver(number, inbound(number, textMessage({ from: customer(1) })));
    await deliver(number, inbound(number, textMessage({ from: customer(2) })));
    graph.respond(({ body }) =>
      body["to"] === customer(1) ? graphError(400, 131047, "Re-engagement message") : undefined,
    );
    const post = (to: string) => partner.post(sendPath(number), textTo(to));
    expect((await post(customer(1))).status).toBe(400);
    expect((await post(customer(1))).status).toBe(400);
    expect((await post(customer(2))).status).toBe(200);
    expect(graph.sent.filter((body) => body["to"] === customer(1))).toHaveLength(1);
  });
});
