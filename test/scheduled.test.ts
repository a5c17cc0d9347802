import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { runSweeps, SWEEPS } from "../src/scheduled.ts";
import { sweepEach } from "../src/operations/sweep-each.ts";
import { TestEndpoint } from "./support/endpoints.ts";
import { eventually } from "./support/eventually.ts";
import { partnerStub } from "./support/partner-stub.ts";
import { evict, seedObservedSender, seedSender, services } from "./support/seed.ts";
import {
  archiveKeys,
  breakObject,
  DAY,
  HOUR,
  mendObject,
  rowsOf,
  runObjectSql,
  senderOf,
} from "./support/storage.ts";
import { eventsOf, takePlace } from "./support/sends.ts";
import { inbound, textMessage, webhook } from "./support/webhooks.ts";
import type { Partner, TestNumber } from "./support/seed.ts";
import type { Row } from "./support/storage.ts";

const QUICK = { turnMs: 40, busyMs: 20, callMs: 400 };
const busyMarks = async () =>
  (await env.DB.prepare(`SELECT name FROM marks WHERE name LIKE 'busy.%'`).all<{ name: string }>())
    .results;
/** What was logged under this name. */
function logged(spy: { mock: { calls: unknown[][] } }, event: string): Record<string, unknown>[] {
  return spy.mock.calls
    .map(([line]) => JSON.parse(String(line)) as Record<string, unknown>)
    .filter((line) => line["event"] === event);
}

describe("the schedule", () => {
  it("lets a sweep that hangs keep no other waiting for longer than its turn", async () => {
    const ran: string[] = [];
    const warn = vi.spyOn(console, "warn");
    const shut = Promise.withResolvers<number>();
    onTestFinished(() => shut.resolve(0)); // else it says for ever that it is at it
    const sweeps = {
      first: async () => ran.push("first"),
      hangs: () => shut.promise,
      fails: () => Promise.reject(new Error("no")),
      last: async () => ran.push("last"),
    };
    await runSweeps(env, sweeps, QUICK);
    expect(ran).toEqual(["first", "last"]);
    expect(logged(warn, "scheduled.slow")).toMatchObject([{ sweep: "hangs" }]);
    warn.mockRestore();
  });

  it("leaves a slow sweep alone while another call is at it, and takes it up when that is over or dead", async () => {
    let runs = 0;
    const shut = Promise.withResolvers<number>();
    const sweeps = {
      slow: () => {
        runs += 1;
        return shut.promise;
      },
    };
    const first = runSweeps(env, sweeps, QUICK);
    await eventually(async () => expect(await busyMarks()).toEqual([{ name: "busy.slow" }]));
    await runSweeps(env, sweeps, QUICK);
    expect(runs).toBe(1);

    // A call that died says nothing any more: a minute later its sweep is run again.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    const second = runSweeps(env, sweeps, QUICK);
    await eventually(() => expect(runs).toBe(2));
    shut.resolve(0);
    await Promise.all([first, second]);
    await eventually(async () => expect(await busyMarks()).toEqual([]));
    await runSweeps(env, sweeps, QUICK);
    expect(runs).toBe(3);
  });

  it("costs no row for a sweep that is quick", async () => {
    await runSweeps(env, { quick: () => Promise.resolve(0) }, QUICK);
    expect(await busyMarks()).toEqual([]);
  });

  it("says of each sweep what it found, did and left", async () => {
    const info = vi.spyOn(console, "log");
    await runSweeps(env, {
      counts: () => Promise.resolve(3),
      partly: () => Promise.resolve({ found: 5, done: 3, left: 2 }),
      idle: () => Promise.resolve(0),
    });
    expect(logged(info, "scheduled.swept")).toMatchObject([
      { sweep: "counts", found: 3, count: 3, left: 0 },
      { sweep: "partly", found: 5, count: 3, left: 2 },
    ]);
    info.mockRestore();
  });

  it("goes on where D1 does not say what is busy", async () => {
    await env.DB.prepare(`ALTER TABLE marks RENAME TO elsewhere`).run();
    let runs = 0;
    await runSweeps(env, { only: async () => ++runs }, QUICK);
    expect(runs).toBe(1);
    await env.DB.prepare(`ALTER TABLE elsewhere RENAME TO marks`).run();
  });

  it("stops a sweep over many when its time is over: the rest is left to the next minute", async () => {
    let now = 0;
    const visited: number[] = [];
    const swept = await sweepEach(
      { ...services(), now: () => now },
      [1, 2, 3, 4, 5],
      (item) => {
        visited.push(item);
        now += 20_000;
        return item === 2 ? Promise.reject(new Error("no")) : Promise.resolve();
      },
      () => undefined,
    );
    expect(visited).toEqual([1, 2, 3]);
    expect(swept).toEqual({ found: 5, done: 2, left: 3, visited: 3 });
  });
});

