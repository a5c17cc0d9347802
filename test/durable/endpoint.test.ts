import { createHmac } from "node:crypto";
import { abortAllDurableObjects } from "cloudflare:test";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, it } from "vitest";
import { endOf } from "../../src/durable/delivery-types.ts";
import { endpointBinding } from "../../src/durable/endpoint-types.ts";
import { MINUTE, SECOND, SECRET, TestEndpoint } from "../support/endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { seedSender, services } from "../support/seed.ts";
import { DAY, HOUR } from "../support/storage.ts";
import type { Attempt } from "../../src/durable/endpoint-types.ts";

let endpoint: TestEndpoint;

beforeEach(() => {
  partnerStub.start();
  endpoint = new TestEndpoint();
});

const told = (ids: string[]) => partnerStub.ids.filter((id) => ids.includes(id));

describe("an endpoint that is well", () => {
  it("is told each sender's events once and in order, from two shards", async () => {
    await endpoint.open();
    const first = await endpoint.append(1, 130);
    const second = await endpoint.append(2, 30, { shard: "DB_1" });
    await endpoint.work();
    expect(told(first)).toEqual(first);
    expect(told(second)).toEqual(second);
    expect(partnerStub.posts).toHaveLength(160);
    expect(await endpoint.calls.figures()).toMatchObject({
      health: "healthy",
      reached: { DB: 130, DB_1: 30 },
      retrying: 0,
      failed: 0,
    });
  });

  it("is told by a ring, without waiting for an alarm", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 3);
    await endpoint.ring();
    await eventually(() => expect(partnerStub.ids).toEqual(ids));
  });

  it("has at most five posts open, and one of a sender", async () => {
    await endpoint.open();
    for (let sender = 1; sender <= 8; sender += 1) await endpoint.append(sender, 4);
    const open = new Map<string, number>();
    let most = 0;
    partnerStub.answer(async ({ event }) => {
      const sender = event.sender_id ?? "";
      open.set(sender, (open.get(sender) ?? 0) + 1);
      most = Math.max(most, open.get(sender) ?? 0);
      await scheduler.wait(50);
      open.set(sender, (open.get(sender) ?? 0) - 1);
      return new Response(null, { status: 200 });
    });
    await endpoint.work();
    expect(partnerStub.posts).toHaveLength(32);
    expect(partnerStub.mostOpen).toBe(5);
    expect(most).toBe(1);
  });

  it("that wants no order gets one sender's events side by side", async () => {
    await endpoint.open({ ordered: false });
    const ids = await endpoint.append(1, 20);
    partnerStub.answer(async () => {
      await scheduler.wait(50);
      return new Response(null, { status: 200 });
    });
    await endpoint.work();
    expect(partnerStub.ids.toSorted()).toEqual(ids);
    expect(partnerStub.mostOpen).toBe(5);
  });

  it("begins where it was told to, in each shard", async () => {
    await endpoint.append(1, 5);
    await endpoint.open({ from: { DB: 5, DB_1: 0 } });
    const ids = [
      ...(await endpoint.append(1, 2)),
      ...(await endpoint.append(2, 2, { shard: "DB_1" })),
    ];
    await endpoint.work();
    expect(partnerStub.ids.toSorted()).toEqual(ids.toSorted());
  });

  it("is told only the types and senders that it wants, and passes the others", async () => {
    await endpoint.open({ types: ["message.received"], senders: ["s1"] });
    const wanted = await endpoint.append(1, 2);
    await endpoint.append(1, 2, { type: "message.status" });
    await endpoint.append(2, 2);
    await endpoint.work();
    expect(partnerStub.ids).toEqual(wanted);
    expect((await endpoint.calls.figures()).reached).toMatchObject({ DB: 6 });
  });

  it("is told by other filters from the moment they change", async () => {
    await endpoint.open({ types: ["message.status"] });
    await endpoint.append(1, 2);
    await endpoint.work();
    expect(partnerStub.ids).toEqual([]);
    await endpoint.change({ types: null });
    const ids = await endpoint.append(1, 2);
    await endpoint.work();
    expect(partnerStub.ids).toEqual(ids);
  });

  it("is told nothing while paused, and everything once it goes on", async () => {
    await endpoint.open({ state: "paused" });
    const ids = await endpoint.append(1, 3);
    await endpoint.ring();
    await endpoint.work();
    expect(partnerStub.posts).toEqual([]);
    await endpoint.change({ state: "enabled" });
    await endpoint.work();
    expect(partnerStub.ids).toEqual(ids);
  });

  it("is told what came while it was paused, though it was told before", async () => {
    await endpoint.open();
    const before = await endpoint.append(1, 1);
    await endpoint.work();
    await endpoint.change({ state: "paused" });
    const ids = await endpoint.append(1, 2);
    await endpoint.ring();
    await endpoint.change({ state: "enabled" });
    await eventually(() => expect(partnerStub.ids).toEqual([...before, ...ids]));
  });

  it("takes the same configuration again without a change", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 3);
    await endpoint.work();
    await endpoint.change({});
    await endpoint.work();
    expect(partnerStub.ids).toEqual(ids);
  });

  it("is asked no faster than it wants", async () => {
    await endpoint.open({ maxPerSecond: 20, ordered: false });
    await endpoint.append(1, 8);
    const starts: number[] = [];
    partnerStub.answer(() => {
      starts.push(performance.now());
      return new Response(null, { status: 200 });
    });
    await endpoint.work();
    expect(starts).toHaveLength(8);
    // From the second on: the first one is late by the look at the DNS.
    expect((starts.at(-1) ?? 0) - (starts[1] ?? 0)).toBeGreaterThan(6 * 50 - 40);
  });

  it("is told an event of 300 kB like any other", async () => {
    await endpoint.open();
    const text = "x".repeat(300_000);
    const ids = await endpoint.append(1, 2, { text });
    await endpoint.work();
    expect(partnerStub.ids).toEqual(ids);
    expect(partnerStub.posts[0]?.event.data).toMatchObject({ text: { body: text } });
  });

  it("forgets everything when it is removed", async () => {
    await endpoint.open();
    await endpoint.append(1, 2);
    await endpoint.work();
    await endpoint.calls.remove();
    await endpoint.append(1, 2);
    await endpoint.ring();
    expect(await endpoint.calls.figures()).toMatchObject({ reached: {}, lastSuccessAt: null });
    expect(await endpoint.calls.deliveries({ limit: 10 })).toEqual({ deliveries: [], next: null });
    expect(partnerStub.posts).toHaveLength(2);
  });

  it("writes successes down in few rows", async () => {
    await endpoint.open();
    await endpoint.append(1, 120);
    await endpoint.work();
    const [packs] = await endpoint.rows(`SELECT count(*) AS count FROM told`);
    expect(packs?.["count"]).toBeLessThanOrEqual(4);
    expect(await endpoint.rows(`SELECT * FROM deliveries`)).toEqual([]);
  });
});

