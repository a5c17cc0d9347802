import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { MINUTE, SECOND, TestEndpoint } from "../support/endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { DAY, HOUR } from "../support/storage.ts";

let endpoint: TestEndpoint;

beforeEach(() => {
  partnerStub.start();
  endpoint = new TestEndpoint();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});

const stateOf = async (id: string) => (await endpoint.calls.delivery(id))?.state;
const ok = () => new Response(null, { status: 200 });
/** Refuses these events, and takes all others. */
const refuse = (...ids: string[]) =>
  partnerStub.answer(({ headers }) =>
    ids.includes(headers["webhook-id"] ?? "") ? new Response("no", { status: 500 }) : ok(),
  );
/** Of the posts that are not tests, the ids. */
const events = () =>
  partnerStub.posts
    .filter(({ event }) => event.type !== "endpoint.test")
    .map(({ headers }) => headers["webhook-id"] ?? "");

describe("an event that fails", () => {
  it("holds back its sender until its first retry, and no other sender", async () => {
    await endpoint.open();
    const [a1 = "", a2 = ""] = await endpoint.append(1, 2);
    const [b1 = "", b2 = ""] = await endpoint.append(2, 2);
    refuse(a1);
    await endpoint.work();
    expect(events().toSorted()).toEqual([a1, b1, b2]);
    expect(await endpoint.calls.delivery(a1)).toMatchObject({
      state: "waiting",
      attempts: [{ n: 1, status: 500, failure: "http_500", answer: "no", replay: false }],
    });
    partnerStub.mend();
    await endpoint.pass(6 * SECOND);
    expect(events().slice(3)).toEqual([a1, a2]);
    expect(partnerStub.posts.at(-2)?.headers["tandem-attempt"]).toBe("2");
    expect(await endpoint.calls.delivery(a1)).toMatchObject({
      state: "delivered",
      nextAt: null,
      attempts: [{ n: 1 }, { n: 2, failure: null }],
    });
  });

  it("for good walks the whole schedule, lets its sender go on, and ends failed", async () => {
    await endpoint.open();
    const [poison = "", next = ""] = await endpoint.append(1, 2);
    refuse(poison);
    await endpoint.work();
    await endpoint.pass(6 * SECOND);
    expect(events()).toEqual([poison, poison, next]);
    expect(await stateOf(poison)).toBe("retrying");
    const waits = [5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
    for (const [at, wait] of waits.entries()) {
      await endpoint.pass(wait * 0.85);
      expect(events(), `too early, ${wait}`).toHaveLength(3 + at);
      await endpoint.pass(wait * 0.26);
      expect(events(), `due, ${wait}`).toHaveLength(4 + at);
    }
    expect(await endpoint.calls.delivery(poison)).toMatchObject({ state: "failed", nextAt: null });
    expect(await endpoint.calls.figures()).toMatchObject({
      health: "healthy",
      failed: 1,
      retrying: 0,
    });
    await endpoint.pass(DAY);
    expect(events()).toHaveLength(9);
    expect((await endpoint.calls.delivery(poison))?.attempts.map(({ n }) => n)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  it("and another beside it hold back nobody for longer, as long as a third one gets through", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 6);
    refuse(ids[0] ?? "", ids[1] ?? "");
    await endpoint.work();
    for (let step = 0; step < 8; step += 1) await endpoint.pass(31 * SECOND);
    expect(await endpoint.calls.figures()).toMatchObject({ health: "healthy", retrying: 2 });
    expect(events().filter((id) => ids.indexOf(id) > 1)).toEqual(ids.slice(2));
  });

  it.each([
    ["a redirect", () => Response.redirect("https://partner.test/elsewhere", 302), "redirect", 302],
    ["400", () => new Response(null, { status: 400 }), "http_400", 400],
    ["a connection that breaks", () => Response.error(), "connection", null],
  ])("shows why: %s", async (_what, answer, failure, status) => {
    await endpoint.open();
    const [id = ""] = await endpoint.append(1, 1);
    partnerStub.answer(answer);
    await endpoint.work();
    expect(await endpoint.calls.delivery(id)).toMatchObject({
      state: "waiting",
      attempts: [{ failure, status }],
    });
    expect(partnerStub.posts).toHaveLength(1);
  });

  it("by an address that leads into a private network is never posted", async () => {
    await endpoint.open();
    partnerStub.moveTo("10.0.0.7");
    const [id = ""] = await endpoint.append(1, 1);
    await endpoint.work();
    expect(partnerStub.posts).toEqual([]);
    expect(await endpoint.calls.delivery(id)).toMatchObject({
      state: "waiting",
      attempts: [{ failure: "refused_address", status: null, ms: 0 }],
    });
    partnerStub.moveTo("8.8.4.4");
    await endpoint.pass(6 * SECOND);
    expect(await stateOf(id)).toBe("delivered");
  });

  it("survives a restart with its schedule", async () => {
    await endpoint.open();
    const [a1 = "", a2 = ""] = await endpoint.append(1, 2);
    refuse(a1);
    await endpoint.work();
    await endpoint.evict();
    await endpoint.work();
    expect(events()).toEqual([a1]);
    await endpoint.pass(6 * SECOND);
    expect(events()).toEqual([a1, a1, a2]);
    await endpoint.evict();
    partnerStub.mend();
    await endpoint.pass(6 * MINUTE);
    expect(events()).toEqual([a1, a1, a2, a1]);
  });
});

describe("an endpoint that is down", () => {
  it("is tried with the oldest event and one beside it, ever more rarely", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 300);
    await endpoint.append(2, 5);
    partnerStub.answer(503);
    await endpoint.work();
    expect((await endpoint.calls.figures()).health).toBe("down");
    const before = events().length;
    expect(before).toBe(2);
    for (const wait of [5, 30, 60, 120, 300, 300, 300]) await endpoint.pass(wait * SECOND);
    const looks = events().slice(before);
    expect(looks, "six looks beside the oldest, then one in six").toHaveLength(13);
    expect(looks.filter((_id, n) => n % 2 === 0)).toEqual(Array(7).fill(ids[0]));
    expect(looks.filter((_id, n) => n % 2 === 1)).not.toContain(ids[0]);
    const soFar = events().length;
    for (let look = 0; look < 150; look += 1) await endpoint.pass(5 * MINUTE);
    const tried = new Set(events()).size;
    expect(tried, "an outage does not try more and more events").toBeLessThanOrEqual(20);
    // By now mostly each sender's oldest only: the end of an outage puts nobody out of order.
    const late = new Set(events().slice(soFar));
    expect(late.size, "few of them are behind another of their sender").toBeLessThanOrEqual(4);
    expect(await endpoint.registered()).toMatchObject({
      state: "enabled",
      last_error: "HTTP 503",
    });
    expect((await endpoint.registered())?.["failing_since"]).toEqual(expect.any(Number));
  });

  it("for two days gets everything once and in order when it is back", async () => {
    await endpoint.open();
    const [first, second] = [await endpoint.append(1, 40), await endpoint.append(2, 40)];
    const third = await endpoint.append(3, 40, { shard: "DB_1" });
    const accepted: string[] = [];
    let isUp = true;
    partnerStub.answer(({ headers, event }) => {
      if (!isUp) return new Response("closed", { status: 500 });
      if (event.type !== "endpoint.test") accepted.push(headers["webhook-id"] ?? "");
      isUp = accepted.length !== 25;
      return ok();
    });
    await endpoint.work();
    await endpoint.work();
    for (let hour = 0; hour < 48; hour += 1) {
      first.push(...(await endpoint.append(1, 1)));
      await endpoint.ring();
      await endpoint.pass(HOUR);
      if (hour === 20) await endpoint.evict();
    }
    expect(accepted).toHaveLength(25);
    isUp = true;
    await endpoint.pass(5 * MINUTE);
    await endpoint.work();
    for (const ids of [first, second, third]) {
      expect(accepted.filter((id) => ids.includes(id))).toEqual(ids);
    }
    expect(accepted).toHaveLength(168);
    expect(await endpoint.calls.figures()).toMatchObject({
      health: "healthy",
      failingSince: null,
      retrying: 0,
      failed: 0,
    });
    expect(await endpoint.registered()).toMatchObject({ failing_since: null, last_error: null });
  });

  it("for five days is disabled; its partner is told, and it goes on when it is enabled", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 4);
    partnerStub.answer(() => Response.error());
    await endpoint.work();
    await endpoint.pass(6 * SECOND); // the first retry: then the next event fails too
    expect((await endpoint.calls.figures()).health).toBe("down");
    await endpoint.pass(5 * DAY - MINUTE);
    expect(await endpoint.registered()).toMatchObject({ state: "enabled" });
    await endpoint.pass(6 * MINUTE);
    await eventually(async () =>
      expect(await endpoint.registered()).toMatchObject({
        state: "disabled",
        state_reason: "failing",
        last_error: "connection",
      }),
    );
    const told = await env.DB.prepare(
      `SELECT * FROM events WHERE partner = ? AND type = 'endpoint.disabled'`,
    )
      .bind(endpoint.partner)
      .all();
    expect(told.results).toMatchObject([{ sender_id: "", seq: 1 }]);
    expect(JSON.parse(told.results[0]?.["data"] as string)).toEqual({
      endpoint_id: endpoint.id,
      host: "partner.test",
      reason: "failing",
      failing_since: expect.any(String) as string,
    });
    partnerStub.posts = [];
    await endpoint.pass(DAY);
    expect(partnerStub.posts).toEqual([]);
    partnerStub.mend();
    await endpoint.change({ types: ["message.received"], state: "enabled" });
    await endpoint.work();
    expect(events()).toEqual(ids);
  });

  it("by a 410 is disabled at once, and what is owed stays owed", async () => {
    await endpoint.open({ types: ["message.received"] });
    const ids = await endpoint.append(1, 3);
    partnerStub.answer(410);
    await endpoint.work();
    expect(events()).toEqual(ids.slice(0, 1));
    await eventually(async () =>
      expect(await endpoint.registered()).toMatchObject({
        state: "disabled",
        state_reason: "gone",
        last_error: "HTTP 410",
      }),
    );
    await endpoint.ring();
    await endpoint.pass(HOUR);
    expect(events()).toHaveLength(1);
    partnerStub.mend();
    await endpoint.change({ state: "enabled" });
    await endpoint.work();
    expect(events().slice(1)).toEqual(ids);
  });

  it("stays disabled as long as the registry does not know of it", async () => {
    await endpoint.open();
    await endpoint.append(1, 1);
    await env.DB.exec(
      `CREATE TRIGGER broken BEFORE UPDATE ON endpoints BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
    partnerStub.answer(410);
    await endpoint.work();
    await endpoint.change({ state: "enabled" }); // a sweep that read the row as it was
    await endpoint.work();
    expect(events()).toHaveLength(1);
    await env.DB.exec(`DROP TRIGGER broken`);
    await endpoint.pass(MINUTE);
    expect(await endpoint.registered()).toMatchObject({ state: "disabled", state_reason: "gone" });
  });
});

describe("a shard that does not answer", () => {
  it("is read again later, and nothing is lost", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 3);
    await env.DB.exec(`ALTER TABLE events RENAME TO away`);
    await endpoint.work();
    expect(partnerStub.posts).toEqual([]);
    await env.DB.exec(`ALTER TABLE away RENAME TO events`);
    await endpoint.pass(MINUTE);
    expect(events()).toEqual(ids);
  });
});