/** Everything that a sweep can change, but where it left off. */
async function everything(number: TestNumber): Promise<Record<string, Row[]>> {
  const all: Record<string, Row[]> = {};
  for (const shard of ["DB", "DB_1"] as const) {
    const { results } = await env[shard]
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'`)
      .all<{ name: string }>();
    const names = results
      .map(({ name }) => name)
      .filter((name) => !/^(_cf|d1_|sqlite|marks)/.test(name));
    const rows = await env[shard].batch<Row>(
      names.map((name) => env[shard].prepare(`SELECT * FROM ${name}`)),
    );
    for (const [n, name] of names.entries()) all[`${shard}.${name}`] = rows[n]?.results ?? [];
  }
  all["object.journal"] = await runObjectSql(number.id, `SELECT * FROM journal`);
  all["archive"] = (await archiveKeys("")).map((key) => ({ key }));
  return all;
}

/** Something for every sweep to do. */
async function strand(): Promise<{ partner: Partner; number: TestNumber }> {
  partnerStub.start();
  const { partner, number } = await seedSender();
  const { key, shard, generation } = await senderOf(number);
  const now = Date.now();
  const old = now - 40 * DAY;
  const put = (sql: string, ...values: unknown[]) =>
    services()
      .shard(shard)
      .prepare(sql)
      .bind(...values)
      .run();
  await put(
    `INSERT INTO media (sender, wamid, customer, type, state, media_id, attempts, refusals, wanted_at,
       due_at) VALUES (?1, 'w', '1', 'image', 'wanted', 'm', 0, 0, ?2, ?2)`,
    key,
    now - HOUR,
  );
  await put(
    `INSERT INTO syncs (sender, generation, kind, state, requested_at)
     VALUES (?1, ?2, 'history', 'requested', ?3), (?1, ?2, 'contacts', 'requested', ?3)`,
    key,
    generation,
    now - 3 * HOUR,
  );
  await env.ARCHIVE.put(`inbox/${String(now - HOUR).padStart(14, "0")}-aa`, "{}", {
    customMetadata: { numbers: number.id },
  });
  await env.ARCHIVE.put(
    `overflow/${String(now - HOUR).padStart(14, "0")}-aa`,
    JSON.stringify({ receivedAt: now - HOUR, facts: [] }),
  );
  await env.ARCHIVE.put(
    `dead-letters/${String(now).padStart(14, "0")}-aa`,
    JSON.stringify({
      id: "history:x",
      source: "history",
      sender: null,
      phoneNumberId: null,
      reason: "retries",
      body: `{"key":"inbox/1-b"}`,
      attempts: 11,
      at: now,
      message: "m",
    }),
  );
  await env.DB.prepare(
    `INSERT INTO dead_letters (id, source, reason, body, at)
     VALUES ('overflow:done', 'overflow', 'retries', '{"key":"overflow/1-gone"}', 1)`,
  ).run();
  await env.DB.prepare(
    `INSERT INTO outgoing_media (sender, media, type, bytes, at) VALUES (?, 'old', 'image/png', 1, ?)`,
  )
    .bind(key, old)
    .run();
  await new TestEndpoint(partner.id).open();
  return { partner, number };
}

it("every sweep, run beside itself and once more, leaves what one run would", async () => {
  const { number } = await strand();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  for (const sweep of Object.values(SWEEPS))
    await Promise.all([sweep(services()), sweep(services())]);
  let once = "";
  // What was pointed at is looked at by its consumer, and may fail, and be put off.
  await eventually(async () => {
    const [before, now] = [once, await everything(number)];
    once = JSON.stringify(now);
    expect(once).toBe(before);
    expect(now["DB.media"] ?? now["DB_1.media"]).not.toEqual([]);
    expect(now["archive"]).toHaveLength(1); // the body, which is of nobody's history
  }, 300);
  for (const [name, sweep] of Object.entries(SWEEPS)) {
    await sweep(services());
    await services().phone(number.id).flushed();
    expect(await everything(number), name).toEqual(JSON.parse(once));
  }
  const events = (await everything(number))["DB.events"] ?? [];
  expect(new Set(events.map((event) => event["id"])).size).toBe(events.length);
});

