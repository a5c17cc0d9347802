import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { arrivalKey, INBOX } from "../../src/operations/archive-keys.ts";
import { sweepBodies } from "../../src/operations/sweep-bodies.ts";
import { sweepHistory } from "../../src/operations/sweep-history.ts";
import { runSweeps } from "../../src/scheduled.ts";
import { loggedOf } from "../support/quiet-logs.ts";
import { seedSender, services } from "../support/seed.ts";
import {
  archiveKeys,
  consumeByHand,
  DAY,
  historyStored,
  HOUR,
  listLeftOver,
  rowsOf,
  runSql,
  setClock,
  snapshot,
} from "../support/storage.ts";
import {
  change,
  CUSTOMER,
  historyChunk,
  newWamid,
  seconds,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const PAST = Date.now() - 30 * DAY;

const past = (index: number, extra: Record<string, unknown> = {}) => ({
  ...textMessage({ wamid: newWamid("past"), at: PAST + index * 60_000 }),
  history_context: { status: "READ" },
  ...extra,
});

const many = (count: number) => Array.from({ length: count }, (_, index) => past(index));

const historyOf = async (partner: Partner, number: TestNumber) =>
  (await partner.read<{ history: Record<string, unknown> }>(`/v1/senders/${number.id}/sync`))
    .history;

const typesOf = async (partner: Partner) => (await partner.events()).map((event) => event.type);

const wamidsOf = async (number: TestNumber) =>
  (await rowsOf(number, "messages")).map((row) => String(row["wamid"])).toSorted();

async function post(payload: unknown): Promise<void> {
  expect((await webhook(payload)).status).toBe(200);
}

/** A body that lies in the archive while its queue message was lost. */
async function strand(payload: unknown, ageMs: number): Promise<string> {
  const body = JSON.stringify(payload);
  const key = arrivalKey(INBOX, Date.now() - ageMs, body);
  await env.ARCHIVE.put(key, body);
  return key;
}

describe("a chunk", () => {
  it("goes by the archive and a queue into D1, in pages, each message once", async () => {
    const { partner, number } = await seedSender();
    const messages = many(700).map((message) => ({
      ...message,
      text: { body: "a longer line of the past ".repeat(48) },
    }));
    await post(
      historyChunk(number, { [CUSTOMER]: messages }, { phase: 1, order: 1, progress: 30 }),
    );
    await historyStored(number, 1);
    expect(await wamidsOf(number)).toEqual(messages.map(({ id }) => id).toSorted());
    const [chunk] = await rowsOf(number, "history_chunks");
    expect(chunk?.["pages"]).toBeGreaterThan(2);
    expect(await historyOf(partner, number)).toMatchObject({
      state: "importing",
      progress: 30,
      phases: [
        {
          phase: 1,
          progress: 30,
          chunks: 1,
          messages: 700,
          pages: chunk?.["pages"],
          pages_stored: chunk?.["pages"],
        },
      ],
      missing: [],
      missing_pages: 0,
    });
  });

  it("reads back as Meta told it: direction, status, time, newest first", async () => {
    const { partner, number } = await seedSender();
    const theirs = past(1);
    const ours = past(2, { from: number.phone, history_context: { status: "delivered" } });
    const viaMe = past(3, {
      from: undefined,
      history_context: { from_me: true, status: "PLAYED" },
    });
    await post(historyChunk(number, { [CUSTOMER]: [theirs, ours, viaMe] }));
    await historyStored(number, 1);
    const { data } = await partner.read<{ data: unknown[] }>(
      `/v1/senders/${number.id}/messages?customer=${CUSTOMER}`,
    );
    expect(data).toMatchObject([
      { wamid: viaMe.id, direction: "outbound", status: "played", historical: true },
      { wamid: ours.id, direction: "outbound", status: "delivered" },
      {
        wamid: theirs.id,
        direction: "inbound",
        status: "read",
        at: new Date(Number(theirs.timestamp) * 1000).toISOString(),
        customer: { phone: CUSTOMER },
      },
    ]);
  });

  it("twice, at once, and again later changes nothing and is told once", async () => {
    const { partner, number } = await seedSender();
    const payload = historyChunk(number, { [CUSTOMER]: many(20) }, { progress: 50 });
    await Promise.all([post(payload), post(payload), post(payload)]);
    await historyStored(number, 1);
    for (const key of await archiveKeys("inbox/")) await consumeByHand("tandem-history", [{ key }]);
    const once = await snapshot(number);
    await post(payload);
    for (const key of await archiveKeys("inbox/")) await consumeByHand("tandem-history", [{ key }]);
    expect(await snapshot(number)).toEqual(once);
    expect(await rowsOf(number, "history_chunks")).toHaveLength(1);
    expect((await typesOf(partner)).filter((type) => type === "history.progress")).toHaveLength(1);
  });

  it("of hundreds tells its progress once for each ten percent of a phase", async () => {
    const { partner, number } = await seedSender();
    const steps = Array.from({ length: 12 }, (_, index) => index + 1);
    for (const order of steps) {
      const place = { phase: 1, order, progress: order * 3 };
      await post(historyChunk(number, { [CUSTOMER]: many(1) }, place));
    }
    await post(historyChunk(number, { [CUSTOMER]: many(1) }, { phase: 2, progress: 35 }));
    await historyStored(number, 13);
    const told = async () =>
      (await partner.events())
        .filter(({ type }) => type === "history.progress")
        .map(({ data }) => `${String(data["phase"])}: ${Math.floor(Number(data["progress"]) / 10)}`)
        .toSorted();
    await expect.poll(told).toEqual(["1: 0", "1: 1", "1: 2", "1: 3", "2: 3"]);
  });

  it("whose messages come again in other chunks leaves each message once", async () => {
    const { number } = await seedSender();
    const messages = many(3);
    const send = (items: typeof messages, order: number) =>
      post(historyChunk(number, { [CUSTOMER]: items }, { order, progress: 40 }));
    await send(messages.slice(0, 2), 1);
    await send(messages.slice(1), 2);
    await historyStored(number, 2);
    expect(await wamidsOf(number)).toEqual(messages.map(({ id }) => id).toSorted());
  });

  it("keeps an item it cannot use raw, beside its neighbours", async () => {
    const { number } = await seedSender();
    const good = past(1);
    await post(
      historyChunk(number, {
        [CUSTOMER]: [{ ...past(2), timestamp: undefined }, good, { type: "text" }],
      }),
    );
    await historyStored(number, 1);
    expect(await wamidsOf(number)).toEqual([good.id]);
    const left = await listLeftOver("unrouted");
    expect(left.map(({ field, reason }) => `${field} ${reason}`).toSorted()).toEqual([
      "history no_id",
      "history no_time",
    ]);
  });
});

describe("invariant 3: a row that D1 refuses for good", () => {
  it("is kept raw, alone: its neighbours are stored, its page is counted, the import ends", async () => {
    const { partner, number } = await seedSender();
    const messages = many(5);
    const poison = messages[2]?.id ?? "";
    await runSql(
      number,
      `CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.wamid = '${poison}'
       BEGIN SELECT RAISE(ABORT, 'poison'); END`,
    );
    await post(historyChunk(number, { [CUSTOMER]: messages }, { phase: 2, progress: 100 }));
    await historyStored(number, 1);
    const good = messages.map(({ id }) => id).filter((id) => id !== poison);
    expect(await wamidsOf(number)).toEqual(good.toSorted());
    expect(await rowsOf(number, "unrouted")).toMatchObject([
      { field: "history", reason: "refused", raw: expect.stringContaining(poison) as string },
    ]);
    await expect.poll(() => typesOf(partner)).toContain("history.completed");
    expect(await historyOf(partner, number)).toMatchObject({ state: "complete", missing_pages: 0 });
    expect(loggedOf("history.dead_item")).toMatchObject([{ level: "error" }]);

    // Its page again adds nothing.
    const once = [await snapshot(number), await rowsOf(number, "unrouted")];
    await runSql(number, `UPDATE history_chunks SET pages_stored = 0`);
    for (const key of await archiveKeys(INBOX)) await consumeByHand("tandem-history", [{ key }]);
    expect([await snapshot(number), await rowsOf(number, "unrouted")]).toEqual(once);
  });
});

describe("what a queue forgot", () => {
  it("is a body in the archive: the sweep points at it again", async () => {
    const { number } = await seedSender();
    const message = past(1);
    const key = await strand(historyChunk(number, { [CUSTOMER]: [message] }), 60_000);
    expect(await sweepBodies(services())).toBe(1);
    await historyStored(number, 1);
    expect(await wamidsOf(number)).toEqual([message.id]);
    await expect
      .poll(() =>
        env.DB.prepare(`SELECT key FROM history_bodies`)
          .all()
          .then((all) => all.results),
      )
      .toEqual([{ key }]);
    expect(await sweepBodies(services())).toBe(0);
  });

  it("is left to its queue message for half a minute", async () => {
    const { number } = await seedSender();
    await strand(historyChunk(number, { [CUSTOMER]: [past(1)] }), 5_000);
    expect(await sweepBodies(services())).toBe(0);
  });

  it("is found also where a later body was done before it was stored", async () => {
    const { number } = await seedSender();
    const late = historyChunk(number, { [CUSTOMER]: [past(1)] }, { order: 1, progress: 50 });
    const early = historyChunk(number, { [CUSTOMER]: [past(2)] }, { order: 2, progress: 60 });
    const key = await strand(early, 60_000);
    await consumeByHand("tandem-history", [{ key }]);
    await sweepBodies(services());
    await strand(late, 61_000); // its put took longer than the other's whole way
    expect(await sweepBodies(services())).toBe(1);
    await historyStored(number, 2);
  });

  it("is done by the schedule too", async () => {
    const { number } = await seedSender();
    const message = past(1);
    await strand(historyChunk(number, { [CUSTOMER]: [message] }), 60_000);
    await runSweeps(env);
    await historyStored(number, 1);
    expect(await wamidsOf(number)).toEqual([message.id]);
  });
});

describe("a body whose consumer dies on the way", () => {
  /** Of a body of several pages, as it lies in the archive; a name of its messages' order. */
  async function strandPages(number: TestNumber) {
    const messages = many(700).map((message) => ({
      ...message,
      text: { body: "one of very many lines ".repeat(60) },
    }));
    const key = await strand(historyChunk(number, { [CUSTOMER]: messages }), 60_000);
    return { key, wamids: messages.map(({ id }) => id) };
  }
  const split = async (key: string) => consumeByHand("tandem-history", [{ key }]);
  /** As if the consumer had died behind these pages. */
  const forget = async (number: TestNumber, set: string) => {
    await runSql(number, `DELETE FROM messages`);
    await runSql(number, `UPDATE history_chunks SET ${set}`);
    await env.DB.prepare(`DELETE FROM history_bodies`).run();
  };

  it("goes on behind the last page that is stored, when the sweep points at it", async () => {
    const { number } = await seedSender();
    const { key, wamids } = await strandPages(number);
    await split(key);
    expect(await wamidsOf(number)).toEqual(wamids.toSorted());
    await forget(number, "pages_stored = 2");
    expect(await sweepBodies(services())).toBe(1);
    await historyStored(number, 1);
    const after = await wamidsOf(number);
    expect(after.length).toBeGreaterThan(0);
    expect(after).toEqual(wamids.slice(-after.length).toSorted());
  });

  it("is stored from its start where its pages are cut otherwise by now", async () => {
    const { number } = await seedSender();
    const { key, wamids } = await strandPages(number);
    await split(key);
    await forget(number, "pages = 9, pages_stored = 2");
    await split(key);
    await historyStored(number, 1);
    expect(await wamidsOf(number)).toEqual(wamids.toSorted());
    expect((await rowsOf(number, "history_chunks"))[0]?.["pages"]).toBeLessThan(9);
  });

  it("is tried again, not told as stored, where the database fails", async () => {
    const { partner, number } = await seedSender();
    const { key, wamids } = await strandPages(number);
    await runSql(number, `ALTER TABLE conversations RENAME TO conversations_away`);
    const failed = await split(key);
    expect(failed.retryMessages).toHaveLength(1);
    expect(await historyOf(partner, number)).toMatchObject({ state: "importing" });
    expect(await historyOf(partner, number)).not.toMatchObject({ missing_pages: 0 });
    expect(await typesOf(partner)).not.toContain("history.progress");
    await runSql(number, `ALTER TABLE conversations_away RENAME TO conversations`);
    const stored = await split(key);
    expect(stored.explicitAcks).toHaveLength(1);
    expect(await wamidsOf(number)).toEqual(wamids.toSorted());
    expect(await typesOf(partner)).toContain("history.progress");
  });

  it("is told as stored although it died before it could tell it", async () => {
    const { partner, number } = await seedSender();
    const { key } = await strandPages(number);
    await runSql(number, `ALTER TABLE events RENAME TO events_away`);
    expect((await split(key)).retryMessages).toHaveLength(1);
    await historyStored(number, 1);
    await runSql(number, `ALTER TABLE events_away RENAME TO events`);
    await split(key);
    expect((await typesOf(partner)).filter((type) => type === "history.progress")).toHaveLength(1);
  });
});

describe("media of the last days", () => {
  const placeholder = (wamid: string) => ({
    from: CUSTOMER,
    id: wamid,
    timestamp: seconds(PAST),
    type: "media_placeholder",
    history_context: { status: "read" },
  });
  const media = (number: TestNumber, wamid: string) =>
    change(number, "history", {
      messages: [
        {
          from: CUSTOMER,
          id: wamid,
          timestamp: seconds(PAST),
          type: "document",
          document: { id: "883000000000077", mime_type: "application/pdf", filename: "plan.pdf" },
        },
      ],
    });

  it.each(["before", "after"])("join their placeholder when they come %s it", async (order) => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("media");
    const chunk = historyChunk(number, { [CUSTOMER]: [placeholder(wamid)] }, { progress: 50 });
    const parts = order === "after" ? [chunk, media(number, wamid)] : [media(number, wamid), chunk];
    for (const [index, part] of parts.entries()) {
      await post(part);
      await historyStored(number, index + 1);
    }
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toMatchObject([
      {
        wamid,
        type: "document",
        document: { id: "883000000000077", filename: "plan.pdf" },
        status: "read",
        direction: "inbound",
        historical: true,
      },
    ]);
    expect(await typesOf(partner)).not.toContain("message.received");
  });

  it("count neither as a chunk of a phase nor as its end", async () => {
    const { partner, number } = await seedSender();
    await post(media(number, newWamid("media")));
    await historyStored(number, 1);
    expect(await historyOf(partner, number)).toMatchObject({ phases: [], missing: [] });
  });
});

