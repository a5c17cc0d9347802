import { describe, expect, it } from "vitest";
import { readHistory } from "../../src/meta/history-split.ts";
import { fixture, PEOPLE } from "../support/fixtures.ts";
import { change } from "../support/webhooks.ts";
import type { HistoryPart } from "../../src/meta/history-split.ts";

const NUMBER = { id: "312000000000072", wabaId: "212000000000072", phone: "420222000072" };
const { customer: CUSTOMER, bsuid } = PEOPLE;

const message = (extra: Record<string, unknown> = {}) => ({
  from: CUSTOMER,
  id: "wamid.S-1",
  timestamp: "1788000000",
  type: "text",
  text: { body: "once upon a time" },
  ...extra,
});

function split(messages: unknown[], value: Record<string, unknown> = {}): HistoryPart {
  const element = {
    metadata: { phase: 0, chunk_order: 1, progress: 10 },
    threads: [{ id: CUSTOMER, messages }],
  };
  const [part] = readHistory(change(NUMBER, "history", { history: [element], ...value })).parts;
  if (part === undefined) throw new Error("There is no part.");
  return part;
}

describe("a chunk", () => {
  it.each([
    ["beside it", { wa_id: CUSTOMER, user_id: bsuid }],
    ["alone", { wa_id: CUSTOMER }],
  ])(
    "knows the customer by phone and BSUID where the thread is named by the BSUID, %s",
    (_, context) => {
      const thread = { id: bsuid, context, messages: [message()] };
      const metadata = { phase: 0, chunk_order: 1, progress: 10 };
      const payload = change(NUMBER, "history", { history: [{ metadata, threads: [thread] }] });
      expect(readHistory(payload).parts[0]?.customers).toEqual([
        { customer: CUSTOMER, phone: CUSTOMER, bsuid },
      ]);
    },
  );

  it("reads as its fixture says", () => {
    const { parts, errors } = readHistory(fixture("history.chunk", NUMBER));
    expect(errors).toEqual([]);
    expect(parts).toMatchObject([
      { kind: "chunk", phoneNumberId: NUMBER.id, phase: 1, chunkOrder: 1, progress: 40 },
    ]);
    expect(
      parts[0]?.messages.map(({ wamid, direction, type, status }) => [
        wamid,
        direction,
        type,
        status,
      ]),
    ).toEqual([
      ["wamid.FX-h1", "inbound", "text", "read"],
      ["wamid.FX-h2", "outbound", "text", "delivered"],
      ["wamid.FX-h3", "outbound", "media_placeholder", "read"],
      ["wamid.FX-h4", "inbound", "text", null],
      ["wamid.FX-h5", "outbound", "text", "failed"],
    ]);
    expect(parts[0]?.customers).toEqual([{ customer: CUSTOMER, phone: CUSTOMER, bsuid }]);
    expect(parts[0]?.unusable).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["from_me", { from: undefined, history_context: { from_me: true } }, "outbound"],
    ["from_me as text", { from: undefined, history_context: { from_me: "true" } }, "outbound"],
    ["from_me over the digits", { history_context: { from_me: true } }, "outbound"],
    ["the business number's digits", { from: NUMBER.phone }, "outbound"],
    ["the business number as it is written", { from: `+${NUMBER.phone}` }, "outbound"],
    ["the customer's digits", {}, "inbound"],
    ["from_me that is false", { history_context: { from_me: false } }, "inbound"],
    ["nothing at all", { from: undefined }, "inbound"],
  ])("tells the direction of each message by %s", (_, extra, direction) => {
    expect(split([message(extra)]).messages).toMatchObject([{ direction }]);
  });

  it.each([
    ["SENT", "sent", 1],
    ["delivered", "delivered", 2],
    ["Read", "read", 3],
    ["PLAYED", "played", 4],
    ["error", "failed", 9],
    ["PENDING", null, null],
    ["sideways", null, null],
    [7, null, null],
  ])("reads the status %s in any case", (status, expected, rank) => {
    expect(split([message({ history_context: { status } })]).messages).toMatchObject([
      { status: expected, rank },
    ]);
  });

  it.each<[string, unknown, string]>([
    ["without a timestamp", message({ timestamp: undefined }), "no_time"],
    ["with a word for a timestamp", message({ timestamp: "yesterday" }), "no_time"],
    ["without an id", message({ id: undefined }), "no_id"],
    ["of an unknown type", message({ type: "hologram" }), "unknown_type"],
    ["of a group", message({ group_id: "g" }), "group"],
    ["that is null", null, "malformed"],
    ["that is text", "hello", "malformed"],
    ["that edits nothing", message({ type: "edit", edit: {} }), "malformed"],
  ])("keeps a message raw %s, beside its neighbours", (_, bad, reason) => {
    const part = split([message({ id: "wamid.before" }), bad, message({ id: "wamid.after" })]);
    expect(part.messages.map(({ wamid }) => wamid)).toEqual(["wamid.before", "wamid.after"]);
    expect(part.unusable).toMatchObject([{ reason, raw: JSON.stringify(bad) }]);
  });

  it("takes phase, order and progress as numbers, as text, or not at all", () => {
    const read = (metadata: unknown) =>
      readHistory(change(NUMBER, "history", { history: [{ metadata, threads: [] }] })).parts;
    expect(read({ phase: "2", chunk_order: "11", progress: "55" })).toMatchObject([
      { phase: 2, chunkOrder: 11, progress: 55 },
    ]);
    expect(read(undefined)).toMatchObject([{ phase: null, chunkOrder: null, progress: null }]);
    expect(read({ phase: -1, chunk_order: 1.5 })).toMatchObject([
      { phase: null, chunkOrder: null },
    ]);
  });

  it("names a customer without a phone by the BSUID of the thread", () => {
    const element = {
      metadata: { phase: 0, chunk_order: 1 },
      threads: [{ context: { user_id: bsuid }, messages: [message({ from: undefined })] }],
    };
    const [part] = readHistory(change(NUMBER, "history", { history: [element] })).parts;
    expect(part?.messages).toMatchObject([{ customer: bsuid, direction: "inbound" }]);
  });

  it("applies edits and revokes inside history to their targets", () => {
    const target = { original_message_id: "wamid.target" };
    const part = split([
      message({ type: "revoke", revoke: target }),
      message({
        type: "edit",
        edit: { ...target, message: { type: "text", text: { body: "new" } } },
      }),
    ]);
    expect(part.messages).toEqual([]);
    expect(part.changes).toEqual([
      {
        wamid: "wamid.target",
        customer: CUSTOMER,
        at: 1_788_000_000_000,
        revokedAt: 1_788_000_000_000,
      },
      {
        wamid: "wamid.target",
        customer: CUSTOMER,
        at: 1_788_000_000_000,
        editedAt: 1_788_000_000_000,
        body: { text: { body: "new" } },
      },
    ]);
  });
});

