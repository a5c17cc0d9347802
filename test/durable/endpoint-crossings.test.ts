import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { EndpointLog } from "../../src/durable/endpoint-log.ts";
import { MINUTE, SECOND, TestEndpoint } from "../support/endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { DAY, HOUR } from "../support/storage.ts";
import type { Job } from "../../src/durable/delivery-types.ts";
import type { PartnerPost } from "../support/partner-stub.ts";

let endpoint: TestEndpoint;

beforeEach(() => {
  partnerStub.start();
  endpoint = new TestEndpoint();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});

const idOf = ({ headers }: PartnerPost) => headers["webhook-id"] ?? "";
const ok = () => new Response(null, { status: 200 });
const no = (status = 500) => new Response("no", { status });
const count = (id: string) => partnerStub.ids.filter((one) => one === id).length;
const real = () =>
  partnerStub.posts.filter(({ event }) => event.type !== "endpoint.test").map(idOf);

/** A door that stays shut until it is opened. */
function door() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: () => resolve() };
}

describe("while an attempt is under way", () => {
  it("other filters do not have its event told twice", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 3);
    const shut = door();
    partnerStub.answer(async (post) => {
      if (idOf(post) === ids[0]) await shut.passed;
      return ok();
    });
    await endpoint.ring();
    await eventually(() => expect(partnerStub.open).toBe(1));
    await endpoint.change({ types: ["message.received"] });
    shut.open();
    await eventually(() => expect(new Set(partnerStub.ids)).toEqual(new Set(ids)));
    await endpoint.work();
    expect(partnerStub.ids).toEqual(ids);
  });

  it("an outage that comes and goes does not have its event told twice", async () => {
    await endpoint.open({ ordered: false });
    const [slow = ""] = await endpoint.append(1, 1);
    partnerStub.answer(500);
    await endpoint.work();
    const [b = "", c = "", d = ""] = await endpoint.append(2, 3);
    const [shut, late] = [door(), door()];
    partnerStub.answer(async (post) => {
      if (idOf(post) === slow) await shut.passed;
      if (idOf(post) === d) await late.passed;
      return count(idOf(post)) === 1 && [b, c].includes(idOf(post)) ? no() : ok();
    });
    const worked = endpoint.pass(6 * SECOND);
    await eventually(async () => expect((await endpoint.calls.figures()).health).toBe("down"));
    late.open();
    await eventually(async () => expect((await endpoint.calls.figures()).health).toBe("healthy"));
    shut.open();
    await worked;
    await endpoint.work();
    expect(count(slow), "once in vain, once taken").toBe(2);
    expect(count(d)).toBe(1);
  });

  it("a 410 of its former address does not end the endpoint", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 2);
    const shut = door();
    partnerStub.answer(async ({ url }) => {
      if (url.endsWith("/new")) return ok();
      await shut.passed;
      return no(410);
    });
    await endpoint.ring();
    await eventually(() => expect(partnerStub.open).toBe(1));
    await endpoint.change({ url: "https://partner.test/new" });
    shut.open();
    await eventually(async () =>
      expect((await endpoint.calls.delivery(ids[0] ?? ""))?.attempts).toHaveLength(1),
    );
    await endpoint.pass(6 * SECOND);
    expect(real()).toEqual([ids[0], ...ids]);
    expect(await endpoint.registered()).toMatchObject({ state: "enabled" });
  });

  it("a 410 does not end an endpoint that its partner has paused", async () => {
    await endpoint.open();
    const [id = ""] = await endpoint.append(1, 1);
    const shut = door();
    partnerStub.answer(async () => {
      await shut.passed;
      return no(410);
    });
    await endpoint.ring();
    await eventually(() => expect(partnerStub.open).toBe(1));
    expect(await endpoint.calls.retry(id), "it is under way").toBe(true);
    await endpoint.change({ state: "paused" });
    shut.open();
    await eventually(async () => expect(await endpoint.calls.delivery(id)).not.toBeNull());
    partnerStub.mend();
    await endpoint.change({ state: "enabled" });
    await endpoint.work();
    expect(partnerStub.ids).toEqual([id, id]);
    const told = await env.DB.prepare(
      `SELECT id FROM events WHERE type = 'endpoint.disabled'`,
    ).all();
    expect(told.results).toEqual([]);
  });

  it("a success beside a 410 does not hide from the registry that it ended", async () => {
    await endpoint.open({ ordered: false });
    const [a = "", b = "", c = ""] = await endpoint.append(1, 3);
    const shut = door();
    partnerStub.answer(async (post) => {
      if (idOf(post) === c) await shut.passed;
      return idOf(post) === c ? ok() : no(idOf(post) === a ? 500 : 410);
    });
    // The registry is slow: it answers when the late success has come.
    await env.DB.exec(
      `CREATE TRIGGER slow BEFORE UPDATE ON endpoints BEGIN SELECT RAISE(ABORT, 'not now'); END`,
    );
    const worked = endpoint.work();
    await eventually(async () =>
      expect((await endpoint.calls.delivery(b))?.attempts).toMatchObject([{ status: 410 }]),
    );
    shut.open();
    await worked;
    expect(await endpoint.registered()).toMatchObject({ state: "enabled" });
    await env.DB.exec(`DROP TRIGGER slow`);
    await endpoint.pass(MINUTE);
    expect(await endpoint.registered()).toMatchObject({ state: "disabled", state_reason: "gone" });
  });

  it("its end by deletion leaves nothing behind that posts", async () => {
    await endpoint.open();
    await endpoint.append(1, 3);
    const shut = door();
    partnerStub.answer(async () => {
      await shut.passed;
      return no();
    });
    await endpoint.ring();
    await eventually(() => expect(partnerStub.open).toBe(1));
    await endpoint.calls.remove();
    shut.open();
    await endpoint.work();
    expect(partnerStub.posts).toHaveLength(1);
    expect(await endpoint.rows(`SELECT name FROM sqlite_master WHERE name = 'deliveries'`)).toEqual(
      [],
    );
  });
});

