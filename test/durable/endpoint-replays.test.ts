import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { positionSince } from "../../src/database/read-endpoint-events.ts";
import { MINUTE, SECOND, TestEndpoint } from "../support/endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { DAY, HOUR } from "../support/storage.ts";
import type { ReplayOrder } from "../../src/durable/endpoint-types.ts";

let endpoint: TestEndpoint;
let span = 0;

beforeEach(() => {
  partnerStub.start();
  endpoint = new TestEndpoint();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});

const order = (changes: Partial<ReplayOrder> = {}): ReplayOrder => ({
  id: "replay_1",
  of: "range",
  since: 0,
  until: Date.now() + DAY,
  types: null,
  senders: null,
  ...changes,
});
const again = () =>
  partnerStub.posts
    .filter(({ headers }) => headers["tandem-replay"] === "true")
    .map(({ headers }) => headers["webhook-id"] ?? "");

describe("one delivery asked for again", () => {
  it("goes out once more, whether it was taken, waits or was given up", async () => {
    await endpoint.open();
    const [id = ""] = await endpoint.append(1, 1);
    await endpoint.work();
    expect(await endpoint.calls.retry(id)).toBe(true);
    await endpoint.work();
    expect(partnerStub.ids).toEqual([id, id]);
    expect(await endpoint.calls.delivery(id)).toMatchObject({
      state: "delivered",
      attempts: [{ n: 1 }, { n: 2 }],
    });
    expect((await endpoint.calls.deliveries({ limit: 10 })).deliveries).toHaveLength(1);
    partnerStub.answer(500);
    await endpoint.calls.retry(id);
    await endpoint.work();
    expect(await endpoint.calls.delivery(id)).toMatchObject({ state: "failed" });
    partnerStub.mend();
    await endpoint.calls.retry(id);
    await endpoint.work();
    expect(await endpoint.calls.delivery(id)).toMatchObject({
      state: "delivered",
      attempts: [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }],
    });
    expect(await endpoint.calls.retry("evt_unknown")).toBe(false);
  });

  it("need not wait for its first retry", async () => {
    await endpoint.open();
    const [id = "", next = ""] = await endpoint.append(1, 2);
    partnerStub.answer(500);
    await endpoint.work();
    partnerStub.mend();
    await endpoint.calls.retry(id);
    await endpoint.work();
    expect(partnerStub.ids).toEqual([id, id, next]);
  });
});