describe("the end of an import", () => {
  it("is phase 2 at 100 with nothing missing: told once, and shown by /sync", async () => {
    const { partner, number } = await seedSender();
    await post(
      historyChunk(number, { [CUSTOMER]: many(2) }, { phase: 0, order: 1, progress: 100 }),
    );
    await historyStored(number, 1);
    await post(
      historyChunk(number, { [CUSTOMER]: many(2) }, { phase: 2, order: 1, progress: 100 }),
    );
    await historyStored(number, 2);
    await expect.poll(() => typesOf(partner)).toContain("history.completed");
    expect(await historyOf(partner, number)).toMatchObject({ state: "complete", progress: 100 });
    await sweepHistory(services());
    setClock(Date.now() + 8 * DAY);
    await sweepHistory(services());
    const told = await typesOf(partner);
    expect(told.filter((type) => type === "history.completed")).toHaveLength(1);
  });

  it("is not reached over a gap: stalled after two hours, incomplete after a week", async () => {
    const { partner, number } = await seedSender();
    await post(historyChunk(number, { [CUSTOMER]: many(1) }, { order: 3, progress: 100 }));
    await historyStored(number, 1);
    expect(await historyOf(partner, number)).toMatchObject({
      state: "importing",
      missing: [
        { phase: 2, chunk_order: 1 },
        { phase: 2, chunk_order: 2 },
      ],
    });
    setClock(Date.now() + 2 * HOUR + 60_000);
    await sweepHistory(services());
    expect(await historyOf(partner, number)).toMatchObject({ state: "stalled" });
    setClock(Date.now() + 8 * DAY);
    await sweepHistory(services());
    await sweepHistory(services());
    expect(await historyOf(partner, number)).toMatchObject({ state: "incomplete" });
    const events = await partner.events(number.id);
    const told = events.filter((event) => event.type.startsWith("history."));
    expect(told.map((event) => event.type)).toEqual([
      "history.progress",
      "history.stalled",
      "history.incomplete",
    ]);
    expect(told.at(-1)?.data).toMatchObject({ missing: [{ phase: 2, chunk_order: 1 }, {}] });
    const line = { level: "error", count: 2, pages: 0 };
    expect(loggedOf("history.stalled")).toMatchObject([line]);
    expect(loggedOf("history.incomplete")).toMatchObject([line]);
  });

  it("comes when the missing chunk does, though the import was stalled", async () => {
    const { partner, number } = await seedSender();
    await post(historyChunk(number, { [CUSTOMER]: many(1) }, { order: 2, progress: 100 }));
    await historyStored(number, 1);
    setClock(Date.now() + 3 * HOUR);
    await sweepHistory(services());
    expect(await historyOf(partner, number)).toMatchObject({ state: "stalled" });
    await post(historyChunk(number, { [CUSTOMER]: many(1) }, { order: 1, progress: 50 }));
    await historyStored(number, 2);
    await expect.poll(() => historyOf(partner, number)).toMatchObject({ state: "complete" });
  });

  it("is a choice where the owner declined: told once, no fault, and no import waits for it", async () => {
    const { partner, number } = await seedSender();
    const declined = change(number, "history", {
      history: [{ errors: [{ code: 2593109, title: "History sync is turned off" }] }],
    });
    await post(declined);
    await expect.poll(() => historyOf(partner, number)).toMatchObject({ state: "declined" });
    await post(declined);
    for (const key of await archiveKeys("inbox/")) await consumeByHand("tandem-history", [{ key }]);
    setClock(Date.now() + 8 * DAY);
    await sweepHistory(services());
    expect(await historyOf(partner, number)).toMatchObject({ state: "declined" });
    const told = await partner.events();
    expect(told.filter((event) => event.type.startsWith("history."))).toMatchObject([
      { type: "history.declined", data: { code: 2593109 } },
    ]);
  });

  describe("while a body of an earlier phase is not stored yet", () => {
    const first = (number: TestNumber) =>
      historyChunk(number, { [CUSTOMER]: many(2) }, { phase: 0, order: 1, progress: 100 });
    const last = (number: TestNumber) =>
      historyChunk(number, { [CUSTOMER]: many(2) }, { phase: 2, order: 1, progress: 100 });

    /** The last chunk is stored to its end; the first lies unopened. @returns its key */
    async function storeLastBeforeFirst(number: TestNumber): Promise<string> {
      const unopened = await strand(first(number), 5_000);
      const key = await strand(last(number), 4_000);
      await consumeByHand("tandem-history", [{ key }]);
      return unopened;
    }

    it("is told at once where both come to their end side by side", async () => {
      const { partner, number } = await seedSender();
      const keys = [await strand(first(number), 5_000), await strand(last(number), 4_000)];
      await Promise.all(keys.map((key) => consumeByHand("tandem-history", [{ key }])));
      expect(await typesOf(partner)).toContain("history.completed");
    });

    it("is not told, and comes when that body is stored", async () => {
      const { partner, number } = await seedSender();
      const key = await storeLastBeforeFirst(number);
      expect(await rowsOf(number, "syncs")).toMatchObject([{ state: "importing" }]);
      await sweepHistory(services());
      expect(await typesOf(partner)).not.toContain("history.completed");

      await consumeByHand("tandem-history", [{ key }]);
      await historyStored(number, 2);
      await expect.poll(() => typesOf(partner)).toContain("history.completed");
      expect(await rowsOf(number, "syncs")).toMatchObject([{ state: "complete" }]);
      const told = await typesOf(partner);
      expect(told.filter((type) => type === "history.completed")).toHaveLength(1);
    });

    it("is not shown by /sync either", async () => {
      const { partner, number } = await seedSender();
      await storeLastBeforeFirst(number);
      expect(await typesOf(partner)).not.toContain("history.completed");
      expect(await historyOf(partner, number)).toMatchObject({ state: "importing" });
    });

    it("is believed after a quiet minute: the body may be of a number that nobody connects", async () => {
      const { partner, number } = await seedSender();
      await storeLastBeforeFirst(number);
      setClock(Date.now() + 61_000);
      await sweepHistory(services());
      expect(await typesOf(partner)).toContain("history.completed");
      expect(await historyOf(partner, number)).toMatchObject({ state: "complete" });
    });
  });

  it("of an empty chunk is noticed too", async () => {
    const { partner, number } = await seedSender();
    await post(historyChunk(number, {}, { phase: 2, order: 1, progress: 100 }));
    await expect.poll(() => historyOf(partner, number)).toMatchObject({ state: "complete" });
  });
});

