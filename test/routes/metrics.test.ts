import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { countEventsSince } from "../../src/database/read-metrics.ts";
import { forgetMetrics, readMetrics } from "../../src/operations/read-metrics.ts";
import { reportAlarms } from "../../src/operations/report-alarms.ts";
import { whileDatabasesAreDown } from "../support/down-databases.ts";
import { TestEndpoint } from "../support/endpoints.ts";
import {
  asOperator,
  call,
  deliver,
  importNumber,
  newNumber,
  seedObservedSender,
  seedPartner,
  services,
} from "../support/seed.ts";
import { commandTo, customer, QUEUED } from "../support/sends.ts";
import { HOUR, senderOf, setClock } from "../support/storage.ts";
import { inbound, textMessage, webhook } from "../support/webhooks.ts";
import type { viewMetrics } from "../../src/routes/metrics.ts";

type Figures = ReturnType<typeof viewMetrics>;

beforeEach(() => forgetMetrics(services()));

async function read(): Promise<Figures> {
  forgetMetrics(services());
  return (await asOperator("/v1/admin/metrics")).json<Figures>();
}

async function scrape(): Promise<string> {
  forgetMetrics(services());
  const response = await asOperator("/v1/admin/metrics?format=prometheus");
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return response.text();
}

/** Prometheus' text format as its parsers take it: a family's help and type, then its samples. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  let family = "";
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.trimEnd().split("\n")) {
    const head = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (head !== null) {
      family = head[2] ?? "";
      if (head[1] === "TYPE") expect(head[3]).toBe("gauge");
      continue;
    }
    const label = String.raw`[a-z_]+="(?:[^"\\\n]|\\\\|\\"|\\n)*"`;
    const sample = new RegExp(`^([a-z_]+)(\\{${label}(?:,${label})*\\})? (-?[0-9.]+)$`).exec(line);
    if (sample === null || sample[1] !== family) throw new Error(`not a sample: ${line}`);
    const name = `${sample[1]}${sample[2] ?? ""}`;
    if (samples.has(name)) throw new Error(`twice: ${name}`);
    samples.set(name, Number(sample[3]));
  }
  return samples;
}

/** A world with something of everything. */
async function seedWorld() {
  const { partner, number } = await seedObservedSender();
  const blocked = newNumber();
  await importNumber(partner, blocked);
  await services().phone(blocked.id).flushed();
  const key = (await senderOf(blocked)).key;
  await env.DB.prepare(`UPDATE senders SET blocked = '{"kind":"token","code":190,"since":1}'
    WHERE key = ?`)
    .bind(key)
    .run();
  await deliver(number, inbound(number, textMessage(), textMessage({ from: customer(2) })));
  const now = Date.now();
  const fill = (sql: string, ...values: unknown[]) =>
    env.DB.prepare(sql)
      .bind(...values)
      .run();
  const file = `INSERT INTO media (sender, wamid, customer, type, state, media_id, attempts, refusals,
    wanted_at, due_at) VALUES (?1, ?2, 'c', 'image', ?3, '1', 0, 0, 1, ?4)`;
  await fill(file, key, "due", "wanted", now - 90_000);
  await fill(file, key, "later", "wanted", now + HOUR);
  await fill(file, key, "gone", "unavailable", null);
  const letter = `INSERT INTO dead_letters (id, source, reason, body, at) VALUES (?1, ?2, 'x', '{}', ?3)`;
  await fill(letter, "queue:1", "queue", now);
  await fill(letter, "queue:2", "queue", now);
  await fill(letter, "flush:1", "flush", now);
  const item = `INSERT INTO unrouted (id, field, reason, raw, at) VALUES (?1, 'f', 'r', '{}', ?2)`;
  await fill(item, "u1", now);
  await env.DB_1.prepare(item).bind("u2", now).run();
  const sync = `INSERT INTO syncs (sender, generation, kind, state) VALUES (?1, 1, ?2, ?3)`;
  await fill(sync, key, "history", "stalled");
  await env.DB_1.prepare(sync).bind(900, "history", "stalled").run();
  await fill(sync, key, "contacts", "complete");
  const endpoint = new TestEndpoint(partner.id);
  await endpoint.open({ state: "paused" }); // it is behind, and stays so
  const arrival = String(now - 30_000).padStart(14, "0");
  await env.ARCHIVE.put(`overflow/${arrival}-a`, "{}");
  return { partner, number, blocked, endpoint };
}

