import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EndpointLog } from "../../src/durable/endpoint-log.ts";
import { SECOND, TestEndpoint } from "../support/endpoints.ts";
import { whileDatabasesAreDown } from "../support/down-databases.ts";
import { partnerStub } from "../support/partner-stub.ts";

/** What one run may take, and a few more. */
const TURNS_MAX = 2_010;

let endpoint: TestEndpoint;

beforeEach(() => {
  partnerStub.start();
  endpoint = new TestEndpoint();
  // It stands still from here on: no limit of time is ever reached.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});

afterEach(() => vi.restoreAllMocks());

/** How often the endpoint looks at its log. */
function countLooks() {
  const looks = vi.spyOn(EndpointLog.prototype, "read");
  return { looks, total: () => looks.mock.calls.length };
}

const alarmAt = async () =>
  (await runInDurableObject(endpoint.stub, (_object, state) => state.storage.getAlarm())) ?? 0;

describe("an endpoint's run while the clock stands still", () => {
  it("ends at once where its log cannot be read, however often it is rung for", async () => {
    await endpoint.open();
    await endpoint.work();
    const { total } = countLooks();
    await whileDatabasesAreDown(async () => {
      for (let ring = 0; ring < 20; ring += 1) await endpoint.ring();
      await endpoint.work();
    });
    expect(total()).toBeLessThan(100);
    expect(await alarmAt()).toBeGreaterThan(Date.now() + SECOND);
  });

  it("ends where each look at its log asks for another one, and goes on a little later", async () => {
    await endpoint.open();
    await endpoint.work();
    const ids = await endpoint.append(1, 3);
    const { looks, total } = countLooks();
    looks.mockImplementation(() => [scheduler.wait(0)]);
    await endpoint.work();
    expect(total()).toBeGreaterThan(100);
    expect(total()).toBeLessThan(TURNS_MAX);
    // Nor does a ring, or its alarm, have it begin again at once.
    await endpoint.ring();
    await endpoint.work();
    expect(total()).toBeLessThan(TURNS_MAX);

    looks.mockRestore();
    expect(partnerStub.ids).toEqual([]);
    await endpoint.pass(6 * SECOND);
    expect(partnerStub.ids).toEqual(ids);
  });

  it("ends where a shard's log was put back to before what it was told of a sender left behind", async () => {
    await endpoint.append(1, 5);
    await endpoint.open({ state: "paused" });
    const shards = { DB: { reached: 30, ahead: [], behind: { s1: { reached: 10, ahead: [] } } } };
    await runInDurableObject(endpoint.stub, (_object, { storage }) => {
      const progress = JSON.stringify({ shards, lastSuccessAt: null, at: Date.now() });
      storage.sql.exec(`INSERT OR REPLACE INTO settings VALUES ('progress', ?)`, progress);
    });
    await endpoint.evict();
    const { total } = countLooks();
    await endpoint.change({ state: "enabled" });
    await endpoint.work();
    expect(total()).toBeLessThan(100);
    expect((await endpoint.calls.figures()).reached["DB"]).toBe(30);
  });
});