it("answers for a number that never had history", async () => {
  const { partner, number } = await seedSender();
  const nothing = {
    state: "none",
    requested_at: null,
    request_id: null,
    first_at: null,
    last_at: null,
    ended_at: null,
    error: null,
    reason: expect.any(String) as string,
  };
  const sender = await partner.read<{ onboarded_at: string }>(`/v1/senders/${number.id}`);
  expect(await partner.read(`/v1/senders/${number.id}/sync`)).toEqual({
    generation: sender.onboarded_at,
    generations: [sender.onboarded_at],
    contacts: { ...nothing, count: 0 },
    history: {
      ...nothing,
      progress: 0,
      stored_percent: null,
      phases: [],
      without_phase: {
        chunks: 0,
        follow_ups: 0,
        errors: 0,
        messages: 0,
        pages: 0,
        pages_stored: 0,
        first_at: null,
        last_at: null,
      },
      missing: [],
      missing_chunks: 0,
      missing_pages: 0,
    },
  });
});

describe("a body that the door puts away unread", () => {
  const long = () =>
    many(700).map((message) => ({ ...message, text: { body: "of the past ".repeat(40) } }));

  it("is stored like any other", async () => {
    const { number } = await seedSender();
    const messages = long();
    await post(historyChunk(number, { [CUSTOMER]: messages }, { phase: 1 }));
    const [key] = await archiveKeys("inbox/");
    expect((await env.ARCHIVE.head(key ?? ""))?.customMetadata).toMatchObject({
      unread: "true",
      numbers: number.id,
    });
    await historyStored(number, 1);
    expect(await wamidsOf(number)).toEqual(messages.map(({ id }) => id).toSorted());
  });

  it("keeps no live message from its number that stands where the door did not look", async () => {
    const { partner, number } = await seedSender();
    const live = textMessage({ wamid: newWamid("between") });
    const { object, entry } = historyChunk(number, { [CUSTOMER]: long() }, { phase: 1, order: 1 });
    const more = historyChunk(number, { [CUSTOMER]: long() }, { phase: 1, order: 2 });
    const between = change(number, "messages", { messages: [live] });
    await post({ object, entry: [...entry, ...between.entry, ...more.entry] });
    await historyStored(number, 2);
    await services().phone(number.id).flushed();
    expect(await wamidsOf(number)).toContain(live.id);
    expect(await typesOf(partner)).toContain("message.received");
  });

  it("is kept whole where it is no JSON, and is not tried again", async () => {
    const { number } = await seedSender();
    const whole = JSON.stringify(historyChunk(number, { [CUSTOMER]: long() }));
    await post(`${whole.slice(0, -9)},"field":"history"`);
    await expect.poll(() => archiveKeys("oversize/")).toHaveLength(1);
    const [key] = await archiveKeys("inbox/");
    await expect
      .poll(() =>
        env.DB.prepare(`SELECT state FROM history_bodies WHERE key = ?`).bind(key).first(),
      )
      .toEqual({ state: "unreadable" });
    expect(await rowsOf(number, "messages")).toEqual([]);
  });
});
