import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { keepDeadLetter } from "../../src/operations/keep-dead-letter.ts";
import { redriveDeadLetter } from "../../src/operations/redrive-left-over.ts";
import { sweepDeadLetters, sweepLettersDone } from "../../src/operations/sweep-dead-letters.ts";
import { asOperator, seedSender, services } from "../support/seed.ts";
import { archiveKeys, consumeByHand, HOUR, runSql, senderOf } from "../support/storage.ts";
import { inbound, textMessage, webhook } from "../support/webhooks.ts";

interface Letter {
  id: string;
  source: string;
  sender: number | null;
  state: string;
  attempts: number;
  times: number;
  first_at: string;
  last_at: string;
}

const letters = async (query = "") =>
  (await (await asOperator(`/v1/admin/dead-letters${query}`)).json<{ data: Letter[] }>()).data;
const redrive = async (id: string) =>
  (await asOperator(`/v1/admin/dead-letters/${encodeURIComponent(id)}/redrive`, {})).json<{
    outcome: string;
  }>();
const withoutD1 = () => ({
  ...services(),
  registry: {
    prepare: () => {
      throw new Error("D1 is away.");
    },
  } as unknown as D1Database,
});

describe("a dead letter", () => {
  it("names the queue it came from, whose it is, and how often it was tried", async () => {
    const { number } = await seedSender();
    const { key } = await senderOf(number);
    await consumeByHand("tandem-history-dead", [{ key: "inbox/1-a" }]);
    await consumeByHand("tandem-sends-dead", [{ phoneNumberId: number.id }]);
    await consumeByHand("tandem-media-dead", [{ sender: key, wamid: "wamid.x" }]);
    await consumeByHand("tandem-overflow-dead", [{ key: "overflow/1-a" }]);
    const found = Object.fromEntries((await letters()).map((each) => [each.source, each]));
    expect(found).toMatchObject({
      history: { sender: null, attempts: 11, times: 1, state: "open" },
      sends: { sender: key, attempts: 4, times: 1 },
      media: { sender: key, attempts: 4, times: 1 },
      overflow: { sender: null, attempts: 4, times: 1 },
    });
    expect(await letters("?source=media")).toHaveLength(1);
    expect(await letters(`?sender=${number.id}`)).toHaveLength(2);
    expect(await letters(`?sender=${key}&source=sends`)).toHaveLength(1);
  });

  it("counts up when the same work fails again, but not when the same failure is told twice", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const began = new Date().toISOString();
    const first = { id: "first", body: { key: "inbox/1-a" } };
    await keepDeadLetter(services(), "history", first);
    vi.setSystemTime(Date.now() + HOUR);
    await keepDeadLetter(services(), "history", first);
    const id = (await letters())[0]?.id ?? "";
    await keepDeadLetter(services(), "history", {
      id: "second",
      body: { key: "inbox/1-a", letter: id },
    });
    expect(await letters()).toMatchObject([
      { times: 2, attempts: 22, first_at: began, last_at: new Date().toISOString() },
    ]);
  });

  it("goes into the archive at once where D1 is away, and from there to D1, once", async () => {
    await keepDeadLetter(withoutD1(), "history", { id: "m", body: { key: "inbox/1-a" } });
    expect(await letters()).toEqual([]);
    const [kept = ""] = await archiveKeys("dead-letters/");
    const copy = await (await env.ARCHIVE.get(kept))?.text();
    expect(await sweepDeadLetters(services())).toBe(1);
    expect(await letters()).toMatchObject([{ source: "history", times: 1 }]);
    // The sweep died before it could delete it: it is read again, and is the same.
    await env.ARCHIVE.put(kept, copy ?? "");
    await Promise.all([sweepDeadLetters(services()), sweepDeadLetters(services())]);
    expect(await letters()).toMatchObject([{ times: 1 }]);
    expect(await archiveKeys("dead-letters/")).toEqual([]);
    expect(await sweepDeadLetters(services())).toBe(0);
  });

  it("in the archive that nobody can read keeps none behind it from D1, and is a failure of the sweep", async () => {
    await env.ARCHIVE.put("dead-letters/00000000000001-a", "{");
    await keepDeadLetter(withoutD1(), "history", { id: "m", body: { key: "inbox/1-a" } });
    await expect(sweepDeadLetters(services())).rejects.toThrow();
    expect(await letters()).toMatchObject([{ source: "history", times: 1 }]);
    expect(await archiveKeys("dead-letters/")).toEqual(["dead-letters/00000000000001-a"]);
    await env.ARCHIVE.delete("dead-letters/00000000000001-a");
  });

  it("that cannot be looked into keeps none behind it from being found done", async () => {
    // A key that R2 refuses, and one whose object is gone.
    await consumeByHand("tandem-overflow-dead", [{ key: "x".repeat(2_000) }]);
    await consumeByHand("tandem-overflow-dead", [{ key: "overflow/1-a" }]);
    expect(await sweepLettersDone(services())).toBe(1);
    expect(await letters()).toHaveLength(1);
  });

  it("that its queue does not take is open still", async () => {
    const { number } = await seedSender();
    await consumeByHand("tandem-sends-dead", [{ phoneNumberId: number.id }]);
    const spy = vi.spyOn(env.SENDS, "send").mockRejectedValue(new Error("Queue is away."));
    try {
      const many = await asOperator("/v1/admin/dead-letters:redrive", {});
      expect(await many.json()).toMatchObject({ failed_again: 1, under_way: 0 });
    } finally {
      spy.mockRestore();
    }
    expect(await letters()).toMatchObject([{ state: "open" }]);
  });

  it("of a fact, done over by two at once, is done: neither is told that it failed", async () => {
    const { number } = await seedSender();
    await runSql(
      number,
      `CREATE TRIGGER poison BEFORE INSERT ON messages BEGIN
         SELECT RAISE(ABORT, 'SQLITE_CONSTRAINT poison'); END`,
    );
    await webhook(inbound(number, textMessage()));
    await services().phone(number.id).flushed();
    await runSql(number, `DROP TRIGGER poison`);
    const id = (await letters("?source=flush"))[0]?.id ?? "";
    const now = vi.spyOn(Date, "now");
    let at = Date.now();
    now.mockImplementation(() => at++);
    const results = await Promise.all([
      redriveDeadLetter(services(), id),
      redriveDeadLetter(services(), id),
    ]);
    now.mockRestore();
    expect(results.map(({ kind }) => kind)).not.toContain("failed_again");
    expect(await letters()).toEqual([]);
  });

  it("stays with its queue where neither D1 nor the archive takes it", async () => {
    const put = vi.spyOn(env.ARCHIVE, "put").mockRejectedValue(new Error("R2 is away."));
    await env.DB.prepare(`ALTER TABLE dead_letters RENAME TO elsewhere`).run();
    try {
      const result = await consumeByHand("tandem-history-dead", [{ key: "inbox/1-a" }]);
      expect(result.explicitAcks).toEqual([]);
      expect(result.retryMessages).toHaveLength(1);
    } finally {
      put.mockRestore();
      await env.DB.prepare(`ALTER TABLE elsewhere RENAME TO dead_letters`).run();
    }
  });

  it("is under way until its work is done, and open again an hour after it was not heard of", async () => {
    const { number } = await seedSender();
    await consumeByHand("tandem-sends-dead", [{ phoneNumberId: number.id }]);
    const id = (await letters())[0]?.id ?? "";
    const sent: unknown[] = [];
    const spy = vi.spyOn(env.SENDS, "send").mockImplementation((body) => {
      sent.push(body);
      return Promise.resolve({ metadata: {} } as QueueSendResponse);
    });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    try {
      expect(await redrive(id)).toEqual({ id, outcome: "under_way" });
      expect(await letters()).toMatchObject([{ state: "under_way" }]);
      // Of many, what is under way is left out.
      const many = await asOperator("/v1/admin/dead-letters:redrive", { source: "sends" });
      expect(await many.json()).toMatchObject({ under_way: 0, next_cursor: null });
      vi.setSystemTime(Date.now() + HOUR);
      expect(await letters()).toMatchObject([{ state: "open" }]);
    } finally {
      spy.mockRestore();
    }
    expect(sent).toEqual([{ phoneNumberId: number.id, letter: id }]);
    await consumeByHand("tandem-sends", sent);
    expect(await letters()).toEqual([]);
  });

  it("counts up where what was done over fails once more", async () => {
    await consumeByHand("tandem-overflow-dead", [{ key: "overflow/1-a" }]);
    const id = (await letters())[0]?.id ?? "";
    await env.ARCHIVE.put("overflow/1-a", "no JSON");
    const result = await consumeByHand("tandem-overflow", [{ key: "overflow/1-a", letter: id }]);
    expect(result.retryMessages).toHaveLength(1);
    await consumeByHand("tandem-overflow-dead", [{ key: "overflow/1-a", letter: id }]);
    expect(await letters()).toMatchObject([{ id, times: 2, attempts: 8, state: "open" }]);
  });

  it("of a fact that D1 refuses comes back under the same id, and goes once D1 takes it", async () => {
    const { partner, number } = await seedSender();
    await runSql(
      number,
      `CREATE TRIGGER poison BEFORE INSERT ON messages BEGIN
         SELECT RAISE(ABORT, 'SQLITE_CONSTRAINT poison'); END`,
    );
    await webhook(inbound(number, textMessage()));
    await services().phone(number.id).flushed();
    const [letter] = await letters("?source=flush");
    expect(letter).toMatchObject({ times: 1, attempts: 1 });
    expect(await redrive(letter?.id ?? "")).toMatchObject({ outcome: "failed_again" });
    expect(await letters()).toMatchObject([{ id: letter?.id, times: 2, state: "open" }]);

    await runSql(number, `DROP TRIGGER poison`);
    expect(await redrive(letter?.id ?? "")).toMatchObject({ outcome: "done" });
    expect(await letters()).toEqual([]);
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toHaveLength(1);
  });

  it("goes by itself once its work was done some other way", async () => {
    const { number } = await seedSender();
    const { key, shard } = await senderOf(number);
    await env.DB.prepare(
      `INSERT INTO history_bodies (key, state, at) VALUES ('inbox/1-done', 'stored', 1)`,
    ).run();
    await services()
      .shard(shard)
      .prepare(
        `INSERT INTO media (sender, wamid, customer, type, state, media_id, attempts, refusals,
           wanted_at, due_at) VALUES (?1, 'due', '1', 'image', 'wanted', 'm', 0, 0, 1, 1),
           (?1, 'stored', '1', 'image', 'stored', 'm', 1, 0, 1, NULL)`,
      )
      .bind(key)
      .run();
    await env.ARCHIVE.put("overflow/1-open", "{}");
    await consumeByHand("tandem-history-dead", [{ key: "inbox/1-done" }, { key: "inbox/1-open" }]);
    await consumeByHand("tandem-overflow-dead", [
      { key: "overflow/1-open" },
      { key: "overflow/1-gone" },
    ]);
    await consumeByHand("tandem-media-dead", [
      { sender: key, wamid: "due" },
      { sender: key, wamid: "stored" },
    ]);
    expect(await sweepLettersDone(services())).toBe(3);
    expect(await sweepLettersDone(services())).toBe(0);
    const left = await Promise.all(
      (await letters()).map(async ({ id }) => {
        const answer = await asOperator(`/v1/admin/dead-letters/${encodeURIComponent(id)}`);
        const { about } = await answer.json<{ about: { archive_key: string | null } }>();
        return about.archive_key;
      }),
    );
    expect(new Set(left)).toEqual(new Set(["inbox/1-open", null, "overflow/1-open"]));
  });
});
