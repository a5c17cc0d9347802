import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  deliver,
  importNumber,
  newNumber,
  seedObservedSender,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { eventsOf, sendIdOf, sendPath, templateTo } from "../support/sends.ts";
import {
  DAY,
  HOUR,
  listLeftOver,
  rowsOf,
  runObjectSql,
  senderOf,
  setClock,
} from "../support/storage.ts";
import { inbound, newWamid, statuses, textMessage, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const wamidsOf = async (partner: Partner, number: TestNumber) => {
  const path = `/v1/senders/${number.id}/messages`;
  return (await partner.read<{ data: { wamid: string }[] }>(path)).data.map(({ wamid }) => wamid);
};

/** Wamids that a partner was told of, of whatever kind. */
const toldOf = async (partner: Partner) =>
  (await partner.events()).flatMap((event) => event.data["wamid"] ?? []);

async function onBothShards(sql: string): Promise<void> {
  await env.DB.prepare(sql).run();
  await env.DB_1.prepare(sql).run();
}

describe("invariant 8: a number that moves on and on while D1 cannot be written", () => {
  it("leaves each partner its own facts and no other's", async () => {
    const { partner: first, number } = await seedSender();
    const phone = services().phone(number.id);
    await phone.flushed();
    await onBothShards(`ALTER TABLE messages RENAME TO messages_away`);

    const partners = [first, await seedPartner(), await seedPartner()];
    const messages = partners.map(() => textMessage());
    for (const [turn, partner] of partners.entries()) {
      if (turn > 0) await importNumber(partner, number);
      await webhook(inbound(number, messages[turn]));
      expect(await phone.flushed()).toBe(false);
    }

    await onBothShards(`ALTER TABLE messages_away RENAME TO messages`);
    expect(await phone.flushed()).toBe(true);
    for (const [turn, partner] of partners.entries()) {
      expect(await wamidsOf(partner, number)).toEqual([messages[turn]?.id]);
      expect(await toldOf(partner)).toEqual([messages[turn]?.id]);
    }
    // What comes from now on is the last one's.
    const fresh = textMessage();
    await deliver(number, inbound(number, fresh));
    const all = new Set([messages[2]?.id, fresh.id]);
    expect(new Set(await wamidsOf(partners[2] ?? first, number))).toEqual(all);
    expect(await wamidsOf(first, number)).toEqual([messages[0]?.id]);
  });
});

describe("invariant 8: what comes after a move and is about the time before it", () => {
  it("is kept, and not told to the new partner: a status of the former one's send", async () => {
    const { partner: before, number } = await seedObservedSender();
    const response = await before.post(sendPath(number), templateTo());
    const send = sendIdOf(response);
    const { messages } = await response.json<{ messages: { id: string }[] }>();
    const after = await seedPartner();
    await importNumber(after, number);

    const status = { id: messages[0]?.id, status: "read", biz_opaque_callback_data: send };
    await deliver(number, statuses(number, status));
    expect(await eventsOf(after, number, "message.status")).toEqual([]);
    expect(await rowsOf(number, "messages")).toEqual([]);
    expect(await listLeftOver("unrouted")).toMatchObject([
      { field: "status", reason: "former_partner" },
    ]);
  });

  it("is kept, and not told to the new partner: a message from long before", async () => {
    const { number } = await seedSender();
    const after = await seedPartner();
    await importNumber(after, number);
    const old = textMessage({ at: Date.now() - HOUR });
    const fresh = textMessage();
    await deliver(number, inbound(number, old, fresh));
    expect(await wamidsOf(after, number)).toEqual([fresh.id]);
    expect(await toldOf(after)).toEqual([fresh.id]);
    expect(await listLeftOver("unrouted")).toMatchObject([
      { field: "message", reason: "former_partner" },
    ]);
  });

  it("teaches the new partner no names: what the former one's history holds", async () => {
    const { number } = await seedSender();
    const former = await senderOf(number);
    const after = await seedPartner();
    await importNumber(after, number);
    const phone = services().phone(number.id);
    const pair = [{ phone: "15550166123", bsuid: "US.formerhistory" }];
    await phone.learn(former.key, pair);
    const aliases = () => runObjectSql(number.id, `SELECT * FROM aliases`);
    expect(await aliases()).toEqual([]);
    await phone.learn((await senderOf(number)).key, pair);
    expect(await aliases()).not.toEqual([]);
  });

  it("is told where it is the new partner's own", async () => {
    const { number } = await seedObservedSender();
    const after = await seedPartner();
    await importNumber(after, number);
    const send = sendIdOf(await after.post(sendPath(number), templateTo()));
    const status = { status: "delivered", biz_opaque_callback_data: send };
    await deliver(number, statuses(number, { id: newWamid("own"), ...status }));
    expect(await eventsOf(after, number, "message.status")).toHaveLength(1);
    expect(await listLeftOver("unrouted")).toEqual([]);
  });
});

describe("facts of a number that nobody has claimed for eight days", () => {
  it("are taken in by the next try where the first one to claim it breaks off", async () => {
    const number = newNumber();
    const partner = await seedPartner();
    const message = textMessage();
    await webhook(inbound(number, message));
    await runObjectSql(
      number.id,
      `CREATE TRIGGER broken BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
    await expect(importNumber(partner, number)).rejects.toThrow();
    await runObjectSql(number.id, `DROP TRIGGER broken`);
    await importNumber(partner, number);
    await services().phone(number.id).flushed();
    expect(await wamidsOf(partner, number)).toEqual([message.id]);
    expect(await toldOf(partner)).toEqual([message.id]);
  });

  it("invariant 3: go to the unrouted items; what came since waits on for its partner", async () => {
    const now = Date.now();
    const number = newNumber();
    const [old, fresh] = [textMessage({ at: now - 9 * DAY }), textMessage({ at: now })];
    setClock(now - 9 * DAY);
    await webhook(inbound(number, old));
    setClock(now);
    await webhook(inbound(number, fresh));
    await services().phone(number.id).wake();
    await expect.poll(() => listLeftOver("unrouted")).toHaveLength(1);
    const waiting = () => runObjectSql(number.id, `SELECT key FROM journal`);
    await expect.poll(waiting).toEqual([{ key: `m:${fresh.id}` }]);
    const { results } = await env.DB.prepare(`SELECT reason, raw FROM unrouted`).all();
    expect(results).toMatchObject([
      { reason: "unknown_number", raw: expect.stringContaining(old.id) as string },
    ]);

    const partner = await seedPartner();
    await importNumber(partner, number);
    await services().phone(number.id).flushed();
    expect(await wamidsOf(partner, number)).toEqual([fresh.id]);
    expect(await toldOf(partner)).toEqual([fresh.id]);
  });
});
