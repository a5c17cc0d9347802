import { describe, expect, it } from "vitest";
import type { Simulator } from "../../simulator/simulator.ts";
import { call, exchange, openDoor, start } from "./support.ts";

async function control(simulator: Simulator, method: string, path: string, json?: unknown) {
  const response = await fetch(`${simulator.url}/_sim${path}`, {
    method,
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("application/json");
  return {
    status: response.status,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    text,
  };
}

describe("the control API", () => {
  it("leads a business from the popup to live traffic without Node imports", async () => {
    const door = await openDoor();
    const simulator = await start();
    await control(simulator, "POST", "/webhook-url", { url: door.url });
    expect((await control(simulator, "POST", "/verify-webhook")).body).toEqual({
      ok: true,
      status: 200,
    });
    const { body: business, status } = await control(simulator, "POST", "/businesses", {
      verifiedName: "Kiln",
      history: "small",
    });
    expect(status).toBe(201);
    const path = `/businesses/${String(business.wabaId)}`;
    const { body: signup } = await control(simulator, "POST", `${path}/code`);
    const token = String((await exchange(simulator, String(signup.code))).body.access_token);
    await call(simulator, "POST", `/${String(business.wabaId)}/subscribed_apps`, { token });

    const { body } = await control(simulator, "POST", `${path}/customer-writes`, { body: "hello" });
    expect((await control(simulator, "POST", "/idle")).status).toBe(200);
    expect(door.taken[0]?.change.value.messages).toMatchObject([{ id: body.wamid }]);
    const wamids = await control(simulator, "GET", `${path}/history-wamids`);
    expect(wamids.text.trim().split("\n")).toHaveLength(400);
    const ledger = await control(simulator, "GET", "/ledger?detail=1");
    expect(ledger.body).toMatchObject({
      webhooks: { total: { delivered: 1 } },
      detail: { inbound: { [String(business.wabaId)]: [body.wamid] } },
    });
  });

  it("moves the clock, sets faults, and delivers raw bytes", async () => {
    const door = await openDoor();
    const simulator = await start({ webhookUrl: door.url });
    const before = simulator.now();
    await control(simulator, "POST", "/advance", { ms: 3_600_000 });
    expect(simulator.now() - before).toBeGreaterThanOrEqual(3_600_000);
    await control(simulator, "POST", "/faults", { nodes: { next: [{ kind: "refuse500" }] } });
    expect((await call(simulator, "GET", "/1")).status).toBe(500);
    expect((await control(simulator, "POST", "/deliver", { entry: [] })).body).toEqual({
      status: 200,
    });
    expect(door.taken[0]?.isSigned).toBe(true);
  });

  it.each([
    ["a field it does not know", "POST", "/faults", { mesages: {} }, 400],
    ["a business it does not know", "POST", "/businesses/1/code", {}, 404],
    ["a path it does not have", "GET", "/nothing", undefined, 404],
  ])("says so about %s", async (_name, method, path, json, status) => {
    expect((await control(await start(), method, path, json)).status).toBe(status);
  });
});
