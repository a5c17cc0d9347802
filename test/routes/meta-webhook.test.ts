import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import worker from "../../src/index.ts";
import { sweepOverflow } from "../../src/operations/sweep-overflow.ts";
import { eventually } from "../support/eventually.ts";
import { loggedOf } from "../support/quiet-logs.ts";
import { call, deliver, newNumber, seedSender, services } from "../support/seed.ts";
import {
  archiveKeys,
  breakObject,
  consumeByHand,
  listLeftOver,
  mendObject,
  runObjectSql,
  rowsOf,
  setClock,
} from "../support/storage.ts";
import {
  change,
  echoes,
  historyChunk,
  inbound,
  sign,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";

const SECRET = "test-app-secret";

describe("the verification GET", () => {
  const ask = (query: Record<string, string>) =>
    call(`/webhooks/meta?${new URLSearchParams(query).toString()}`);

  it("answers the challenge as plain text, without any tenant stored", async () => {
    const response = await ask({
      "hub.mode": "subscribe",
      "hub.challenge": "1158201444",
      "hub.verify_token": "test-verify-token",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(await response.text()).toBe("1158201444");
  });

  it.each([
    ["a wrong token", { "hub.mode": "subscribe", "hub.verify_token": "test-verify-tokem" }],
    ["no token", { "hub.mode": "subscribe" }],
    ["another mode", { "hub.mode": "unsubscribe", "hub.verify_token": "test-verify-token" }],
    ["no query at all", {}],
  ])("refuses %s without repeating the challenge", async (_, query) => {
    const response = await ask({ "hub.challenge": "1158201444", ...query });
    expect(response.status).toBe(403);
    expect(await response.text()).toBe("");
  });
});

describe("what is not Meta's", () => {
  it.each([
    ["no signature", { signature: null }],
    ["a signature by another secret", { secret: "somebody-else" }],
    ["a signature of the wrong length", { signature: "sha256=abcdef" }],
    ["the SHA-1 header's form", { signature: `sha1=${"a".repeat(64)}` }],
  ])("is refused with 401, an empty body and nothing stored: %s", async (_, options) => {
    const { number } = await seedSender();
    await services().phone(number.id).flushed();
    const response = await webhook(inbound(number, textMessage()), options);
    expect(response.status).toBe(401);
    expect(await response.text()).toBe("");
    expect(await runObjectSql(number.id, "SELECT * FROM journal")).toEqual([]);
    expect(await rowsOf(number, "messages")).toEqual([]);
    expect(await archiveKeys("")).toEqual([]);
    expect(await listLeftOver("unrouted")).toEqual([]);
  });

  it("is refused when one byte of a signed body changed", async () => {
    const { number } = await seedSender();
    const body = JSON.stringify(inbound(number, textMessage({ body: "ten" })));
    const response = await webhook(body.replace("ten", "tin"), { signature: sign(body, SECRET) });
    expect(response.status).toBe(401);
  });

  it.each([
    ["not JSON", "{"],
    ["an empty body", ""],
    ["an array", "[]"],
    ["a string", '"hello"'],
    ["null", "null"],
    ["a number", "7"],
  ])("is refused with 400 although it is signed: %s", async (_, body) => {
    const response = await webhook(body);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe("");
    expect(await archiveKeys("")).toEqual([]);
  });
});

describe("a body over 3.5 MB", () => {
  const large = JSON.stringify({ object: "whatsapp_business_account", pad: "x".repeat(3_500_000) });

  it("is refused with 413 by its content-length", async () => {
    const response = await webhook(large);
    expect(response.status).toBe(413);
    expect(await response.text()).toBe("");
  });

  it("is refused with 413 by counting where no content-length says so", async () => {
    const bytes = new TextEncoder().encode(large);
    let at = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= bytes.byteLength) controller.close();
        else controller.enqueue(bytes.subarray(at, (at += 64_000)));
      },
    });
    const request = new Request("https://gateway.test/webhooks/meta", {
      method: "POST",
      headers: { "x-hub-signature-256": sign(large, SECRET) },
      body: stream,
    });
    expect(request.headers.get("content-length")).toBeNull();
    const ctx = createExecutionContext();
    const response = await worker.fetch(request, env, ctx);
    await waitOnExecutionContext(ctx);
    expect(response.status).toBe(413);
  });

  it("is taken when it is a full 3 MB, the most that Meta sends", async () => {
    const { number } = await seedSender();
    const body = "x".repeat(2_999_000);
    const threads = { "15550177444": [textMessage({ body })] };
    const response = await webhook(historyChunk(number, threads));
    expect(response.status).toBe(200);
    expect(await archiveKeys("inbox/")).toHaveLength(1);
  });
});

