import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { listAudit } from "../../src/database/audit.ts";
import { asOperator, call, seedSender, services } from "../support/seed.ts";
import { consumeByHand, listLeftOver, runSql, senderOf } from "../support/storage.ts";
import { inbound, textMessage, webhook } from "../support/webhooks.ts";

const LETTERS = "/v1/admin/dead-letters";
const ITEMS = "/v1/admin/unrouted";
const at = (list: string, id: string, more = "") => `${list}/${encodeURIComponent(id)}${more}`;
const audit = () => listAudit(env.DB, { after: null, limit: 50 });
const discard = (path: string) =>
  call(path, { method: "DELETE", headers: { authorization: "Bearer test-operator-token" } });

async function putItem(id: string, reason: string, when: number, shard: "DB" | "DB_1" = "DB") {
  await env[shard]
    .prepare(`INSERT INTO unrouted (id, field, reason, raw, at) VALUES (?, 'message', ?, ?, ?)`)
    .bind(id, reason, JSON.stringify({ kind: "raw", text: "Something secret." }), when)
    .run();
}

describe("dead letters by the API", () => {
  it("are read page by page, each once", async () => {
    const bodies = Array.from({ length: 7 }, (_, n) => ({ key: `inbox/${n}-x` }));
    await consumeByHand("tandem-history-dead", bodies);
    const seen: string[] = [];
    for (let cursor = ""; ;) {
      const page = await (
        await asOperator(`${LETTERS}?limit=3${cursor}`)
      ).json<{ data: { id: string }[]; next_cursor: string | null }>();
      seen.push(...page.data.map(({ id }) => id));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
  });

  it.each(["source=elsewhere", "sender=me", "cursor=x", "limit=0"])(
    "with %s are refused, naming the field",
    async (query) => {
      const response = await asOperator(`${LETTERS}?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ field: query.split("=")[0] });
    },
  );

  it("say what they are about in words and pointers; content only for a reason, by name", async () => {
    const { number } = await seedSender();
    await runSql(
      number,
      `CREATE TRIGGER poison BEFORE INSERT ON messages BEGIN
         SELECT RAISE(ABORT, 'SQLITE_CONSTRAINT poison'); END`,
    );
    const message = textMessage();
    await webhook(inbound(number, message));
    await services().phone(number.id).flushed();
    const [letter] = await listLeftOver("dead-letters");
    const path = at(LETTERS, letter?.id ?? "");

    const closed = await (await asOperator(path)).text();
    expect(closed).not.toContain(message.text.body);
    expect(closed).not.toContain(message.id);
    expect(closed).not.toContain(message.from);
    expect(JSON.parse(closed)).toMatchObject({ about: { fact: "message" }, content: null });

    expect((await asOperator(`${path}?content=true`)).status).toBe(400);
    expect((await audit()).map(({ action }) => action)).not.toContain("content.read");
    const open = await asOperator(`${path}?content=true&reason=Asked%20by%20the%20shop`);
    expect(await open.text()).toContain(message.text.body);
    const { key } = await senderOf(number);
    expect((await audit())[0]).toMatchObject({
      operator: "ada",
      action: "content.read",
      sender: key,
      detail: `${letter?.id}: Asked by the shop`,
    });
  });

  it("that cannot be done over say why, and stay", async () => {
    await consumeByHand("tandem-media-dead", [{ what: "is this" }]);
    const [letter] = await listLeftOver("dead-letters");
    expect(letter).toMatchObject({ source: "media", reason: "unreadable" });
    const response = await asOperator(at(LETTERS, letter?.id ?? "", "/redrive"), {});
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      detail: "It names no work that this version of Tandem knows.",
    });
    const many = await asOperator(`${LETTERS}:redrive`, { source: "media", limit: 1 });
    const first = await many.json<{ impossible: number; next_cursor: string }>();
    expect(first).toMatchObject({ impossible: 1, done: 0, under_way: 0, failed_again: 0 });
    // What cannot be done keeps nobody from what is behind it.
    const next = await asOperator(`${LETTERS}:redrive`, { cursor: first.next_cursor });
    expect(await next.json()).toMatchObject({ impossible: 0, next_cursor: null });
    expect(await listLeftOver("dead-letters")).toHaveLength(1);
  });

  it("are discarded with a reason only, by name, once", async () => {
    await consumeByHand("tandem-history-dead", [{ key: "inbox/1-a" }]);
    const [letter] = await listLeftOver("dead-letters");
    const path = at(LETTERS, letter?.id ?? "");
    expect((await discard(path)).status).toBe(400);
    expect((await discard(`${path}?reason=A%20test`)).status).toBe(204);
    expect((await discard(`${path}?reason=A%20test`)).status).toBe(404);
    expect((await audit())[0]).toMatchObject({ action: "dead_letter.discard" });
    for (const gone of [path, `${path}/redrive`]) {
      const body = gone === path ? undefined : {};
      expect((await asOperator(gone, body)).status).toBe(404);
    }
  });
});

describe("items that nobody could use, by the API", () => {
  beforeEach(async () => {
    await putItem("one", "unknown_number", 1);
    await putItem("m:two/½", "no_number", 2, "DB_1");
    await putItem("three", "unknown_number", 3, "DB_1");
  });

  it("come from every shard, the newest first, by reason and page by page", async () => {
    expect((await listLeftOver("unrouted")).map(({ id }) => id)).toEqual([
      "DB_1:three",
      "DB_1:m:two/½",
      "DB:one",
    ]);
    const asked = await asOperator(`${ITEMS}?reason=unknown_number&limit=1`);
    const first = await asked.json<{ data: { id: string }[]; next_cursor: string }>();
    expect(first.data).toMatchObject([{ id: "DB_1:three" }]);
    const second = await asOperator(
      `${ITEMS}?reason=unknown_number&limit=1&cursor=${first.next_cursor}`,
    );
    expect(await second.json()).toMatchObject({ data: [{ id: "DB:one" }] });
  });

  it("show their content for a reason only, and are discarded by name", async () => {
    const path = at(ITEMS, "DB_1:m:two/½");
    expect(await (await asOperator(path)).json()).toMatchObject({
      reason: "no_number",
      content: null,
    });
    expect((await asOperator(`${path}?content=true`)).status).toBe(400);
    const open = await asOperator(`${path}?content=true&reason=Look`);
    expect(await open.json()).toMatchObject({ content: { text: "Something secret." } });
    expect((await audit())[0]).toMatchObject({ action: "content.read" });
    expect((await discard(`${path}?reason=Nobody`)).status).toBe(204);
    expect((await audit())[0]).toMatchObject({
      action: "unrouted.discard",
      detail: "in DB_1: Nobody",
    });
    expect(await listLeftOver("unrouted")).toHaveLength(2);
    for (const unknown of ["DB_9:one", "one", "DB:none"]) {
      expect((await asOperator(at(ITEMS, unknown))).status).toBe(404);
    }
  });

  it("that this version cannot read stay when they are tried again, alone or together", async () => {
    const alone = await asOperator(at(ITEMS, "DB:one", "/redrive"), {});
    expect(alone.status).toBe(409);
    const many = await asOperator(`${ITEMS}:redrive`, {});
    expect(await many.json()).toEqual({
      done: 0,
      under_way: 0,
      failed_again: 0,
      impossible: 3,
      next_cursor: null,
    });
    expect(await listLeftOver("unrouted")).toHaveLength(3);
  });
});
