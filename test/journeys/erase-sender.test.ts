import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { finishErasure } from "../support/erasures.ts";
import { messageFrom, wamidsOf } from "../support/customers.ts";
import { graph } from "../support/graph-stub.ts";
import {
  asOperator,
  call,
  deliver,
  importNumber,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { archiveKeys, HOUR, runObjectSql, senderOf } from "../support/storage.ts";
import { historyChunk, inbound, statuses, textMessage, webhook } from "../support/webhooks.ts";
import type { ErasureView } from "../support/erasures.ts";
import type { Partner, TestNumber } from "../support/seed.ts";
import { SENDER_TABLES } from "../../src/database/sender-tables.ts";

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
    await vi.waitFor(async () => expect(await archiveKeys("inbox/")).toEqual([]), 5_000);
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
