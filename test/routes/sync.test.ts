import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { claimSync } from "../../src/database/syncs.ts";
import { runSweeps } from "../../src/scheduled.ts";
import { arrivalKey, INBOX } from "../../src/operations/archive-keys.ts";
import { writeRuns } from "../../src/routes/sync-views.ts";
import { deliver, importNumber, seedPartner, seedSender, services } from "../support/seed.ts";
import {
  DAY,
  HOUR,
  archiveKeys,
  historySettled,
  historyStored,
  rowsOf,
  runSql,
  senderOf,
  setClock,
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

const PAST = Date.now() - 40 * DAY;

interface Ledger {
  generation: string;
  generations: string[];
  contacts: Record<string, unknown>;
  history: Record<string, unknown> & { reason: string };
}

const past = (index: number) => ({
  ...textMessage({ wamid: newWamid("ledger"), at: PAST + index * 60_000 }),
  history_context: { status: "READ" },
});
const ledgerOf = (partner: Partner, number: TestNumber, query = "") =>
  partner.read<Ledger>(`/v1/senders/${number.id}/sync${query}`);
const historyEvents = async (partner: Partner) =>
  (await partner.events()).filter(({ type }) => /^history\.(?!progress)/.test(type));

async function post(payload: unknown): Promise<void> {
  expect((await webhook(payload)).status).toBe(200);
}

const chunk = (number: TestNumber, phase: number, order: number, progress: number, size = 1) =>
  historyChunk(
    number,
    { [CUSTOMER]: Array.from({ length: size }, (_, index) => past(index)) },
    { phase, order, progress },
  );

const followUp = (number: TestNumber) =>
  change(number, "history", {
    messages: [
      {
        from: CUSTOMER,
        id: newWamid("media"),
        timestamp: seconds(PAST),
        type: "image",
        image: { id: "884000000000021", mime_type: "image/png" },
      },
    ],
  });

/** A number whose signup has asked Meta for a sync just now. */
async function ask(number: TestNumber, kind: "contacts" | "history"): Promise<void> {
  const { shard, key, generation } = await senderOf(number);
  await claimSync(services().shard(shard), key, generation, kind, Date.now());
  if (kind === "contacts") await services().phone(number.id).expectContacts();
}

describe("the ledger of a history", () => {
  it("shows of each phase which numbers came, which are missing, and both counts of progress", async () => {
    const { partner, number } = await seedSender();
    const before = Date.now();
    for (const [index, payload] of [
      chunk(number, 0, 1, 100, 2),
      chunk(number, 1, 1, 20),
      chunk(number, 1, 2, 40),
      chunk(number, 1, 5, 80, 3),
    ].entries()) {
      await post(payload);
      await historyStored(number, index + 1);
    }
    await runSql(number, `UPDATE history_chunks SET pages_stored = 0 WHERE chunk_order = 5`);
    const { history } = await ledgerOf(partner, number);
    expect(history).toMatchObject({
      state: "importing",
      stored_percent: 75,
      missing: [
        { phase: 1, chunk_order: 3 },
        { phase: 1, chunk_order: 4 },
      ],
      missing_chunks: 2,
      missing_pages: 1,
      phases: [
        { phase: 0, progress: 100, stored_percent: 100, seen: "1", highest: 1, messages: 2 },
        { phase: 1, progress: 80, stored_percent: 66, seen: "1-2,5", highest: 5, chunks: 3 },
      ],
    });
    expect(history.reason).toContain("2 chunks, the first of them 3 of phase 1");
    const [, second] = history["phases"] as { first_at: string; last_at: string }[];
    expect(Date.parse(second?.first_at ?? "")).toBeGreaterThanOrEqual(before);
    expect(Date.parse(second?.last_at ?? "")).toBeGreaterThan(Date.parse(second?.first_at ?? ""));
  });

  it("counts media, errors and chunks without a phase apart from the phases", async () => {
    const { partner, number } = await seedSender();
    await post(followUp(number));
    await post(
      change(number, "history", {
        history: [
          { threads: [{ id: CUSTOMER, messages: [past(1), past(2)] }] },
          { errors: [{ code: 2593107, title: "Something else" }] },
        ],
      }),
    );
    await historyStored(number, 3);
    const { history } = await ledgerOf(partner, number);
    expect(history).toMatchObject({
      phases: [],
      without_phase: { chunks: 1, follow_ups: 1, errors: 1, messages: 3, pages: 2 },
    });
  });

  it("names at most 200 missing numbers, however wide the gap, and counts them all", async () => {
    const { partner, number } = await seedSender();
    await post(chunk(number, 1, 4_000_000_000, 10));
    await historyStored(number, 1);
    const { history } = await ledgerOf(partner, number);
    expect(history["missing"]).toHaveLength(200);
    expect(history).toMatchObject({ missing_chunks: 3_999_999_999 });
  });

  it("is kept of earlier onboardings, and there are no others", async () => {
    const partner = await seedPartner();
    const { number } = await seedSender({ partner, onboardedAt: Date.now() - 20 * DAY });
    await post(chunk(number, 1, 1, 30));
    await historyStored(number, 1);
    const before = await ledgerOf(partner, number);
    await importNumber(partner, number, Date.now() - DAY);
    await runSweeps(env);
    const now = await ledgerOf(partner, number);
    expect(now).toMatchObject({ history: { state: "none", phases: [] } });
    expect(now.generations).toEqual([now.generation, before.generation]);
    const earlier = await ledgerOf(partner, number, `?generation=${before.generation}`);
    expect(earlier).toMatchObject({
      generation: before.generation,
      history: { state: "expired", phases: [{ phase: 1, seen: "1" }] },
    });
    const none = await partner.get(`/v1/senders/${number.id}/sync?generation=2020-01-01T00:00:00Z`);
    expect(none.status).toBe(404);
    expect(await none.json()).toMatchObject({ field: "generation" });
    const broken = await partner.get(`/v1/senders/${number.id}/sync?generation=yesterday`);
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ field: "generation" });
  });

  it("writes numbers as runs", () => {
    expect(writeRuns([])).toBe("");
    expect(writeRuns([0, 1, 2, 4, 7, 8])).toBe("0-2,4,7-8");
  });
});

