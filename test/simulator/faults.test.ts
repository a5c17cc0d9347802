import { expect, it } from "vitest";
import { call, connect, exchange, itemsOf, send, start } from "./support.ts";

it("breaks the connection after taking a send, which is in the ledger once and gets its statuses", async () => {
  const connected = await connect();
  const { simulator, door, business } = connected;
  simulator.customerWrites(business);
  simulator.setFaults({ messages: { next: [{ kind: "acceptThenDrop" }] } });
  await expect(send(connected, { biz_opaque_callback_data: "once" })).rejects.toThrow(
    "fetch failed",
  );
  await simulator.idle();
  expect(simulator.ledger.sends).toMatchObject([
    { bizOpaqueCallbackData: "once", answer: "dropped" },
  ]);
  expect(itemsOf(door, "messages", "statuses")).toHaveLength(3);

  expect((await send(connected, { biz_opaque_callback_data: "once" })).status).toBe(200);
  expect(simulator.ledger.report().sends).toMatchObject({
    accepted: 2,
    unanswered: 1,
    duplicates: 1,
  });
});

it("answers 500 before or after it has taken a send", async () => {
  const connected = await connect();
  const { simulator, business } = connected;
  simulator.customerWrites(business);
  simulator.setFaults({ messages: { next: [{ kind: "refuse500" }, { kind: "acceptThen500" }] } });
  expect((await send(connected)).status).toBe(500);
  expect(simulator.ledger.report().sends).toMatchObject({ accepted: 0, refused: 1 });
  expect((await send(connected)).status).toBe(500);
  expect(simulator.ledger.report().sends).toMatchObject({ accepted: 1, refused: 1, unanswered: 1 });
});

it("refuses with the code it is told, in the order of the list, and then no more", async () => {
  const connected = await connect();
  const { simulator, business } = connected;
  simulator.customerWrites(business);
  simulator.setFaults({
    messages: { next: [{ kind: "rateLimit" }, { kind: "refuse", code: 131048 }, { kind: "none" }] },
  });
  const codes = [await send(connected), await send(connected), await send(connected)].map(
    ({ code }) => code,
  );
  expect(codes).toEqual([130429, 131048, undefined]);
});

it("spends the sync and the code although nobody hears of it", async () => {
  const { simulator, business, token } = await connect();
  const json = { messaging_product: "whatsapp", sync_type: "history" };
  const path = `/${business.phoneNumberId}/smb_app_data`;
  simulator.setFaults({
    smbAppData: { next: [{ kind: "acceptThenDrop" }] },
    oauth: { next: [{ kind: "acceptThenDrop" }] },
  });
  await expect(call(simulator, "POST", path, { token, json })).rejects.toThrow("fetch failed");
  expect((await call(simulator, "POST", path, { token, json })).code).toBe(2593107);
  const { code } = simulator.issueCode(business);
  await expect(exchange(simulator, code)).rejects.toThrow("fetch failed");
  expect((await exchange(simulator, code)).code).toBe(100);
});

it("draws the same faults from the same seed", async () => {
  const fates = async () => {
    const simulator = await start({ seed: 5 });
    const business = simulator.createBusiness();
    const token = simulator.issueToken(business);
    simulator.setFaults({ nodes: { refuse500: 0.5 } });
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) {
      statuses.push((await call(simulator, "GET", `/${business.wabaId}`, { token })).status);
    }
    return statuses;
  };
  const first = await fates();
  expect(new Set(first)).toEqual(new Set([200, 500]));
  expect(await fates()).toEqual(first);
});
