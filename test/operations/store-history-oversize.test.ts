import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { shardNames } from "../../src/database/shards.ts";
import { arrivalKey, INBOX } from "../../src/operations/archive-keys.ts";
import { discardUnrouted } from "../../src/operations/discard-left-over.ts";
import { dropOversizeOf } from "../../src/operations/drop-oversize.ts";
import { storeHistoryBody } from "../../src/operations/store-history-body.ts";
import { askErasure, eraseWholly, finishErasure, readErasure } from "../support/erasures.ts";
import { eventually } from "../support/eventually.ts";
import { largestValue, recordStatements } from "../support/recording-database.ts";
import { seedSender, services } from "../support/seed.ts";
import { archiveKeys, DAY, rowsOf, senderOf, snapshot } from "../support/storage.ts";
import { change, CUSTOMER, newWamid, textMessage } from "../support/webhooks.ts";
import type { ShardName } from "../../src/database/shards.ts";
import type { TestNumber } from "../support/seed.ts";

/** D1 refuses a value over 2 MB in production; here it takes any (platform.md 1.2). */
const D1_MAX_BYTES = 2_000_000;
const ANNA = "15550177002";
const HUGE = "of the past ".repeat(210_000);

const past = (extra: Record<string, unknown> = {}) => ({
  ...textMessage({ wamid: newWamid("past"), at: Date.now() - 30 * DAY }),
  history_context: { status: "READ" },
  ...extra,
});

interface Thread {
  id: string;
  context?: Record<string, unknown>;
  messages: unknown;
}

/** A body whose one chunk has these threads, as the door puts it away. @returns its key */
function putAway(number: TestNumber, ...threads: Thread[]): Promise<string> {
  const metadata = { phase: 2, chunk_order: 1, progress: 100 };
  return putElement(number, { metadata, threads });
}

async function putElement(number: TestNumber, element: Record<string, unknown>): Promise<string> {
  const raw = JSON.stringify(change(number, "history", { history: [element] }));
  const key = arrivalKey(INBOX, Date.now(), raw);
  await env.ARCHIVE.put(key, raw, { customMetadata: { numbers: number.id } });
  return key;
}

/** @returns bytes of the largest value that D1 was handed on the way */
async function store(key: string): Promise<number> {
  const registry = recordStatements(env.DB);
  const shards = new Map(
    shardNames(env).map((name) => [name, recordStatements(services().shard(name))]),
  );
  const shard = (name: string) => shards.get(name as ShardName)?.database ?? env.DB;
  await storeHistoryBody({ ...services(), registry: registry.database, shard }, key);
  const all = [registry, ...shards.values()].flatMap(({ statements }) => statements);
  expect(all.length).toBeGreaterThan(5);
  return largestValue(all);
}

/** What the archive has whole of what fitted no row. */
async function oversize(): Promise<{ key: string; text: string | undefined }[]> {
  const keys = await archiveKeys("oversize/");
  return Promise.all(
    keys.map(async (key) => ({ key, text: await (await env.ARCHIVE.get(key))?.text() })),
  );
}

const isDone = async (key: string) =>
  (await env.DB.prepare(`SELECT state FROM history_bodies WHERE key = ?`).bind(key).first()) !==
  null;

