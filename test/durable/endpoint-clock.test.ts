import { beforeEach, describe, expect, it, vi } from "vitest";
import { SECOND, TestEndpoint } from "../support/endpoints.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { HOUR } from "../support/storage.ts";

let endpoint: TestEndpoint;

beforeEach(() => {
  partnerStub.start();
  endpoint = new TestEndpoint();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});

describe("a clock that was an hour ahead for a while", () => {
  it.for(["goes on", "is evicted meanwhile"])(
    "does not make an endpoint that was down then wait for that hour: its object %s",
    async (how) => {
      await endpoint.open();
      await endpoint.pass(HOUR);
      partnerStub.answer(500);
      const ids = await endpoint.append(1, 2);
      ids.push(...(await endpoint.append(2, 2)));
      await endpoint.work();
      expect((await endpoint.calls.figures()).health).toBe("down");
      if (how === "is evicted meanwhile") await endpoint.evict();
      partnerStub.answer(200);
      const before = partnerStub.ids.length;
      await endpoint.pass(-HOUR);
      await endpoint.pass(6 * SECOND);
      await endpoint.work();
      expect(partnerStub.ids.slice(before).toSorted()).toEqual(ids.toSorted());
      expect(await endpoint.calls.figures()).toMatchObject({ health: "healthy", retrying: 0 });
    },
  );

  it("does not keep a single event back, nor what is behind it", async () => {
    await endpoint.open();
    await endpoint.pass(HOUR);
    partnerStub.answer(500);
    const ids = await endpoint.append(1, 1);
    await endpoint.work();
    partnerStub.answer(200);
    await endpoint.pass(-HOUR);
    ids.push(...(await endpoint.append(1, 2)));
    await endpoint.pass(6 * SECOND);
    expect(partnerStub.ids.slice(1)).toEqual(ids);
  });
});
