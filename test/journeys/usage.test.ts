import { describe, expect, it } from "vitest";
import { calendarDay, monthOf } from "../../src/lib/calendar-day.ts";
import {
  deliver,
  evict,
  importNumber,
  newNumber,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { runObjectSql, runSql, senderOf, setClock } from "../support/storage.ts";
import { echoes, newWamid, seconds, statuses, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const FREE = { type: "free_customer_service", category: "service" };
const TEMPLATE = { type: "regular", category: "utility" };
/** Noon in Berlin, where the senders of the tests live. */
const NOON = Date.parse("2026-11-18T11:00:00Z");

interface Usage {
  from: string;
  to: string;
  timezone: string;
  data: { day: string; category: string; type: string; delivered: number }[];
  totals: { category: string; type: string; delivered: number }[];
  delivered: number;
  free_service_messages: Record<string, unknown>;
}

const WHOLE = "?from=2026-01-01&to=2026-12-31";

function readUsage(partner: Partner, number: TestNumber, query = WHOLE): Promise<Usage> {
  return partner.read<Usage>(`/v1/senders/${number.id}/usage${query}`);
}

/** Tells one status of a message, with or without its price. */
function tell(
  number: TestNumber,
  wamid: string,
  status: string,
  options: { at?: number; pricing?: unknown } = {},
): Promise<void> {
  const { at = NOON, pricing } = options;
  const item = { id: wamid, status, timestamp: seconds(at) };
  return deliver(number, statuses(number, pricing === undefined ? item : { ...item, pricing }));
}

describe("a delivered message", () => {
  it("is counted once, however often and however far its statuses come", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("u");
    for (const status of ["sent", "delivered", "delivered", "read", "played"]) {
      await tell(number, wamid, status, { pricing: FREE });
    }
    expect((await readUsage(partner, number)).data).toEqual([
      { day: "2026-11-18", ...FREE, delivered: 1 },
    ]);
  });

  it("is counted by its read where the delivery itself was skipped", async () => {
    const { partner, number } = await seedSender();
    await tell(number, newWamid("u"), "read", { pricing: TEMPLATE });
    expect((await readUsage(partner, number)).data).toMatchObject([{ ...TEMPLATE, delivered: 1 }]);
  });

  it("is not counted before its delivery, nor when it failed", async () => {
    const { partner, number } = await seedSender();
    const [sent, failed] = [newWamid("sent"), newWamid("failed")];
    await tell(number, sent, "sent", { pricing: TEMPLATE });
    await tell(number, failed, "sent", { pricing: TEMPLATE });
    await tell(number, failed, "failed");
    await tell(number, failed, "delivered", { pricing: TEMPLATE });
    expect(await readUsage(partner, number)).toMatchObject({ data: [], totals: [], delivered: 0 });
  });

  it("has the price that came with `sent` and not again", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("u");
    await tell(number, wamid, "sent", { pricing: TEMPLATE });
    await tell(number, wamid, "delivered");
    expect((await readUsage(partner, number)).data).toMatchObject([{ ...TEMPLATE, delivered: 1 }]);
  });

  it("has no known price until one comes, and is then under that one only", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("u");
    await tell(number, wamid, "delivered");
    expect((await readUsage(partner, number)).data).toMatchObject([
      { category: "unknown", type: "unknown", delivered: 1 },
    ]);
    await tell(number, wamid, "read", { at: NOON + 2 * 86_400_000, pricing: FREE });
    expect((await readUsage(partner, number)).data).toEqual([
      { day: "2026-11-18", ...FREE, delivered: 1 },
    ]);
  });

  it("is on the day of the delivery by the sender's clock, not by ours or Meta's", async () => {
    const partner = await seedPartner();
    const [west, east] = [newNumber(), newNumber()];
    await importNumber(partner, west, undefined, "America/Los_Angeles");
    await importNumber(partner, east, undefined, "Pacific/Auckland");
    const at = Date.parse("2026-11-01T07:30:00Z"); // 00:30 in Los Angeles, which is on summer time
    for (const number of [west, east]) {
      await tell(number, newWamid("u"), "delivered", { at: at - 3_600_000, pricing: FREE });
      await tell(number, newWamid("u"), "delivered", { at, pricing: FREE });
    }
    const days = async (number: TestNumber) =>
      (await readUsage(partner, number)).data.map(({ day, delivered }) => [day, delivered]);
    expect(await days(west)).toEqual([
      ["2026-10-31", 1],
      ["2026-11-01", 1],
    ]);
    expect(await days(east)).toEqual([["2026-11-01", 2]]);
  });

  it("stays counted where it was when the sender's time zone becomes another", async () => {
    const partner = await seedPartner();
    const number = newNumber();
    await importNumber(partner, number, NOON, "America/Los_Angeles");
    const wamid = newWamid("u");
    const at = Date.parse("2026-11-18T05:00:00Z"); // still the 17th over there
    await tell(number, wamid, "delivered", { at });
    await importNumber(partner, number, NOON, "Asia/Tokyo");
    await tell(number, wamid, "read", { at: at + 60_000, pricing: FREE });
    expect((await readUsage(partner, number)).data).toEqual([
      { day: "2026-11-17", ...FREE, delivered: 1 },
    ]);
  });

  it("is counted once where D1 took the batch and the object did not hear of it", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("u");
    await runObjectSql(number.id, `CREATE TABLE kept AS SELECT * FROM journal`);
    await runObjectSql(
      number.id,
      `CREATE TRIGGER keep AFTER DELETE ON journal
       BEGIN INSERT INTO kept VALUES (old.n, old.key, old.fact, old.received_at); END`,
    );
    await tell(number, wamid, "delivered", { pricing: FREE });
    await runObjectSql(number.id, `DROP TRIGGER keep`);
    await runObjectSql(number.id, `INSERT INTO journal SELECT * FROM kept`);
    await evict(number);
    await tell(number, wamid, "read", { at: NOON + 1_000 });
    expect(await runObjectSql(number.id, `SELECT n FROM journal`)).toEqual([]);
    expect((await readUsage(partner, number)).data).toEqual([
      { day: "2026-11-18", ...FREE, delivered: 1 },
    ]);
  });
});

