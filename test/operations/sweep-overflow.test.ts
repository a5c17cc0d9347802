import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { arrivalKey, OVERFLOW } from "../../src/operations/archive-keys.ts";
import { reportAlarms } from "../../src/operations/report-alarms.ts";
import { sweepOverflow } from "../../src/operations/sweep-overflow.ts";
import { asOperator, call, services } from "../support/seed.ts";
import { archiveKeys, consumeByHand, DAY, HOUR, listLeftOver } from "../support/storage.ts";

const pointedAt: string[] = [];

beforeEach(() => {
  pointedAt.length = 0;
  const note = (body: unknown) => pointedAt.push((body as { key: string }).key);
  // By the sweep many at once; by hand one.
  vi.spyOn(env.OVERFLOW, "sendBatch").mockImplementation((some) => {
    for (const { body } of some) note(body);
    return Promise.resolve({ metadata: {} } as QueueSendBatchResponse);
  });
  vi.spyOn(env.OVERFLOW, "send").mockImplementation((body) => {
    note(body);
    return Promise.resolve({ metadata: {} } as QueueSendResponse);
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (let left = await archiveKeys(OVERFLOW); left.length > 0; left = await archiveKeys(OVERFLOW))
    await env.ARCHIVE.delete(left);
});

async function putUnreadable(ageMs: number, name = "a body"): Promise<string> {
  const key = arrivalKey(OVERFLOW, Date.now() - ageMs, name);
  await env.ARCHIVE.put(key, "{");
  return key;
}

describe("facts that no try can deliver", () => {
  it("are handed over for eight days, and are a dead letter then and nothing else", async () => {
    const [young, old, unheard] = [
      await putUnreadable(7 * DAY),
      await putUnreadable(9 * DAY),
      await putUnreadable(10 * DAY),
    ];
    for (const key of [young, old]) {
      expect((await consumeByHand("tandem-overflow", [{ key }])).retryMessages).toHaveLength(1);
      await consumeByHand("tandem-overflow-dead", [{ key, requestId: "request" }]);
    }
    // Of one that has no letter nobody would know.
    expect(await sweepOverflow(services())).toBe(2);
    expect(pointedAt).toEqual([unheard, young]);
    await env.ARCHIVE.delete([unheard, young]);
    await reportAlarms(services(), []);
    expect((await services().alarms().counts()).open).toEqual({ dead_letters: 1 });
    await putUnreadable(HOUR);
    await reportAlarms(services(), []);
    expect((await services().alarms().counts()).open).toMatchObject({ overflow_late: 1 });
  });

  it("are done over by hand, and gone with their letter when that is discarded", async () => {
    const key = await putUnreadable(9 * DAY);
    await consumeByHand("tandem-overflow-dead", [{ key }]);
    const [letter] = await listLeftOver("dead-letters");
    const path = `/v1/admin/dead-letters/${encodeURIComponent(letter?.id ?? "")}`;
    expect((await asOperator(`${path}/redrive`, {})).status).toBe(202);
    expect(pointedAt).toEqual([key]);
    await consumeByHand("tandem-overflow-dead", [{ key, letter: letter?.id }]);
    expect(await listLeftOver("dead-letters")).toMatchObject([{ id: letter?.id, times: 2 }]);
    const headers = { authorization: "Bearer test-operator-token" };
    const gone = await call(`${path}?reason=Poison`, { method: "DELETE", headers });
    expect(gone.status).toBe(204);
    expect(await archiveKeys(OVERFLOW)).toEqual([]);
    await sweepOverflow(services());
    expect(pointedAt).toHaveLength(1);
  });

  it("stay when a letter is discarded that a sweep goes on with", async () => {
    const key = await putUnreadable(HOUR);
    await consumeByHand("tandem-overflow-dead", [{ key }]);
    const [letter] = await listLeftOver("dead-letters");
    const path = `/v1/admin/dead-letters/${encodeURIComponent(letter?.id ?? "")}?reason=Wait`;
    const headers = { authorization: "Bearer test-operator-token" };
    expect((await call(path, { method: "DELETE", headers })).status).toBe(204);
    expect(await sweepOverflow(services())).toBe(1);
  });

  it("keep none behind them waiting, however many they are", async () => {
    const all: string[] = [];
    for (let from = 0; from < 1_300; from += 100) {
      const some = Array.from({ length: 100 }, (_, n) =>
        putUnreadable(2 * HOUR - from - n, `body ${from + n}`),
      );
      all.push(...(await Promise.all(some)));
    }
    for (let minute = 0; minute < 3; minute++) await sweepOverflow(services());
    expect(new Set(pointedAt)).toEqual(new Set(all));
    const before = pointedAt.length;
    await sweepOverflow(services());
    expect(pointedAt.slice(before, before + 600)).toEqual(all.slice(0, 600));
  });
});
