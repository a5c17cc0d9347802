import { beforeEach, describe, expect, it } from "vitest";
import { TestEndpoint } from "../support/endpoints.ts";
import { partnerStub } from "../support/partner-stub.ts";

let endpoint: TestEndpoint;

beforeEach(() => {
  partnerStub.start();
  endpoint = new TestEndpoint();
});

describe("an endpoint that is well", () => {
  it("is told each sender's events once and in order, from two shards", async () => {
    await endpoint.open();
    const first = await endpoint.append(1, 30);
    const second = await endpoint.append(2, 30, { shard: "DB_1" });
    await endpoint.ring();
    await endpoint.work();
    const of = (ids: string[]) => partnerStub.ids.filter((id) => ids.includes(id));
    expect(of(first)).toEqual(first);
    expect(of(second)).toEqual(second);
    expect(partnerStub.posts).toHaveLength(60);
    expect(await endpoint.calls.figures()).toMatchObject({
      health: "healthy",
      reached: { DB: 30, DB_1: 30 },
      retrying: 0,
      failed: 0,
    });
  });
});