describe("a replay of a time", () => {
  it("tells what the log has of it again, filtered, each once, marked as told again", async () => {
    await endpoint.open();
    const now = Date.now();
    const old = await endpoint.append(1, 2, { at: now - 2 * DAY });
    const wanted = await endpoint.append(1, 45, { at: now - HOUR });
    const other = await endpoint.append(2, 3, { at: now - HOUR });
    const status = await endpoint.append(1, 3, { at: now - HOUR, type: "message.status" });
    const far = await endpoint.append(1, 5, { at: now - HOUR, shard: "DB_1" });
    await endpoint.work();
    partnerStub.posts = [];
    const types = ["message.received"];
    const asked = order({ since: now - DAY, until: now, types, senders: ["s1"] });
    expect(await endpoint.calls.replay(asked)).toMatchObject({ state: "running", told: 0 });
    expect(await endpoint.calls.replay(asked)).toMatchObject({ id: asked.id });
    await endpoint.work();
    expect(again()).toEqual([...wanted, ...far]);
    expect([...old, ...other, ...status].filter((id) => partnerStub.ids.includes(id))).toEqual([]);
    expect(await endpoint.calls.replays()).toMatchObject([
      { id: asked.id, of: "range", state: "done", told: 50, taken: 50 },
    ]);
    const attempts = (await endpoint.calls.delivery(wanted[0] ?? ""))?.attempts;
    expect(attempts).toMatchObject([{ replay: false }, { replay: true }]);
  });

  it("shows what failed again, and tries it once only", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 3);
    await endpoint.work();
    partnerStub.posts = [];
    partnerStub.answer(500);
    await endpoint.calls.replay(order());
    await endpoint.work();
    await endpoint.pass(DAY);
    expect(again()).toEqual(ids);
    expect(await endpoint.calls.replays()).toMatchObject([{ state: "done", told: 3, taken: 0 }]);
    const { deliveries } = await endpoint.calls.deliveries({ limit: 10, state: "failed" });
    expect(deliveries).toHaveLength(3);
    expect((await endpoint.calls.figures()).health).toBe("healthy");
  });

  it("goes on after a restart, and leaves nothing out", async () => {
    vi.useRealTimers();
    await endpoint.open();
    const ids = await endpoint.append(1, 60);
    await endpoint.work();
    partnerStub.posts = [];
    await endpoint.change({ maxPerSecond: 100 });
    await endpoint.calls.replay(order());
    const isBetween = () => partnerStub.posts.length >= 31 && partnerStub.open === 0;
    await vi.waitFor(() => expect(isBetween()).toBe(true), { interval: 1, timeout: 5_000 });
    await abortAllDurableObjects();
    expect(await endpoint.calls.replays()).toMatchObject([{ state: "running" }]);
    await endpoint.work();
    expect(new Set(again())).toEqual(new Set(ids));
    expect(again().length).toBeLessThan(120);
    expect(await endpoint.calls.replays()).toMatchObject([{ state: "done" }]);
  });

  it.each([0, 12])(
    "passes those that are on their way and goes on, beside %i live ones",
    async (beside) => {
      await endpoint.open();
      const ids = await endpoint.append(1, 70);
      await endpoint.work();
      partnerStub.posts = [];
      for (const [n, id] of ids.slice(0, 45).entries()) {
        await endpoint.rows(
          `INSERT INTO deliveries (event, shard, pos, sender_id, seq, type, state, failures, next_at,
           ended_at, attempts)
         VALUES ('${id}', 'DB', ${n + 1}, 's1', ${n + 1}, 'message.received', 'retrying', 3,
           ${Date.now() + DAY}, 0, '[]')`,
        );
      }
      const live = beside === 0 ? [] : await endpoint.append(1, beside);
      await endpoint.calls.replay(order());
      await endpoint.work();
      expect(again()).toEqual(ids.slice(45));
      expect(partnerStub.ids.filter((id) => live.includes(id))).toEqual(live);
      expect(await endpoint.calls.replays()).toMatchObject([{ state: "done", told: 25 }]);
    },
  );

  it("takes one of the five, and has its turn beside live events", async () => {
    await endpoint.open();
    await endpoint.append(1, 30);
    await endpoint.work();
    partnerStub.posts = [];
    for (let sender = 2; sender <= 9; sender += 1) await endpoint.append(sender, 30);
    let openReplays = 0;
    let mostReplays = 0;
    partnerStub.answer(async ({ headers }) => {
      const isReplay = headers["tandem-replay"] === "true";
      if (isReplay) openReplays += 1;
      mostReplays = Math.max(mostReplays, openReplays);
      await scheduler.wait(2);
      if (isReplay) openReplays -= 1;
      return new Response(null, { status: 200 });
    });
    await endpoint.calls.replay(order());
    await endpoint.work();
    expect(mostReplays).toBe(1);
    expect(partnerStub.posts).toHaveLength(270);
    const marks = partnerStub.posts.map(({ headers }) => headers["tandem-replay"] === "true");
    const lastLive = marks.lastIndexOf(false);
    const beside = marks.slice(0, lastLive).filter(Boolean).length;
    expect(beside).toBeGreaterThanOrEqual(15); // one in eleven of 240
    expect(beside).toBeLessThanOrEqual(30);
  });
});