describe("the chunks of a ledger", () => {
  it("come one by one in the order they arrived, also while more arrive between pages", async () => {
    const { partner, number } = await seedSender();
    const orders = [3, 1, 2];
    for (const [index, order] of orders.entries()) {
      await post(chunk(number, 1, order, 10 * order));
      await historyStored(number, index + 1);
    }
    interface Page {
      data: { chunk_order: number; kind: string }[];
      next_cursor: string | null;
    }
    const path = `/v1/senders/${number.id}/sync/chunks?limit=2`;
    const first = await partner.read<Page>(path);
    await post(chunk(number, 1, 4, 50));
    await historyStored(number, 4);
    const second = await partner.read<Page>(`${path}&cursor=${first.next_cursor}`);
    const third = await partner.read<Page>(`${path}&cursor=${second.next_cursor}`);
    const seen = [...first.data, ...second.data, ...third.data];
    expect(seen.map((row) => row.chunk_order)).toEqual([3, 1, 2, 4]);
    expect(seen[0]).toMatchObject({ kind: "chunk", phase: 1, pages: 1, pages_stored: 1 });
    expect(third.next_cursor).toBeNull();
  });

  it("refuse a cursor that is not theirs, naming the field", async () => {
    const { partner, number } = await seedSender();
    const response = await partner.get(`/v1/senders/${number.id}/sync/chunks?cursor=bm9uZQ`);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await response.json()).toMatchObject({ field: "cursor" });
  });
});