describe("a body of several things", () => {
  const chunk = (order: number) => ({
    metadata: { phase: 1, chunk_order: order, progress: order },
    threads: [{ id: CUSTOMER, messages: [message({ id: `wamid.S-${order}` })] }],
  });

  it("gives a part for each history element, numbered in order", () => {
    const { parts } = readHistory(
      change(NUMBER, "history", { history: [chunk(1), chunk(2), chunk(3)] }),
    );
    expect(parts.map(({ index, chunkOrder }) => [index, chunkOrder])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
  });

  it("reads errors beside threads, in one element and in several", () => {
    const error = { code: 2593109, title: "turned off" };
    const { parts, errors } = readHistory(
      change(NUMBER, "history", {
        history: [{ ...chunk(1), errors: [error] }, { errors: [error] }],
      }),
    );
    expect(parts).toHaveLength(1);
    expect(errors).toEqual([
      { phoneNumberId: NUMBER.id, ...error },
      { phoneNumberId: NUMBER.id, ...error },
    ]);
  });

  it("keeps the numbers of several entries apart, and passes over other fields", () => {
    const other = { ...NUMBER, id: "312000000000073" };
    const { parts } = readHistory({
      entry: [
        ...change(NUMBER, "history", { history: [chunk(1)] }).entry,
        ...change(NUMBER, "messages", { messages: [message()] }).entry,
        ...change(other, "history", { history: [chunk(2)] }).entry,
      ],
    });
    expect(parts.map(({ phoneNumberId }) => phoneNumberId)).toEqual([NUMBER.id, other.id]);
  });

  it("passes over threads and elements of a strange shape, never their neighbours", () => {
    const { parts } = readHistory(
      change(NUMBER, "history", {
        history: [
          null,
          4,
          {
            ...chunk(1),
            threads: [null, "x", { id: CUSTOMER, messages: {} }, ...chunk(1).threads],
          },
        ],
      }),
    );
    expect(parts.flatMap((part) => part.messages)).toHaveLength(1);
  });
});

describe("media follow-ups", () => {
  it("of customers come in, of the business go out, with the customer's name where it stands", () => {
    expect(readHistory(fixture("history.follow_up_customer", NUMBER)).parts).toMatchObject([
      {
        kind: "follow_up",
        phase: null,
        messages: [{ wamid: "wamid.FX-h6", direction: "inbound", type: "image" }],
        customers: [{ customer: CUSTOMER, name: "Lenka Havel", bsuid }],
      },
    ]);
    expect(readHistory(fixture("history.follow_up_business", NUMBER)).parts).toMatchObject([
      {
        kind: "follow_up",
        messages: [{ wamid: "wamid.FX-h3", direction: "outbound", type: "video" }],
      },
    ]);
  });
});

describe("a chunk that leaves out what others say", () => {
  const read = (value: Record<string, unknown>, number = NUMBER) => {
    const payload = change(number, "history", value);
    return readHistory(payload).parts;
  };

  it("has neither metadata nor phase nor order, and its messages all the same", () => {
    const [part] = read({ history: [{ threads: [{ id: CUSTOMER, messages: [message()] }] }] });
    expect(part).toMatchObject({ kind: "chunk", phase: null, chunkOrder: null, progress: null });
    expect(part?.messages).toHaveLength(1);
  });

  it.each([
    ["inbound", { from_user_id: bsuid }],
    ["outbound", { to_user_id: bsuid, history_context: { from_me: true } }],
  ])("names the customer on the message alone, %s", (direction, extra) => {
    const threads = [{ messages: [message({ from: undefined, ...extra })] }];
    const [part] = read({ history: [{ threads }] });
    expect(part?.messages).toMatchObject([{ customer: bsuid, direction }]);
    expect(part?.customers).toEqual([{ customer: bsuid, bsuid }]);
  });

  it("learns BSUID and username from wherever in a thread they stand", () => {
    const threads = [
      {
        id: CUSTOMER,
        context: { username: "lenka_h" },
        messages: [message(), message({ id: "wamid.2", from_user_id: bsuid })],
      },
    ];
    const [part] = read({ history: [{ threads }] });
    expect(part?.customers).toEqual([
      { customer: CUSTOMER, phone: CUSTOMER, bsuid, username: "lenka_h" },
    ]);
  });

  it("does not name the business: who is not the thread's customer is it", () => {
    const metadata = { phone_number_id: NUMBER.id };
    const messages = [
      message({ id: "wamid.1" }),
      message({ id: "wamid.2", from: NUMBER.phone }),
      message({ id: "wamid.3", from: undefined }),
    ];
    const [part] = read({ metadata, history: [{ threads: [{ id: CUSTOMER, messages }] }] });
    expect(part?.messages.map(({ direction }) => direction)).toEqual([
      "inbound",
      "outbound",
      "inbound",
    ]);
  });

  it("writes the business number in its country's other spelling", () => {
    const metadata = { phone_number_id: NUMBER.id, display_phone_number: "+55 (11) 98765-4321" };
    const messages = [message({ from: "551187654321" })];
    const [part] = read({ metadata, history: [{ threads: [{ id: CUSTOMER, messages }] }] });
    expect(part?.messages).toMatchObject([{ direction: "outbound" }]);
  });

  it("keeps raw what has a shape that nobody knows, whole, beside its neighbours", () => {
    const strange = { id: CUSTOMER, messages: { not: "a list" } };
    const good = { id: CUSTOMER, messages: [message()] };
    const parts = read({
      history: [{ novelty: 1 }, { threads: [strange, good] }, { threads: "none" }],
    });
    expect(parts.flatMap((part) => part.messages)).toHaveLength(1);
    const raws = parts
      .flatMap((part) => part.unusable)
      .map(({ raw }) => JSON.parse(raw) as unknown);
    expect(raws).toHaveLength(3);
    expect(raws).toEqual(expect.arrayContaining([{ novelty: 1 }, strange, "none"]));
  });
});