/** Loses the object's alarm, and what it has in memory with it. */
async function loseAlarm(number: TestNumber): Promise<void> {
  await evict(number);
  await runInDurableObject(env.PHONE.getByName(number.id), (_object, state) =>
    state.storage.deleteAlarm(),
  );
}

describe("what an object was left with when its alarm was lost", () => {
  it("in its journal is in D1 after the hourly knock", async () => {
    const { number } = await seedSender();
    const { shard } = await senderOf(number);
    const database = services().shard(shard);
    // D1 is away while the message comes: it stays in the journal.
    await database.prepare(`ALTER TABLE heads RENAME TO elsewhere`).run();
    await webhook(inbound(number, textMessage()));
    await eventually(async () => expect(await services().phone(number.id).flushed()).toBe(false));
    await database.prepare(`ALTER TABLE elsewhere RENAME TO heads`).run();
    await loseAlarm(number);
    expect(await rowsOf(number, "messages")).toEqual([]);
    await runSweeps(env, { senders: SWEEPS["senders"] as (typeof SWEEPS)[string] });
    await eventually(async () => expect(await rowsOf(number, "messages")).toHaveLength(1));
  });

  it("in its outbox is sent after the hourly knock: the ticket is renewed", async () => {
    const { partner, number } = await seedObservedSender();
    const sent: unknown[] = [];
    const spy = vi.spyOn(env.SENDS, "send").mockImplementation((ticket) => {
      sent.push(ticket);
      return Promise.resolve({ metadata: {} } as QueueSendResponse);
    });
    const queued = await partner.post(
      `/v24.0/${number.id}/messages`,
      {
        messaging_product: "whatsapp",
        to: "15550177042",
        type: "template",
        template: { name: "order_ready", language: { code: "en" } },
      },
      { prefer: "respond-async" },
    );
    expect(queued.status).toBe(202);
    await loseAlarm(number);
    sent.length = 0;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 5 * 60_000 });
    await runSweeps(env, { senders: SWEEPS["senders"] as (typeof SWEEPS)[string] });
    const ticket = { phoneNumberId: number.id, sentAt: Date.now() };
    await eventually(() => expect(sent).toEqual([ticket]));
    spy.mockRestore();
  });

  it("as a placed send whose carrier died is unknown after one knock, and told after the next", async () => {
    const { partner, number } = await seedObservedSender();
    await takePlace(partner, number, "15550177042");
    await loseAlarm(number);
    const knock = async (ms: number) => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
      await runSweeps(env, { senders: SWEEPS["senders"] as (typeof SWEEPS)[string] });
      await services().phone(number.id).flushed();
      await loseAlarm(number);
    };
    await knock(10 * 60_000);
    const [row] = await runObjectSql(number.id, `SELECT state FROM outbox`);
    expect(row).toEqual({ state: "unknown" });
    expect(await eventsOf(partner, number, "send.settled")).toEqual([]);
    await knock(HOUR);
    expect(await eventsOf(partner, number, "send.settled")).toMatchObject([
      { data: { outcome: "unknown" } },
    ]);
    await knock(HOUR);
    expect(await eventsOf(partner, number, "send.settled")).toHaveLength(1);
  });

  it("is taken up again also where one object throws: the others of its slice are woken", async () => {
    const broken = await seedSender();
    const well = await seedSender();
    await breakObject(broken.number);
    await loseAlarm(well.number);
    const swept = await SWEEPS["senders"]?.(services());
    expect(swept).toMatchObject({ found: 2, left: 0 });
    await mendObject(broken.number);
  });
});

it("a round over 10,000 numbers is over within its hour, however the minutes fall", async () => {
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
     INSERT INTO senders (partner, phone_number_id, waba_id, display_phone_number, timezone, shard,
       state, state_at, generation, brought_by, created_at)
     SELECT 'p', 'n' || i, 'w', '1', 'UTC', 'DB', 'active', 0, 0, 'import', 0 FROM n`,
  ).run();
  const woken: string[] = [];
  let now = Date.now();
  const asleep = {
    ...services(),
    now: () => now,
    phone: (id: string) => ({
      wake: () => {
        woken.push(id);
        return Promise.resolve({ journal: 0 });
      },
    }),
  } as unknown as ReturnType<typeof services>;
  for (let minute = 0; minute < 60; minute += 1, now += 60_000) await SWEEPS["senders"]?.(asleep);
  expect(woken).toHaveLength(10_000);
  expect(new Set(woken).size).toBe(10_000);
});