describe("an import that lacks something", () => {
  it("is stalled after two hours, naming the chunk, and goes on when it comes", async () => {
    const { partner, number } = await seedSender();
    await post(chunk(number, 2, 2, 100));
    await historyStored(number, 1);
    const start = Date.now();
    setClock(start + 2 * HOUR + 1_000);
    await runSweeps(env);
    expect(await historyEvents(partner)).toMatchObject([
      {
        type: "history.stalled",
        data: {
          missing: [{ phase: 2, chunk_order: 1 }],
          missing_pages: 0,
          reason: expect.stringContaining("chunk 1 of phase 2") as string,
        },
      },
    ]);
    expect(await ledgerOf(partner, number)).toMatchObject({
      history: { state: "stalled", ended_at: null },
    });
    await post(chunk(number, 2, 1, 50));
    await historyStored(number, 2);
    await expect
      .poll(() => ledgerOf(partner, number))
      .toMatchObject({
        history: { state: "complete", ended_at: expect.any(String) as string },
      });
    const told = await historyEvents(partner);
    expect(told.map(({ type }) => type)).toEqual(["history.stalled", "history.completed"]);
  });

  it("is incomplete at the ceiling, and a chunk that comes later still completes it", async () => {
    const { partner, number } = await seedSender();
    await post(chunk(number, 2, 2, 100));
    await historyStored(number, 1);
    setClock(Date.now() + 7 * DAY + HOUR);
    await runSweeps(env);
    expect(await historyEvents(partner)).toMatchObject([
      { type: "history.incomplete", data: { missing: [{ phase: 2, chunk_order: 1 }] } },
    ]);
    const late = chunk(number, 2, 1, 50);
    await post(late);
    await historyStored(number, 2);
    await expect
      .poll(() => ledgerOf(partner, number))
      .toMatchObject({
        history: { state: "complete", missing: [], phases: [{ messages: 2 }] },
      });
    const told = await historyEvents(partner);
    expect(told.map(({ type }) => type)).toEqual(["history.incomplete", "history.completed"]);
  });

  it("stalls where only media came of what was asked for", async () => {
    const { partner, number } = await seedSender();
    await ask(number, "history");
    await post(followUp(number));
    await historyStored(number, 1);
    expect(await ledgerOf(partner, number)).toMatchObject({ history: { state: "requested" } });
    setClock(Date.now() + 2 * HOUR + 1_000);
    await runSweeps(env);
    const { history } = await ledgerOf(partner, number);
    expect(history).toMatchObject({ state: "stalled" });
    expect(history.reason).toContain("nothing has come in two hours");
  });

  it("keeps its decline when media of the last days come all the same", async () => {
    const { partner, number } = await seedSender();
    const error = { code: 2593109, title: "History sync is off" };
    await post(change(number, "history", { history: [{ errors: [error] }] }));
    await expect
      .poll(() => ledgerOf(partner, number))
      .toMatchObject({ history: { state: "declined", error: { code: 2593109 } } });
    await post(followUp(number));
    await historyStored(number, 2);
    expect(await ledgerOf(partner, number)).toMatchObject({ history: { state: "declined" } });
  });
});

describe("re-driving on demand", () => {
  const redrive = async (partner: Partner, number: TestNumber) => {
    const response = await partner.post(`/v1/senders/${number.id}/sync/redrive`, {});
    expect(response.status).toBe(202);
    return response.json<Record<string, unknown>>();
  };

  it("points again at bodies that are not stored to their end, and the import ends", async () => {
    const { partner, number } = await seedSender();
    await post(chunk(number, 2, 1, 50, 3));
    await historySettled(number);
    await runSql(number, `DELETE FROM messages`);
    await runSql(number, `UPDATE history_chunks SET pages_stored = 0`);
    await env.DB.prepare(`DELETE FROM history_bodies`).run();
    const body = JSON.stringify(chunk(number, 2, 2, 100));
    await env.ARCHIVE.put(arrivalKey(INBOX, Date.now(), body), body, {
      customMetadata: { numbers: number.id },
    });
    expect(await redrive(partner, number)).toMatchObject({
      bodies: 2,
      more: false,
      state: "importing",
    });
    await historyStored(number, 2);
    await expect
      .poll(() => ledgerOf(partner, number))
      .toMatchObject({ history: { state: "complete", missing_pages: 0 } });
    expect(await rowsOf(number, "messages")).toHaveLength(4);
    await expect
      .poll(() => redrive(partner, number))
      .toMatchObject({
        bodies: 0,
        more: false,
        state: "complete",
      });
  });

  it("names each body's numbers at the door, and leaves others' bodies alone", async () => {
    const { partner } = await seedSender();
    const mine = await seedSender({ partner });
    const other = await seedSender();
    await post(chunk(other.number, 1, 1, 10));
    await historySettled(other.number);
    const [key = ""] = await archiveKeys(INBOX);
    const object = await env.ARCHIVE.head(key);
    expect(object?.customMetadata).toMatchObject({ numbers: other.number.id });
    await env.DB.prepare(`DELETE FROM history_bodies`).run();
    expect(await redrive(partner, mine.number)).toMatchObject({ bodies: 0 });
    expect(await redrive(other.partner, other.number)).toMatchObject({ bodies: 1 });
    const theirs = await partner.post(`/v1/senders/${other.number.id}/sync/redrive`, {});
    expect(theirs.status).toBe(404);
  });

  it("finds also a large body, which the door has put away unread", async () => {
    const { partner, number } = await seedSender();
    const long = { ...textMessage({ at: Date.now() - DAY }), text: { body: "x".repeat(300_000) } };
    await post(historyChunk(number, { [CUSTOMER]: [long] }, { phase: 1, order: 1, progress: 10 }));
    await historySettled(number);
    const [key = ""] = await archiveKeys(INBOX);
    const object = await env.ARCHIVE.head(key);
    expect(object?.customMetadata).toMatchObject({ unread: "true", numbers: number.id });
    await env.DB.prepare(`DELETE FROM history_bodies`).run();
    expect(await redrive(partner, number)).toMatchObject({ bodies: 1 });
  });
});

