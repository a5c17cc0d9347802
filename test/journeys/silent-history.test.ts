import { describe, expect, it } from "vitest";
import { deliver, seedObservedSender, seedSender, services } from "../support/seed.ts";
import { DAY, historyStored, HOUR, rowsOf } from "../support/storage.ts";
import {
  CUSTOMER,
  echoes,
  historyChunk,
  inbound,
  newWamid,
  seconds,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const windowOf = (partner: Partner, number: TestNumber) =>
  partner.read(`/v1/senders/${number.id}/windows/${CUSTOMER}`);

const typesOf = async (partner: Partner) => (await partner.events()).map((event) => event.type);

async function importChunk(number: TestNumber, messages: Record<string, unknown>[], chunks = 1) {
  const response = await webhook(
    historyChunk(number, { [CUSTOMER]: messages }, { phase: 0, order: chunks, progress: 50 }),
  );
  expect(response.status).toBe(200);
  await historyStored(number, chunks);
}

/** A message of the past as history tells it. */
function past(at: number, extra: Record<string, unknown> = {}) {
  return { ...textMessage({ at }), history_context: { status: "READ" }, ...extra };
}

describe("invariant 4: history is silent", () => {
  it("opens no window, even where its last message is an hour old", async () => {
    const { partner, number } = await seedObservedSender();
    await importChunk(number, [past(Date.now() - HOUR)]);
    expect(await windowOf(partner, number)).toMatchObject({ open: false, why: "never_wrote" });
  });

  it("raises progress and no live event", async () => {
    const { partner, number } = await seedSender();
    await importChunk(number, [
      past(Date.now() - 3 * DAY),
      past(Date.now() - 2 * DAY, { from: number.phone }),
      {
        ...past(Date.now() - DAY),
        type: "revoke",
        revoke: { original_message_id: "wamid.revoked-then" },
      },
    ]);
    await expect.poll(() => typesOf(partner)).toEqual(["sender.connected", "history.progress"]);
  });

  it("moves no conversation that has live messages, and fills one that has none", async () => {
    const { number } = await seedSender();
    const live = textMessage({ at: Date.now() - 2 * HOUR });
    await deliver(number, inbound(number, live));
    const other = "15550177088";
    const oldest = past(Date.now() - 9 * DAY, { from: other });
    const newest = past(Date.now() - 8 * DAY, { from: other });
    await webhook(
      historyChunk(number, {
        [CUSTOMER]: [past(Date.now() - HOUR)], // newer than what came live
        [other]: [newest, oldest],
      }),
    );
    await historyStored(number, 1);
    const rows = await rowsOf(number, "conversations");
    expect(rows.find((row) => row["customer"] === CUSTOMER)).toMatchObject({
      last_wamid: live.id,
    });
    expect(rows.find((row) => row["customer"] === other)).toMatchObject({
      last_wamid: newest.id,
      live_at: null,
    });
  });

  it("never overwrites a live row: live first, then history", async () => {
    const { partner, number } = await seedSender();
    const message = textMessage({ body: "as it came live" });
    await deliver(number, inbound(number, message));
    const [before] = await rowsOf(number, "messages");
    await importChunk(number, [{ ...message, text: { body: "as history has it" } }]);
    expect(await rowsOf(number, "messages")).toEqual([before]);
    expect((await typesOf(partner)).filter((type) => type === "message.received")).toHaveLength(1);
  });

  it("gives way to the live row: history first, then live, which is told and opens the window", async () => {
    const { partner, number } = await seedObservedSender();
    const message = textMessage({ body: "as it came live" });
    await importChunk(number, [{ ...message, text: { body: "as history has it" } }]);
    expect(await rowsOf(number, "messages")).toMatchObject([{ historical: 1 }]);
    await deliver(number, inbound(number, message));
    expect(await rowsOf(number, "messages")).toMatchObject([
      { historical: 0, body: JSON.stringify({ text: { body: "as it came live" } }) },
    ]);
    expect((await typesOf(partner)).filter((type) => type === "message.received")).toHaveLength(1);
    expect(await windowOf(partner, number)).toMatchObject({ open: true });
  });

  it("fills in what a live row lacks: a status, and nothing of what it has", async () => {
    const { number } = await seedSender();
    const echo = { id: newWamid("echo-status") };
    await deliver(number, echoes(number, echo));
    await importChunk(number, [
      {
        ...textMessage({ wamid: echo.id }),
        from: number.phone,
        history_context: { from_me: true, status: "delivered" },
      },
    ]);
    expect(await rowsOf(number, "messages")).toMatchObject([
      {
        status: "delivered",
        historical: 0,
        direction: "outbound",
        body: JSON.stringify({ text: { body: "It is, I put one aside." } }),
      },
    ]);
  });

  it("keeps a later live status when history names an earlier one", async () => {
    const { number } = await seedSender();
    const wamid = newWamid("status-then-history");
    await deliver(number, statuses(number, { id: wamid, status: "read" }));
    await importChunk(number, [
      {
        ...textMessage({ wamid, at: Date.now() - 4 * DAY }),
        history_context: { from_me: true, status: "delivered" },
      },
    ]);
    expect(await rowsOf(number, "messages")).toMatchObject([
      { status: "read", type: "text", historical: 1 },
    ]);
  });
});

describe("history and what is live end the same in either order", () => {
  const live = (number: TestNumber, wamid: string) =>
    deliver(number, echoes(number, { id: wamid, timestamp: seconds(AT) }));
  const AT = Math.floor(Date.now() / 1000) * 1000 - HOUR;

  /** Brings history and live facts of one number in both orders. */
  async function inBothOrders(
    bring: (number: TestNumber) => (() => Promise<unknown>)[],
    table: string,
  ) {
    const ends = [];
    for (const backwards of [false, true]) {
      const { number } = await seedSender();
      const steps = bring(number);
      for (const step of backwards ? steps.toReversed() : steps) await step();
      ends.push(
        (await rowsOf(number, table)).map((row): Record<string, unknown> => ({
          ...row,
          sender: 0,
        })),
      );
    }
    return ends;
  }

  it("what a live echo leaves out, history adds: what it quotes and how far it got", async () => {
    const wamid = newWamid("quoting");
    const ends = await inBothOrders(
      (number) => [
        () => live(number, wamid),
        () =>
          deliver(number, statuses(number, { id: wamid, status: "sent", timestamp: seconds(AT) })),
        () =>
          importChunk(number, [
            past(AT, {
              id: wamid,
              from: number.phone,
              context: { id: "wamid.quoted" },
              history_context: { from_me: true, status: "read" },
            }),
          ]),
      ],
      "messages",
    );
    expect(ends[0]).toMatchObject([{ status: "read", historical: 0, origin: "app" }]);
    expect(JSON.parse(String(ends[0]?.[0]?.["body"]))).toEqual({
      text: { body: "It is, I put one aside." },
      context: { id: "wamid.quoted" },
    });
    expect({
      ...ends[1]?.[0],
      body: JSON.parse(String(ends[1]?.[0]?.["body"])) as unknown,
    }).toEqual({
      ...ends[0]?.[0],
      body: JSON.parse(String(ends[0]?.[0]?.["body"])) as unknown,
    });
  });

  it("a conversation stands where its newest live message puts it", async () => {
    const wamid = newWamid("live");
    const ends = await inBothOrders(
      (number) => [
        () => live(number, wamid),
        () => importChunk(number, [past(AT + 1000, { id: "wamid.past-1" })]),
      ],
      "conversations",
    );
    expect(ends[0]).toMatchObject([{ last_wamid: wamid, last_at: AT, live_at: AT }]);
    expect(ends[1]).toEqual(ends[0]);
  });

  it("of several messages of one second, chunks in any order show the same as the last", async () => {
    const ends = await inBothOrders(
      (number) =>
        ["wamid.same-b", "wamid.same-a"].map(
          (id, index) => () =>
            webhook(
              historyChunk(number, { [CUSTOMER]: [past(AT, { id })] }, { order: index + 1 }),
            ).then(() =>
              expect
                .poll(() => rowsOf(number, "messages"))
                .toContainEqual(expect.objectContaining({ wamid: id })),
            ),
        ),
      "conversations",
    );
    expect(ends[1]).toEqual(ends[0]);
  });
});

describe("invariant 4: echoes", () => {
  it("open no window, and set the time of the last human reply", async () => {
    const { partner, number } = await seedObservedSender();
    const at = Math.floor(Date.now() / 1000) * 1000;
    await deliver(number, echoes(number, { id: newWamid("echo"), timestamp: seconds(at) }));
    expect(await windowOf(partner, number)).toMatchObject({ open: false, why: "never_wrote" });
    expect(await rowsOf(number, "conversations")).toMatchObject([{ last_human_reply_at: at }]);
  });

  it("do not prolong a window that a customer opened", async () => {
    const { partner, number } = await seedObservedSender();
    await deliver(number, inbound(number, textMessage({ at: Date.now() - 5 * HOUR })));
    const before = await windowOf(partner, number);
    await deliver(number, echoes(number, { id: newWamid("echo") }));
    expect(await windowOf(partner, number)).toEqual(before);
  });

  it("from before the generation are history: stored silently, the conversation stays", async () => {
    const { partner, number } = await seedSender({ onboardedAt: Date.now() - DAY });
    await deliver(
      number,
      echoes(number, { id: newWamid("old"), timestamp: seconds(Date.now() - 5 * DAY) }),
    );
    expect(await rowsOf(number, "messages")).toMatchObject([{ historical: 1 }]);
    expect(await rowsOf(number, "conversations")).toEqual([]);
    expect(await typesOf(partner)).toEqual(["sender.connected"]);
  });

  it.each(["placeholder first", "echo first"])(
    "with old media join the placeholder of history by wamid: %s",
    async (order) => {
      const { partner, number } = await seedSender({ onboardedAt: Date.now() - DAY });
      const at = Date.now() - 5 * DAY;
      const wamid = newWamid("old-media");
      const echo = echoes(number, {
        id: wamid,
        timestamp: seconds(at),
        type: "image",
        image: { id: "880000000000017", mime_type: "image/jpeg" },
      });
      const placeholder = {
        from: number.phone,
        id: wamid,
        timestamp: seconds(at),
        type: "media_placeholder",
        history_context: { from_me: true, status: "read" },
      };
      if (order === "echo first") await deliver(number, echo);
      await importChunk(number, [placeholder]);
      if (order === "placeholder first") await deliver(number, echo);
      const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
      expect(data).toMatchObject([
        { wamid, type: "image", image: { id: "880000000000017" }, direction: "outbound" },
      ]);
      expect(await typesOf(partner)).not.toContain("message.echoed");
    },
  );
});

describe("invariant 4: messages older than the generation", () => {
  it("open no window when they come live", async () => {
    const { partner, number } = await seedSender({ onboardedAt: Date.now() - HOUR });
    await services().phone(number.id).flushed();
    await deliver(number, inbound(number, textMessage({ at: Date.now() - 2 * HOUR })));
    expect(await windowOf(partner, number)).toMatchObject({ open: null, why: "not_observed" });
  });

  it("open it within ten minutes before our own code exchange, if they came live", async () => {
    const { partner, number } = await seedSender({ onboardedAt: Date.now() - HOUR });
    await deliver(number, inbound(number, textMessage({ at: Date.now() - HOUR - 9 * 60_000 })));
    expect(await windowOf(partner, number)).toMatchObject({ open: true });
  });
});

describe("the window", () => {
  it("does not shrink when an older message comes after a newer one", async () => {
    const { partner, number } = await seedObservedSender();
    await deliver(number, inbound(number, textMessage({ at: Date.now() - HOUR })));
    const before = await windowOf(partner, number);
    await deliver(number, inbound(number, textMessage({ at: Date.now() - 9 * HOUR })));
    expect(await windowOf(partner, number)).toEqual(before);
  });

  it("is not opened by a reaction, and is by a placeholder for what did not reach the API", async () => {
    const { partner, number } = await seedObservedSender();
    const reaction = { type: "reaction", reaction: { message_id: "wamid.x", emoji: "🙏" } };
    await deliver(number, inbound(number, { ...textMessage(), ...reaction }));
    expect(await windowOf(partner, number)).toMatchObject({ open: false });
    await deliver(
      number,
      inbound(number, {
        ...textMessage(),
        type: "unsupported",
        unsupported: { type: "unknown" },
        errors: [{ code: 131060, title: "not available" }],
      }),
    );
    expect(await windowOf(partner, number)).toMatchObject({ open: true });
    expect(await typesOf(partner)).toContain("message.unsupported");
  });
});

describe("content with NUL characters", () => {
  it("is stored without them, live and in history", async () => {
    const { partner, number } = await seedSender();
    const body = "be\u0000fore";
    await deliver(number, inbound(number, textMessage({ body })));
    await importChunk(number, [past(Date.now() - DAY, { text: { body } })]);
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toMatchObject([{ text: { body: "before" } }, { text: { body: "before" } }]);
  });
});
