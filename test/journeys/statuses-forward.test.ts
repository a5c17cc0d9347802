import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deliver, seedSender, services } from "../support/seed.ts";
import { rowsOf } from "../support/storage.ts";
import { echoes, newWamid, seconds, statuses, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const LADDER = ["sent", "delivered", "read", "played"];

/** The rule of protocol.md 2.7, one status after another. */
function climb(known: string | null, next: string): string | null {
  if (known === "failed") return known;
  if (next === "failed") return LADDER.indexOf(known ?? "") >= 1 ? known : "failed";
  return LADDER.indexOf(next) > LADDER.indexOf(known ?? "") ? next : known;
}

async function toldStatuses(partner: Partner, wamid: string): Promise<unknown[]> {
  const events = await partner.events();
  return events
    .filter((event) => event.type === "message.status" && event.data["wamid"] === wamid)
    .map((event) => event.data["status"]);
}

async function storedStatus(number: TestNumber, wamid: string): Promise<unknown> {
  const rows = await rowsOf(number, "messages");
  return rows.find((row) => row["wamid"] === wamid)?.["status"];
}

/** One webhook after the other; `flush` puts what came so far into D1 before the next. */
interface Step {
  items: string[];
  flush: boolean;
}

/** Every status once or more, in any order, in any envelopes, around the message itself. */
const journeys = fc
  .record({
    order: fc.shuffledSubarray([...LADDER, "failed", "sent", "read"], { minLength: 1 }),
    messageAt: fc.nat({ max: 7 }),
    cuts: fc.array(fc.record({ size: fc.integer({ min: 1, max: 4 }), flush: fc.boolean() }), {
      minLength: 8,
      maxLength: 8,
    }),
  })
  .map(({ order, messageAt, cuts }) => {
    const items = order.toSpliced(messageAt, 0, "message");
    const steps: Step[] = [];
    for (const { size, flush } of cuts) {
      if (items.length > 0) steps.push({ items: items.splice(0, size), flush });
    }
    return { order, steps };
  });

describe("invariant 7: statuses only move forward", () => {
  it("in every order and grouping, before and after the message is known", async () => {
    const { partner, number } = await seedSender();
    await fc.assert(
      fc.asyncProperty(journeys, async ({ order, steps }) => {
        const wamid = newWamid("ladder");
        for (const step of steps) {
          const entry = step.items.flatMap((item) =>
            item === "message"
              ? echoes(number, { id: wamid }).entry
              : statuses(number, { id: wamid, status: item }).entry,
          );
          const response = await webhook({ object: "whatsapp_business_account", entry });
          expect(response.status).toBe(200);
          if (step.flush) await services().phone(number.id).flushed();
        }
        await services().phone(number.id).flushed();

        const moves: string[] = [];
        let known: string | null = null;
        for (const status of order) {
          const next = climb(known, status);
          if (next !== known && next !== null) moves.push(next);
          known = next;
        }
        expect(await storedStatus(number, wamid)).toBe(known);
        expect(await toldStatuses(partner, wamid)).toEqual(moves);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  }, 60_000);

  it("takes a read that comes in one flush with a late failed, of a delivered message", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("late-failed");
    await deliver(number, statuses(number, { id: wamid, status: "delivered" }));
    await deliver(
      number,
      statuses(number, { id: wamid, status: "failed" }, { id: wamid, status: "read" }),
    );
    expect(await storedStatus(number, wamid)).toBe("read");
    expect(await toldStatuses(partner, wamid)).toEqual(["delivered", "read"]);
  });

  it("hides the stub of a message that is not known yet, and shows it whole when it comes", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("stub");
    await deliver(number, statuses(number, { id: wamid, status: "delivered" }));
    const path = `/v1/senders/${number.id}/messages`;
    const list = async (query = "") => (await partner.read<{ data: unknown[] }>(path + query)).data;
    expect(await list()).toEqual([]);
    expect(await list("?customer=15550177001")).toEqual([]);
    await deliver(number, echoes(number, { id: wamid }));
    expect(await list()).toMatchObject([{ wamid, status: "delivered", type: "text" }]);
    expect(await list("?customer=15550177001")).toHaveLength(1);
  });

  it("keeps the errors of a failed status and tells them", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("failed");
    const errors = [{ code: 131026, title: "Message undeliverable" }];
    await deliver(number, echoes(number, { id: wamid }));
    await deliver(number, statuses(number, { id: wamid, status: "failed", errors }));
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`);
    expect(data).toMatchObject([{ status: "failed", errors }]);
    const told = (await partner.events()).find((event) => event.type === "message.status");
    expect(told?.data).toMatchObject({ status: "failed", errors });
  });

  it("finds the customer of a failed status that names nobody when its message comes", async () => {
    const { number } = await seedSender();
    const wamid = newWamid("nobody");
    await deliver(number, {
      ...statuses(number, { id: wamid, status: "failed", recipient_id: undefined }),
    });
    expect(await rowsOf(number, "messages")).toMatchObject([{ wamid, customer: "" }]);
    await deliver(number, echoes(number, { id: wamid, timestamp: seconds(Date.now()) }));
    expect(await rowsOf(number, "messages")).toMatchObject([
      { wamid, customer: "15550177001", status: "failed" },
    ]);
  });
});

describe("edits and revokes", () => {
  const edit = (target: string, body: string, at: number) => ({
    id: newWamid("edit"),
    timestamp: seconds(at),
    type: "edit",
    edit: { original_message_id: target, message: { type: "text", text: { body } } },
  });
  const revoke = (target: string) => ({
    id: newWamid("revoke"),
    type: "revoke",
    revoke: { original_message_id: target },
  });
  const readAll = async (partner: Partner, number: TestNumber) =>
    (await partner.read<{ data: Record<string, unknown>[] }>(`/v1/senders/${number.id}/messages`))
      .data;

  it("apply in either order of arrival: the newest text stands, also before its message", async () => {
    const { partner, number } = await seedSender();
    const now = Date.now();
    const wamid = newWamid("edited");
    const parts = [
      echoes(number, { id: wamid, text: { body: "one" } }),
      echoes(number, edit(wamid, "two", now + 1_000)),
      echoes(number, edit(wamid, "three", now + 5_000)),
    ];
    for (const part of parts.toReversed()) await deliver(number, part);
    expect(await readAll(partner, number)).toMatchObject([{ wamid, text: { body: "three" } }]);
  });

  it("takes the text of a revoked message back, also when the revoke came first", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("revoked");
    await deliver(number, echoes(number, revoke(wamid)));
    expect(await readAll(partner, number)).toEqual([]);
    await deliver(number, echoes(number, { id: wamid, text: { body: "gone" } }));
    const [message] = await readAll(partner, number);
    expect(message).toMatchObject({ wamid });
    expect(message?.["revoked_at"]).toBeDefined();
    expect(message).not.toHaveProperty("text");
  });
});
