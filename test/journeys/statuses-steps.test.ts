import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deliver, seedSender, services } from "../support/seed.ts";
import { sendIdOf, sendPath, templateTo } from "../support/sends.ts";
import { rowsOf } from "../support/storage.ts";
import { countRows } from "../support/count-rows.ts";
import {
  echoes,
  inbound,
  newWamid,
  seconds,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { TestNumber } from "../support/seed.ts";
import type { Row } from "../support/storage.ts";

const LADDER = ["sent", "delivered", "read", "played"];
const SERVICE = { billable: false, pricing_model: "PMP", type: "free_customer_service" };
const PRICE = { ...SERVICE, category: "service" };
/** Berlin's midnight between the 20th and the 21st of November. */
const MIDNIGHT = Date.parse("2026-11-20T23:00:00Z");

/** One word of Meta about a message. */
interface Word {
  status: string;
  at: number;
  priced: boolean;
}

/** The rule of protocol.md 2.7, one status after another. */
function climb(known: string | null, next: string): string | null {
  if (known === "failed") return known;
  if (next === "failed") return LADDER.indexOf(known ?? "") >= 1 ? known : "failed";
  return LADDER.indexOf(next) > LADDER.indexOf(known ?? "") ? next : known;
}

/** What words come to; their order matters to a `failed` only. */
function outcomeOf(words: Word[]) {
  const steps: Record<string, number> = {};
  for (const { status, at } of words) steps[status] = Math.min(steps[status] ?? at, at);
  const status = words.reduce<string | null>((known, word) => climb(known, word.status), null);
  const isCounted = LADDER.indexOf(status ?? "") >= 1;
  const deliveredAt = Math.min(...LADDER.slice(1).map((step) => steps[step] ?? Infinity));
  const day = deliveredAt < MIDNIGHT ? "2026-11-20" : "2026-11-21";
  const isPriced = words.some(({ priced }) => priced);
  const price = isPriced ? "service|free_customer_service" : "unknown|unknown";
  return { status, steps, isPriced, cell: isCounted ? `${day}|${price}` : null };
}

async function messageRow(number: TestNumber, wamid: string): Promise<Row> {
  const row = (await rowsOf(number, "messages")).find((each) => each["wamid"] === wamid);
  if (row === undefined) throw new Error(`There is no row of ${wamid}.`);
  return row;
}

async function usageOf(number: TestNumber): Promise<Record<string, number>> {
  const rows = await rowsOf(number, "usage");
  return Object.fromEntries(
    rows
      .filter((row) => row["delivered"] !== 0)
      .map(({ day, category, type, delivered }) => [
        [day, category, type].join("|"),
        delivered as number,
      ]),
  );
}

/** Words in any order and repetition, the message itself among them, cut into any envelopes. */
const journeys = fc
  .record({
    words: fc
      .array(
        fc.record({
          status: fc.constantFrom(...LADDER, "failed"),
          at: fc.integer({ min: -3, max: 3 }).map((seconds) => MIDNIGHT + seconds * 1_000),
          priced: fc.boolean(),
        }),
        { minLength: 1, maxLength: 8 },
      )
      // A failure is rare: most journeys are without one.
      .chain((words) =>
        fc.boolean().map((mayFail) => words.filter(({ status }) => mayFail || status !== "failed")),
      )
      .filter((words) => words.length > 0),
    messageAt: fc.nat({ max: 8 }),
    cuts: fc.array(fc.record({ size: fc.integer({ min: 1, max: 4 }), flush: fc.boolean() }), {
      minLength: 9,
      maxLength: 9,
    }),
  })
  .map(({ words, messageAt, cuts }) => {
    const items: (Word | "message")[] = [...words];
    items.splice(messageAt, 0, "message");
    const envelopes = cuts.map(({ size, flush }) => ({ items: items.splice(0, size), flush }));
    return { words, envelopes: envelopes.filter((envelope) => envelope.items.length > 0) };
  });

describe("invariants 2 and 7: whatever the order, repetition and grouping of its statuses", () => {
  it("a message ends in the same row, is counted in the same cell, and each step is told once", async () => {
    const { partner, number } = await seedSender();
    const counted: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(journeys, async ({ words, envelopes }) => {
        const wamid = newWamid("steps");
        for (const { items, flush } of envelopes) {
          const entry = items.flatMap((item) =>
            item === "message"
              ? echoes(number, { id: wamid }).entry
              : statuses(number, {
                  id: wamid,
                  status: item.status,
                  timestamp: seconds(item.at),
                  ...(item.priced ? { pricing: PRICE } : {}),
                }).entry,
          );
          await webhook({ object: "whatsapp_business_account", entry });
          if (flush) await services().phone(number.id).flushed();
        }
        await services().phone(number.id).flushed();

        const { status, steps, isPriced, cell } = outcomeOf(words);
        const row = await messageRow(number, wamid);
        expect(row["status"]).toBe(status);
        expect(JSON.parse(row["steps"] as string)).toEqual(steps);
        expect(row["status_at"]).toBe(steps[status ?? ""]);
        const pricing = JSON.parse((row["pricing"] as string | null) ?? "null") as unknown;
        if (isPriced) expect(pricing).toMatchObject(PRICE);
        if (cell !== null) counted[cell] = (counted[cell] ?? 0) + 1;
        expect(await usageOf(number)).toEqual(counted);

        const told = (await partner.events())
          .filter((event) => event.data["wamid"] === wamid && event.type === "message.status")
          .map((event) => event.data["status"]);
        let known: string | null = null;
        const moves: string[] = [];
        for (const word of words) {
          const next = climb(known, word.status);
          if (next !== known && next !== null) moves.push(next);
          known = next;
        }
        expect(told).toEqual(moves);
      }),
      { numRuns: 120, endOnFailure: true },
    );
  }, 120_000);
});