describe("an event that could not be read for a while", () => {
  it("is told though the endpoint went down meanwhile, and before those behind it", async () => {
    await endpoint.open();
    const secret = endpoint.config?.secret ?? expect.fail("no secret");
    const ids: string[][] = [];
    for (let sender = 1; sender <= 8; sender += 1) ids.push(await endpoint.append(sender, 2));
    // Of the first events nothing can be posted: its secret does not open.
    await endpoint.change({ secret: { ...secret, ct: secret.ct.slice(4) } });
    await endpoint.work();
    expect(partnerStub.posts).toEqual([]);
    expect((await endpoint.calls.figures()).lastFailure).toMatchObject({
      failure: "secret_unreadable",
    });
    await endpoint.change({ secret });
    partnerStub.answer(500);
    await endpoint.pass(6 * SECOND);
    expect((await endpoint.calls.figures()).health).toBe("down");
    partnerStub.mend();
    partnerStub.posts = [];
    await endpoint.pass(HOUR);
    for (const theirs of ids) {
      expect(real().filter((id) => theirs.includes(id))).toEqual(theirs);
    }
  });
});

describe("an event that has no form any more", () => {
  it.each(["its first retry", "a later one"])(
    "when %s is due is given up, and not asked for again",
    async (when) => {
      await env.DB.prepare(
        `INSERT INTO senders (partner, phone_number_id, waba_id, display_phone_number, timezone,
           shard, state, state_at, generation, brought_by, created_at)
         VALUES (?, 'n1', 'w1', '4930123', 'Europe/Berlin', 'DB', 'active', 0, 1, 'import', 0)`,
      )
        .bind(endpoint.partner)
        .run();
      await endpoint.open({ format: "cloud_api" });
      const [id = ""] = await endpoint.append(1, 1, { senderId: "n1" });
      partnerStub.answer(500);
      await endpoint.work();
      if (when === "a later one") await endpoint.pass(6 * SECOND);
      const before = partnerStub.posts.length;
      await env.DB.prepare(`DELETE FROM senders WHERE phone_number_id = ?`).bind("n1").run();
      await endpoint.evict();
      vi.setSystemTime(Date.now() + HOUR);
      await endpoint.ring();
      await eventually(async () =>
        expect(await endpoint.calls.delivery(id)).toMatchObject({ state: "failed", nextAt: null }),
      );
      expect(partnerStub.posts).toHaveLength(before);
    },
  );
});