describe("contacts that were asked for", () => {
  const book = (number: TestNumber, from: number, count: number) =>
    change(number, "smb_app_state_sync", {
      state_sync: Array.from({ length: count }, (_, index) => ({
        type: "contact",
        action: "add",
        contact: { full_name: `Entry ${from + index}`, phone_number: `42177710${from + index}` },
        metadata: { timestamp: seconds(PAST) },
      })),
    });
  const goQuiet = async (number: TestNumber) => {
    setClock(Date.now() + 11_000);
    await services().phone(number.id).wake();
    await services().phone(number.id).flushed();
  };

  it("stall after two hours, and are over after a day", async () => {
    const { partner, number } = await seedSender();
    await ask(number, "contacts");
    const start = Date.now();
    const look = async (afterMs: number) => {
      setClock(start + afterMs);
      await runSweeps(env);
      return (await ledgerOf(partner, number)).contacts;
    };
    expect(await look(HOUR)).toMatchObject({ state: "requested", ended_at: null });
    expect(await look(2 * HOUR + 1_000)).toMatchObject({ state: "stalled", ended_at: null });
    expect(await look(DAY + 1_000)).toMatchObject({
      state: "incomplete",
      ended_at: expect.any(String) as string,
      reason: expect.stringContaining("may be empty") as string,
    });
  });

  it("come also after a stall: importing, then complete", async () => {
    const { partner, number } = await seedSender();
    await ask(number, "contacts");
    setClock(Date.now() + 3 * HOUR);
    await runSweeps(env);
    await deliver(number, book(number, 100, 4));
    expect((await ledgerOf(partner, number)).contacts).toMatchObject({
      state: "importing",
      first_at: expect.any(String) as string,
      count: 4,
    });
    await goQuiet(number);
    expect((await ledgerOf(partner, number)).contacts).toMatchObject({ state: "complete" });
  });

  it("are counted truly when a part comes after the end was told", async () => {
    const { partner, number } = await seedSender();
    await ask(number, "contacts");
    await deliver(number, book(number, 100, 5));
    await goQuiet(number);
    const first = (await ledgerOf(partner, number)).contacts;
    expect(first).toMatchObject({ state: "complete", count: 5 });
    await deliver(number, book(number, 200, 3));
    const second = (await ledgerOf(partner, number)).contacts;
    expect(second).toMatchObject({ state: "complete", count: 8, ended_at: first["ended_at"] });
    expect(Date.parse(String(second["last_at"]))).toBeGreaterThan(
      Date.parse(String(first["last_at"])),
    );
    const told = (await partner.events()).filter(({ type }) => type === "contacts.imported");
    expect(told).toHaveLength(1);
  });
});
