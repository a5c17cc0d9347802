import { beforeEach, describe, expect, it } from "vitest";
import { deliver, evict, seedSender, services } from "../support/seed.ts";
import { historyStored, rowsOf, runSql, snapshot } from "../support/storage.ts";
import { buildWamid } from "../support/wamids.ts";
import {
  CUSTOMER,
  echoes,
  historyChunk,
  inbound,
  newWamid,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const BSUID = "US.77001000000000000077";
const TOKEN = "A0B1C2D3E4F5061728";
/** The id a message is stored under, and the one by which Meta speaks of it. */
const STORED = buildWamid(CUSTOMER, TOKEN, "in");
const TOLD = buildWamid(BSUID, TOKEN, "out");

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedSender());
});

const original = () => textMessage({ wamid: STORED, body: "before", at: Date.now() - 60_000 });

const edit = (target: string, body = "after") => ({
  ...textMessage({ wamid: newWamid("edit") }),
  type: "edit",
  text: undefined,
  edit: { original_message_id: target, message: { type: "text", text: { body } } },
});
const revoke = (target: string) => ({
  ...textMessage({ wamid: newWamid("revoke") }),
  type: "revoke",
  text: undefined,
  revoke: { original_message_id: target },
});
const quote = (target: string) =>
  textMessage({ wamid: newWamid("quote"), extra: { context: { id: target, from: CUSTOMER } } });
const reaction = (target: string) => ({
  ...textMessage({ wamid: newWamid("reaction") }),
  type: "reaction",
  text: undefined,
  reaction: { message_id: target, emoji: "👍" },
});

async function importMessages(messages: Record<string, unknown>[], chunks = 1): Promise<void> {
  await webhook(
    historyChunk(number, { [CUSTOMER]: messages }, { phase: 0, order: chunks, progress: 50 }),
  );
  await historyStored(number, chunks);
}

const read = async () =>
  (
    await partner.read<{ data: Record<string, unknown>[] }>(
      `/v1/senders/${number.id}/messages?customer=${CUSTOMER}`,
    )
  ).data;
const find = async (wamid: string) => (await read()).find((each) => each["wamid"] === wamid);

