import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendEvents } from "../../src/database/append-events.ts";
import { shardNames } from "../../src/database/shards.ts";
import { awaitEvents } from "../../src/operations/await-events.ts";
import { recordStatements } from "../support/recording-database.ts";
import { services } from "../support/seed.ts";
import type { NewEvent } from "../../src/database/append-events.ts";
import type { ShardName } from "../../src/database/shards.ts";
import type { LogPage, LogQuery, Positions } from "../../src/operations/await-events.ts";
import type { Recorded } from "../support/recording-database.ts";

let partners = 0;

/** Senders of a fresh partner, one for each shard that is named. */
function newSenders(...shards: ShardName[]) {
  partners += 1;
  const partner = `p${partners}`;
  return shards.map((shard, index) => {
    const sender = partners * 10 + index;
    let told = 0;
    let last = Promise.resolve();
    const owner = { partner, sender, senderId: `number-${sender}` };
    return {
      ...owner,
      /** Appends as many events, of either of two types, in one batch; one batch after the other. */
      tell: (count: number) => (last = last.then(() => append(count))),
      get told() {
        return told;
      },
    };

    async function append(count: number): Promise<void> {
      const events = Array.from({ length: count }, (): NewEvent => {
        told += 1;
        const fact = { id: `e:${sender}:${told}`, at: 1_000 * told };
        return told % 3 === 0
          ? { ...fact, type: "contacts.imported", data: { changes: told } }
          : {
              ...fact,
              type: "sender.inactive_soon",
              data: {
                last_sign_at: new Date(told).toISOString(),
                ends_at: new Date(told).toISOString(),
                words: { title: "t", owner: "o", partner: "p" },
              },
            };
      });
      const database = services().shard(shard);
      await database.batch(appendEvents(database, owner, events));
    }
  });
}

const query = (partner: string, changes: Partial<LogQuery> = {}): LogQuery => ({
  partner,
  after: null,
  types: null,
  senders: null,
  ownSenders: null,
  limit: 100,
  waitMs: 0,
  signal: new AbortController().signal,
  ...changes,
});

async function read(asked: LogQuery): Promise<Extract<LogPage, { kind: "page" }>> {
  const page = await awaitEvents(services(), asked);
  if (page.kind !== "page") throw new Error(page.kind);
  return page;
}

/** Services whose waits take no time, with what they asked of the databases and how often they slept. */
function watched(onSleep: (slept: number) => unknown = () => undefined) {
  const recorded = new Map(
    shardNames(env).map((name) => [name, recordStatements(services().shard(name))]),
  );
  const asked: { shard: string; statements: Recorded[] }[] = [...recorded].map(
    ([shard, { statements }]) => ({ shard, statements }),
  );
  let slept = 0;
  return {
    asked,
    count: () => asked.reduce((sum, { statements }) => sum + statements.length, 0),
    sleptMs: () => slept,
    services: {
      ...services(),
      shard: (name: string) => recorded.get(name as ShardName)?.database ?? services().shard(name),
      sleep: async (ms: number) => {
        slept += ms;
        await onSleep(slept);
      },
    },
  };
}

describe("a reader that waits", () => {
  it("reads one row a second, of the shards in turn, and gets nothing at the end", async () => {
    const [one, other] = newSenders("DB", "DB_1");
    await one?.tell(2);
    await other?.tell(2);
    const partner = one?.partner ?? "";
    const watch = watched();
    const before = { total: 0 };
    const page = await awaitEvents(
      {
        ...watch.services,
        sleep: (ms) => {
          if (before.total === 0) before.total = watch.count();
          return watch.services.sleep(ms);
        },
      },
      query(partner, { after: "now", waitMs: 25_000 }),
    );
    expect(page).toMatchObject({ kind: "page", events: [], hasMore: false });
    expect(watch.sleptMs()).toBe(25_000);
    const looks = watch.asked.map(({ statements }) => statements.length);
    expect(watch.count() - before.total).toBe(25);
    expect(Math.abs((looks[0] ?? 0) - (looks[1] ?? 0))).toBeLessThanOrEqual(1);
    for (const { shard, statements } of watch.asked) {
      const again = statements.slice(-12).map(({ sql, values }) =>
        services()
          .shard(shard)
          .prepare(sql)
          .bind(...values),
      );
      for (const { meta } of await services().shard(shard).batch(again)) {
        expect(meta.rows_read).toBe(1);
      }
    }
  });

  it("asks only the shards that have told its partner something, and the registry's", async () => {
    const [only] = newSenders("DB");
    await only?.tell(1);
    const watch = watched();
    await awaitEvents(watch.services, query(only?.partner ?? "", { after: "now", waitMs: 10_000 }));
    const [first, second] = watch.asked.map(({ statements }) => statements.length);
    expect((first ?? 0) - (second ?? 0)).toBe(10);
  });

  it.each(shardNames(env))("is woken by an event in shard %s within two looks", async (shard) => {
    const senders = newSenders("DB", "DB_1");
    for (const sender of senders) await sender.tell(1);
    const late = senders[shardNames(env).indexOf(shard)];
    const watch = watched((slept) => (slept === 3_000 ? late?.tell(1) : undefined));
    const page = await awaitEvents(
      watch.services,
      query(late?.partner ?? "", { after: "now", waitMs: 25_000 }),
    );
    expect(page).toMatchObject({ events: [{ senderId: late?.senderId, seq: 2 }] });
    expect(watch.sleptMs()).toBeLessThanOrEqual(4_000);
  });

  it("waits on where what came is not what it asked for, and passes it by", async () => {
    const [sender] = newSenders("DB");
    const watch = watched((slept) => (slept === 1_000 ? sender?.tell(2) : undefined));
    const page = await awaitEvents(
      watch.services,
      query(sender?.partner ?? "", { types: ["contacts.imported"], waitMs: 3_000 }),
    );
    expect(page).toMatchObject({ events: [], reached: { DB: 2 }, hasMore: false });
    expect(watch.sleptMs()).toBe(3_000);
  });

  it("ends when its caller hangs up, and asks nothing more", async () => {
    const caller = new AbortController();
    const watch = watched((slept) => (slept === 2_000 ? caller.abort() : undefined));
    const [sender] = newSenders("DB");
    await sender?.tell(1);
    const asked = query(sender?.partner ?? "", {
      after: "now",
      waitMs: 25_000,
      signal: caller.signal,
    });
    await awaitEvents(watch.services, asked);
    expect(watch.sleptMs()).toBe(2_000);
    // The heads, the first look at both shards (two statements each), and one more second.
    expect(watch.count()).toBe(2 + 4 + 1);
  });

  it("does not wait for what is there", async () => {
    const [sender] = newSenders("DB_1");
    await sender?.tell(3);
    const watch = watched();
    const page = await awaitEvents(
      watch.services,
      query(sender?.partner ?? "", { waitMs: 25_000, limit: 2 }),
    );
    expect(page).toMatchObject({ events: [{ seq: 1 }, { seq: 2 }], hasMore: true });
    expect(watch.sleptMs()).toBe(0);
  });
});

