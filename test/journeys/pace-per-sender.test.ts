import { beforeEach, describe, expect, it } from "vitest";
import {
  asOperator,
  call,
  deliver,
  evict,
  importNumber,
  newNumber,
  seedObservedSender,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import {
  ACCEPTED,
  commandTo,
  customer,
  passTime,
  QUEUED,
  stopClock,
  takePlace,
} from "../support/sends.ts";
import { inbound, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const START = Math.floor(Date.now() / 1_000) * 1_000 + 25;

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const phone = () => services().phone(number.id);

function patch(body: unknown, by = partner): Promise<Response> {
  return call(`/v1/senders/${number.id}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${by.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function changeTo(mps: number): Promise<void> {
  const response = await patch({ mps });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ id: number.id, mps });
}

let next = 0;
async function take(count: number): Promise<number[]> {
  const places: number[] = [];
  for (let n = 0; n < count; n++) {
    places.push((await takePlace(partner, number, customer(next++))).placeAt);
  }
  return places;
}

/** The most places within any 1,000 ms. */
function mostInASecond(places: readonly number[]): number {
  return Math.max(
    ...places.map((from) => places.filter((at) => at >= from && at < from + 1_000).length),
  );
}

describe("a sender's pace", () => {
  it("is 20 a second unless somebody says otherwise, and is shown", async () => {
    stopClock(START);
    expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ mps: 20 });
    const places = await take(41);
    expect((places[40] ?? 0) - (places[0] ?? 0)).toBe(2_000);
  });

  it.each([1, 3, 7, 19])("of %i a second is never more in any second, and no less", async (mps) => {
    stopClock(START);
    await changeTo(mps);
    expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ mps });
    const count = 3 * mps + 1;
    const places = await take(count);
    expect(mostInASecond(places)).toBeLessThanOrEqual(mps);
    const took = (places.at(-1) ?? 0) - (places[0] ?? 0);
    expect(took).toBe((count - 1) * Math.ceil(1_000 / mps));
  });

  it("holds for the queue and for callers who wait together", async () => {
    stopClock(START);
    await changeTo(5);
    const mode = QUEUED;
    await phone().admitMany(
      [0, 1, 2, 3].map((n) => commandTo(partner, customer(800 + n), { mode })),
    );
    const places = await take(2);
    for (let round = 0; round < 12; round++) {
      const { carries } = await phone().next("drainer_test", 12);
      for (const { send, placeAt } of carries) {
        places.push(placeAt);
        await phone().settle(send, ACCEPTED(`wamid.${send}`));
      }
      places.push(...(await take(1)));
      passTime(200);
    }
    expect(places).toHaveLength(2 + 4 + 12);
    expect(mostInASecond(places)).toBeLessThanOrEqual(5);
  });

  it("counts customers' messages as well", async () => {
    stopClock(START);
    await changeTo(5);
    await deliver(number, inbound(number, textMessage(), textMessage(), textMessage()));
    const [place = 0] = await take(1);
    expect(place - START).toBeGreaterThanOrEqual(3 * 200);
  });
});

describe("a change of pace", () => {
  it.each([
    [20, 5],
    [5, 20],
    [20, 7],
    [7, 20],
    [3, 1],
  ])(
    "from %i to %i a second, with places given ahead, never allows more than 20, and soon not more than the new pace",
    async (before, after) => {
      stopClock(START);
      await changeTo(before);
      const old = await take(2 * before);
      await changeTo(after);
      const fresh = await take(3 * after + 2);
      const all = [...old, ...fresh];
      expect(mostInASecond(all)).toBeLessThanOrEqual(Math.max(before, after));
      const lastOld = Math.max(...old);
      expect(mostInASecond(all.filter((at) => at > lastOld))).toBeLessThanOrEqual(after);
      // And the new pace is used at once: the first comes right behind, or even between.
      expect(Math.min(...fresh) - lastOld).toBeLessThanOrEqual(2 * Math.ceil(1_000 / after));
    },
  );

  it("to and fro, in the middle of everything, never allows more than 20 in any second", async () => {
    stopClock(START);
    const places: number[] = [];
    for (const mps of [20, 3, 20, 7, 13, 1, 20, 19, 20]) {
      await changeTo(mps);
      places.push(...(await take(6)));
      if (mps === 7) await evict(number);
      passTime(170);
    }
    places.push(...(await take(30)));
    expect(mostInASecond(places)).toBeLessThanOrEqual(20);
    const sorted = places.toSorted((left, right) => left - right);
    for (const [index, at] of sorted.entries()) {
      expect(at - (sorted[index - 1] ?? 0)).toBeGreaterThanOrEqual(50);
    }
  });

  it("does not stop the number for a send whose place is a minute ahead", async () => {
    stopClock(START);
    for (let count = 0; count < 9; count++) await takePlace(partner, number, customer(900));
    passTime(7_000); // the burst of nine is paid off 54 s after its start
    const far = await takePlace(partner, number, customer(900));
    expect(far.placeAt - Date.now()).toBeGreaterThan(40_000);
    await changeTo(10);
    const [place = 0] = await take(1);
    expect(place - Date.now()).toBeLessThanOrEqual(200);
  });

  it("also by Meta's word (130429) does not stop it for such a send", async () => {
    stopClock(START);
    for (let count = 0; count < 9; count++) await takePlace(partner, number, customer(900));
    passTime(7_000);
    await takePlace(partner, number, customer(900));
    const { send, placeAt } = await takePlace(partner, number, customer(901));
    passTime(placeAt - Date.now());
    const error = { code: 130429, message: "slow down" };
    await phone().settle(send, { state: "retriable", status: 400, error, scope: "number" });
    const [place = 0] = await take(1);
    expect(place - Date.now()).toBeGreaterThanOrEqual(200);
    expect(place - Date.now()).toBeLessThanOrEqual(400);
  });

  it("holds after an eviction, and after the same sender is imported again", async () => {
    stopClock(START);
    await changeTo(4);
    const before = await take(4);
    await evict(number);
    const after = await take(5);
    expect(mostInASecond([...before, ...after])).toBeLessThanOrEqual(4);
    passTime(60_000);
    await importNumber(partner, number);
    expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ mps: 4 });
    expect(mostInASecond(await take(9))).toBe(4);
  });
});

describe("the door", () => {
  it.each([[0], [21], [-1], [2.5], ["5"], [null]])(
    "refuses %j places a second, naming the field",
    async (mps) => {
      const response = await patch({ mps });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "invalid_request", field: "mps" });
      expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ mps: 20 });
    },
  );

  it("refuses what is no pace", async () => {
    for (const body of [{}, { mps: 5, speed: 9 }]) {
      expect((await patch(body)).status).toBe(400);
    }
  });

  it("invariant 8: lets nobody change another partner's pace, also not the former one", async () => {
    const other = await seedSender();
    expect((await patch({ mps: 1 }, other.partner)).status).toBe(404);
    const owner = await seedPartner();
    await importNumber(owner, number, Date.now());
    await patch({ mps: 1 }, partner);
    expect(await owner.read(`/v1/senders/${number.id}`)).toMatchObject({ mps: 20 });
    stopClock(START);
    partner = owner;
    expect(mostInASecond(await take(21))).toBe(20);
  });
});

describe("an operator", () => {
  const create = async (mps: unknown) => {
    const fresh = newNumber();
    const response = await asOperator("/v1/admin/senders", {
      partner_id: partner.id,
      phone_number_id: fresh.id,
      waba_id: fresh.wabaId,
      display_phone_number: `+${fresh.phone}`,
      access_token: "token",
      timezone: "Europe/Berlin",
      ...(mps === undefined ? {} : { mps }),
    });
    return { fresh, response };
  };

  it("brings a sender along with a pace of its own", async () => {
    const { fresh, response } = await create(8);
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ mps: 8 });
    stopClock(START);
    number = fresh;
    expect(mostInASecond(await take(17))).toBe(8);
  });

  it("brings it along with 20 where nothing is said", async () => {
    const { response } = await create(undefined);
    expect(await response.json()).toMatchObject({ mps: 20 });
  });

  it.each([0, 21, "8"])("is refused %j", async (mps) => {
    const { response } = await create(mps);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field: "mps" });
  });
});