describe("an edit or revoke that names its message by another wamid", () => {
  it("changes the message that shares the token, makes no stub, and says which it was", async () => {
    await deliver(number, inbound(number, original()));
    await deliver(number, inbound(number, edit(TOLD)));
    expect(await rowsOf(number, "messages")).toHaveLength(1);
    expect(await find(STORED)).toMatchObject({ text: { body: "after" } });
    await deliver(number, inbound(number, revoke(TOLD)));
    expect(await rowsOf(number, "messages")).toMatchObject([
      { wamid: STORED, revoked_at: expect.any(Number) },
    ]);
    expect(await rowsOf(number, "loose_changes")).toEqual([]);
    const told = (await partner.events()).filter((e) => /edited|revoked/.test(e.type));
    expect(told.map((event) => event.data)).toMatchObject([
      { wamid: STORED, original_message_id: TOLD },
      { wamid: STORED, original_message_id: TOLD },
    ]);
  });

  it("does so in one webhook, and for an echo of the owner", async () => {
    const sent = buildWamid(CUSTOMER, "FFEEDDCCBBAA99887766", "out");
    await deliver(number, inbound(number, original(), edit(TOLD)));
    await deliver(number, echoes(number, { id: sent }));
    const { from: _, ...change } = edit(buildWamid(BSUID, "FFEEDDCCBBAA99887766", "in"), "mine");
    await deliver(number, echoes(number, change));
    expect(await find(STORED)).toMatchObject({ text: { body: "after" } });
    expect(await find(sent)).toMatchObject({ text: { body: "mine" } });
    expect(await rowsOf(number, "messages")).toHaveLength(2);
  });

  it("takes the exact wamid first, also where another shares the token", async () => {
    await deliver(number, inbound(number, original(), { ...original(), id: TOLD }));
    await deliver(number, inbound(number, edit(TOLD)));
    expect(await find(TOLD)).toMatchObject({ text: { body: "after" } });
    expect(await find(STORED)).toMatchObject({ text: { body: "before" } });
  });

  it("links nothing where two messages share the token", async () => {
    const twin = buildWamid("15550177999", TOKEN, "in");
    await deliver(number, inbound(number, original(), { ...original(), id: twin }));
    await deliver(number, inbound(number, edit(TOLD), quote(TOLD)));
    expect(await find(STORED)).toMatchObject({ text: { body: "before" } });
    expect(await find(twin)).toMatchObject({ text: { body: "before" } });
    expect((await read()).some((each) => "message" in ((each["context"] as object) ?? {}))).toBe(
      false,
    );
  });

  it("links nothing in another customer's conversation", async () => {
    await deliver(number, inbound(number, { ...original(), from: "15550177555" }));
    await deliver(number, inbound(number, edit(TOLD), reaction(TOLD)));
    const rows = await rowsOf(number, "messages");
    expect(rows.find((row) => row["wamid"] === STORED)).toMatchObject({ edited_at: null });
    expect((await read())[0]).not.toHaveProperty("reaction.target");
  });

  it("finds the message under the customer's former key", async () => {
    const byBsuid = { ...original(), from: undefined, from_user_id: BSUID };
    await deliver(number, inbound(number, byBsuid));
    await deliver(number, inbound(number, textMessage({ extra: { from_user_id: BSUID } })));
    await deliver(number, inbound(number, edit(TOLD)));
    expect(await find(STORED)).toMatchObject({ text: { body: "after" } });
  });

  it.each([
    { change: "live", message: "live" },
    { change: "live", message: "history" },
    { change: "history", message: "live" },
    { change: "history", message: "history" },
  ])("waits, $change, for a message that comes later, $message", async ({ change, message }) => {
    const bring = (way: string, chunk: number, ...messages: Record<string, unknown>[]) =>
      way === "live"
        ? deliver(number, inbound(number, ...messages))
        : importMessages(messages, chunk);
    await bring(change, 1, edit(TOLD), revoke(TOLD));
    expect(await read()).toEqual([]);
    // What waits is known to D1 alone: an object that starts anew finds it.
    await evict(number);
    await bring(message, change === "live" ? 1 : 2, original());
    const rows = await rowsOf(number, "messages");
    expect(rows).toMatchObject([
      {
        wamid: STORED,
        edited_at: expect.any(Number),
        revoked_at: expect.any(Number),
        body: JSON.stringify({ text: { body: "after" } }),
      },
    ]);
    expect(await rowsOf(number, "loose_changes")).toEqual([]);
  });

  it("is taken at the next try where D1 fails behind the message", async () => {
    await deliver(number, inbound(number, edit(TOLD)));
    await runSql(
      number,
      `CREATE TRIGGER fail BEFORE DELETE ON loose_changes BEGIN INSERT INTO nowhere VALUES (1); END`,
    );
    await deliver(number, inbound(number, original()));
    expect(await find(STORED)).toMatchObject({ text: { body: "before" } });
    await runSql(number, `DROP TRIGGER fail`);
    await evict(number);
    await services().phone(number.id).flushed();
    expect(await find(STORED)).toMatchObject({ text: { body: "after" } });
    expect(await rowsOf(number, "loose_changes")).toEqual([]);
    const told = await partner.events();
    expect(told.filter(({ type }) => type === "message.received")).toHaveLength(1);
  });

  it("does the same inside history, in either order", async () => {
    await importMessages([edit(TOLD)]);
    await importMessages([original()], 2);
    expect(await find(STORED)).toMatchObject({ text: { body: "after" }, historical: true });
    await importMessages([revoke(TOLD)], 3);
    expect(await rowsOf(number, "messages")).toMatchObject([
      { wamid: STORED, revoked_at: expect.any(Number) },
    ]);
    expect(await partner.events()).not.toContainEqual(
      expect.objectContaining({ type: expect.stringMatching(/^message\./) as string }),
    );
  });

  it("invariant 2: repeats change nothing", async () => {
    const payloads = [
      inbound(number, original()),
      inbound(number, edit(TOLD)),
      inbound(number, revoke(TOLD)),
    ];
    for (const payload of payloads) await deliver(number, payload);
    const once = await snapshot(number);
    for (const payload of payloads.toReversed()) await deliver(number, payload);
    expect(await snapshot(number)).toEqual(once);
  });
});

describe("a quote or reaction that names its message by another wamid", () => {
  it("says which message of ours is meant, beside Meta's own id", async () => {
    await deliver(number, inbound(number, original(), quote(TOLD), reaction(TOLD)));
    const all = await read();
    expect(all.find((each) => each["type"] === "reaction")).toMatchObject({
      reaction: { message_id: TOLD, target: STORED, emoji: "👍" },
    });
    expect(all.find((each) => "context" in each)).toMatchObject({
      context: { id: TOLD, message: STORED },
    });
    const wamid = String(all.find((each) => "context" in each)?.["wamid"]);
    expect(await partner.read(`/v1/senders/${number.id}/messages/${wamid}`)).toMatchObject({
      context: { id: TOLD, message: STORED },
    });
  });

  it("says so also where the exact wamid is there, and nothing where none is", async () => {
    await deliver(number, inbound(number, original(), quote(STORED)));
    expect((await read())[0]).toMatchObject({ context: { id: STORED, message: STORED } });
    await deliver(number, inbound(number, reaction("wamid.of-nothing-we-have")));
    const found = (await read()).find((each) => each["type"] === "reaction");
    expect(found).toHaveProperty("reaction");
    expect(found).not.toHaveProperty("reaction.target");
  });

  it("finds a message that history brings later", async () => {
    await deliver(number, inbound(number, quote(TOLD)));
    expect((await read())[0]).not.toHaveProperty("context.message");
    await importMessages([original()]);
    expect((await read())[0]).toMatchObject({ context: { message: STORED } });
  });
});