describe("GET /v1/senders/{id}/usage", () => {
  it("tells days, totals and what is left of the free messages of the month", async () => {
    const { partner, number } = await seedSender();
    setClock(NOON);
    const { key } = await senderOf(number);
    await runSql(
      number,
      `INSERT INTO usage (sender, day, category, type, delivered) VALUES
         (${key}, '2026-10-31', 'service', 'free_customer_service', 1000),
         (${key}, '2026-11-01', 'service', 'free_customer_service', 200),
         (${key}, '2026-11-02', 'service', 'free_customer_service', 5),
         (${key}, '2026-11-02', 'service', 'regular', 7),
         (${key}, '2026-11-30', 'utility', 'regular', 3),
         (${key}, '2026-12-01', 'utility', 'regular', 9)`,
    );
    expect(await readUsage(partner, number, "")).toEqual({
      from: "2026-11-01",
      to: "2026-11-30",
      timezone: "Europe/Berlin",
      data: [
        { day: "2026-11-01", ...FREE, delivered: 200 },
        { day: "2026-11-02", ...FREE, delivered: 5 },
        { day: "2026-11-02", category: "service", type: "regular", delivered: 7 },
        { day: "2026-11-30", ...TEMPLATE, delivered: 3 },
      ],
      totals: [
        { ...FREE, delivered: 205 },
        { category: "service", type: "regular", delivered: 7 },
        { ...TEMPLATE, delivered: 3 },
      ],
      delivered: 215,
      free_service_messages: {
        month: "2026-11",
        timezone: "Europe/Berlin",
        limit: 1_000,
        used: 205,
        left: 795,
      },
    });
    // Of another span, the free ones are still those of the present month.
    expect(await readUsage(partner, number, "?from=2026-10-31&to=2026-10-31")).toMatchObject({
      delivered: 1_000,
      free_service_messages: { month: "2026-11", left: 795 },
    });
  });

  it("never says that less than none are left", async () => {
    const { partner, number } = await seedSender();
    setClock(NOON);
    const { key } = await senderOf(number);
    await runSql(
      number,
      `INSERT INTO usage (sender, day, category, type, delivered)
       VALUES (${key}, '2026-11-01', 'service', 'free_customer_service', 1200)`,
    );
    expect((await readUsage(partner, number)).free_service_messages).toMatchObject({
      used: 1_200,
      left: 0,
    });
  });

  it("takes the present month by the sender's clock", async () => {
    const partner = await seedPartner();
    const number = newNumber();
    await importNumber(partner, number, undefined, "Pacific/Auckland");
    setClock(Date.parse("2026-11-30T12:00:00Z"));
    expect(await readUsage(partner, number, "")).toMatchObject({
      from: "2026-12-01",
      to: "2026-12-31",
      free_service_messages: { month: "2026-12", timezone: "Pacific/Auckland" },
    });
  });

  it.each([
    ["?from=2026-10-05", { from: "2026-10-05", to: "2026-10-31" }],
    ["?to=2026-02-10", { from: "2026-02-01", to: "2026-02-10" }],
    ["?from=2024-01-01&to=2024-12-31", { from: "2024-01-01", to: "2024-12-31" }],
  ])("reads the span %s", async (query, span) => {
    const { partner, number } = await seedSender();
    expect(await readUsage(partner, number, query)).toMatchObject(span);
  });

  it.each([
    ["?from=yesterday", "from"],
    ["?to=2026-02-30", "to"],
    ["?from=2026-11-02&to=2026-11-01", "from"],
    ["?from=2025-01-01&to=2026-01-02", "to"],
    ["?form=2026-11-01", "form"],
  ])("says what is wrong with %s", async (query, field) => {
    const { partner, number } = await seedSender();
    const response = await partner.get(`/v1/senders/${number.id}/usage${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ code: "invalid_request", field });
  });

  it("shows nobody another partner's", async () => {
    const { number } = await seedSender();
    const other = await seedPartner();
    expect((await other.get(`/v1/senders/${number.id}/usage`)).status).toBe(404);
  });
});

describe("invariant 3", () => {
  it("holds for statuses: one that D1 refuses for good leaves its neighbours counted", async () => {
    const { partner, number } = await seedSender();
    const [bad, good] = [newWamid("bad"), newWamid("good")];
    await runSql(
      number,
      `CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN new.wamid = '${bad}'
       BEGIN SELECT raise(ABORT, 'CHECK constraint failed: refused'); END`,
    );
    const entry = [bad, good].flatMap(
      (id) => statuses(number, { id, status: "delivered", pricing: FREE }).entry,
    );
    await webhook({ object: "whatsapp_business_account", entry });
    await services().phone(number.id).flushed();
    await deliver(number, echoes(number, { id: good }));
    const { delivered } = await readUsage(partner, number);
    expect(delivered).toBe(1);
  });
});

describe("calendarDay", () => {
  it("knows days at the ends of the clock's changes, and takes UTC for no zone at all", () => {
    const at = Date.parse("2026-03-29T00:30:00Z");
    expect(calendarDay("Europe/Berlin", at)).toBe("2026-03-29");
    expect(calendarDay("America/Sao_Paulo", at)).toBe("2026-03-28");
    expect(calendarDay("Asia/Kathmandu", at - 6 * 3_600_000)).toBe("2026-03-29");
    expect(calendarDay("Nowhere/Land", at)).toBe("2026-03-29");
  });

  it("knows the length of a February", () => {
    expect(monthOf("2028-02-11")).toEqual({ first: "2028-02-01", last: "2028-02-29" });
    expect(monthOf("2026-02-11")).toEqual({ first: "2026-02-01", last: "2026-02-28" });
  });
});