describe("an item of history that fits no row", () => {
  const good = () => [past(), past(), past()];
  const huge = {
    "a thread in no form that we know": (): [Thread, string] => {
      const thread = { id: ANNA, messages: HUGE };
      return [thread, JSON.stringify(thread)];
    },
    "a message of no type that we know": (): [Thread, string] => {
      const message = past({ type: "odd", odd: HUGE });
      return [{ id: ANNA, messages: [message] }, JSON.stringify(message)];
    },
    "a message with a text": (): [Thread, string] => [
      { id: ANNA, messages: [past({ text: { body: HUGE } })] },
      JSON.stringify(HUGE),
    ],
    "an edit": (): [Thread, string] => {
      const message = { type: "text", text: { body: HUGE } };
      const edit = { original_message_id: newWamid("past"), message };
      return [{ id: ANNA, messages: [past({ type: "edit", edit })] }, JSON.stringify(HUGE)];
    },
    "a text of fewer characters than bytes": (): [Thread, string] => {
      const body = "ż".repeat(600_000);
      return [{ id: ANNA, messages: [past({ text: { body } })] }, body];
    },
  };

  it.for(Object.entries(huge))("is kept whole, and its neighbours stored: %s", async ([, make]) => {
    const { partner, number } = await seedSender();
    const [thread, whole] = make();
    const [before, after] = [good(), good()];
    const key = await putAway(number, { id: CUSTOMER, messages: before }, thread, {
      id: CUSTOMER,
      messages: after,
    });
    expect(await store(key)).toBeLessThan(D1_MAX_BYTES / 2);
    const stored = (await rowsOf(number, "messages")).map(({ wamid }) => String(wamid));
    expect(stored.toSorted()).toEqual([...before, ...after].map(({ id }) => id).toSorted());
    const [copy] = await oversize();
    expect(copy?.text).toContain(whole);
    const raw = JSON.stringify({ archive_key: copy?.key });
    expect(await rowsOf(number, "unrouted")).toMatchObject([
      { field: "history", reason: "too_large", raw },
    ]);
    expect(await isDone(key)).toBe(true);
    const [chunk] = await rowsOf(number, "history_chunks");
    expect(chunk?.["pages_stored"]).toBe(chunk?.["pages"]);
    expect((await partner.events()).map(({ type }) => type)).toContain("history.completed");
  });

  it("is one row and one copy, however often its body is stored", async () => {
    const { number } = await seedSender();
    const threads = [
      { id: CUSTOMER, messages: good() },
      { id: ANNA, messages: HUGE },
    ];
    const key = await putAway(number, ...threads);
    await store(key);
    const rows = await rowsOf(number, "unrouted");
    const copies = await oversize();
    const once = await snapshot(number);
    expect([rows.length, copies.length]).toEqual([1, 1]);
    // Once more to its end, and from its first page on, as after a try that broke off in it.
    await env.DB.prepare(`DELETE FROM history_bodies`).run();
    await store(key);
    const { shard } = await senderOf(number);
    await services().shard(shard).prepare(`UPDATE history_chunks SET pages_stored = 0`).run();
    await store(await putAway(number, ...threads));
    expect(await rowsOf(number, "unrouted")).toEqual(rows);
    expect(await oversize()).toEqual(copies);
    expect(await snapshot(number)).toEqual(once);
  });

  it("goes with its copy when it is discarded", async () => {
    const { number } = await seedSender();
    await store(await putAway(number, { id: ANNA, messages: HUGE }));
    expect(await oversize()).toHaveLength(1);
    const [row] = await rowsOf(number, "unrouted");
    const { shard } = await senderOf(number);
    expect(await discardUnrouted(services(), shard, String(row?.["id"]))).toBe(true);
    expect(await oversize()).toEqual([]);
  });

  it.for(["messages of no form", "a huge message"])(
    "goes with the customer whom it names, and does not come back: %s",
    async (what) => {
      const { partner, number } = await seedSender();
      const messages = what === "a huge message" ? [past({ text: { body: HUGE } })] : HUGE;
      const threads = [
        { id: CUSTOMER, messages: good() },
        { id: ANNA, messages },
      ];
      await store(await putAway(number, ...threads));
      expect(await oversize()).toHaveLength(1);
      await eraseWholly(partner, number, ANNA);
      expect(await oversize()).toEqual([]);
      expect(await rowsOf(number, "unrouted")).toEqual([]);
      const { shard } = await senderOf(number);
      await services().shard(shard).prepare(`DELETE FROM history_chunks`).run();
      await store(await putAway(number, ...threads));
      expect(await oversize()).toEqual([]);
      expect(await rowsOf(number, "unrouted")).toEqual([]);
      expect(await rowsOf(number, "messages")).toHaveLength(3);
    },
  );
});