describe("a post", () => {
  const OTHER = `whsec_${Buffer.from("abcdef0123456789abcdef0123456789").toString("base64")}`;
  const seal = (secret: string) =>
    services().vault.seal(secret, endpointBinding(endpoint.partner, endpoint.id));

  it("carries the event, its id and a signature that a Standard Webhooks receiver accepts", async () => {
    await endpoint.open();
    const [id] = await endpoint.append(1, 1);
    await endpoint.work();
    const [post] = partnerStub.posts;
    expect(post?.headers).toMatchObject({
      "webhook-id": id,
      "content-type": "application/json",
      "user-agent": "Tandem/1",
      "tandem-attempt": "1",
    });
    expect(post?.headers).not.toHaveProperty("x-hub-signature-256");
    expect(new Webhook(SECRET).verify(post?.body ?? "", post?.headers ?? {})).toMatchObject({
      id,
      type: "message.received",
      version: 1,
      sender_id: "s1",
      seq: 1,
      data: { text: { body: "hi" } },
    });
  });

  it("is signed with both secrets during a rotation, and then with the new one alone", async () => {
    const until = Date.now() + HOUR;
    const [sealed, secret] = [await seal(SECRET), await seal(OTHER)];
    await endpoint.open({ secret, previousSecret: { sealed, until } });
    await endpoint.append(1, 1);
    await endpoint.work();
    const { body = "", headers = {} } = partnerStub.posts[0] ?? {};
    for (const known of [SECRET, OTHER]) {
      expect(new Webhook(known).verify(body, headers)).toMatchObject({ seq: 1 });
    }
    expect(headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    await endpoint.append(1, 1);
    await endpoint.pass(HOUR + SECOND);
    const last = partnerStub.posts[1];
    expect(new Webhook(OTHER).verify(last?.body ?? "", last?.headers ?? {})).toMatchObject({
      seq: 2,
    });
    expect(() => new Webhook(SECRET).verify(last?.body ?? "", last?.headers ?? {})).toThrow(
      "No matching signature",
    );
  });

  it("in Meta's form is signed as Meta signs; what has no such form is passed over", async () => {
    const { partner, number } = await seedSender();
    const theirs = new TestEndpoint(partner.id);
    await theirs.open({ format: "cloud_api", from: { DB: 100, DB_1: 100 } });
    const binding = endpointBinding(partner.id, theirs.id);
    const next = await services().vault.seal(OTHER, binding);
    const sealed = await services().vault.seal(SECRET, binding);
    await theirs.change({ secret: next, previousSecret: { sealed, until: Date.now() + HOUR } });
    await theirs.append(1, 120, { type: "history.progress" });
    await theirs.append(1, 1, { senderId: number.id });
    await theirs.append(1, 1, { type: "sender.connected", senderId: number.id });
    await theirs.work();
    expect(partnerStub.posts).toHaveLength(1);
    const { body = "", headers = {} } = partnerStub.posts[0] ?? {};
    const hub = (secret: string) =>
      `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
    expect(headers["x-hub-signature-256"]).toBe(hub(SECRET));
    expect(headers["x-hub-signature-256-next"]).toBe(hub(OTHER));
    expect(JSON.parse(body)).toMatchObject({
      object: "whatsapp_business_account",
      entry: [{ id: number.wabaId }],
    });
    expect(headers["webhook-signature"]).toMatch(/^v1,/);
  });

  it("of a test goes out though the endpoint is paused, and shows what came of it", async () => {
    await endpoint.open({ state: "paused" });
    partnerStub.answer(() => new Response("not today", { status: 503 }));
    const at = new Date().toISOString();
    const event = {
      id: "evt_test",
      type: "endpoint.test",
      version: 1,
      sender_id: null,
      seq: 0,
      at,
    };
    const attempt = await endpoint.calls.tryOut({ ...event, data: {} });
    expect(attempt).toMatchObject({ n: 1, status: 503, failure: "http_503", answer: "not today" });
    expect(partnerStub.ids).toEqual(["evt_test"]);
    expect(await endpoint.calls.deliveries({ limit: 10 })).toMatchObject({ deliveries: [] });
  });
});

describe("a restart", () => {
  it("between posts and what is written of them repeats those, under the same ids, and loses none", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 40);
    await endpoint.ring();
    // Successes are written once a second: most of these are in memory only.
    await eventually(() => expect(partnerStub.posts).toHaveLength(40), 2);
    await abortAllDurableObjects();
    const written = (await endpoint.calls.figures()).reached["DB"] ?? 0;
    expect(written).toBeLessThan(40);
    await endpoint.work();
    expect(partnerStub.ids).toEqual([...ids, ...ids.slice(written)]);
    expect((await endpoint.calls.figures()).reached).toMatchObject({ DB: 40 });
  });

  it("is not needed where the object's own tables fail: it posts no more until they work", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 20);
    await endpoint.rows(
      `CREATE TRIGGER broken BEFORE INSERT ON told BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
    await endpoint.work();
    await endpoint.ring();
    await endpoint.ring();
    const before = partnerStub.posts.length;
    expect(before).toBeLessThanOrEqual(20);
    await endpoint.rows(`DROP TRIGGER broken`);
    await endpoint.pass(MINUTE);
    expect(new Set(partnerStub.ids)).toEqual(new Set(ids));
    expect(partnerStub.ids.slice(before)).toEqual(ids);
  });

  it("after everything was written down repeats nothing", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 5);
    await endpoint.work();
    await endpoint.evict();
    await endpoint.work();
    expect(partnerStub.ids).toEqual(ids);
  });
});