describe("signatures", () => {
  it("verify over the received bytes, whether characters come escaped or as UTF-8", async () => {
    const { partner, number } = await seedSender();
    const [first, second] = [textMessage({ body: "żółć 👍" }), textMessage({ body: "żółć 👍" })];
    const raw = JSON.stringify(inbound(number, first));
    const escaped = JSON.stringify(inbound(number, second)).replaceAll(
      /[^\u0020-\u007e]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    expect((await webhook(raw)).status).toBe(200);
    expect((await webhook(escaped)).status).toBe(200);
    await services().phone(number.id).flushed();
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toMatchObject([{ text: { body: "żółć 👍" } }, { text: { body: "żółć 👍" } }]);
  });

  it("verify with the previous secret while it is being rotated", async () => {
    const { number } = await seedSender();
    const response = await webhook(inbound(number, textMessage()), {
      secret: "test-app-secret-before",
    });
    expect(response.status).toBe(200);
  });
});

describe("invariant 1: durable before 200", () => {
  it("has a live message in the object's journal when the answer is 200", async () => {
    const number = newNumber(); // nobody's yet: nothing flushes it away
    const message = textMessage();
    expect((await webhook(inbound(number, message))).status).toBe(200);
    const journal = await runObjectSql(number.id, "SELECT key FROM journal");
    expect(journal).toEqual([{ key: `m:${message.id}` }]);
  });

  it("has a history body in the archive, byte for byte, when the answer is 200", async () => {
    const number = newNumber();
    const body = JSON.stringify(historyChunk(number, { "15550177444": [textMessage()] }), null, 1);
    expect((await webhook(body)).status).toBe(200);
    const [key = ""] = await archiveKeys("inbox/");
    expect(await (await env.ARCHIVE.get(key))?.text()).toBe(body);
  });

  it("puts facts into the overflow when their object throws, and the queue delivers them", async () => {
    const { partner, number } = await seedSender();
    await services().phone(number.id).flushed();
    const message = textMessage({ body: "kept for later" });
    await breakObject(number);
    expect((await webhook(inbound(number, message))).status).toBe(200);
    const [key] = await archiveKeys("overflow/");
    expect(key).toBeDefined();
    const failed = await consumeByHand("tandem-overflow", [{ key }]);
    expect(failed.retryMessages).toHaveLength(1);
    expect(await archiveKeys("overflow/")).toEqual([key]);

    await mendObject(number);
    const taken = await consumeByHand("tandem-overflow", [{ key }]);
    expect(taken.explicitAcks).toHaveLength(1);
    await services().phone(number.id).flushed();
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid: message.id }]);
    expect(await archiveKeys("overflow/")).toEqual([]);
    const again = await consumeByHand("tandem-overflow", [{ key }]);
    expect(again.explicitAcks).toHaveLength(1);
    const events = await partner.events(number.id);
    expect(events.filter((event) => event.type === "message.received")).toHaveLength(1);
  });

  it("finds overflowed facts again by the sweep when their pointer was lost", async () => {
    const { number } = await seedSender();
    await services().phone(number.id).flushed();
    await breakObject(number);
    const message = textMessage();
    await webhook(inbound(number, message));
    const [key = ""] = await archiveKeys("overflow/");
    const object = await env.ARCHIVE.get(key);
    const text = (await object?.text()) ?? "";
    await mendObject(number);
    // Another name: no pointer was ever sent for it.
    const lost = `overflow/${String(Date.now() - 60_000).padStart(14, "0")}-lost`;
    await env.ARCHIVE.put(lost, text);
    await env.ARCHIVE.delete(key);
    expect(await sweepOverflow(services())).toBe(1);
    await eventually(async () => expect(await archiveKeys("overflow/")).toEqual([]));
    await services().phone(number.id).flushed();
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid: message.id }]);
  });

  it("invariant 3: delivers the neighbours of an overflowed fact that no try can deliver", async () => {
    const { number } = await seedSender();
    await services().phone(number.id).flushed();
    const [first, bad, last] = [textMessage(), textMessage(), textMessage()];
    await runObjectSql(
      number.id,
      `CREATE TRIGGER poison BEFORE INSERT ON journal WHEN NEW.key = 'm:${bad.id}'
       BEGIN SELECT RAISE(ABORT, 'poison'); END`,
    );
    expect((await webhook(inbound(number, first, bad, last))).status).toBe(200);
    const [key = ""] = await archiveKeys("overflow/");
    const failed = await consumeByHand("tandem-overflow", [{ key }]);
    expect(failed.retryMessages).toHaveLength(1);
    await services().phone(number.id).flushed();
    const stored = async () => (await rowsOf(number, "messages")).map((row) => row["wamid"]);
    expect(new Set(await stored())).toEqual(new Set([first.id, last.id]));
    const left = await (await env.ARCHIVE.get(key))?.json<{ facts: unknown[] }>();
    expect(left?.facts).toMatchObject([{ fact: { wamid: bad.id } }]);

    await runObjectSql(number.id, `DROP TRIGGER poison`);
    await consumeByHand("tandem-overflow", [{ key }]);
    await services().phone(number.id).flushed();
    expect(new Set(await stored())).toEqual(new Set([first.id, bad.id, last.id]));
    expect(await archiveKeys("overflow/")).toEqual([]);
  });

  it("answers 500 when neither the object nor the archive takes a fact", async () => {
    const { number } = await seedSender();
    await services().phone(number.id).flushed();
    await breakObject(number);
    const body = JSON.stringify(inbound(number, textMessage()));
    const response = await postWithoutArchive(body);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("");
    await mendObject(number);
    expect((await webhook(body)).status).toBe(200); // Meta's retry
    await services().phone(number.id).flushed();
    expect(await rowsOf(number, "messages")).toHaveLength(1);
  });

  it("answers 500 to history that the archive does not take, though live facts beside it were", async () => {
    const { number } = await seedSender();
    const live = inbound(number, textMessage());
    const history = historyChunk(number, { "15550177444": [textMessage()] });
    const body = JSON.stringify({ ...live, entry: [...live.entry, ...history.entry] });
    expect((await postWithoutArchive(body)).status).toBe(500);
  });
});

