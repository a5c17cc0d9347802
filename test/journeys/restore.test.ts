import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { runMove } from "../../src/operations/run-move.ts";
import { sweepBodies } from "../../src/operations/sweep-bodies.ts";
import { sweepMoves } from "../../src/operations/sweep-moves.ts";
import { sweepSenders } from "../../src/operations/sweep-senders.ts";
import historySql from "../../scripts/restore/history.sql?raw";
import registrySql from "../../scripts/restore/registry.sql?raw";
import shardSql from "../../scripts/restore/shard.sql?raw";
import { partnerStub } from "../support/partner-stub.ts";
import { TestEndpoint } from "../support/endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { graph } from "../support/graph-stub.ts";
import {
  asOperator,
  deliver,
  importNumber,
  newNumber,
  seedSender,
  services,
} from "../support/seed.ts";
import { historySettled, historyStored, rowsOf, senderOf, setClock } from "../support/storage.ts";
import {
  CUSTOMER,
  historyChunk,
  inbound,
  newWamid,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestEvent, TestNumber } from "../support/seed.ts";

/** What Time Travel keeps of a database: all its rows, and the counters of its keys. */
type Copy = Map<string, Record<string, unknown>[]>;

async function copyOf(database: D1Database): Promise<Copy> {
  const { results } = await database
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
    )
    .all<{ name: string }>();
  const copy: Copy = new Map();
  for (const { name } of results) {
    copy.set(name, (await database.prepare(`SELECT * FROM "${name}"`).all()).results);
  }
  return copy;
}

/** As `wrangler d1 time-travel restore` does: the database is what it was, and nothing else is. */
async function restore(database: D1Database, copy: Copy): Promise<void> {
  // The counters last: rows that are put back move them.
  const tables = [...copy].sort(
    ([left], [right]) => Number(left === "sqlite_sequence") - Number(right === "sqlite_sequence"),
  );
  await database.batch(
    tables.flatMap(([name, rows]) => [
      database.prepare(`DELETE FROM "${name}"`),
      ...rows.map((row) =>
        database
          .prepare(
            `INSERT INTO "${name}" (${Object.keys(row)
              .map((column) => `"${column}"`)
              .join(", ")}) VALUES (${Object.keys(row)
              .map(() => "?")
              .join(", ")})`,
          )
          .bind(...Object.values(row)),
      ),
    ]),
  );
}

/** Some pages of positions, where the files leap over hundreds of them. */
const LEAP = "20000";

/** A file of scripts/restore, as `wrangler d1 execute --file` runs it. */
async function runFile(database: D1Database, sql: string): Promise<void> {
  const statements = sql
    .replaceAll("1000000", LEAP)
    .replaceAll(/^--.*$/gm, "")
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
  await database.batch(statements.map((statement) => database.prepare(statement)));
}

async function customerWrites(number: TestNumber): Promise<string> {
  const wamid = newWamid();
  await deliver(number, inbound(number, textMessage({ wamid })));
  return wamid;
}

/** What a partner reads that goes on where it stood: pages can be empty and not the last. */
async function readOn(partner: Partner, cursor: string): Promise<TestEvent[]> {
  const events: TestEvent[] = [];
  for (let after = cursor; ;) {
    const page = await partner.page(`limit=500&after=${after}`);
    events.push(...page.data);
    if (!page.has_more) return events;
    after = page.next_cursor;
  }
}

const shardOf = async (number: TestNumber) => services().shard((await senderOf(number)).shard);
const wamidsOf = (events: TestEvent[]) => events.map(({ data }) => data["wamid"]);