describe("GET /v1/admin/metrics", () => {
  it("says how a seeded world is, to the figure", async () => {
    const { partner, number, endpoint } = await seedWorld();
    // Nobody drains it: the ticket goes to nobody.
    const send = services().queues.sends;
    Object.assign(services().queues, { sends: { send: () => Promise.resolve() } });
    try {
      await services()
        .phone(number.id)
        .admit(commandTo(partner, customer(5), { mode: QUEUED }));
      await services()
        .phone(number.id)
        .admit(commandTo(partner, customer(6)));
    } finally {
      Object.assign(services().queues, { sends: send });
    }
    await reportAlarms(services(), []);
    const figures = await read();
    expect(figures).toMatchObject({
      sampled: false,
      asked: { phones: 2, phones_of: 2, endpoints: 1, endpoints_of: 1, silent: 0 },
      unavailable: [],
      senders: { by_state: { active: 2 }, blocked: { token: 1 }, held: 0 },
      windows_open: 2,
      sends: { queued: 1, placed: 1, unknown: 0, oldest_queued_at: expect.any(String) },
      syncs: expect.arrayContaining([
        { kind: "contacts", state: "complete", count: 1 },
        { kind: "history", state: "stalled", count: 2 },
      ]),
      media: { wanted: 2, overdue: 1, oldest_due_at: expect.any(String), unavailable: 1 },
      endpoints: { by_state: { enabled: 1 }, failing: 0 },
      dead_letters: { queue: 2, flush: 1 },
      unrouted: 2,
      overflow: { waiting: 1, since: expect.any(String) },
      shards: [
        { name: "DB", bytes: expect.any(Number), percent: expect.any(Number) },
        { name: "DB_1", bytes: expect.any(Number), percent: expect.any(Number) },
      ],
      swept_at: expect.any(String),
      alarms: { open: { dead_letters: 2 } },
    });
    expect(figures.endpoints?.owed).toEqual([
      {
        endpoint_id: endpoint.id,
        partner_id: partner.id,
        owed: (await partner.events()).length,
        failing_since: null,
      },
    ]);
    expect(figures.events).toEqual({
      last_hour: (await partner.events()).length,
      last_day: (await partner.events()).length,
    });
  });

  it("names the numbers whose facts wait for D1, and goes on where databases do not answer", async () => {
    const { number } = await seedObservedSender();
    setClock(Date.now());
    await whileDatabasesAreDown(async () => {
      await webhook(inbound(number, textMessage()));
      await services().phone(number.id).flushed();
      const figures = await read();
      expect(figures.shards.map(({ bytes }) => bytes)).toEqual([null, null]);
      expect(figures).toMatchObject({
        senders: null,
        events: null,
        asked: null,
        dead_letters: null,
      });
      expect(figures.unavailable).toEqual(
        expect.arrayContaining(["DB", "DB_1", "senders", "phones", "events", "media"]),
      );
      expect(figures.alarms).not.toBeNull();
      const samples = parse(await scrape());
      expect(samples.get('tandem_shard_up{shard="DB"}')).toBe(0);
      expect([...samples.keys()].some((name) => name.startsWith("tandem_senders"))).toBe(false);
    });
    setClock(Date.now() + 5_000);
    await env.DB.prepare(`ALTER TABLE heads RENAME TO heads_away`).run();
    const figures = await read();
    await env.DB.prepare(`ALTER TABLE heads_away RENAME TO heads`).run();
    expect(figures.flush).toEqual({
      waiting_facts: 1,
      late: [{ sender_id: number.id, lag_ms: 5_000, facts: 1 }],
    });
    expect(figures.unavailable).toEqual([]);
  });

  it("asks 150 numbers at most, those in trouble first, and says that it is a sample", async () => {
    const partner = await seedPartner();
    const insert = env.DB.prepare(
      `INSERT INTO senders (partner, phone_number_id, waba_id, display_phone_number, timezone, shard,
         state, state_at, generation, brought_by, created_at, blocked)
       VALUES (?1, ?2, 'w', '1', 'UTC', 'DB', ?3, 0, 0, 'import', 0, ?4)`,
    );
    await env.DB.batch(
      Array.from({ length: 160 }, (_, n) =>
        insert.bind(partner.id, `77000${n}`, n === 1 ? "paused" : "active", null),
      ),
    );
    const asked: string[] = [];
    const own = services();
    const metrics = await readMetrics({
      ...own,
      phone: (id) => {
        asked.push(id);
        return own.phone(id);
      },
    });
    expect(metrics).toMatchObject({ sampled: true, asked: { phones: 150, phonesOf: 160 } });
    expect(asked).toHaveLength(150);
    expect(asked[0]).toBe("770001");
    expect(asked[1]).toBe("77000159");
  });

  it("is closed to partners, and knows no other format", async () => {
    const partner = await seedPartner();
    expect((await partner.get("/v1/admin/metrics")).status).toBe(401);
    expect((await call("/v1/admin/metrics")).status).toBe(401);
    expect((await asOperator("/v1/admin/metrics?format=xml")).status).toBe(400);
  });
});

