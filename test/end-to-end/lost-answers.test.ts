import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { EventReader } from "../../scripts/demo/event-reader.ts";
import { Stage, textTo } from "./stage.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.set();
});

afterEach(() => stage.strike());

/** 200 sends; every fifth loses its answer, each in another way. */
const SENDS = 200;
const FAULTS = ["acceptThenDrop", "acceptThen500", "drop", "refuse500"] as const;

it("of 200 sends 40 lose their answer: no customer gets two, and each one's truth is told", async () => {
  const { partner, simulator } = stage;
  const business = await stage.importBusiness(SENDS);
  simulator.setFaults({
    messages: {
      next: Array.from({ length: SENDS }, (_, n) => ({
        kind: n % 5 === 0 ? (FAULTS[(n / 5) % FAULTS.length] ?? "none") : "none",
      })),
    },
  });
  const answers = await Promise.all(
    business.customers.map(async ({ phone }, n) => {
      const headers = n % 2 === 0 ? { prefer: "wait=30" } : { prefer: "respond-async" };
      const body = textTo(phone, `Order ${n} is ready.`);
      for (;;) {
        const { status, sendId } = await partner.send(business.phoneNumberId, body, headers);
        // On a busy machine sends bunch up on their way, and Meta refuses one: it may go again.
        if (status !== 429) return { phone, status, send: sendId ?? "" };
      }
    }),
  );
  // A caller is told of a success, of a queued send, or that nobody knows: never that it failed.
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 202, 504]));

  const reader = new EventReader(partner);
  const settled = () =>
    reader.seen.filter(({ type, data }) => type === "send.settled" && data["error"] === undefined);
  const states = await vi.waitFor(
    async () => {
      await reader.read();
      const read = await Promise.all(answers.map(({ send }) => stage.readSend(business, send)));
      // 20 were taken by Meta and their statuses tell; 20 were not, and stay unknown.
      expect(read.filter((state) => state === "accepted")).toHaveLength(180);
      expect(read.filter((state) => state === "unknown")).toHaveLength(20);
      expect(settled()).toHaveLength(180);
      return read;
    },
    { timeout: 60_000, interval: 500 },
  );

  const perCustomer = Map.groupBy(simulator.ledger.sends, ({ recipient }) => recipient);
  for (const [index, { phone, send }] of answers.entries()) {
    const got = perCustomer.get(phone)?.length ?? 0;
    expect(got).toBeLessThanOrEqual(1);
    expect(states[index]).toBe(got === 1 ? "accepted" : "unknown");
    const told = settled().filter(({ data }) => data["id"] === send);
    expect(told.map(({ data }) => data["outcome"])).toEqual(got === 1 ? ["accepted"] : []);
  }
});