describe("a shard that was restored to yesterday", () => {
  let seeded: Awaited<ReturnType<typeof seedSender>>;
  let database: D1Database;
  let copy: Copy;
  /** Told before the copy and after it; where a partner that has read all stands. */
  let before: string;
  let undone: string[];
  let cursor: string;
  let told: TestEvent[];

  beforeEach(async () => {
    seeded = await seedSender();
    const { partner, number } = seeded;
    database = await shardOf(number);
    before = await customerWrites(number);
    copy = await copyOf(database);
    undone = [await customerWrites(number), await customerWrites(number)];
    const page = await partner.page("limit=500");
    told = page.data;
    cursor = page.next_cursor;
    await restore(database, copy);
  });

  it("has lost what came since, and nobody is told of it again", async () => {
    const { partner, number } = seeded;
    await runFile(database, shardSql);
    const stored = (await rowsOf(number, "messages")).map((row) => row["wamid"]);
    expect(stored).toEqual([before]);
    expect(await readOn(partner, cursor)).toEqual([]);
    expect(wamidsOf(told)).toEqual(expect.arrayContaining(undone));
  });

  it("would hide what comes next from whoever has read on: that is what shard.sql is for", async () => {
    const { partner, number } = seeded;
    await customerWrites(number);
    expect(await readOn(partner, cursor)).toEqual([]);
  });

  it("tells what comes next to who reads by cursor, once, under numbers that were not given yet", async () => {
    const { partner, number } = seeded;
    await runFile(database, shardSql);
    const fresh = [await customerWrites(number), await customerWrites(number)];
    const data = await readOn(partner, cursor);
    expect(wamidsOf(data)).toEqual(fresh);
    const given = new Set(told.map(({ seq }) => seq));
    expect(data.filter(({ seq }) => given.has(seq))).toEqual([]);
    const [one, other] = data.map(({ seq }) => seq);
    expect(other).toBe((one ?? 0) + 1);
  });

  it("takes the fence up where the object is: its next facts are written, none twice", async () => {
    const { number } = seeded;
    await runFile(database, shardSql);
    const fresh = await customerWrites(number);
    const stored = (await rowsOf(number, "messages")).map((row) => row["wamid"]);
    expect(stored).toHaveLength(2);
    expect(new Set(stored)).toEqual(new Set([before, fresh]));
  });

  it("takes in once more what Meta repeats of the lost time", async () => {
    const { number } = seeded;
    await runFile(database, shardSql);
    const [lost = ""] = undone;
    await deliver(number, inbound(number, textMessage({ wamid: lost })));
    const stored = (await rowsOf(number, "messages")).map((row) => row["wamid"]);
    expect(stored).toContain(lost);
  });
});

describe("an endpoint of a shard that was restored", () => {
  it("says that its log ends before what it told, once, where shard.sql was forgotten", async () => {
    const errors = vi.spyOn(console, "error");
    const said = () => errors.mock.calls.filter(([line]) => String(line).includes("log_behind"));
    partnerStub.start();
    const endpoint = new TestEndpoint();
    await endpoint.open();
    const copy = await copyOf(env.DB);
    await endpoint.append(1, 3);
    await endpoint.work();
    expect(said()).toEqual([]);
    await restore(env.DB, copy);
    for (let time = 0; time < 2; time += 1) {
      await endpoint.append(1);
      await endpoint.ring();
      await endpoint.work();
    }
    expect(said()).toHaveLength(1);
    expect(JSON.parse(String(said()[0]?.[0]))).toMatchObject({
      level: "error",
      event: "endpoint.log_behind",
      endpoint: endpoint.id,
    });
    errors.mockRestore();
  });

  it("is told what comes next, and what came before not again", async () => {
    partnerStub.start();
    const endpoint = new TestEndpoint();
    await endpoint.open();
    await endpoint.append(1, 2);
    const copy = await copyOf(env.DB);
    await endpoint.append(1, 3);
    await endpoint.work();
    const told = partnerStub.posts.length;
    expect(told).toBe(5);
    await restore(env.DB, copy);
    await runFile(env.DB, shardSql);
    const fresh = await endpoint.append(1, 2);
    await endpoint.ring();
    await endpoint.work();
    expect(partnerStub.ids.slice(told)).toEqual(fresh);
  });
});

describe("history that a restored shard has lost", () => {
  it("comes back from the raw bodies, and what was there is not doubled", async () => {
    const { number } = await seedSender();
    const database = await shardOf(number);
    const message = (id: string, at: number) =>
      textMessage({ wamid: id, from: CUSTOMER, at: Date.now() - at });
    await webhook(historyChunk(number, { [CUSTOMER]: [message("wamid.kept", 9e8)] }, { order: 1 }));
    await historyStored(number, 1);
    const copy = await copyOf(database);
    const registry = await copyOf(env.DB);
    await webhook(historyChunk(number, { [CUSTOMER]: [message("wamid.lost", 8e8)] }, { order: 2 }));
    await historyStored(number, 2);
    await historySettled(number);
    await restore(database, copy);
    // The registry still has both bodies as stored, unless it is the same database.
    if (database === env.DB) await restore(env.DB, registry);
    expect((await rowsOf(number, "messages")).map((row) => row["wamid"])).toEqual(["wamid.kept"]);

    await runFile(database, shardSql);
    await runFile(env.DB, historySql);
    setClock(Date.now() + 60_000);
    expect(await sweepBodies(services())).toBe(2);
    await historyStored(number, 2);
    const wamids = (await rowsOf(number, "messages")).map((row) => row["wamid"]);
    expect(wamids).toHaveLength(2);
    expect(new Set(wamids)).toEqual(new Set(["wamid.kept", "wamid.lost"]));
  });
});

