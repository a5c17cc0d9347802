import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { SECOND, TestEndpoint } from "../support/endpoints.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { DAY } from "../support/storage.ts";

/** What may happen between an endpoint, its log and its receiver. */
const STEPS = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("append" as const),
      sender: fc.integer({ min: 1, max: 3 }),
      count: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record({ kind: fc.constant("ring" as const) }),
    fc.record({ kind: fc.constant("pass" as const), seconds: fc.constantFrom(6, 40, 400, 9_000) }),
    fc.record({ kind: fc.constant("restart" as const), isAtRest: fc.boolean() }),
    fc.record({ kind: fc.constant("pause" as const) }),
    fc.record({ kind: fc.constant("filter" as const) }),
    fc.record({
      kind: fc.constant("weather" as const),
      // Of ten answers so many are refusals.
      refusals: fc.constantFrom(0, 0, 2, 5, 10),
    }),
  ),
  { minLength: 4, maxLength: 14 },
);

/** Every event whose number is divisible by it is refused for ever. */
const POISON = 13;

it("whatever its receiver answers, and whenever it restarts: every event is taken once or listed as failed", async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, fc.infiniteStream(fc.nat(9)), async (steps, dice) => {
      partnerStub.start();
      const endpoint = new TestEndpoint();
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      await endpoint.open();
      const appended: string[] = [];
      const taken: string[] = [];
      const posted: string[] = [];
      let refusals = 0;
      let mayRepeat = false;
      partnerStub.answer(async ({ headers, event }) => {
        await scheduler.wait(dice.next().value ?? 0);
        const id = headers["webhook-id"] ?? "";
        const isTest = event.type === "endpoint.test";
        const isPoison = Number(id.slice(-5)) % POISON === 0 && !isTest;
        if (!isTest) posted.push(id);
        const isRefused = isPoison || (dice.next().value ?? 0) < refusals;
        if (isRefused) return new Response("no", { status: 500 });
        if (!isTest) taken.push(id);
        return new Response(null, { status: 200 });
      });
      for (const step of steps) {
        switch (step.kind) {
          case "append": {
            const shard = step.sender === 3 ? "DB_1" : "DB";
            appended.push(...(await endpoint.append(step.sender, step.count, { shard })));
            break;
          }
          case "ring":
            await endpoint.ring();
            break;
          case "pass":
            await endpoint.pass(step.seconds * SECOND);
            break;
          case "restart":
            // In the middle of its work it may not have written down what was taken last.
            if (step.isAtRest) await endpoint.work();
            else mayRepeat = true;
            await endpoint.evict();
            break;
          case "pause":
            await endpoint.change({ state: "paused" });
            await endpoint.change({ state: "enabled" });
            break;
          case "filter":
            // Another one that lets the same through: what is in line is read anew.
            await endpoint.change({
              types: endpoint.config?.types === null ? ["message.received"] : null,
            });
            break;
          case "weather":
            refusals = step.refusals;
        }
      }
      // From here its receiver is well; the longest schedule is over after a day and a half.
      refusals = 0;
      for (let hour = 0; hour < 16; hour += 1) await endpoint.pass(DAY / 8);

      if (!mayRepeat) expect(taken, "once each").toHaveLength(new Set(taken).size);
      const listed: string[] = [];
      let cursor: string | undefined;
      do {
        const query = { state: "failed" as const, limit: 50, ...(cursor && { cursor }) };
        const page = await endpoint.calls.deliveries(query);
        listed.push(...page.deliveries.map(({ event }) => event));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      const settled = [...new Set(taken), ...listed];
      expect(settled.toSorted(), "taken or failed").toEqual(appended.toSorted());
      expect(await endpoint.calls.figures()).toMatchObject({ health: "healthy", retrying: 0 });

      // Whatever was taken at its first attempt came in its sender's order.
      const attempts = (id: string) => posted.filter((one) => one === id).length;
      const atOnce = taken.filter((id) => attempts(id) === 1);
      for (const sender of ["s1", "s2", "s3"]) {
        const { deliveries } = await endpoint.calls.deliveries({ senderId: sender, limit: 500 });
        const seqs = new Map(deliveries.map(({ event, seq }) => [event, seq]));
        const order = atOnce.filter((id) => seqs.has(id)).map((id) => seqs.get(id) ?? 0);
        expect(order, "in order").toEqual(order.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
}, 180_000);