describe("an endpoint that is down and owes nothing", () => {
  it("is not looked at again and again", async () => {
    await endpoint.open();
    await endpoint.append(1, 1);
    await endpoint.append(2, 1);
    partnerStub.answer(500);
    await endpoint.work();
    expect((await endpoint.calls.figures()).health).toBe("down");
    // The log forgets what it is owed.
    await env.DB.prepare(`DELETE FROM events WHERE partner = ?`).bind(endpoint.partner).run();
    await env.DB.prepare(`UPDATE positions SET pruned = pos WHERE partner = ?`)
      .bind(endpoint.partner)
      .run();
    for (let look = 0; look < 3; look += 1) await endpoint.pass(HOUR);
    const at = await runInDurableObject(endpoint.stub, (_object, state) =>
      state.storage.getAlarm(),
    );
    expect((at ?? 0) - Date.now()).toBeGreaterThan(MINUTE);
  });
});

describe("an endpoint that was paused while it was down", () => {
  it("is not given up for the time it was not asked", async () => {
    await endpoint.open();
    const ids = [...(await endpoint.append(1, 1)), ...(await endpoint.append(2, 1))];
    partnerStub.answer(500);
    await endpoint.work();
    expect((await endpoint.calls.figures()).health).toBe("down");
    await endpoint.change({ state: "paused" });
    await endpoint.pass(6 * DAY);
    await endpoint.change({ state: "enabled" });
    await endpoint.pass(6 * MINUTE);
    await endpoint.pass(6 * MINUTE);
    expect(await endpoint.registered()).toMatchObject({ state: "enabled" });
    partnerStub.mend();
    partnerStub.posts = [];
    await endpoint.pass(6 * MINUTE);
    expect(real().toSorted()).toEqual(ids.toSorted());
  });
});

describe("an endpoint that is down at an address it leaves", () => {
  it("is tried at the new one at once", async () => {
    await endpoint.open();
    const ids = [...(await endpoint.append(1, 1)), ...(await endpoint.append(2, 1))];
    partnerStub.answer(({ url }) => (url.endsWith("/new") ? ok() : no()));
    await endpoint.work();
    for (const wait of [5, 30, 60, 120]) await endpoint.pass(wait * SECOND);
    partnerStub.posts = [];
    await endpoint.change({ url: "https://partner.test/new" });
    await eventually(() => expect(real().toSorted()).toEqual(ids.toSorted()));
  });
});

describe("an outage", () => {
  it("in which tests get through is an outage: nothing of two days is given up, all comes in order", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 8);
    partnerStub.answer(({ event }) => (event.type === "endpoint.test" ? ok() : no()));
    await endpoint.work();
    for (let hour = 0; hour < 48; hour += 1) {
      if (hour % 8 === 0) ids.push(...(await endpoint.append(1, 1)));
      await endpoint.pass(HOUR);
    }
    expect((await endpoint.calls.figures()).health).toBe("down");
    partnerStub.mend();
    partnerStub.posts = [];
    await endpoint.pass(6 * MINUTE);
    await endpoint.work();
    expect(real()).toEqual(ids);
    expect(await endpoint.calls.figures()).toMatchObject({ failed: 0, retrying: 0 });
  });

  it("that one event alone meets does not give it up", async () => {
    await endpoint.open();
    const ids = await endpoint.append(1, 1);
    partnerStub.answer(500);
    await endpoint.work();
    await endpoint.pass(6 * SECOND);
    expect((await endpoint.calls.figures()).health).toBe("down");
    for (let hour = 0; hour < 48; hour += 1) await endpoint.pass(HOUR);
    partnerStub.mend();
    partnerStub.posts = [];
    await endpoint.pass(6 * MINUTE);
    expect(real()).toEqual(ids);
  });
});

describe("events that always fail", () => {
  it("hold back no others for long, though the receiver refuses tests as well", async () => {
    await endpoint.open();
    const poison = await endpoint.append(1, 4);
    const well = [...(await endpoint.append(1, 3)), ...(await endpoint.append(2, 2))];
    partnerStub.answer((post) =>
      post.event.type === "endpoint.test" || poison.includes(idOf(post)) ? no(400) : ok(),
    );
    await endpoint.work();
    for (let minute = 0; minute < 20; minute += 1) await endpoint.pass(MINUTE);
    expect(
      real()
        .filter((id) => well.includes(id))
        .toSorted(),
    ).toEqual(well);
    for (let hour = 0; hour < 40; hour += 1) {
      well.push(...(await endpoint.append(1 + (hour % 2), 1)));
      await endpoint.pass(HOUR);
    }
    await endpoint.pass(HOUR);
    expect(
      real()
        .filter((id) => well.includes(id))
        .toSorted(),
    ).toEqual(well);
    expect(await endpoint.calls.figures()).toMatchObject({ retrying: 0, failed: 4 });
  });
});