describe("a key that is for some senders", () => {
  it("sees theirs alone, whatever is asked for, and its cursor passes the others", async () => {
    const [one, other, third] = newSenders("DB", "DB", "DB_1");
    for (const sender of [one, other, third]) await sender?.tell(2);
    const partner = one?.partner ?? "";
    const own = { ownSenders: [other?.senderId ?? ""] };
    const seen = async (changes: Partial<LogQuery>) =>
      (await read(query(partner, { ...own, ...changes }))).events.map(({ senderId }) => senderId);
    expect(await seen({})).toEqual([other?.senderId, other?.senderId]);
    expect(await seen({ senders: [one?.senderId ?? "", other?.senderId ?? ""] })).toHaveLength(2);
    expect(await seen({ senders: [one?.senderId ?? ""] })).toEqual([]);
    const { reached, hasMore } = await read(query(partner, own));
    expect({ reached, hasMore }).toEqual({ reached: { DB: 4, DB_1: 2 }, hasMore: false });
  });
});

it("whatever the order of appends and reads, each reader gets each event once, by seq", async () => {
  const append = fc.record({
    sender: fc.nat({ max: 2 }),
    count: fc.integer({ min: 1, max: 4 }),
  });
  const look = fc.record({ reader: fc.nat({ max: 2 }), limit: fc.integer({ min: 1, max: 5 }) });
  // What is in one group happens at once.
  const groups = fc.array(fc.array(fc.oneof(append, look), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(groups, async (steps) => {
      const senders = newSenders("DB", "DB_1", "DB_1");
      const partner = senders[0]?.partner ?? "";
      const readers = [
        { types: null, senders: null },
        { types: ["contacts.imported"], senders: null },
        { types: null, senders: [senders[1]?.senderId ?? ""] },
      ].map((wanted) => ({ wanted, after: null as Positions | null, seen: [] as string[] }));
      type Reader = (typeof readers)[number];
      const readOn = async (reader: Reader, limit: number) => {
        const page = await read(query(partner, { ...reader.wanted, after: reader.after, limit }));
        expect(page.events.length).toBeLessThanOrEqual(limit);
        reader.after = page.reached;
        reader.seen.push(...page.events.map(({ id }) => id));
        return page.hasMore;
      };
      for (const group of steps) {
        const busy = new Set<Reader>();
        await Promise.all(
          group.map(async (step) => {
            if ("count" in step) return senders[step.sender]?.tell(step.count);
            const reader = readers[step.reader];
            if (reader === undefined || busy.has(reader)) return;
            busy.add(reader);
            await readOn(reader, step.limit);
          }),
        );
      }
      for (const reader of readers) while (await readOn(reader, 3));
      for (const { wanted, seen } of readers) {
        for (const { senderId, sender, told } of senders) {
          const mine = seen.filter((id) => id.startsWith(`e:${sender}:`));
          const expected = Array.from({ length: told }, (_, index) => index + 1)
            .filter((seq) => wanted.types === null || seq % 3 === 0)
            .filter(() => wanted.senders?.includes(senderId) !== false)
            .map((seq) => `e:${sender}:${seq}`);
          expect(mine).toEqual(expected);
        }
      }
    }),
    { numRuns: 40 },
  );
});
