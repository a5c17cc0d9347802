import { beforeEach, describe, expect, it, vi } from "vitest";
import { EndpointTrouble } from "../../src/durable/endpoint-trouble.ts";
import { MINUTE, SECOND, TestEndpoint } from "../support/endpoints.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { DAY, HOUR } from "../support/storage.ts";
import type { SettingsStore } from "../../src/durable/settings-store.ts";

let endpoint: TestEndpoint;

beforeEach(() => {
  partnerStub.start();
  endpoint = new TestEndpoint();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});

/** Lines of this name, level and all. */
function listenFor(event: string): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  for (const method of ["log", "warn", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((line: unknown) => {
      const parsed = JSON.parse(String(line)) as Record<string, unknown>;
      if (parsed["event"] === event) lines.push(parsed);
    });
  }
  return lines;
}

describe("while our own resolver does not answer", () => {
  it("nothing is told, nothing counts as failed, and everything goes out in order afterwards", async () => {
    await endpoint.open();
    partnerStub.resolve(false);
    const ids = await endpoint.append(1, 3);
    const others = await endpoint.append(2, 2);
    await endpoint.work();
    for (let step = 0; step < 10; step += 1) await endpoint.pass(4 * HOUR);
    expect(partnerStub.posts).toEqual([]);
    expect(await endpoint.calls.figures()).toMatchObject({
      health: "healthy",
      failingSince: null,
      retrying: 0,
      failed: 0,
      heldUp: { reason: "dns_unavailable" },
      lastFailure: { failure: "dns_unavailable", status: null },
    });
    partnerStub.resolve(true);
    await endpoint.pass(MINUTE);
    expect(partnerStub.ids.filter((id) => ids.includes(id))).toEqual(ids);
    expect(partnerStub.ids.filter((id) => others.includes(id))).toEqual(others);
    expect(partnerStub.ids).toHaveLength(5);
    expect(partnerStub.posts[0]?.headers["tandem-attempt"]).toBe("1");
    expect(await endpoint.calls.figures()).toMatchObject({ heldUp: null, retrying: 0 });
  });

  it("an endpoint that was failing before is not disabled for our days", async () => {
    await endpoint.open();
    await endpoint.append(1, 1);
    await endpoint.append(2, 1);
    partnerStub.answer(500);
    await endpoint.work();
    expect((await endpoint.calls.figures()).health).toBe("down");
    partnerStub.resolve(false);
    for (let day = 0; day < 6; day += 1) await endpoint.pass(DAY);
    partnerStub.resolve(true);
    await endpoint.pass(MINUTE);
    await endpoint.pass(10 * MINUTE);
    expect(await endpoint.registered()).toMatchObject({ state: "enabled" });
    // Of its own failing time five days are enough, as ever.
    for (let step = 0; step < 6; step += 1) await endpoint.pass(DAY);
    expect(await endpoint.registered()).toMatchObject({ state: "disabled" });
  });

  it("one event alone does not make an endpoint count as down", async () => {
    await endpoint.open();
    const [id = ""] = await endpoint.append(1, 1);
    partnerStub.answer(500);
    await endpoint.work();
    // Its first retry fails as well; the look at whether anything gets through meets our trouble.
    partnerStub.answer(() => {
      partnerStub.resolve(false);
      vi.setSystemTime(Date.now() + 2 * MINUTE); // what was resolved is not believed any more
      return new Response("no", { status: 500 });
    });
    await endpoint.pass(61 * SECOND);
    expect((await endpoint.calls.delivery(id))?.attempts).toHaveLength(2);
    expect((await endpoint.calls.figures()).health).toBe("healthy");
  });

  it("an operator is called once it has lasted five minutes, once an hour", async () => {
    const lines = listenFor("endpoint.held_up");
    await endpoint.open();
    partnerStub.resolve(false);
    await endpoint.append(1, 1);
    await endpoint.work();
    for (let step = 0; step < 26; step += 1) await endpoint.pass(5 * MINUTE);
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toMatchObject({ endpoint: endpoint.id, reason: "dns_unavailable" });
  });

  it("a name whose own servers fail is the partner's to mend, as before", async () => {
    await endpoint.open();
    partnerStub.moveTo();
    const [id = ""] = await endpoint.append(1, 1);
    await endpoint.work();
    expect(await endpoint.calls.delivery(id)).toMatchObject({
      attempts: [{ failure: "refused_address" }],
    });
  });
});

describe("an endpoint whose secret does not open", () => {
  it("is tried every five minutes, not every five seconds, says so, and calls a person once an hour", async () => {
    const lines = listenFor("endpoint.held_up");
    await endpoint.open();
    const secret = endpoint.config?.secret ?? expect.fail("no secret");
    await endpoint.change({ secret: { ...secret, kid: "gone" } });
    await endpoint.append(1, 1);
    await endpoint.work();
    expect(await endpoint.calls.figures()).toMatchObject({
      heldUp: { reason: "secret_unreadable", since: Date.now() },
      health: "healthy",
      nextAttemptAt: Date.now() + 5 * SECOND,
    });
    expect(lines).toMatchObject([{ level: "error", reason: "secret_unreadable" }]);
    for (let step = 0; step < 29; step += 1) await endpoint.pass(2 * MINUTE);
    expect(lines).toHaveLength(1);
    const [row] = await endpoint.rows(`SELECT value FROM settings WHERE name = 'trouble'`);
    const { tries } = JSON.parse(row?.["value"] as string) as { tries: number };
    expect(tries).toBeLessThan(20);
    for (let step = 0; step < 3; step += 1) await endpoint.pass(5 * MINUTE);
    expect(lines).toHaveLength(2);
    expect(await endpoint.registered()).toMatchObject({ state: "enabled" });

    // A secret that opens is used at once.
    await endpoint.change({ secret });
    await endpoint.work();
    expect(partnerStub.posts).toHaveLength(1);
    expect((await endpoint.calls.figures()).heldUp).toBeNull();
  });

  it("says so to a test, which is not posted", async () => {
    await endpoint.open();
    const secret = endpoint.config?.secret ?? expect.fail("no secret");
    await endpoint.change({ secret: { ...secret, kid: "gone" } });
    const attempt = await endpoint.calls.tryOut({
      id: "evt_test",
      type: "endpoint.test",
      version: 1,
      sender_id: null,
      seq: 0,
      at: new Date().toISOString(),
      data: {},
    });
    expect(attempt).toMatchObject({ failure: "secret_unreadable", status: null });
    expect(partnerStub.posts).toEqual([]);
  });
});

it("waits 5 s, then twice as long each time, up to a minute, or five for a secret", () => {
  let kept: unknown = null;
  const settings = {
    get: () => kept,
    set: (_name: string, value: unknown) => (kept = value),
  } as unknown as SettingsStore;
  const waits = (reason: "dns_unavailable" | "secret_unreadable") => {
    kept = null;
    const trouble = new EndpointTrouble(settings);
    let now = 1_000_000;
    return Array.from({ length: 8 }, () => {
      trouble.met(reason, "e", now);
      trouble.met(reason, "e", now); // five may be tried side by side: they are one try
      const wait = trouble.heldUntil - now;
      now = trouble.heldUntil;
      return wait / 1_000;
    });
  };
  expect(waits("dns_unavailable")).toEqual([5, 10, 20, 40, 60, 60, 60, 60]);
  expect(waits("secret_unreadable")).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
});