describe("an endpoint that was away for longer than the log keeps events", () => {
  /** As the sweep does it. */
  const forget = async (upTo: number) => {
    await env.DB.batch([
      env.DB.prepare(`DELETE FROM events WHERE partner = ? AND pos <= ?`).bind(
        endpoint.partner,
        upTo,
      ),
      env.DB.prepare(`UPDATE positions SET pruned = ?2 WHERE partner = ?1`).bind(
        endpoint.partner,
        upTo,
      ),
    ]);
  };

  it("says how much was forgotten, once, and is told the rest", async () => {
    await endpoint.open();
    const told = await endpoint.append(1, 3);
    await endpoint.work();
    await endpoint.change({ state: "disabled" });
    const later = await endpoint.append(1, 10);
    await forget(9);
    await endpoint.change({ state: "enabled" });
    await endpoint.work();
    expect(real()).toEqual([...told, ...later.slice(6)]);
    expect((await endpoint.calls.figures()).forgotten).toEqual({
      positions: 6,
      at: expect.any(Number) as number,
    });
    await endpoint.evict();
    await endpoint.work();
    expect((await endpoint.calls.figures()).forgotten).toMatchObject({ positions: 6 });
  });

  it("says nothing of events that it did not want, nor of those before it was made", async () => {
    await endpoint.append(1, 5, { type: "message.status" });
    await forget(3);
    await endpoint.open({ types: ["message.received"] });
    await endpoint.append(1, 5, { type: "message.status" });
    await endpoint.work();
    await endpoint.pass(2 * HOUR);
    await endpoint.evict();
    await forget(10);
    await endpoint.work();
    expect((await endpoint.calls.figures()).forgotten).toBeNull();
  });
});

describe("a sender with much to tell whose first event fails", () => {
  it("does not keep the log from being read for others", async () => {
    await endpoint.open();
    const [first = ""] = await endpoint.append(1, 700);
    const [other = ""] = await endpoint.append(2, 1);
    partnerStub.answer((post) => (idOf(post) === first ? no() : ok()));
    await endpoint.work();
    expect(real()).toEqual([first, other]);
  });
});

describe("events of a megabyte", () => {
  it("are not held in memory while they wait, and are told whole", async () => {
    await endpoint.open();
    const text = "é".repeat(500_000);
    const ids: string[] = [];
    for (let n = 0; n < 12; n += 1) ids.push(...(await endpoint.append(1, 1, { text })));
    await endpoint.work();
    expect(real()).toEqual(ids);
    for (const { body } of partnerStub.posts) expect(body).toContain(text);
  });
});

describe("a shard that is slow", () => {
  it("keeps no other from being read", async () => {
    const ids = await endpoint.append(1, 120, { shard: "DB_1" });
    await endpoint.open({ state: "paused" });
    const config = endpoint.config ?? expect.fail("not open");
    const shut = door();
    const slow = new Proxy(env.DB, {
      get: (database, name: keyof D1Database) =>
        name === "batch"
          ? async (statements: D1PreparedStatement[]) => {
              await shut.passed;
              return database.batch(statements);
            }
          : database[name].bind(database),
    });
    const log = new EndpointLog({ ...env, DB: slow });
    log.load(config, {});
    const read: string[] = [];
    const reader = {
      take: (jobs: Job[]) => read.push(...jobs.map(({ event }) => event)),
      noteForgotten: () => expect.fail(),
      cut: () => expect.fail(),
    };
    const [slowest] = log.read(config, Date.now(), reader);
    await eventually(async () => {
      await Promise.all(log.read(config, Date.now(), reader));
      expect(read).toEqual(ids);
    });
    shut.open();
    await slowest;
  });
});

