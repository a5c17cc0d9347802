import { createServer } from "node:http";
import { afterEach, expect, it, vi } from "vitest";
import { EventReader } from "../../scripts/demo/event-reader.ts";
import { Receiver } from "../../scripts/demo/receiver.ts";
import { Stage } from "./stage.ts";
import type { RequestListener, Server } from "node:http";
import type { DemoEvent } from "../../scripts/demo/tandem-client.ts";

const DAY_MS = 24 * 3_600_000;
/** A day in ten seconds. */
const TIME_SCALE = 8_640;
const PATIENT = { timeout: 60_000, interval: 100 };

let stage: Stage | undefined;
let receiver: Receiver | undefined;
const servers: Server[] = [];

afterEach(async () => {
  await receiver?.stop();
  await stage?.strike();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** An address of somebody who answers as the test wants. */
async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`;
}

it("a partner that is down for two days gets each event once by id, in order", async () => {
  stage = await Stage.set({ "time-scale": String(TIME_SCALE) });
  const { simulator, partner } = stage;
  const businesses = [await stage.importBusiness(8), await stage.importBusiness(8)];
  receiver = await Receiver.start();
  const endpoint = await receiver.connect(partner);
  const away = receiver;

  // A first word while all is well, then two days in which nobody is there.
  for (const business of businesses) {
    simulator.customerWrites(business, { from: business.customers[0]?.phone ?? "" });
  }
  await vi.waitFor(() => expect(away.told.length).toBeGreaterThanOrEqual(2), PATIENT);
  receiver.answer = () => 503;
  const until = Date.now() + (2 * DAY_MS) / TIME_SCALE;
  for (let turn = 0; Date.now() < until; turn++) {
    for (const business of businesses) {
      const customer = business.customers[turn % business.customers.length];
      simulator.customerWrites(business, { from: customer?.phone ?? "", body: `Turn ${turn}` });
      if (turn % 3 === 0) simulator.ownerWrites(business, { to: customer?.phone ?? "" });
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await simulator.idle();
  const before = await partner.get<object>(`/v1/endpoints/${endpoint}`);
  expect(before).toMatchObject({ state: "enabled", health: "down", forgotten: null });

  receiver.answer = () => 204;
  const reader = new EventReader(partner);
  await reader.read();
  const owed = reader.seen.filter(({ type }) => type.startsWith("message."));
  expect(owed.length).toBeGreaterThan(150);
  expect(await receiver.receive(owed.map(({ id }) => id))).toBe(0);

  const ids = receiver.told.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { phoneNumberId } of businesses) {
    const seqs = receiver.told
      .filter((event: DemoEvent & { sender_id?: string }) => event.sender_id === phoneNumberId)
      .map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((left, right) => left - right));
  }
  await vi.waitFor(async () => {
    const after = await partner.get<object>(`/v1/endpoints/${endpoint}`);
    expect(after).toMatchObject({ health: "healthy", owed: 0 });
  }, PATIENT);
});

it("is disabled after five days of silence, and goes on where it was when it is enabled", async () => {
  stage = await Stage.set({ "time-scale": String(TIME_SCALE * 10) });
  const { simulator, partner } = stage;
  const business = await stage.importBusiness(4);
  receiver = await Receiver.start();
  const endpoint = await receiver.connect(partner);
  receiver.answer = () => 500;
  for (const { phone } of business.customers) simulator.customerWrites(business, { from: phone });

  const path = `/v1/endpoints/${endpoint}`;
  await vi.waitFor(async () => {
    const { state } = await partner.get<{ state: string }>(path);
    expect(state).toBe("disabled");
  }, PATIENT);
  const reader = new EventReader(partner);
  await reader.read();
  expect(reader.seen.map(({ type }) => type)).toContain("endpoint.disabled");

  receiver.answer = () => 204;
  await partner.patch(path, { state: "enabled" });
  const owed = reader.seen.filter(({ type }) => type === "message.received");
  expect(owed.length).toBe(business.customers.length);
  expect(await receiver.receive(owed.map(({ id }) => id))).toBe(0);
});

it("survives addresses that redirect, drip, drown or never answer, and tells the others meanwhile", async () => {
  stage = await Stage.set({});
  const { simulator, partner } = stage;
  const business = await stage.importBusiness(4);
  receiver = await Receiver.start();
  await receiver.connect(partner);
  let lured = 0;
  const inside = await listen((_, response) => {
    lured += 1;
    response.writeHead(204).end();
  });
  const redirecting = await listen((_, response) => {
    response.writeHead(307, { location: inside }).end();
  });
  const dripping = await listen((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x"), 50);
    response.once("close", () => clearInterval(timer));
  });
  let sent = 0;
  const drowning = await listen((_, response) => {
    response.writeHead(500);
    const chunk = Buffer.alloc(64_000, "y");
    const pour = () => {
      while (!response.destroyed && sent < 1_000_000_000) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", pour);
      }
    };
    pour();
  });
  const silent = await listen(() => undefined);
  const ids: Record<string, string> = {};
  for (const [name, url] of Object.entries({ redirecting, dripping, drowning, silent })) {
    ids[name] = (await partner.post<{ id: string }>("/v1/endpoints", { url })).id;
  }

  for (const { phone } of business.customers) simulator.customerWrites(business, { from: phone });
  await vi.waitFor(() => {
    expect(receiver?.told.length).toBeGreaterThanOrEqual(business.customers.length);
  }, PATIENT);
  interface Seen {
    data: {
      state: string;
      attempts: { status: number | null; failure: string | null; answer: string | null }[];
    }[];
  }
  // Nobody waited for the one that never answers: it is still being waited for.
  const waiting = await partner.get<Seen>(`/v1/endpoints/${ids["silent"]}/deliveries`);
  expect(waiting.data).toEqual([]);

  const attemptOf = (name: string) =>
    vi.waitFor(async () => {
      const path = `/v1/endpoints/${ids[name]}/deliveries`;
      const [delivery] = (await partner.get<Seen>(path)).data;
      const attempt = delivery?.attempts[0];
      if (attempt === undefined) throw new Error(`${name} was not tried.`);
      return attempt;
    }, PATIENT);
  expect(await attemptOf("redirecting")).toMatchObject({ status: 307, failure: "redirect" });
  expect(lured).toBe(0);
  expect(await attemptOf("dripping")).toMatchObject({ status: 200, failure: null });
  const drowned = await attemptOf("drowning");
  expect(drowned).toMatchObject({ status: 500, failure: "http_500" });
  expect(drowned.answer?.length).toBeLessThanOrEqual(1_000);
  // A few of its tries, each with what sockets hold on the way: far from a gigabyte.
  expect(sent).toBeLessThan(50_000_000);
  expect(await attemptOf("silent")).toMatchObject({ status: null, failure: "timeout" });
});
