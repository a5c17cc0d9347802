import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { flushFacts } from "../../src/durable/flush.ts";
import {
  deliver,
  evict,
  importNumber,
  newNumber,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import {
  configOf,
  listLeftOver,
  rowsOf,
  runObjectSql,
  runSql,
  senderOf,
  snapshot,
} from "../support/storage.ts";
import {
  change,
  CUSTOMER,
  inbound,
  newWamid,
  seconds,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Sender } from "../../src/database/senders.ts";
import type { JournalRow } from "../../src/durable/journal.ts";
import type { TestEvent, TestNumber } from "../support/seed.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Makes D1 refuse one message for good, as SQLite refuses: with a constraint. */
function refuseWamid(number: TestNumber, wamid: string): Promise<void> {
  return runSql(
    number,
    `CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.wamid = '${wamid}'
     BEGIN SELECT RAISE(ABORT, 'poison'); END`,
  );
}

/** Takes D1's most used table away: every flush fails, and none for good. */
async function loseTable(number: TestNumber): Promise<void> {
  await runSql(number, `ALTER TABLE messages RENAME TO messages_away`);
}

async function findTable(number: TestNumber, sender?: Sender): Promise<void> {
  const { shard } = sender ?? (await senderOf(number));
  await services().shard(shard).prepare(`ALTER TABLE messages_away RENAME TO messages`).run();
}

function journalRow(n: number, wamid: string): JournalRow {
  const at = Date.now();
  return {
    n,
    receivedAt: at,
    fact: {
      kind: "message",
      key: `m:${wamid}`,
      wamid,
      at,
      direction: "inbound",
      origin: "customer",
      customer: { phone: CUSTOMER },
      type: "text",
      body: { text: { body: "late" } },
    },
    derived: { customer: CUSTOMER },
  };
}

describe("a fact that D1 refuses for good", () => {
  it("is put into the dead letters alone: its 49 neighbours are stored, their events gapless", async () => {
    const { partner, number } = await seedSender();
    await services().phone(number.id).flushed();
    const messages = upTo(50).map(() => textMessage());
    const poison = messages[17]?.id ?? "";
    await refuseWamid(number, poison);
    await deliver(number, inbound(number, ...messages));

    const stored = (await rowsOf(number, "messages")).map((row) => String(row["wamid"]));
    expect(stored.toSorted()).toEqual(
      messages
        .map((message) => message.id)
        .filter((id) => id !== poison)
        .toSorted(),
    );
    expect(await listLeftOver("dead-letters")).toMatchObject([{ source: "flush" }]);
    const { results } = await env.DB.prepare(`SELECT body FROM dead_letters`).all();
    expect(results).toMatchObject([{ body: expect.stringContaining(poison) as string }]);
    const events = await partner.events(number.id);
    expect(events.map((event) => event.seq)).toEqual(upTo(50)); // with sender.connected
    expect(events.map((event) => event.data["wamid"])).not.toContain(poison);
    expect(await runObjectSql(number.id, "SELECT n FROM journal")).toEqual([]);
  });

  it("leaves the way free for what comes after it", async () => {
    const { partner, number } = await seedSender();
    await refuseWamid(number, "wamid.last-and-bad");
    await deliver(number, inbound(number, textMessage({ wamid: "wamid.last-and-bad" })));
    const next = textMessage();
    await deliver(number, inbound(number, next));
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid: next.id }]);
    expect((await partner.events()).map((event) => event.seq)).toEqual([1, 2]);
  });

  it("does not stop the facts of other kinds in its batch", async () => {
    const { number } = await seedSender();
    await refuseWamid(number, "wamid.bad-stub");
    await deliver(number, {
      object: "whatsapp_business_account",
      entry: [
        ...statuses(number, { id: "wamid.bad-stub", status: "read" }).entry,
        ...change(number, "smb_app_state_sync", {
          state_sync: [
            {
              type: "contact",
              action: "add",
              contact: { full_name: "Ola Brandt", phone_number: CUSTOMER },
              metadata: { timestamp: seconds(Date.now()) },
            },
          ],
        }).entry,
      ],
    });
    expect(await rowsOf(number, "contacts")).toMatchObject([{ full_name: "Ola Brandt" }]);
    expect(await listLeftOver("dead-letters")).toHaveLength(1);
  });
});