describe("a replay that is cancelled", () => {
  it("tells nothing more, and the next one has its turn with figures of its own", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 30);
    await endpoint.work();
    partnerStub.posts = [];
    const shut = Promise.withResolvers<void>();
    partnerStub.answer(async ({ headers }) => {
      if (headers["tandem-replay"] === "true") await shut.promise;
      return new Response(null, { status: 200 });
    });
    await endpoint.calls.replay(order());
    await eventually(() => expect(partnerStub.open).toBe(1));
    await endpoint.calls.replay(order({ id: "replay_2" }));
    expect(await endpoint.calls.cancelReplay("replay_1")).toMatchObject({
      state: "cancelled",
      endedAt: Date.now(),
    });
    shut.resolve();
    await endpoint.work();
    // What was under way was told; the second one tells all.
    expect(again()).toEqual([ids[0], ...ids]);
    expect(await endpoint.calls.replays()).toMatchObject([
      { id: "replay_2", state: "done", told: 30, taken: 30 },
      { id: "replay_1", state: "cancelled", told: 0 },
    ]);
    expect(await endpoint.calls.cancelReplay("replay_2")).toMatchObject({ state: "done" });
    expect(await endpoint.calls.cancelReplay("replay_9")).toBeNull();
  });

  it("stays so over a restart", async () => {
    await endpoint.open();
    await endpoint.append(1, 5);
    await endpoint.work();
    await endpoint.change({ state: "paused" });
    await endpoint.calls.replay(order());
    await endpoint.calls.cancelReplay("replay_1");
    await endpoint.evict();
    await endpoint.change({ state: "enabled" });
    for (let step = 0; step < 10; step += 1) await endpoint.pass(2 * SECOND);
    expect(again()).toEqual([]);
    expect(await endpoint.calls.replays()).toMatchObject([{ state: "cancelled" }]);
  });
});

describe("where a replay of a time begins in the log", () => {
  it("is found by halves: before everything of that time, and close to it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ gap: fc.nat(5), hours: fc.nat(9) }), { maxLength: 25 }),
        fc.nat(200),
        async (steps, hour) => {
          const partner = `partner_of_span_${span++}`;
          const log: { pos: number; at: number }[] = [];
          let [pos, at] = [0, 0];
          for (const { gap, hours } of steps) {
            pos += 1 + gap;
            at += hours * HOUR;
            log.push({ pos, at });
          }
          await env.DB.prepare(
            `INSERT INTO events (partner, pos, sender, sender_id, seq, id, type, at, data, appended_at)
             SELECT ?1, value->>'pos', 1, 's', 1, ?1 || '.' || (value->>'pos'), 't', 0, '{}', value->>'at'
             FROM json_each(?2)`,
          )
            .bind(partner, JSON.stringify(log))
            .run();
          const begin = await positionSince(env.DB, partner, (hour + 1) * HOUR, pos);
          const wanted = log.filter((event) => event.at >= hour * HOUR);
          expect(wanted.every((event) => event.pos > begin)).toBe(true);
          // Nothing older is read again, but for the last position, which is never looked at.
          const older = log.filter((event) => event.at < hour * HOUR && event.pos > begin);
          expect(older.length).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("takes a row or two a step, however long the log is", async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n (pos) AS (SELECT 1 UNION ALL SELECT pos + 1 FROM n WHERE pos < 20000)
       INSERT INTO events (partner, pos, sender, sender_id, seq, id, type, at, data, appended_at)
       SELECT 'long', pos, 1, 's', pos, 'long' || pos, 't', pos, '{}', pos FROM n`,
    ).run();
    let read = 0;
    const counting = {
      prepare: (sql: string) => ({
        bind: (...values: unknown[]) => ({
          first: async () => {
            const { meta, results } = await env.DB.prepare(sql)
              .bind(...values)
              .all();
            read += meta.rows_read;
            return results[0];
          },
        }),
      }),
    } as unknown as D1Database;
    expect(await positionSince(counting, "long", 15_000 + HOUR, 20_000)).toBe(14_999);
    expect(read).toBeLessThan(100);
  });
});

describe("a replay of what failed", () => {
  it("tells again what was given up in a time, and nothing else", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 3);
    await endpoint.append(2, 1);
    partnerStub.answer(({ event }) =>
      event.sender_id === "s1" ? new Response(null, { status: 500 }) : new Response(null),
    );
    // Each time one gets through, so the endpoint is never down.
    await endpoint.work();
    for (let step = 0; step < 60; step += 1) {
      await endpoint.append(2, 1);
      await endpoint.pass(step < 20 ? 10 * SECOND : HOUR);
    }
    expect((await endpoint.calls.figures()).failed).toBe(3);
    partnerStub.mend();
    partnerStub.posts = [];
    const until = Date.now() + MINUTE;
    await endpoint.calls.replay(order({ of: "failed", since: Date.now() - 10 * DAY, until }));
    await endpoint.work();
    expect(again().toSorted()).toEqual(ids);
    expect(await endpoint.calls.figures()).toMatchObject({ failed: 0 });
    expect(await endpoint.calls.replays()).toMatchObject([{ of: "failed", told: 3, taken: 3 }]);
  });
});