describe("an object that outlives its endpoint", () => {
  it("ends itself: a configuration may arrive behind the removal", async () => {
    await endpoint.open();
    await env.DB.prepare(`DELETE FROM endpoints WHERE id = ?`).bind(endpoint.id).run();
    await endpoint.work();
    await endpoint.append(1, 1);
    await endpoint.work();
    expect(partnerStub.posts).toEqual([]);
    expect(await endpoint.calls.figures()).toMatchObject({ reached: {} });
  });
});

describe("what is kept of deliveries", () => {
  it("is forgotten as fast as it comes, however much it is", async () => {
    await endpoint.open();
    await runInDurableObject(endpoint.stub, (_object, state) => {
      state.storage.sql.exec(
        `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1700)
         INSERT INTO told (first_at, last_at, items) SELECT 1, 1, '[]' FROM c`,
      );
    });
    for (let alarm = 0; alarm < 4; alarm += 1) await endpoint.pass(MINUTE);
    expect(await endpoint.rows(`SELECT count(*) AS n FROM told`)).toEqual([{ n: 0 }]);
  });
});

describe("what one call may do", () => {
  it("ends, however often it is rung for: the alarm goes on", async () => {
    await endpoint.open({ ordered: false });
    const ids = await endpoint.append(1, 700);
    partnerStub.answer(async () => {
      if (partnerStub.posts.length % 50 === 0) await endpoint.ring();
      return ok();
    });
    await endpoint.work();
    expect(partnerStub.posts.length).toBeGreaterThanOrEqual(500);
    expect(partnerStub.posts.length).toBeLessThan(700);
    await vi.waitFor(() => expect(partnerStub.posts).toHaveLength(700), { timeout: 20_000 });
    expect(real().toSorted()).toEqual(ids);
  });
});

describe("a configuration", () => {
  it("that comes late does not replace a later one", async () => {
    await endpoint.open();
    const former = endpoint.config ?? expect.fail("not open");
    await endpoint.change({ types: ["message.status"] });
    await endpoint.calls.configure(former);
    await endpoint.append(1, 2);
    await endpoint.work();
    expect(partnerStub.posts).toEqual([]);
  });

  it("is acted upon though the object dies at once", async () => {
    await endpoint.open({ state: "paused" });
    await endpoint.append(1, 1);
    await endpoint.change({ state: "enabled" });
    const at = await runInDurableObject(endpoint.stub, (_object, state) =>
      state.storage.getAlarm(),
    );
    expect(at ?? Infinity).toBeLessThanOrEqual(Date.now() + 30 * SECOND);
  });
});

describe("an endpoint with nothing to do", () => {
  const restsFor = async () => {
    const at = await runInDurableObject(endpoint.stub, (_object, state) =>
      state.storage.getAlarm(),
    );
    return (at ?? Infinity) - Date.now();
  };

  it("rests, though it has a pace", async () => {
    await endpoint.open({ maxPerSecond: 50 });
    await endpoint.append(1, 3);
    await endpoint.work();
    await endpoint.pass(MINUTE);
    expect(await restsFor()).toBeGreaterThan(20 * SECOND);
  });

  it("rests, though a shard failed it before it went down", async () => {
    await endpoint.open();
    await endpoint.append(1, 120);
    await endpoint.append(2, 1);
    await env.DB.exec(`ALTER TABLE events RENAME TO away`);
    await endpoint.work();
    await env.DB.exec(`ALTER TABLE away RENAME TO events`);
    partnerStub.answer(500);
    await endpoint.pass(MINUTE);
    await endpoint.pass(6 * SECOND);
    expect((await endpoint.calls.figures()).health).toBe("down");
    expect(await restsFor()).toBeGreaterThan(2 * SECOND);
  });

  it("rests, though a replay had to wait for a shard", async () => {
    await endpoint.open();
    await endpoint.append(1, 3);
    await endpoint.work();
    await env.DB.exec(`ALTER TABLE events RENAME TO away`);
    const until = Date.now() + DAY;
    const order = {
      id: "replay_1",
      of: "range",
      since: 0,
      until,
      types: null,
      senders: null,
    } as const;
    await endpoint.calls.replay(order);
    await endpoint.work();
    await env.DB.exec(`ALTER TABLE away RENAME TO events`);
    await endpoint.pass(2 * MINUTE);
    expect(await endpoint.calls.replays()).toMatchObject([{ state: "done", told: 3 }]);
    await endpoint.pass(MINUTE);
    expect(await restsFor()).toBeGreaterThan(20 * SECOND);
  });
});