describe("a database that fails for now", () => {
  it("delays D1 and nothing else: the door says 200, the facts wait in order, then all are told", async () => {
    const { partner, number } = await seedSender();
    const phone = services().phone(number.id);
    await phone.flushed();
    await loseTable(number); // as where a migration is late: no fact's fault
    const messages = upTo(3).map((hour) => textMessage({ at: Date.now() - hour * 3_600_000 }));
    for (const message of messages) {
      expect((await webhook(inbound(number, message))).status).toBe(200);
    }
    expect(await phone.flushed()).toBe(false);
    expect(await runObjectSql(number.id, "SELECT key FROM journal ORDER BY n")).toEqual(
      messages.map((message) => ({ key: `m:${message.id}` })),
    );
    expect(await listLeftOver("dead-letters")).toEqual([]);
    const window = await partner.read(`/v1/senders/${number.id}/windows/${CUSTOMER}`);
    expect(window).toMatchObject({ open: true });

    await findTable(number);
    expect(await phone.flushed()).toBe(true);
    const events = await partner.events(number.id);
    expect(events.map((event) => event.data["wamid"])).toEqual([
      undefined,
      ...messages.map((message) => message.id),
    ]);
  });

  it("has an alarm that tries again by itself", async () => {
    const { number } = await seedSender();
    const phone = services().phone(number.id);
    await phone.flushed();
    await loseTable(number);
    await webhook(inbound(number, textMessage()));
    await phone.flushed();
    const alarm = await runInDurableObject(env.PHONE.getByName(number.id), (_object, state) =>
      state.storage.getAlarm(),
    );
    expect(alarm).not.toBeNull();
  });
});

describe("the fence", () => {
  it("makes a late flush of a dead instance change nothing", async () => {
    const { number } = await seedSender();
    await deliver(number, inbound(number, ...upTo(5).map(() => textMessage())));
    const once = await snapshot(number);
    const [head] = await rowsOf(number, "heads");
    const fence = Number(head?.["fence"]);
    expect(fence).toBeGreaterThanOrEqual(5);
    const late = upTo(fence).map((n) => journalRow(n, `wamid.ghost-${n}`));
    await flushFacts(env, await configOf(number), late);
    expect(await snapshot(number)).toEqual(once);
    expect(await rowsOf(number, "heads")).toEqual([head]);
  });

  it("lets of a late batch pass only what lies above it", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, inbound(number, textMessage()));
    const [head] = await rowsOf(number, "heads");
    const fence = Number(head?.["fence"]);
    await flushFacts(env, await configOf(number), [
      journalRow(fence, "wamid.ghost-old"),
      journalRow(fence + 1, "wamid.ghost-new"),
    ]);
    const wamids = (await rowsOf(number, "messages")).map((row) => row["wamid"]);
    expect(wamids).toContain("wamid.ghost-new");
    expect(wamids).not.toContain("wamid.ghost-old");
    const events = await partner.events(number.id);
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3]);
  });

  it("covers rows of every table, whatever their kind", async () => {
    const { number } = await seedSender();
    await deliver(number, inbound(number, textMessage()));
    const once = await snapshot(number);
    const base = { receivedAt: Date.now(), derived: { customer: CUSTOMER } };
    const at = Date.now() + 60_000;
    const customer = { phone: CUSTOMER, name: "Ghost" };
    const wamid = String(once["messages"]?.[0]?.["wamid"]);
    await flushFacts(env, await configOf(number), [
      { ...base, n: 1, fact: { kind: "status", key: "s:1", wamid, status: "read", at, customer } },
      {
        ...base,
        n: 1,
        fact: {
          kind: "revoke",
          key: "m:x",
          wamid: "wamid.x",
          target: wamid,
          at,
          direction: "inbound",
          customer,
        },
      },
      { ...base, n: 1, fact: { kind: "contact", key: "c:1", at, removed: true, customer } },
      { ...base, n: 1, fact: { kind: "notice", key: "n:1", field: "security", detail: {} } },
      { ...base, n: 1, fact: { kind: "raw", key: "r:1", field: "f", reason: "r", raw: {} } },
    ]);
    expect(await snapshot(number)).toEqual(once);
    expect(await listLeftOver("unrouted")).toEqual([]);
  });

  it("is kept by the object over an empty journal and an eviction", async () => {
    const { number } = await seedSender();
    await deliver(number, inbound(number, textMessage()));
    await evict(number);
    const message = textMessage();
    await deliver(number, inbound(number, message));
    const wamids = (await rowsOf(number, "messages")).map((row) => row["wamid"]);
    expect(wamids).toContain(message.id);
  });
});