describe("invariant 3: an item that fits no row", () => {
  const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  /** A webhook's bytes with `__deep__` replaced: what is deep must not go through JSON.stringify. */
  const withDeep = (payload: unknown, levels: number) =>
    JSON.stringify(payload).replace('"__deep__"', nested(levels));
  const reasons = async () => (await listLeftOver("unrouted")).map(({ reason }) => reason);

  it.each([
    [50, []],
    [300, ["too_deep"]],
    [5_000, ["too_deep"]],
  ])(
    "of %i levels is kept whole, and the good message beside it is stored",
    async (levels, left) => {
      const { partner, number } = await seedSender();
      const good = textMessage();
      const deep = { ...textMessage(), context: "__deep__" };
      const body = withDeep(inbound(number, good, deep), levels);
      expect((await webhook(body)).status).toBe(200);
      await services().phone(number.id).flushed();
      expect(await reasons()).toEqual(left);
      const kept = await archiveKeys("oversize/");
      expect(kept).toHaveLength(left.length);
      if (kept[0] !== undefined) {
        expect(await (await env.ARCHIVE.get(kept[0]))?.text()).toContain(nested(levels));
      }
      const stored = (await rowsOf(number, "messages")).map((row) => row["wamid"]);
      expect(stored).toContain(good.id);
      expect((await partner.events()).map((event) => event.data["wamid"])).toContain(good.id);
      expect(await listLeftOver("dead-letters")).toEqual([]);
    },
  );

  it("of 20,000 levels is answered with 200 and kept whole, whatever the door can make of it", async () => {
    const { number } = await seedSender();
    const payload = inbound(number, { ...textMessage(), type: "odd", odd: "__deep__" });
    const body = withDeep(payload, 20_000);
    expect((await webhook(body)).status).toBe(200);
    expect((await webhook(body)).status).toBe(200); // Meta's repeat is the same one
    await services().phone(number.id).flushed();
    expect(await reasons()).toEqual(["too_deep"]);
    const [key = ""] = await archiveKeys("oversize/");
    expect(await (await env.ARCHIVE.get(key))?.text()).toContain(nested(20_000));
  });

  it.each([
    ["characters", "x".repeat(1_100_000)],
    ["bytes, though of fewer characters", "ż".repeat(600_000)],
  ])("of over a million %s is kept whole, and its neighbour is stored", async (_what, text) => {
    const { number } = await seedSender();
    const good = textMessage();
    expect((await webhook(inbound(number, textMessage({ body: text }), good))).status).toBe(200);
    await services().phone(number.id).flushed();
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid: good.id }]);
    expect(await reasons()).toEqual(["too_large"]);
    const [key = ""] = await archiveKeys("oversize/");
    expect(await (await env.ARCHIVE.get(key))?.text()).toContain(text);
  });
});