describe("the steps of a message", () => {
  it("are kept also of a status that comes too late to move it, and no event tells that one", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("late");
    await deliver(number, echoes(number, { id: wamid }));
    const at = Date.parse("2026-11-20T10:00:00Z");
    await deliver(number, statuses(number, { id: wamid, status: "read", timestamp: seconds(at) }));
    const before = await partner.events();
    await deliver(
      number,
      statuses(number, { id: wamid, status: "delivered", timestamp: seconds(at - 5_000) }),
    );
    const row = await messageRow(number, wamid);
    expect(JSON.parse(row["steps"] as string)).toEqual({ delivered: at - 5_000, read: at });
    expect(row).toMatchObject({ status: "read", status_at: at });
    expect(await partner.events()).toEqual(before);
  });

  it("are those of a voice note up to its playing", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("voice");
    await deliver(number, echoes(number, { id: wamid, type: "audio", audio: { id: "8100" } }));
    for (const status of LADDER) await deliver(number, statuses(number, { id: wamid, status }));
    const row = await messageRow(number, wamid);
    expect(row["status"]).toBe("played");
    expect(Object.keys(JSON.parse(row["steps"] as string) as object).toSorted()).toEqual(
      LADDER.toSorted(),
    );
    const told = (await partner.events()).filter(({ type }) => type === "message.status");
    expect(told.map((event) => event.data["status"])).toEqual(LADDER);
  });

  it("are kept of a message nobody knows, and are its own when it comes", async () => {
    const { number } = await seedSender();
    const wamid = newWamid("stub");
    await deliver(number, statuses(number, { id: wamid, status: "delivered", pricing: PRICE }));
    expect(await messageRow(number, wamid)).toMatchObject({ type: null, status: "delivered" });
    await deliver(number, echoes(number, { id: wamid }));
    const row = await messageRow(number, wamid);
    expect(row).toMatchObject({ type: "text", status: "delivered" });
    expect(JSON.parse(row["steps"] as string)).toHaveProperty("delivered");
  });

  it("are kept of a send whose statuses are quicker than Meta's own answer", async () => {
    const { partner, number } = await seedSender();
    const { graph } = await import("../support/graph-stub.ts");
    const wamid = newWamid("early");
    graph.respond(async ({ body }) => {
      const send = body["biz_opaque_callback_data"] as string;
      for (const status of ["sent", "delivered"]) {
        await deliver(
          number,
          statuses(number, { id: wamid, status, biz_opaque_callback_data: send, pricing: PRICE }),
        );
      }
      return Response.json({ messaging_product: "whatsapp", messages: [{ id: wamid }] });
    });
    const response = await partner.post(sendPath(number), templateTo());
    expect(response.status).toBe(200);
    await services().phone(number.id).flushed();
    const row = await messageRow(number, wamid);
    expect(row).toMatchObject({ origin: "api", status: "delivered", send: sendIdOf(response) });
    expect(Object.keys(JSON.parse(row["steps"] as string) as object)).toEqual([
      "delivered",
      "sent",
    ]);
  });

  it("keep the errors of a failure also where an earlier delivery stands", async () => {
    const { number } = await seedSender();
    const wamid = newWamid("both");
    const errors = [{ code: 131026, title: "Message undeliverable" }];
    await deliver(number, echoes(number, { id: wamid }));
    await deliver(
      number,
      statuses(
        number,
        { id: wamid, status: "delivered" },
        { id: wamid, status: "failed", errors },
        { id: wamid, status: "read" },
      ),
    );
    const row = await messageRow(number, wamid);
    expect(row["status"]).toBe("read");
    expect(JSON.parse(row["errors"] as string)).toEqual(errors);
    expect(JSON.parse(row["steps"] as string)).toHaveProperty("failed");
  });
});

