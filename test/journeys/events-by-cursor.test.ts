import { afterEach, expect, it } from "vitest";
import { deliver, importNumber, newNumber, seedPartner, services } from "../support/seed.ts";
import { senderOf } from "../support/storage.ts";
import { inbound, newWamid, statuses, textMessage, webhook } from "../support/webhooks.ts";
import type { Partner, TestEvent, TestNumber } from "../support/seed.ts";

/** Shards that no flush gets into, by the table that was taken away. */
const held = new Set<string>();

/** From here every flush into a shard fails for now, and none for good: facts wait in the objects. */
async function hold(shard: string): Promise<void> {
  await services().shard(shard).prepare(`ALTER TABLE messages RENAME TO messages_away`).run();
  held.add(shard);
}

async function release(shard: string): Promise<void> {
  await services().shard(shard).prepare(`ALTER TABLE messages_away RENAME TO messages`).run();
  held.delete(shard);
}

afterEach(() => held.clear());

/** Reads the log as a partner does, page by page, until it is told to stop and all is read. */
function startReader(partner: Partner, query: string) {
  const seen: TestEvent[] = [];
  const state = { stopped: false };
  const done = (async () => {
    let after = "";
    for (;;) {
      const isLast = state.stopped; // what was written before the stop is in this read or the next
      const page = await partner.page(`${query}&after=${after}`);
      seen.push(...page.data);
      after = page.next_cursor;
      if (isLast && !page.has_more) return;
      await services().sleep(5);
    }
  })();
  return {
    seen,
    stop: () => {
      state.stopped = true;
      return done;
    },
  };
}

/** Two numbers of one partner, on two shards. */
async function seedTwoShards() {
  const partner = await seedPartner();
  const numbers: TestNumber[] = [newNumber(), newNumber()];
  const shards: string[] = [];
  for (const number of numbers) {
    await importNumber(partner, number);
    await services().phone(number.id).flushed();
    shards.push((await senderOf(number)).shard);
  }
  expect(new Set(shards).size).toBe(2);
  return { partner, numbers, shards };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

it("two senders on two shards, flushed out of order while readers poll: nothing missed, nothing twice", async () => {
  const { partner, numbers, shards } = await seedTwoShards();
  const [one, other] = numbers as [TestNumber, TestNumber];
  const [ofOne, ofOther] = shards as [string, string];
  const say = async (number: TestNumber, count: number) => {
    const messages = upTo(count).map(() => textMessage());
    expect((await webhook(inbound(number, ...messages))).status).toBe(200);
    const status = { id: newWamid("out"), status: "sent" };
    expect((await webhook(statuses(number, status))).status).toBe(200);
  };
  const flush = (number: TestNumber) => services().phone(number.id).flushed();

  const readers = ["limit=1", "limit=3", "limit=100&wait=1", `sender=${other.id}&limit=2`].map(
    (query) => startReader(partner, query),
  );
  for (const round of upTo(3)) {
    // What the first was told earlier comes later than what the other was told after it.
    await hold(ofOne);
    await say(one, round);
    await say(other, 2);
    await flush(other);
    await hold(ofOther);
    await say(other, round);
    await release(ofOne);
    await say(one, 1);
    await flush(one);
    await release(ofOther);
    await Promise.all([say(one, 2), say(other, 1), flush(other)]);
    await Promise.all([flush(one), flush(other)]);
  }
  await Promise.all(readers.map((reader) => reader.stop()));

  const told = await partner.events();
  for (const [index, { seen }] of readers.entries()) {
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    for (const number of numbers) {
      const seqs = seen.filter((event) => event.sender_id === number.id).map(({ seq }) => seq);
      const all = told.filter((event) => event.sender_id === number.id).length;
      const isLeftOut = index === 3 && number === one;
      expect(seqs).toEqual(isLeftOut ? [] : upTo(all));
    }
  }
  // connected, then 1 + 2 + 3 in the rounds, 1 and 2 in each, and a status with each.
  const count = (number: TestNumber) => told.filter((each) => each.sender_id === number.id).length;
  expect([count(one), count(other)]).toEqual([1 + 6 + 9 + 9, 1 + 6 + 9 + 9]);
});

it("a profile's name comes with the message, phone and BSUID with all that is about a customer", async () => {
  const { partner, numbers } = await seedTwoShards();
  const [number] = numbers as [TestNumber];
  const message = { ...textMessage({ from: "15550143311" }), from_user_id: "US.771144" };
  const body = inbound(number, message);
  const value = body.entry[0]?.changes[0]?.value as Record<string, unknown>;
  value["contacts"] = [
    { wa_id: "15550143311", user_id: "US.771144", profile: { name: "Kim Muster" } },
  ];
  await deliver(number, body);
  await deliver(
    number,
    statuses(number, {
      id: newWamid("out"),
      status: "delivered",
      recipient_id: "15550143311",
      recipient_user_id: "US.771144",
    }),
  );
  const events = await partner.events(number.id);
  const both = { phone: "15550143311", bsuid: "US.771144" };
  const customerOf = (type: string) =>
    events.find((event) => event.type === type)?.data["customer"];
  expect(customerOf("message.received")).toEqual({ ...both, name: "Kim Muster" });
  expect(customerOf("message.status")).toEqual(both);
});