describe("seq and pos", () => {
  const gapless = (events: TestEvent[], id: string) => {
    const seqs = events.filter((event) => event.sender_id === id).map((event) => event.seq);
    expect(seqs).toEqual(upTo(seqs.length));
    return seqs.length;
  };

  it("are gapless and growing for senders of one partner, on one shard and on two", async () => {
    const partner = await seedPartner();
    const numbers: TestNumber[] = [];
    for (const number of upTo(4).map(() => newNumber())) {
      await importNumber(partner, number);
      numbers.push(number);
    }
    await Promise.all(
      numbers.flatMap((number) =>
        upTo(6).map(() => webhook(inbound(number, textMessage(), textMessage()))),
      ),
    );
    for (const number of numbers) await services().phone(number.id).flushed();

    const events = await partner.events();
    for (const number of numbers) expect(gapless(events, number.id)).toBe(13);
    const shards = await Promise.all(
      [env.DB, env.DB_1].map(async (database) => {
        const { results } = await database
          .prepare(`SELECT pos, sender_id FROM events ORDER BY pos`)
          .all<{ pos: number; sender_id: string }>();
        return results;
      }),
    );
    for (const rows of shards) {
      expect(rows.map((row) => row.pos)).toEqual(upTo(26));
      expect(new Set(rows.map((row) => row.sender_id)).size).toBe(2);
    }
  });

  it("give every event once to a reader who pages while more is written", async () => {
    const { partner, number } = await seedSender();
    const seen: TestEvent[] = [];
    let after = "";
    for (const round of upTo(5)) {
      await webhook(inbound(number, ...upTo(round).map(() => textMessage())));
      if (round % 2 === 0) await services().phone(number.id).flushed();
      const page = await partner.read<{ data: TestEvent[]; next_cursor: string }>(
        `/v1/events?limit=2${after === "" ? "" : `&after=${after}`}`,
      );
      seen.push(...page.data);
      after = page.next_cursor;
    }
    await services().phone(number.id).flushed();
    for (;;) {
      const page = await partner.read<{ data: TestEvent[]; next_cursor: string }>(
        `/v1/events?limit=3${after === "" ? "" : `&after=${after}`}`,
      );
      if (page.data.length === 0) break;
      seen.push(...page.data);
      after = page.next_cursor;
    }
    expect(seen.map((event) => event.seq)).toEqual(upTo(16));
  });
});

describe("facts of a number that nobody has claimed", () => {
  it("wait in the journal and are taken in, in order, when the number is configured", async () => {
    const number = newNumber();
    const messages = upTo(5).map(() => textMessage());
    for (const message of messages) await webhook(inbound(number, message));
    await webhook(inbound(number, messages[0])); // Meta's retry in the meantime
    await webhook(statuses(number, { id: newWamid("waiting"), status: "sent" }));
    expect(await runObjectSql(number.id, "SELECT n FROM journal")).toHaveLength(6);

    const partner = await seedPartner();
    await importNumber(partner, number);
    expect(await services().phone(number.id).flushed()).toBe(true);
    const events = await partner.events(number.id);
    const received = events.filter((event) => event.type === "message.received");
    expect(received.map((event) => event.data["wamid"])).toEqual(messages.map(({ id }) => id));
    expect(events.map((event) => event.seq)).toEqual(upTo(7));
    const window = await partner.read(`/v1/senders/${number.id}/windows/${CUSTOMER}`);
    expect(window).toMatchObject({ open: true, why: "customer_wrote" });
  });

  it("survive an eviction while they wait", async () => {
    const number = newNumber();
    const message = textMessage();
    await webhook(inbound(number, message));
    await evict(number);
    await importNumber(await seedPartner(), number);
    await services().phone(number.id).flushed();
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid: message.id }]);
  });
});

describe("a number that moves to another partner", () => {
  it("invariant 8: what waits for D1 at that moment stays with the old partner", async () => {
    const { partner: before, number } = await seedSender();
    const phone = services().phone(number.id);
    await phone.flushed();
    const old = await senderOf(number);
    await loseTable(number);
    const message = textMessage({ body: "for the first partner only" });
    await webhook(inbound(number, message));
    await phone.flushed();

    const after = await seedPartner();
    await importNumber(after, number);
    await findTable(number, old);
    await phone.flushed();
    const { data } = await after.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toEqual([]);
    const told = await after.events();
    expect(told.map((event) => event.type)).not.toContain("message.received");
    expect((await before.events()).map((event) => event.sender_id)).toContain(number.id);
  });

  it("invariant 8: starts empty for the new one, and its aliases are known to the new one's D1", async () => {
    const bsuid = "DE.61000000000000000077";
    const { partner: before, number } = await seedSender();
    const named = () => textMessage({ extra: { from_user_id: bsuid } });
    await deliver(number, inbound(number, named()));
    const after = await seedPartner();
    await importNumber(after, number);
    await services().phone(number.id).flushed();
    const path = `/v1/senders/${number.id}/messages?customer=${bsuid}`;
    expect((await after.read<{ data: unknown[] }>(path)).data).toEqual([]);
    const message = named();
    await deliver(number, inbound(number, message));
    expect((await after.read<{ data: unknown[] }>(path)).data).toMatchObject([
      { wamid: message.id },
    ]);
    expect((await before.read<{ data: unknown[] }>(path)).data).toHaveLength(1);
  });
});

it("keeps a send's customer when a new generation begins before D1 has it", async () => {
  const { partner, number } = await seedSender();
  const phone = services().phone(number.id);
  await deliver(number, inbound(number, textMessage()));
  await loseTable(number);
  const sent = await partner.post(`/v24.0/${number.id}/messages`, {
    messaging_product: "whatsapp",
    to: CUSTOMER,
    type: "text",
    text: { body: "Coming right up." },
  });
  expect(sent.status).toBe(200);
  await phone.flushed();
  const config = await configOf(number);
  await phone.configure({ ...config, generation: config.generation + 1000 });
  await findTable(number);
  expect(await phone.flushed()).toBe(true);
  const rows = await rowsOf(number, "messages");
  expect(rows.find((row) => row["origin"] === "api")).toMatchObject({ customer: CUSTOMER });
});