describe("what Meta says of the price", () => {
  it("is kept from whichever status brings it, the conversation with it, the later one's on top", async () => {
    const { number } = await seedSender();
    const wamid = newWamid("price");
    await deliver(number, echoes(number, { id: wamid }));
    const entry = { id: "c1", origin: { type: "service" } };
    await deliver(
      number,
      statuses(number, {
        id: wamid,
        status: "sent",
        pricing: PRICE,
        conversation: { ...entry, expiration_timestamp: "1795400000" },
      }),
    );
    await deliver(
      number,
      statuses(number, { id: wamid, status: "delivered", conversation: entry }),
    );
    await deliver(
      number,
      statuses(number, { id: wamid, status: "read", pricing: { ...PRICE, type: "regular" } }),
    );
    const row = await messageRow(number, wamid);
    expect(JSON.parse(row["pricing"] as string)).toMatchObject({
      category: "service",
      type: "regular",
      conversation: { ...entry, expiration_timestamp: "1795400000" },
    });
  });

  it.each([
    ["no object", "free"],
    ["a list", [1]],
    ["members that are null", { type: null, category: "service" }],
    ["names that no path could hold", { "a.b\"]'": 1, "": 2, category: "service" }],
  ])("takes nothing from its neighbours where it is %s", async (_, pricing) => {
    const { number } = await seedSender();
    const [odd, good] = [newWamid("odd"), newWamid("good")];
    const words = [
      { id: odd, status: "delivered", pricing },
      { id: good, status: "delivered", pricing: PRICE },
    ];
    await deliver(number, statuses(number, ...words));
    const repeat = { ...words[0], status: "read" };
    await deliver(number, statuses(number, repeat, repeat));
    expect((await messageRow(number, odd))["status"]).toBe("read");
    expect((await messageRow(number, good))["status"]).toBe("delivered");
    expect(Object.values(await usageOf(number)).reduce((sum, count) => sum + count)).toBe(2);
  });
});

describe("rows written", () => {
  it("are at most 30 for a send with its three statuses that come together", async () => {
    const { partner, number } = await seedSender();
    await deliver(number, inbound(number, textMessage()));
    // The first send makes the conversation's own rows; the second is what every send costs.
    await partner.post(sendPath(number), templateTo());
    await services().phone(number.id).flushed();

    const written = await countRows(async () => {
      const response = await partner.post(sendPath(number), templateTo());
      const { messages } = await response.json<{ messages: [{ id: string }] }>();
      const items = ["sent", "delivered", "read"].map((status) => ({
        id: messages[0].id,
        status,
        pricing: PRICE,
        biz_opaque_callback_data: sendIdOf(response),
      }));
      await deliver(number, statuses(number, ...items));
      const row = await messageRow(number, messages[0].id);
      expect(row["status"]).toBe("read");
    });
    expect(written.total).toBeLessThanOrEqual(30);
    expect(written.total).toBeGreaterThan(10); // what counts the rows did count
  });

  it("are none for statuses that D1 knows already, but for the fence", async () => {
    const { number } = await seedSender();
    const wamid = newWamid("again");
    const payload = statuses(
      number,
      { id: wamid, status: "sent", pricing: PRICE },
      { id: wamid, status: "delivered" },
    );
    await deliver(number, payload);
    const first = await messageRow(number, wamid);
    const { d1 } = await countRows(() => deliver(number, payload));
    expect(d1).toBe(1);
    expect(await messageRow(number, wamid)).toEqual(first);
  });
});