describe("a registry that was restored", () => {
  it("gives the key of a number that it forgot to no other: its object writes under it still", async () => {
    const { partner, number } = await seedSender();
    const copy = await copyOf(env.DB);
    const { number: forgotten } = await seedSender({ partner });
    const { key } = await senderOf(forgotten);
    await restore(env.DB, copy);
    await runFile(env.DB, registrySql);
    const next = newNumber();
    await importNumber(partner, next);
    expect((await senderOf(next)).key).toBeGreaterThan(key);
    expect((await senderOf(number)).key).toBeLessThan(key);
  });

  it("learns from the objects what state its numbers are in", async () => {
    const { partner, number } = await seedSender();
    const copy = await copyOf(env.DB);
    graph.respond(() => Response.json({ success: true }));
    expect((await partner.post(`/v1/senders/${number.id}/detach`, {})).status).toBe(200);
    await services().phone(number.id).flushed();
    await restore(env.DB, copy);
    await runFile(env.DB, registrySql);
    expect((await senderOf(number)).state).toBe("active");
    await sweepSenders(services());
    expect(await senderOf(number)).toMatchObject({
      state: "disconnected",
      stateReason: "detached",
    });
  });
});

describe("a registry that was restored to before a number's move, or into it", () => {
  /** In the registry's own database: it goes to DB_1. */
  async function seedInRegistry() {
    for (;;) {
      const seeded = await seedSender();
      if ((await senderOf(seeded.number)).shard === "DB") return seeded;
    }
  }
  const readsAll = async (partner: Partner, number: TestNumber) => {
    const path = `/v1/senders/${number.id}/messages`;
    const { data } = await partner.read<{ data: { wamid: string }[] }>(path);
    return data.map(({ wamid }) => wamid).toSorted();
  };
  const begin = async (number: TestNumber) => {
    const path = `/v1/admin/senders/${number.id}/move`;
    const { id } = await (await asOperator(path, { shard: "DB_1" })).json<{ id: string }>();
    await eventually(async () => {
      if ((await moveOf(id))?.["place"] == null) throw new Error("It has not begun.");
    });
    return id;
  };
  const moveOf = (id: string) =>
    env.DB.prepare(`SELECT * FROM moves WHERE id = ?`).bind(id).first();
  const goOn = async (ms: number) => {
    setClock(services().now() + ms);
    await sweepMoves(services());
  };

  it.each(["quiet", "rows", "check", "switch", "resume", "keep"])(
    "finds it where its object says, when it was put back into the step %s",
    async (step) => {
      const { partner, number } = await seedInRegistry();
      const wamids = [await customerWrites(number)];
      const id = await begin(number);
      for (let turn = 0; (await moveOf(id))?.["step"] !== step && turn < 99; turn += 1) {
        setClock(services().now() + 2 * 60_000);
        await runMove(services(), id, 1);
      }
      const copy = await copyOf(env.DB);
      for (let turn = 0; turn < 5; turn += 1) await goOn(11 * 60_000);
      expect(await moveOf(id)).toMatchObject({ state: "done" });
      wamids.push(await customerWrites(number));
      await restore(env.DB, copy);
      await runFile(env.DB, shardSql);
      await runFile(env.DB, registrySql);
      for (let turn = 0; turn < 5; turn += 1) await goOn(11 * 60_000);
      await sweepSenders(services());
      expect(await senderOf(number)).toMatchObject({ shard: "DB_1", move: null });
      wamids.push(await customerWrites(number));
      expect(await readsAll(partner, number)).toEqual(wamids.toSorted());
    },
  );

  it("writes where it is after a move that was given up since, whose shut door came back", async () => {
    const { partner, number } = await seedInRegistry();
    const id = await begin(number);
    for (let turn = 0; (await moveOf(id))?.["step"] !== "rows" && turn < 99; turn += 1) {
      setClock(services().now() + 2 * 60_000);
      await runMove(services(), id, 1);
    }
    const copy = await copyOf(env.DB);
    await goOn(13 * 3_600_000);
    expect(await moveOf(id)).toMatchObject({ state: "given_up" });
    await restore(env.DB, copy);
    await runFile(env.DB, shardSql);
    await runFile(env.DB, registrySql);
    await goOn(11 * 60_000);
    await sweepSenders(services());
    expect(await senderOf(number)).toMatchObject({ shard: "DB", move: null });
    const wamid = await customerWrites(number);
    expect(await readsAll(partner, number)).toEqual([wamid]);
  });

  it("lets go of a number that waits for a move of which nobody knows any more", async () => {
    const { partner, number } = await seedInRegistry();
    const copy = await copyOf(env.DB);
    const id = await begin(number);
    for (let turn = 0; (await moveOf(id))?.["step"] !== "rows" && turn < 99; turn += 1) {
      setClock(services().now() + 2 * 60_000);
      await runMove(services(), id, 1);
    }
    const wamid = newWamid();
    await webhook(inbound(number, textMessage({ wamid })));
    await restore(env.DB, copy);
    await runFile(env.DB, shardSql);
    await runFile(env.DB, registrySql);
    await sweepSenders(services());
    await services().phone(number.id).flushed();
    expect(await readsAll(partner, number)).toEqual([wamid]);
  });
});
