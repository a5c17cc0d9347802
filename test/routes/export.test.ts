import { describe, expect, it } from "vitest";
import { Hono } from "hono";
import { ndjsonStream } from "../../src/lib/ndjson.ts";
import { exportRoutes } from "../../src/routes/export.ts";
import { deliver, seedSender, services } from "../support/seed.ts";
import { historyStored, runSql, senderOf } from "../support/storage.ts";
import {
  change,
  CUSTOMER,
  historyChunk,
  inbound,
  newWamid,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { AppContext } from "../../src/env.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

type Line = Record<string, unknown> & { type: string };

const T0 = Math.floor(Date.now() / 1000) * 1000 - 40 * 86_400_000;

const parse = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

async function exportOf(partner: Partner, number: TestNumber, query = ""): Promise<Line[]> {
  const response = await partner.get(`/v1/senders/${number.id}/export${query}`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  return parse(await response.text());
}

function withoutType(line: Line): Record<string, unknown> {
  const { type: _, ...rest } = line;
  return rest;
}

const ofType = (lines: Line[], type: string) => lines.filter((line) => line.type === type);

/** Every page of a list. */
async function readAll(partner: Partner, path: string): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  do {
    const page: { data: Record<string, unknown>[]; next_cursor: string | null } =
      await partner.read(`${path}?limit=500${cursor === null ? "" : `&cursor=${cursor}`}`);
    all.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return all;
}

/** An imported past of many customers. */
async function importPast(number: TestNumber, customers: number, each: number): Promise<void> {
  const threads = Object.fromEntries(
    Array.from({ length: customers }, (_, customer) => [
      `420777${100_000 + customer}`,
      Array.from({ length: each }, (_, index) => ({
        ...textMessage({ wamid: newWamid("ex"), at: T0 + (customer * each + index) * 1_000 }),
        from: `420777${100_000 + customer}`,
        history_context: { status: "READ" },
      })),
    ]),
  );
  expect((await webhook(historyChunk(number, threads))).status).toBe(200);
  await historyStored(number, 1);
}

describe("an export", () => {
  it("of some thousands of rows says what the reads say, line by line, and ends with its counts", async () => {
    const { partner, number } = await seedSender();
    await importPast(number, 600, 4);
    const book = Array.from({ length: 520 }, (_, index) => ({
      type: "contact",
      action: "add",
      contact: { full_name: `Entry ${index}`, phone_number: `420777${100_000 + index}` },
      metadata: { timestamp: String(T0 / 1000) },
    }));
    await deliver(number, change(number, "smb_app_state_sync", { state_sync: book }));
    const lines = await exportOf(partner, number);
    const path = `/v1/senders/${number.id}`;

    expect(ofType(lines, "sender")).toEqual([{ type: "sender", ...(await partner.read(path)) }]);
    const messages = await readAll(partner, `${path}/messages`);
    expect(messages).toHaveLength(2_400);
    const told = ofType(lines, "message").map(
      ({ type: _line, message_type: type, steps: _steps, pricing: _pricing, ...rest }) => ({
        ...rest,
        type,
      }),
    );
    expect(told).toEqual(messages);
    const contacts = await readAll(partner, `${path}/contacts`);
    expect(ofType(lines, "contact").map(withoutType)).toEqual(contacts);
    const conversations = await readAll(partner, `${path}/conversations`);
    const newestFirst = ofType(lines, "conversation")
      .map(withoutType)
      .toSorted((left, right) => String(right["last_at"]).localeCompare(String(left["last_at"])));
    expect(newestFirst).toEqual(conversations);
    expect(ofType(lines, "customer")).toHaveLength(600);
    expect(ofType(lines, "sync")).toMatchObject([{ kind: "history", state: "complete" }]);
    expect(ofType(lines, "sync_chunk")).toMatchObject([{ phase: 2, messages: 2_400 }]);
    expect(lines.at(-1)).toEqual({
      type: "end",
      counts: {
        sender: 1,
        customers: 600,
        contacts: 520,
        conversations: 600,
        syncs: 2,
        messages: 2_400,
      },
      next_cursor: null,
    });
  });

  it("has a message's statuses, price and edits, and a customer's other keys", async () => {
    const { partner, number } = await seedSender();
    const bsuid = "FR.73000000000000000051";
    const message = textMessage({ extra: { from_user_id: bsuid } });
    await deliver(number, inbound(number, message));
    const edit = {
      ...textMessage(),
      type: "edit",
      text: undefined,
      edit: {
        original_message_id: message.id,
        message: { type: "text", text: { body: "Put otherwise" } },
      },
    };
    await deliver(number, inbound(number, edit));
    const sent = newWamid("sent");
    const echo = { from: number.phone, to: CUSTOMER, id: sent, timestamp: message.timestamp };
    await deliver(
      number,
      change(number, "smb_message_echoes", {
        message_echoes: [{ ...echo, type: "text", text: { body: "Yes" } }],
      }),
    );
    await deliver(number, statuses(number, { id: sent, status: "delivered" }));
    const lines = await exportOf(partner, number);
    expect(ofType(lines, "customer")).toMatchObject([
      { customer: { phone: CUSTOMER, bsuid }, aliases: [bsuid] },
    ]);
    for (const wamid of [message.id, sent]) {
      const { send: _, ...read } = await partner.read<Line>(
        `/v1/senders/${number.id}/messages/${wamid}`,
      );
      const line = ofType(lines, "message").find((each) => each["wamid"] === wamid);
      expect(line).toEqual({ ...read, type: "message", message_type: read.type });
    }
    const texts = ofType(lines, "message").map((line) => line["text"]);
    expect(texts).toContainEqual({ body: "Put otherwise" });
  });

  it("can be narrowed by since, and names the field where that is no instant", async () => {
    const { partner, number } = await seedSender();
    await importPast(number, 3, 2);
    const fresh = textMessage();
    await deliver(number, inbound(number, fresh));
    const lines = await exportOf(partner, number, `?since=${T0 / 1000 + 86_400}`);
    expect(ofType(lines, "message").map((line) => line["wamid"])).toEqual([fresh.id]);
    expect(ofType(lines, "conversation")).toHaveLength(1);
    for (const query of ["since=soon", "cursor=e30"]) {
      const broken = await partner.get(`/v1/senders/${number.id}/export?${query}`);
      expect(broken.status).toBe(400);
      expect(await broken.json()).toMatchObject({ field: query.split("=")[0] });
    }
  });

  it("that has to end early says where to go on, and the parts make the whole", async () => {
    const { partner, number } = await seedSender();
    await importPast(number, 510, 2);
    const whole = await exportOf(partner, number);
    const inParts = new Hono<AppContext>()
      .use(async (c, next) => {
        c.set("services", services());
        c.set("partner", partner.id);
        c.set("senders", null);
        await next();
      })
      .route("/", exportRoutes(3));
    const lines: Line[] = [];
    let calls = 0;
    let cursor: unknown = "";
    do {
      const query: string = cursor === "" ? "" : `?cursor=${String(cursor)}`;
      const part = parse(await (await inParts.request(`/${number.id}/export${query}`)).text());
      const end = part.pop();
      lines.push(...part);
      cursor = end?.["next_cursor"];
      calls += 1;
    } while (cursor !== null);
    expect(calls).toBeGreaterThan(2);
    expect(lines).toEqual(whole.slice(0, -1));
  });

  it("breaks off without its last line when D1 fails on the way", async () => {
    const { partner, number } = await seedSender();
    await importPast(number, 2, 2);
    const { shard } = await senderOf(number);
    const response = await partner.get(`/v1/senders/${number.id}/export`);
    await runSql(number, `ALTER TABLE messages RENAME TO messages_away`);
    const text = await response.text().catch(() => "");
    expect(text).not.toContain('"end"');
    await services().shard(shard).prepare(`ALTER TABLE messages_away RENAME TO messages`).run();
  });
});

describe("ndjsonStream", () => {
  it("asks its source for a batch only when the reader has taken the last one", async () => {
    let asked = 0;
    async function* batches() {
      for (let index = 0; index < 5; index++) {
        asked += 1;
        yield [{ index }];
      }
    }
    const reader = ndjsonStream(batches(), () => {}).getReader();
    await Promise.resolve();
    expect(asked).toBe(0);
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toBe('{"index":0}\n');
    expect(asked).toBe(1);
    await reader.cancel();
    expect(asked).toBe(1);
  });
});
