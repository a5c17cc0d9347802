import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { SENDER_TABLES } from "../../src/database/sender-tables.ts";
import { runMove } from "../../src/operations/run-move.ts";
import { sweepBodies } from "../../src/operations/sweep-bodies.ts";
import { sweepMoves } from "../../src/operations/sweep-moves.ts";
import { messageFrom, wamidsOf } from "../support/customers.ts";
import { eventually } from "../support/eventually.ts";
import { recordStatements } from "../support/recording-database.ts";
import { asOperator, deliver, evict, seedSender, services } from "../support/seed.ts";
import { configOf, HOUR, historySettled, rowsOf, senderOf, setClock } from "../support/storage.ts";
import {
  echoes,
  historyChunk,
  inbound,
  newWamid,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const ANNA = "15550188001";
const MINUTE = 60_000;

interface MoveView {
  id: string;
  state: string;
  step: string | null;
  copied: Record<string, number>;
}

let partner: Partner;
let number: TestNumber;
let from: "DB" | "DB_1";
let to: "DB" | "DB_1";

beforeEach(async () => {
  ({ partner, number } = await seedSender());
  const { shard } = await senderOf(number);
  from = shard === "DB" ? "DB" : "DB_1";
  to = from === "DB" ? "DB_1" : "DB";
});

const begin = async (of = number, shard = to) => {
  const response = await asOperator(`/v1/admin/senders/${of.id}/move`, { shard });
  expect(response.status).toBe(202);
  return (await response.json<MoveView>()).id;
};
const look = async (id: string) => (await asOperator(`/v1/admin/moves/${id}`)).json<MoveView>();

/** The clock goes on, and the sweep with it. */
const pass = async (ms: number) => {
  setClock(services().now() + ms);
  await sweepMoves(services());
};

/** What the request itself began is at rest. */
const rests = (id: string) =>
  eventually(async () => {
    const row = await env.DB.prepare(`SELECT due_at - ?2 AS left FROM moves WHERE id = ?1`)
      .bind(id, services().now())
      .first<{ left: number }>();
    const isTaken = row !== null && row.left > 15 * MINUTE && row.left < 17 * MINUTE;
    if (row === null || isTaken) throw new Error("It is under way.");
  });

async function finish(id: string) {
  await rests(id);
  for (let turn = 0; turn < 40; turn++) {
    const move = await look(id);
    if (move.state !== "running") return move;
    await pass(11 * MINUTE);
  }
  throw new Error(`It does not come to its end: ${(await look(id)).step}`);
}

const write = (wamid: string, from = ANNA) =>
  webhook(inbound(number, textMessage({ wamid, from, at: services().now() })));

/** Rows of the number in a database, by table. */
async function rowsIn(shard: "DB" | "DB_1", key: number) {
  const counts: Record<string, number> = {};
  for (const { name, moves } of SENDER_TABLES) {
    if (!moves) continue;
    const row = await env[shard]
      .prepare(`SELECT count(*) AS count FROM ${name} WHERE sender = ?`)
      .bind(key)
      .first<{ count: number }>();
    counts[name] = row?.count ?? 0;
  }
  return counts;
}

async function seedTalk() {
  const at = Date.now() - HOUR;
  await deliver(
    number,
    messageFrom(number, { phone: ANNA }, { wamid: "wamid.1", at, name: "Anna" }),
  );
  await deliver(number, echoes(number, { id: "wamid.2", to: ANNA }));
  await deliver(number, statuses(number, { id: "wamid.2", status: "read", recipient_id: ANNA }));
  await webhook(
    historyChunk(number, {
      [ANNA]: [textMessage({ wamid: "wamid.old", from: ANNA, at: at - HOUR })],
    }),
  );
  await historySettled(number);
}

describe("moving a sender to another shard", () => {
  it("takes every row along, and leaves none behind but the events", async () => {
    await seedTalk();
    const { key } = await senderOf(number);
    const before = await rowsIn(from, key);
    const messages = await rowsOf(number, "messages");
    const move = await finish(await begin());
    expect(move.state).toBe("done");
    expect((await senderOf(number)).shard).toBe(to);
    expect((await configOf(number)).shard).toBe(to);
    expect(await rowsIn(to, key)).toEqual(before);
    expect(await rowsOf(number, "messages")).toEqual(messages);
    const left = await rowsIn(from, key);
    expect(Object.entries(left).filter(([, count]) => count > 0)).toEqual([["heads", 1]]);
  });

  it("goes on with seq, and no reader loses or doubles an event", async () => {
    await seedTalk();
    const before = await partner.page("limit=2");
    const id = await begin();
    await write("wamid.during");
    await finish(id);
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.after", from: ANNA })));
    const rest = [];
    for (let after = before.next_cursor; ;) {
      const page = await partner.page(`limit=2&after=${after}`);
      rest.push(...page.data);
      after = page.next_cursor;
      if (!page.has_more) break;
    }
    const all = [...before.data, ...rest];
    expect(all.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(
      all.map((_, index) => index + 1),
    );
    expect(new Set(all.map((event) => event.id)).size).toBe(all.length);
    expect(all.map(({ data }) => data["wamid"])).toContain("wamid.after");
    expect(await partner.events(number.id)).toHaveLength(all.length);
  });

  it("acks live traffic meanwhile, which can be read when it is over", async () => {
    await seedTalk();
    const id = await begin();
    await rests(id);
    await pass(2 * MINUTE);
    for (const n of [1, 2, 3]) expect((await write(`wamid.live-${n}`)).status).toBe(200);
    await finish(id);
    await services().phone(number.id).flushed();
    const wamids = await wamidsOf(partner, number, ANNA);
    expect(wamids).toEqual(
      expect.arrayContaining(["wamid.live-1", "wamid.live-2", "wamid.live-3"]),
    );
  });

  it("keeps history that comes meanwhile until it is over", async () => {
    const id = await begin();
    await rests(id);
    const past = textMessage({ wamid: "wamid.late-history", from: ANNA, at: Date.now() - HOUR });
    await webhook(historyChunk(number, { [ANNA]: [past] }));
    await finish(id);
    await sweepBodies(services());
    await historySettled(number);
    expect((await rowsOf(number, "messages")).map(({ wamid }) => wamid)).toEqual([
      "wamid.late-history",
    ]);
  });

  it("tells nothing twice that Meta repeats afterwards, and keeps the timeline", async () => {
    await seedTalk();
    const edit = inbound(number, {
      from: ANNA,
      id: newWamid("edit"),
      timestamp: String(Math.floor(Date.now() / 1_000)),
      type: "edit",
      edit: {
        original_message_id: "wamid.1",
        message: { type: "text", text: { body: "corrected" } },
      },
    });
    await deliver(number, edit);
    const timeline = await partner.read(`/v1/senders/${number.id}/timeline`);
    const told = await partner.events(number.id);
    await finish(await begin());
    await deliver(number, edit);
    await deliver(number, statuses(number, { id: "wamid.2", status: "read", recipient_id: ANNA }));
    expect(await partner.events(number.id)).toEqual(told);
    expect(await partner.read(`/v1/senders/${number.id}/timeline`)).toEqual(timeline);
  });

  it("does each turn over that was cut short before it was noted", async () => {
    await seedTalk();
    const { key } = await senderOf(number);
    const before = await rowsIn(from, key);
    const id = await begin();
    await rests(id);
    const row = () => env.DB.prepare(`SELECT * FROM moves WHERE id = ?`).bind(id).first();
    const steps = new Set<unknown>();
    while ((await look(id)).state === "running") {
      setClock(services().now() + 11 * MINUTE);
      const noted = await row();
      steps.add(noted?.["step"]);
      await runMove(services(), id, 1);
      // Its death comes between what it did and what it noted of it.
      await env.DB.prepare(
        `UPDATE moves SET state = 'running', step = ?2, place = ?3, ended_at = NULL, due_at = 0
         WHERE id = ?1`,
      )
        .bind(id, noted?.["step"], noted?.["place"])
        .run();
      await services().phone(number.id).phase(); // one that is not in memory cannot be evicted
      await evict(number);
      await runMove(services(), id, 1);
    }
    expect([...steps]).toEqual(
      "quiet pause clear rows events check switch resume keep leave".split(" "),
    );
    expect(await rowsIn(to, key)).toEqual(before);
    await write("wamid.after");
    await services().phone(number.id).flushed();
    expect(await wamidsOf(partner, number, ANNA)).toContain("wamid.after");
  });

  it("takes no more queries of an invocation for several than for one", async () => {
    const ids = [await begin()];
    for (let other = 0; other < 2; other++) {
      const { number: of } = await seedSender();
      const { shard } = await senderOf(of);
      ids.push(await begin(of, shard === "DB" ? "DB_1" : "DB"));
    }
    for (const id of ids) await rests(id);
    setClock(services().now() + 2 * MINUTE);
    const databases = { DB: recordStatements(env.DB), DB_1: recordStatements(env.DB_1) };
    const shard = (name: string) => databases[name === "DB" ? "DB" : "DB_1"].database;
    await sweepMoves({ ...services(), registry: databases.DB.database, shard });
    const moves = await Promise.all(ids.map(look));
    expect(new Set(moves.map(({ step }) => step))).not.toContain("quiet");
    const queries = databases.DB.statements.length + databases.DB_1.statements.length;
    expect(queries).toBeGreaterThan(60);
    expect(queries).toBeLessThan(1_000); // what Cloudflare lets an invocation ask
  });

  it("copies thousands of rows in one call, within its queries", async () => {
    const { key } = await senderOf(number);
    await env[from]
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO messages (sender, wamid, customer, at, type, direction, origin, historical,
           body)
         SELECT ?1, 'wamid.' || i, '1555' || (i % 99), i, 'text', 'inbound', 'customer', 1,
           json_object('text', json_object('body', hex(randomblob(100)))) FROM n`,
      )
      .bind(key)
      .run();
    const id = await begin();
    await rests(id);
    setClock(services().now() + 2 * MINUTE);
    const databases = { DB: recordStatements(env.DB), DB_1: recordStatements(env.DB_1) };
    const shard = (name: string) => databases[name === "DB" ? "DB" : "DB_1"].database;
    await sweepMoves({ ...services(), registry: databases.DB.database, shard });
    expect(await look(id)).toMatchObject({ step: "keep", copied: { messages: 10_000 } });
    expect(await rowsIn(to, key)).toMatchObject({ messages: 10_000 });
    const queries = databases.DB.statements.length + databases.DB_1.statements.length;
    expect(queries).toBeLessThan(700);
  });

  it("comes back with all of it, and with what came since", async () => {
    await seedTalk();
    const { key } = await senderOf(number);
    await finish(await begin());
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.there", from: ANNA })));
    const before = await rowsIn(to, key);
    [from, to] = [to, from];
    await finish(await begin());
    expect(await rowsIn(to, key)).toEqual(before);
    const events = await partner.events(number.id);
    expect(events.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(
      events.map((_, index) => index + 1),
    );
  });

  it("gives up where the new shard takes nothing, and goes on where it was", async () => {
    await seedTalk();
    const id = await begin();
    await rests(id);
    await env[to].prepare(`ALTER TABLE messages RENAME TO gone`).run();
    try {
      const move = await finish(id);
      expect(move.state).toBe("given_up");
    } finally {
      await env[to].prepare(`ALTER TABLE gone RENAME TO messages`).run();
    }
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.after", from: ANNA })));
    expect(await wamidsOf(partner, number, ANNA)).toContain("wamid.after");
    expect((await senderOf(number)).shard).toBe(from);
  });

  it("is refused to a shard that is not there, to where it is, and twice at once", async () => {
    const path = `/v1/admin/senders/${number.id}/move`;
    expect((await asOperator(path, { shard: "DB_9" })).status).toBe(400);
    expect((await asOperator(path, { shard: from })).status).toBe(409);
    await begin();
    expect((await asOperator(path, { shard: to })).status).toBe(409);
  });
});