/** Two senders are told side by side: what began first may be over last. */
function endOfLast(attempts: Attempt[]): number {
  const last = attempts.at(-1);
  return last === undefined ? 0 : endOf(last);
}

describe("deliveries", () => {
  it("are listed newest first, page by page, by state, type, sender and time", async () => {
    await endpoint.open();
    const startedAt = Date.now();
    partnerStub.answer(({ event }) =>
      Response.json({}, { status: event.type === "message.status" ? 422 : 200 }),
    );
    const good = await endpoint.append(1, 7);
    const [bad = ""] = await endpoint.append(2, 1, { type: "message.status" });
    await endpoint.work();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await endpoint.calls.deliveries({ limit: 3, ...(cursor && { cursor }) });
      expect(page.deliveries.length).toBeLessThanOrEqual(3);
      const ends = page.deliveries.map(({ attempts }) => endOfLast(attempts));
      expect(ends).toEqual(ends.toSorted((a, b) => b - a));
      seen.push(...page.deliveries.map(({ event }) => event));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(seen.toSorted()).toEqual([...good, bad].toSorted());
    const list = async (query: object) =>
      (await endpoint.calls.deliveries({ limit: 50, ...query })).deliveries;
    expect(await list({ state: "delivered" })).toHaveLength(7);
    expect(await list({ state: "waiting" })).toMatchObject([
      { type: "message.status", senderId: "s2", seq: 1, state: "waiting" },
    ]);
    expect(await list({ type: "message.status" })).toHaveLength(1);
    expect(await list({ senderId: "s1" })).toHaveLength(7);
    expect(await list({ until: startedAt })).toEqual([]);
    expect(await list({ since: startedAt })).toHaveLength(8);
    expect(await list({ since: Date.now() + MINUTE })).toEqual([]);
  });

  it("show what the receiver said: the first 1,000 bytes", async () => {
    await endpoint.open();
    partnerStub.answer(() => new Response("ü".repeat(600), { status: 200 }));
    const [id = ""] = await endpoint.append(1, 1);
    await endpoint.work();
    const delivery = await endpoint.calls.delivery(id);
    expect(delivery).toMatchObject({ state: "delivered", attempts: [{ n: 1, status: 200 }] });
    expect(delivery?.attempts[0]?.answer).toBe("ü".repeat(500));
    expect(await endpoint.calls.delivery("evt_unknown")).toBeNull();
  });

  it("that went well are forgotten after seven days", async () => {
    await endpoint.open();
    const [good = ""] = await endpoint.append(1, 1);
    await endpoint.work();
    await endpoint.pass(8 * DAY);
    expect(await endpoint.calls.delivery(good)).toBeNull();
  });
});