describe("?format=prometheus", () => {
  it("is text that Prometheus reads, with the same figures", async () => {
    const { partner, endpoint } = await seedWorld();
    const samples = parse(await scrape());
    const owed = (await partner.events()).length;
    expect(Object.fromEntries(samples)).toMatchObject({
      'tandem_senders{state="active",blocked="",held="false"}': 1,
      'tandem_senders{state="active",blocked="token",held="false"}': 1,
      tandem_windows_open: 2,
      tandem_media_wanted: 2,
      tandem_media_overdue: 1,
      tandem_media_unavailable: 1,
      'tandem_dead_letters{source="queue"}': 2,
      tandem_unrouted: 2,
      'tandem_shard_up{shard="DB"}': 1,
      'tandem_syncs{kind="history",state="stalled"}': 2,
      [`tandem_endpoint_owed{endpoint="${endpoint.id}",partner="${partner.id}"}`]: owed,
      tandem_events_last_day: owed,
    });
    expect(samples.get("tandem_media_oldest_overdue_seconds")).toBeGreaterThanOrEqual(90);
  });

  it("escapes what labels may not hold", async () => {
    await env.DB.prepare(
      `INSERT INTO dead_letters (id, source, reason, body, at) VALUES ('x', ?1, 'x', '{}', 1)`,
    )
      .bind('a "quoted"\\\nsource')
      .run();
    const text = await scrape();
    expect(text).toContain(String.raw`tandem_dead_letters{source="a \"quoted\"\\\nsource"} 1`);
    parse(text);
  });
});

describe("events since an instant", () => {
  /** A partner's log, one event every minute, the newest now. */
  async function seedLog(partner: string, minutes: number, now: number): Promise<void> {
    await env.DB.prepare(
      `INSERT INTO events (partner, pos, sender, sender_id, seq, id, type, at, data, appended_at)
       WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?2)
       SELECT ?1, value, 1, '1', value, ?1 || value, 'message.received', 0, '{}',
         ?3 - (?2 - value) * 60000 FROM n`,
    )
      .bind(partner, minutes, now)
      .run();
    await env.DB.prepare(`INSERT INTO positions (partner, pos, at, pruned) VALUES (?1, ?2, ?3, 0)`)
      .bind(partner, minutes, now)
      .run();
  }
  const count = (now: number, partners = 10) =>
    countEventsSince(env.DB, { hour: now - HOUR, day: now - 24 * HOUR }, partners);

  it("are counted by halving, exactly, also where the start of the log is forgotten", async () => {
    const now = Date.UTC(2026, 5, 1);
    await seedLog("p1", 2_000, now);
    expect(await count(now)).toEqual({ hour: 61, day: 1_441, more: false });
    await env.DB.exec(`DELETE FROM events WHERE pos <= 1500`);
    await env.DB.exec(`UPDATE positions SET pruned = 1500`);
    expect(await count(now)).toEqual({ hour: 61, day: 500, more: false });
    await seedLog("p2", 30, now);
    expect(await count(now)).toEqual({ hour: 91, day: 530, more: false });
    expect(await count(now, 1)).toMatchObject({ more: true });
  });

  it("reads a few dozen rows of a partner, however long its log is", async () => {
    const now = Date.UTC(2026, 5, 1);
    await seedLog("p1", 2_000, now);
    const { meta } = await env.DB.prepare(`SELECT count(*) FROM events`).all();
    const before = meta.rows_read;
    let read = 0;
    const spy = new Proxy(env.DB, {
      get(target, name) {
        if (name !== "prepare") return Reflect.get(target, name, target) as unknown;
        return (sql: string) => {
          const statement = target.prepare(sql);
          const bind = statement.bind.bind(statement);
          statement.bind = (...values: unknown[]) => {
            const bound = bind(...values);
            const all = bound.all.bind(bound);
            bound.all = async <T>() => {
              const result = await all<T>();
              read += result.meta.rows_read;
              return result;
            };
            return bound;
          };
          return statement;
        };
      },
    });
    await countEventsSince(spy, { hour: now - HOUR, day: now - 24 * HOUR }, 10);
    expect(before).toBeGreaterThanOrEqual(2_000);
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(300);
  });
});
