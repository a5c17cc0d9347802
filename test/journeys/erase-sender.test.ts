import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { askErasure, erasureRests, finishErasure, readErasure } from "../support/erasures.ts";
import { messageFrom, wamidsOf } from "../support/customers.ts";
import { graph } from "../support/graph-stub.ts";
import {
  asOperator,
  call,
  deliver,
  evict,
  importNumber,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { Signup } from "../support/signup.ts";
import { archiveKeys, HOUR, runObjectSql, senderOf, setClock } from "../support/storage.ts";
import { historyChunk, inbound, statuses, textMessage, webhook } from "../support/webhooks.ts";
import { clearAllocation, saveAllocation } from "../../src/database/allocations.ts";
import type { ErasureView } from "../support/erasures.ts";
import type { Partner, TestNumber } from "../support/seed.ts";
import { SENDER_TABLES } from "../../src/database/sender-tables.ts";
import { eventually } from "../support/eventually.ts";

const ANNA = "15550188001";

/** A number with a message, a history and a file, given up by its partner. */
async function seedDetached() {
  const { partner, number } = await seedSender();
  const at = Date.now() - HOUR;
  await deliver(
    number,
    messageFrom(number, { phone: ANNA }, { wamid: "wamid.anna", at, name: "Anna" }),
  );
  await deliver(
    number,
    statuses(number, { id: "wamid.anna-2", status: "read", recipient_id: ANNA }),
  );
  const { key } = await senderOf(number);
  await env.ARCHIVE.put(`media/${key}/0123456789abcdef`, "a file");
  await detach(partner, number);
  return { partner, number, key };
}

async function detach(partner: Partner, number: TestNumber) {
  graph.respond(() => Response.json({ success: true }));
  const response = await partner.post(`/v1/senders/${number.id}/detach`, {});
  expect(response.status).toBe(200);
  await services().phone(number.id).flushed();
}

async function erase(partner: Partner, number: TestNumber) {
  const response = await partner.call("DELETE", `/v1/senders/${number.id}?confirm=${number.id}`);
  expect(response.status).toBe(202);
  const { id } = await response.json<ErasureView>();
  return finishErasure(id);
}

/** Rows of a sender by table, over all databases. */
async function rowsLeft(key: number) {
  const left: Record<string, number> = {};
  for (const { name, sender } of SENDER_TABLES) {
    for (const shard of services().shards) {
      const row = await services()
        .shard(shard)
        .prepare(`SELECT count(*) AS count FROM ${name} WHERE ${sender} = ?`)
        .bind(key)
        .first<{ count: number }>();
      if (row !== null && row.count > 0) left[name] = (left[name] ?? 0) + row.count;
    }
  }
  return left;
}

describe("erasing a sender", () => {
  it("is refused while it is connected, and without its id once more", async () => {
    const { partner, number } = await seedSender();
    const path = `/v1/senders/${number.id}`;
    const connected = await partner.call("DELETE", `${path}?confirm=${number.id}`);
    expect(connected.status).toBe(409);
    await detach(partner, number);
    expect((await partner.call("DELETE", path)).status).toBe(400);
    expect((await partner.call("DELETE", `${path}?confirm=other`)).status).toBe(400);
    expect((await partner.get(path)).status).toBe(200);
  });

  it("leaves counts, positions and a name in the audit, and nothing else", async () => {
    const { partner, number, key } = await seedDetached();
    const erasure = await erase(partner, number);
    expect(erasure.erased).toMatchObject({ messages: 2, customers: 1, files: 1, objects: 1 });
    const left = await rowsLeft(key);
    expect(Object.keys(left).toSorted().join(" ")).toBe(
      "audit erasures events heads senders usage",
    );
    expect(await archiveKeys("media/")).toEqual([]);
    expect((await partner.get(`/v1/senders/${number.id}`)).status).toBe(404);
    expect(await partner.read("/v1/senders")).toMatchObject({ data: [] });
    const row = await env.DB.prepare(`SELECT * FROM senders WHERE key = ?`).bind(key).first();
    expect(JSON.stringify(row)).not.toContain(number.id);
    expect(JSON.stringify(row)).not.toContain(number.phone);
    const own = await partner.read(`/v1/senders/${number.id}/erasures/${erasure.id}`);
    expect(own).toMatchObject({ state: "done" });
  });

  it("is nobody's under the name that its row is left with", async () => {
    const { partner, number, key } = await seedDetached();
    await erase(partner, number);
    const path = `/v1/senders/erased:${key}`;
    expect((await partner.get(path)).status).toBe(404);
    expect((await partner.get(`${path}/messages`)).status).toBe(404);
    expect((await partner.call("DELETE", `${path}?confirm=erased:${key}`)).status).toBe(404);
    expect((await partner.call("DELETE", `${path}/customers/${ANNA}`)).status).toBe(404);
    const told = (await partner.events()).filter(({ type }) => type === "sender.erased");
    expect(told).toHaveLength(1);
  });

  it("keeps seq and position of every event", async () => {
    const { partner, number } = await seedDetached();
    const before = await partner.events();
    await erase(partner, number);
    const after = await partner.events();
    const placeOf = ({ seq, id, sender_id }: (typeof after)[number]) => `${sender_id} ${seq} ${id}`;
    expect(after.slice(0, before.length).map(placeOf)).toEqual(before.map(placeOf));
    expect(new Set(after.slice(0, before.length).map(({ type }) => type))).toEqual(
      new Set(["event.erased"]),
    );
    expect(after.at(-1)?.type).toBe("sender.erased");
    expect(JSON.stringify(after)).not.toContain(ANNA);
  });

  it("drops what Meta still sends, and takes the number anew when it is connected again", async () => {
    const { partner, number } = await seedDetached();
    await erase(partner, number);
    await webhook(inbound(number, textMessage({ wamid: "wamid.late", from: ANNA })));
    await webhook(historyChunk(number, { [ANNA]: [textMessage({ wamid: "wamid.old" })] }));
    expect(await runObjectSql(number.id, `SELECT * FROM journal`)).toEqual([]);
    await eventually(async () => expect(await archiveKeys("inbox/")).toEqual([]));
    const next = await seedPartner();
    await importNumber(next, number);
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.new", from: ANNA })));
    expect(await wamidsOf(next, number, ANNA)).toContain("wamid.new");
    expect(await wamidsOf(next, number, ANNA)).not.toContain("wamid.late");
    const [first] = await next.events(number.id);
    expect(first?.seq).toBe(1);
    expect((await partner.get(`/v1/senders/${number.id}`)).status).toBe(404);
  });

  it("does not touch the partner who has the number by now", async () => {
    const { partner, number, key } = await seedDetached();
    const next = await seedPartner();
    await importNumber(next, number);
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.theirs", from: ANNA })));
    await erase(partner, number);
    expect(await wamidsOf(next, number, ANNA)).toEqual(["wamid.theirs"]);
    expect(await rowsLeft(key)).not.toHaveProperty("messages");
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.more", from: ANNA })));
    expect(await wamidsOf(next, number, ANNA)).toHaveLength(2);
  });

  it("takes an operator, who is written down", async () => {
    const { partner, number, key } = await seedDetached();
    const path = `/v1/admin/senders/${number.id}?confirm=${number.id}&partner=${partner.id}`;
    const response = await call(path, {
      method: "DELETE",
      headers: { authorization: "Bearer test-operator-token" },
    });
    expect(response.status).toBe(202);
    const { id } = await response.json<ErasureView>();
    await finishErasure(id);
    expect(await rowsLeft(key)).not.toHaveProperty("messages");
    const { results } = await env.DB.prepare(`SELECT action FROM audit WHERE sender = ?`)
      .bind(key)
      .all();
    expect(results).toContainEqual({ action: "sender.erase" });
    expect((await asOperator(`/v1/admin/erasures/${id}`)).status).toBe(200);
  });
});

/** How many unusable items name Anna, in any database. */
async function itemsLeft() {
  let left = 0;
  for (const shard of services().shards) {
    const row = await services()
      .shard(shard)
      .prepare(`SELECT count(*) AS count FROM unrouted WHERE instr(raw, '${ANNA}') > 0`)
      .first<{ count: number }>();
    left += row?.count ?? 0;
  }
  return left;
}

describe("who connects the number of an erased sender", () => {
  it("keeps what came for them since they subscribed, before the erasure and behind it", async () => {
    const { partner, number } = await seedDetached();
    const next = await seedPartner();
    const since = Date.now();
    const until = since + 24 * HOUR;
    await services().phone(number.id).expectPartner({ partner: next.id, since, until });
    await webhook(inbound(number, textMessage({ wamid: "wamid.expected", from: ANNA })));
    await erase(partner, number);
    const at = services().now();
    await webhook(inbound(number, textMessage({ wamid: "wamid.between", from: ANNA, at })));
    await importNumber(next, number, since);
    await services().phone(number.id).flushed();
    expect(await wamidsOf(next, number, ANNA)).toEqual(["wamid.between", "wamid.expected"]);
  });

  it("keeps their signup, where it is the same partner's, and what comes before its end", async () => {
    const { partner, number } = await seedDetached();
    await Signup.begin(number);
    const signup = new Signup(partner, number);
    const session = await signup.open();
    expect((await signup.finish(session)).status).toBe(200);
    const path = `/v1/senders/${number.id}?confirm=${number.id}`;
    const { id } = await (await partner.call("DELETE", path)).json<ErasureView>();
    await erasureRests(id);
    setClock(services().now() + 2_000);
    const between = textMessage({ wamid: "wamid.between", from: ANNA, at: services().now() });
    await webhook(inbound(number, between));
    expect((await signup.confirm(session, { force: true })).status).toBe(200);
    await services().phone(number.id).flushed();
    expect(await wamidsOf(partner, number, ANNA)).toEqual(["wamid.between"]);
  });

  it("is not told what Meta repeats of the time before", async () => {
    const { partner, number } = await seedDetached();
    await erase(partner, number);
    const next = await seedPartner();
    const since = services().now();
    const until = since + 24 * HOUR;
    const old = inbound(
      number,
      textMessage({ wamid: "wamid.anna", from: ANNA, at: Date.now() - HOUR }),
    );
    await services().phone(number.id).expectPartner({ partner: next.id, since, until });
    await webhook(old);
    await importNumber(next, number, since);
    await deliver(number, old);
    expect(await wamidsOf(next, number, ANNA)).toEqual([]);
    expect(await itemsLeft()).toBe(0);
  });

  it("keeps no more of the former one's time raw, once that one is erased", async () => {
    const { partner, number } = await seedDetached();
    await importNumber(await seedPartner(), number, Date.now());
    const old = inbound(number, textMessage({ from: ANNA, at: Date.now() - 2 * HOUR }));
    await deliver(number, old);
    expect(await itemsLeft()).toBe(1);
    await erase(partner, number);
    expect(await itemsLeft()).toBe(0);
    await deliver(number, old);
    expect(await itemsLeft()).toBe(0);
  });

  it("keeps none of a customer whom the former one had erased", async () => {
    const { partner, number } = await seedDetached();
    await importNumber(await seedPartner(), number, Date.now());
    const old = inbound(number, textMessage({ from: ANNA, at: Date.now() - 2 * HOUR }));
    await deliver(number, old);
    await finishErasure((await askErasure(partner, number, ANNA)).id);
    expect(await itemsLeft()).toBe(0);
    await deliver(number, old);
    expect(await itemsLeft()).toBe(0);
  });

  it("learns no names from an import that was still under way", async () => {
    const { partner, number, key } = await seedDetached();
    await erase(partner, number);
    await services()
      .phone(number.id)
      .learn(key, [{ phone: ANNA, bsuid: "US.1" }]);
    expect(await runObjectSql(number.id, `SELECT * FROM aliases`)).toEqual([]);
    expect(await runObjectSql(number.id, `SELECT * FROM journal`)).toEqual([]);
  });
});

describe("a sender whose move has switched it and not ended", () => {
  it("is not erased yet: its object would wait for the move for ever", async () => {
    const { partner, number, key } = await seedDetached();
    await env.DB.prepare(
      `INSERT INTO moves (id, sender, from_shard, to_shard, operator, state, step, counts, attempts,
         due_at, created_at)
       VALUES ('move_1', ?1, 'DB', 'DB_1', 'ada', 'running', 'resume', '{}', 0, ?2, ?2)`,
    )
      .bind(key, Date.now() + HOUR)
      .run();
    const path = `/v1/senders/${number.id}?confirm=${number.id}`;
    const early = await partner.call("DELETE", path);
    expect(early.status).toBe(503);
    expect(await early.json()).toMatchObject({ reason: "moving" });
    await env.DB.prepare(`UPDATE moves SET state = 'done'`).run();
    await erase(partner, number);
  });
});

describe("with a sender that is erased", () => {
  it("goes its account's id, as soon as the credit is taken back that is known by it", async () => {
    const { partner, number, key } = await seedDetached();
    await saveAllocation(env.DB, key, "allocation-1");
    await erase(partner, number);
    const account = () =>
      env.DB.prepare(`SELECT waba_id FROM senders WHERE key = ?`).bind(key).first();
    expect(await account()).toEqual({ waba_id: number.wabaId });
    await clearAllocation(env.DB, number.wabaId, "allocation-1");
    expect(await account()).toEqual({ waba_id: "" });
  });

  it("goes the archive's copy of what came while nobody held the number", async () => {
    const { partner, number } = await seedDetached();
    await env.ARCHIVE.put("oversize/0123", ANNA);
    await env.DB.prepare(
      `INSERT INTO unrouted (id, field, reason, raw, at)
       VALUES (?1, 'raw', 'unknown_number', '{"kind":"raw","raw":{"archive_key":"oversize/0123"}}', 1)`,
    )
      .bind(`${number.id}:7`)
      .run();
    const { erased } = await erase(partner, number);
    expect(erased).toMatchObject({ unrouted: 1 });
    expect(await archiveKeys("oversize/")).toEqual([]);
  });

  it("end its alarms", async () => {
    const { partner, number } = await seedDetached();
    const alarm = "sends_unknown";
    const finding = { since: Date.now(), detail: "60 sends.", path: "/console" };
    await services()
      .alarms()
      .raise({ ...finding, alarm, subject: number.id });
    await runObjectSql(
      number.id,
      `INSERT INTO settings (name, value) VALUES ('alarmed', '{"${alarm}":"${number.id}"}')`,
    );
    await evict(number);
    await erase(partner, number);
    const alarms = await (await asOperator("/v1/admin/alarms")).json<{ open: unknown[] }>();
    expect(alarms.open).toEqual([]);
  });

  it("end erasures of its customers, who are not told of under a name that it never had", async () => {
    const { partner, number } = await seedDetached();
    const { id } = await askErasure(partner, number, ANNA);
    await erasureRests(id);
    await erase(partner, number);
    expect(await readErasure(id)).toMatchObject({ state: "done" });
    const events = await partner.events();
    expect(new Set(events.map(({ sender_id }) => sender_id))).toEqual(new Set([number.id]));
    expect(events.at(-1)?.type).toBe("sender.erased");
  });
});