/** The door of a Worker that lost its bucket: the one way in which R2 fails here and now. */
async function postWithoutArchive(body: string): Promise<Response> {
  const ctx = createExecutionContext();
  const broken = { ...env, ARCHIVE: undefined } as unknown as Env;
  const response = await worker.fetch(
    new Request("https://gateway.test/webhooks/meta", {
      method: "POST",
      headers: { "x-hub-signature-256": sign(body, SECRET) },
      body,
    }),
    broken,
    ctx,
  );
  await waitOnExecutionContext(ctx);
  return response;
}

describe("invariant 3: a fact we cannot use is a 200, and is kept", () => {
  it("keeps an unknown field of a known number", async () => {
    const { number } = await seedSender();
    await deliver(number, change(number, "thread_colours", { colour: "teal" }));
    expect(await listLeftOver("unrouted")).toMatchObject([
      { field: "thread_colours", reason: "unknown_field" },
    ]);
  });

  it("keeps an unknown message type beside its good neighbours", async () => {
    const { number } = await seedSender();
    const [before, after] = [textMessage(), textMessage()];
    await deliver(
      number,
      inbound(number, before, { ...textMessage(), type: "hologram", hologram: { id: 1 } }, after),
    );
    expect(await listLeftOver("unrouted")).toMatchObject([
      { field: "messages", reason: "unknown_type" },
    ]);
    expect((await rowsOf(number, "messages")).map((row) => row["wamid"])).toEqual([
      before.id,
      after.id,
    ]);
  });

  it.each([
    ["null", null],
    ["text", "oops"],
    ["an empty object", {}],
    ["a message without id", { from: "15550177001", type: "text", text: { body: "x" } }],
    ["a message of nobody", { id: "wamid.nobody", type: "text", text: { body: "x" } }],
    ["a text without its object", { from: "15550177001", id: "wamid.bare", type: "text" }],
  ])("takes a message in although its neighbour is %s", async (_, bad) => {
    const { number } = await seedSender();
    const good = textMessage();
    await deliver(number, inbound(number, bad, good));
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid: good.id }]);
    expect(await listLeftOver("unrouted")).toHaveLength(1);
  });

  it("keeps an account webhook of a WABA that is nobody's", async () => {
    const number = newNumber();
    const response = await webhook({
      object: "whatsapp_business_account",
      entry: [
        {
          id: number.wabaId,
          time: 1_790_000_000,
          changes: [{ field: "account_update", value: { event: "ACCOUNT_OFFBOARDED" } }],
        },
      ],
    });
    expect(response.status).toBe(200);
    expect(await listLeftOver("unrouted")).toMatchObject([{ reason: "unknown_number" }]);
    expect(loggedOf("webhook.unrouted")).toMatchObject([{ reason: "unknown_number", count: 1 }]);
  });

  it.each([
    ["no entry", { object: "whatsapp_business_account" }],
    ["another object", { object: "page", entry: "gone" }],
    ["an empty object", {}],
    ["an entry without changes", { entry: [{ id: "1" }] }],
  ])("keeps a body whole that is no envelope: %s", async (_, payload) => {
    expect((await webhook(payload)).status).toBe(200);
    expect(await listLeftOver("unrouted")).toHaveLength(1);
  });

  it("keeps a change that is not even an object beside one that is", async () => {
    const { number } = await seedSender();
    const good = textMessage();
    const payload = inbound(number, good);
    const [entry] = payload.entry;
    await deliver(number, {
      ...payload,
      entry: [{ ...entry, changes: ["strange", ...(entry?.changes ?? [])] }],
    });
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid: good.id }]);
    expect(await listLeftOver("unrouted")).toHaveLength(1);
  });

  it("keeps a history body that names no number where an operator sees it", async () => {
    const payload = {
      object: "whatsapp_business_account",
      entry: [
        {
          id: "219999999999999",
          changes: [{ field: "history", value: { history: [{ threads: [] }] } }],
        },
      ],
    };
    expect((await webhook(payload)).status).toBe(200);
    const [key] = await archiveKeys("inbox/");
    await consumeByHand("tandem-history", [{ key }]);
    expect(await listLeftOver("unrouted")).toMatchObject([{ field: "history" }]);
  });

  it("lets facts of an unknown number wait, and gives them up after eight days, visibly", async () => {
    const number = newNumber();
    await webhook(inbound(number, textMessage()));
    expect(await listLeftOver("unrouted")).toEqual([]);
    setClock(Date.now() + 7 * 86_400_000);
    await services().phone(number.id).wake();
    expect(await runObjectSql(number.id, "SELECT n FROM journal")).toHaveLength(1);
    setClock(Date.now() + 2 * 86_400_000);
    await services().phone(number.id).wake();
    await eventually(async () =>
      expect(await listLeftOver("unrouted")).toMatchObject([{ reason: "unknown_number" }]),
    );
    await eventually(async () =>
      expect(await runObjectSql(number.id, "SELECT n FROM journal")).toEqual([]),
    );
  });

  it("keeps reading possible after a message with an impossible time", async () => {
    const { partner, number } = await seedSender();
    const strange = { ...textMessage(), timestamp: "9999999999999999" };
    const good = textMessage();
    await deliver(number, inbound(number, strange, good));
    const messages = await partner.get(`/v1/senders/${number.id}/messages`);
    expect(messages.status).toBe(200);
    const events = await partner.get(`/v1/events?sender=${number.id}`);
    expect(events.status).toBe(200);
  });

  it("isolates items across fields and numbers of one body", async () => {
    const first = await seedSender();
    const second = await seedSender();
    const message = textMessage();
    const echo = { id: "wamid.e-across" };
    const parts = [
      inbound(first.number, message, 7),
      echoes(second.number, echo),
      statuses(second.number, { id: "wamid.s-across", status: "exploded" }),
    ];
    const payload = { object: "whatsapp_business_account", entry: parts.flatMap((p) => p.entry) };
    await deliver(first.number, payload);
    await services().phone(second.number.id).flushed();
    expect(await rowsOf(first.number, "messages")).toMatchObject([{ wamid: message.id }]);
    expect(await rowsOf(second.number, "messages")).toMatchObject([{ wamid: echo.id }]);
    expect(await listLeftOver("unrouted")).toHaveLength(2);
  });
});
