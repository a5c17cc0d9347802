import { beforeEach, describe, expect, it, vi } from "vitest";
import { MINUTE, SECOND, TestEndpoint } from "../support/endpoints.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { DAY } from "../support/storage.ts";

let endpoint: TestEndpoint;

beforeEach(() => {
  partnerStub.start();
  endpoint = new TestEndpoint();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});

/** One event of sender s1 and one of s2, both failed so often that they are given up or retried. */
async function failBoth(): Promise<[string, string]> {
  await endpoint.open();
  partnerStub.answer(500);
  const [kept = ""] = await endpoint.append(1);
  const [gone = ""] = await endpoint.append(2);
  await endpoint.work();
  return [kept, gone];
}

describe("an endpoint that is told of fewer senders than before", () => {
  it("is not told by a retry what failed of another sender", async () => {
    const [kept, gone] = await failBoth();
    await endpoint.change({ senders: ["s1"], url: "https://partner.test/other" });
    partnerStub.mend();
    partnerStub.posts = [];
    await endpoint.pass(6 * SECOND);
    await endpoint.pass(6 * MINUTE);
    expect(partnerStub.ids).toContain(kept);
    expect(partnerStub.ids).not.toContain(gone);
    expect(await endpoint.calls.delivery(gone)).toMatchObject({ state: "failed", nextAt: null });
  });

  it("is not told it when somebody asks for that delivery, or for all that failed", async () => {
    const [, gone] = await failBoth();
    await endpoint.change({ senders: ["s1"] });
    partnerStub.mend();
    await endpoint.pass(6 * SECOND);
    partnerStub.posts = [];
    expect(await endpoint.calls.retry(gone)).toBe(false);
    await endpoint.work();
    await endpoint.pass(MINUTE);
    await endpoint.calls.replay({
      id: "replay_1",
      of: "failed",
      since: 0,
      until: Date.now() + DAY,
      types: null,
      senders: null,
    });
    await endpoint.work();
    expect(partnerStub.ids).not.toContain(gone);
    expect(await endpoint.calls.replays()).toMatchObject([{ state: "done" }]);
  });
});

describe("replays without end", () => {
  it("are refused while twenty wait; a repeat of one of them is not", async () => {
    await endpoint.open({ state: "paused" });
    const order = (n: number) =>
      endpoint.calls.replay({
        id: `replay_${n}`,
        of: "range",
        since: 0,
        until: Date.now(),
        types: null,
        senders: null,
      });
    for (let n = 0; n < 20; n += 1) expect(await order(n)).toMatchObject({ state: "running" });
    expect(await order(20)).toBeNull();
    expect(await order(0)).toMatchObject({ id: "replay_0" });
    expect(await endpoint.rows(`SELECT count(*) AS count FROM replays`)).toEqual([{ count: 20 }]);
    await endpoint.change({ state: "enabled" });
    await endpoint.work();
    expect(await order(20)).toMatchObject({ state: "running" });
  });
});

describe("what is asked of the list of deliveries", () => {
  it("is an event's id: a word that stands in every pack finds nothing, and reads none", async () => {
    await endpoint.open();
    const [id = ""] = await endpoint.append(1);
    await endpoint.work();
    const parse = vi.spyOn(JSON, "parse");
    expect(await endpoint.calls.delivery("event")).toBeNull();
    expect(await endpoint.calls.retry("attempt")).toBe(false);
    const packs = parse.mock.calls.filter(([text]) => text.includes(id));
    parse.mockRestore();
    expect(packs).toEqual([]);
    expect(await endpoint.calls.delivery(id)).toMatchObject({ state: "delivered" });
  });
});