describe("a copy of what fits no row", () => {
  const huge = { id: ANNA, messages: HUGE };

  it("goes though its row was never written, when the customer is left out of the next try", async () => {
    const { partner, number } = await seedSender();
    const { shard } = await senderOf(number);
    const database = services().shard(shard);
    const key = await putAway(number, huge);
    await database
      .prepare(
        `CREATE TRIGGER poison BEFORE INSERT ON unrouted BEGIN SELECT RAISE(ABORT, 'poison'); END`,
      )
      .run();
    await expect(store(key)).rejects.toThrow("poison");
    expect(await oversize()).toHaveLength(1);
    await database.prepare(`DROP TRIGGER poison`).run();
    const { id } = await askErasure(partner, number, ANNA);
    // The erasure waits for the body.
    await eventually(async () => expect((await readErasure(id)).waits_for).toBe("import"));
    await store(key);
    expect(await oversize()).toEqual([]);
    expect(await rowsOf(number, "unrouted")).toEqual([]);
    await finishErasure(id);
  });

  it("is each sender's own: what one discards another has", async () => {
    const [one, other] = [await seedSender(), await seedSender()];
    for (const { number } of [one, other]) await store(await putAway(number, huge));
    expect(await oversize()).toHaveLength(2);
    const [row] = await rowsOf(one.number, "unrouted");
    const { shard } = await senderOf(one.number);
    await discardUnrouted(services(), shard, String(row?.["id"]));
    const [left] = await oversize();
    expect(await rowsOf(other.number, "unrouted")).toMatchObject([
      { raw: JSON.stringify({ archive_key: left?.key }) },
    ]);
  });

  it("is found behind any number of others, and where it is of the time of a former partner", async () => {
    const { number } = await seedSender();
    const { key, shard } = await senderOf(number);
    const database = services().shard(shard);
    const put = async (id: string, reason: string, raw: (at: string) => unknown, text: string) => {
      await env.ARCHIVE.put(`oversize/${id}`, JSON.stringify({ text }));
      await database
        .prepare(
          `INSERT INTO unrouted (id, sender, field, reason, raw, at) VALUES (?1, ?2, 'f', ?3, ?4, 1)`,
        )
        .bind(id, key, reason, JSON.stringify(raw(`oversize/${id}`)))
        .run();
    };
    for (let n = 100; n < 205; n++) {
      await put(`x-${n}`, "too_large", (at) => ({ archive_key: at }), "of somebody else");
    }
    await put("y-1", "too_large", (at) => ({ archive_key: at }), ANNA);
    await put("y-2", "former_partner", (at) => ({ raw: { archive_key: at } }), ANNA);
    const names = {
      asked: ANNA,
      keys: [ANNA],
      names: [{ name: ANNA, from: 0, until: 1 }],
      wamids: [],
    };
    expect(await dropOversizeOf(services(), database, [key], names, true)).toBe(1);
    expect(await dropOversizeOf(services(), database, [key], names)).toBe(1);
    expect(await archiveKeys("oversize/y")).toEqual([]);
    expect(await rowsOf(number, "unrouted")).toHaveLength(105);
  });
});

describe("a huge value beside the items of history", () => {
  it("is no customer's number: the thread is that of the BSUID in it", async () => {
    const { number } = await seedSender();
    const context = { user_id: "US.5550177003" };
    const messages = [past({ from: undefined })];
    const key = await putAway(number, { id: "1".repeat(2_500_000), context, messages });
    expect(await store(key)).toBeLessThan(D1_MAX_BYTES / 2);
    expect(await rowsOf(number, "messages")).toMatchObject([{ customer: "US.5550177003" }]);
    expect(await oversize()).toEqual([]);
  });

  it("is cut where it is an error's title", async () => {
    const { partner, number } = await seedSender();
    const key = await putElement(number, { errors: [{ code: 1, title: HUGE }] });
    expect(await store(key)).toBeLessThan(D1_MAX_BYTES / 2);
    expect(await isDone(key)).toBe(true);
    const [event] = (await partner.events()).filter(({ type }) => type === "history.incomplete");
    expect(event?.data["title"]).toBe(HUGE.slice(0, 1_000));
  });
});
