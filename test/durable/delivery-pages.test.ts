import { runInDurableObject } from "cloudflare:test";
import * as fc from "fast-check";
import { beforeEach, expect, it } from "vitest";
import { listDeliveries } from "../../src/durable/delivery-pages.ts";
import { DeliveryStore } from "../../src/durable/delivery-store.ts";
import { ToldLog } from "../../src/durable/told-log.ts";
import { TestEndpoint } from "../support/endpoints.ts";
import { partnerStub } from "../support/partner-stub.ts";
import type { Attempt } from "../../src/durable/endpoint-types.ts";

const START = Date.UTC(2026, 10, 2);

/** Attempts in the order they are noted in, so many ms after one another. */
const ATTEMPTS = fc.array(
  fc.record({
    wasTaken: fc.boolean(),
    laterMs: fc.constantFrom(0, 0, 0, 1, 400),
    /** From its status, with which it ends, to the end of the answer's body, when it is noted. */
    bodyMs: fc.constantFrom(0, 0, 0, 2_000),
    isWritten: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

beforeEach(() => {
  partnerStub.start();
});

function attemptAt(at: number, wasTaken: boolean): Attempt {
  const failure = wasTaken ? null : "http_422";
  return { n: 1, at, ms: 0, status: wasTaken ? 200 : 422, answer: "", failure, replay: false };
}

it("lists each delivery once, newest first, though many end in one millisecond, or are noted late", async () => {
  const endpoint = new TestEndpoint();
  await endpoint.open();
  await runInDurableObject(endpoint.stub, (_object, { storage: { sql } }) => {
    fc.assert(
      fc.property(
        ATTEMPTS,
        fc.infiniteStream(fc.nat(999)),
        fc.integer({ min: 1, max: 6 }),
        fc.option(fc.integer({ min: -2_000, max: 6_000 }), { nil: undefined }),
        (attempts, names, limit, sinceMs) => {
          sql.exec(`DELETE FROM told`);
          sql.exec(`DELETE FROM deliveries`);
          const [store, told] = [new DeliveryStore(sql), new ToldLog(sql)];
          const expected: { at: number; event: string }[] = [];
          let now = START;
          for (const [index, each] of attempts.entries()) {
            const { wasTaken, laterMs, bodyMs, isWritten } = each;
            now += laterMs;
            const at = now - bodyMs;
            // Ids do not follow the order in which events end.
            const event = `evt_${String(names.next().value).padStart(3, "0")}_${index}`;
            const place = { event, type: "t", senderId: "s", seq: 1, shard: "DB", pos: index };
            const attempt = attemptAt(at, wasTaken);
            if (wasTaken) told.add({ ...place, attempt });
            else store.note(place, attempt, { state: "failed", failures: 1, nextAt: null });
            if (isWritten) told.write();
            expected.push({ at, event });
          }
          told.write();
          const since = sinceMs === undefined ? 0 : START + sinceMs;
          const listed: string[] = [];
          let cursor: string | undefined;
          do {
            const page = listDeliveries(store, told, { limit, since, ...(cursor && { cursor }) });
            listed.push(...page.deliveries.map(({ event }) => event));
            cursor = page.next ?? undefined;
          } while (cursor !== undefined);
          const newestFirst = expected
            .filter((each) => each.at >= since)
            .sort((a, b) => b.at - a.at || (a.event < b.event ? 1 : -1));
          expect(listed).toEqual(newestFirst.map(({ event }) => event));
        },
      ),
      { numRuns: 300 },
    );
  });
});

it("lists each of one sender where others fill more packs than a page looks at, half of them noted late", async () => {
  const endpoint = new TestEndpoint();
  await endpoint.open();
  await runInDurableObject(endpoint.stub, (_object, { storage: { sql } }) => {
    const [store, told] = [new DeliveryStore(sql), new ToldLog(sql)];
    const expected: string[] = [];
    for (let index = 0; index < 500; index++) {
      const isOfSender = index % 8 === 2;
      const at = START + index * 100 - (index % 2 === 1 ? 2_000 : 0);
      const event = `evt_${index}`;
      const senderId = isOfSender ? "s" : "another";
      const place = { event, type: "t", senderId, seq: 1, shard: "DB", pos: index };
      told.add({ ...place, attempt: attemptAt(at, true) });
      told.write();
      if (isOfSender) expected.unshift(event);
    }
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = listDeliveries(store, told, {
        limit: 50,
        senderId: "s",
        ...(cursor && { cursor }),
      });
      listed.push(...page.deliveries.map(({ event }) => event));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(listed).toEqual(expected);
  });
});
