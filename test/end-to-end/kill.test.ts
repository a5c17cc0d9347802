import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { listAll } from "../../scripts/demo/tandem-client.ts";
import { ServeProcess } from "./serve-process.ts";
import { freePort, Stage, textTo } from "./stage.ts";
import type { DemoMessage } from "../../scripts/demo/tandem-client.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.set();
});

afterEach(() => stage.strike());

it("ends an import complete, each message stored once, after SIGKILL of the group in its middle", async () => {
  const { partner, simulator } = stage;
  const business = simulator.createBusiness({
    customers: 100,
    contacts: 50,
    history: { messages: 20_000, chunkMessages: 400, duplicateChunks: 0.1, reorder: true },
  });
  await stage.signUp(business);
  const storedPages = async () => (await stage.readHistory(business)).storedPages;

  await vi.waitFor(async () => expect(await storedPages()).toBeGreaterThan(5), {
    timeout: 30_000,
    interval: 20,
  });
  const storedBefore = await storedPages();
  await stage.serve.killGroup();
  await stage.startAgain();

  await vi.waitFor(async () => expect((await stage.readHistory(business)).state).toBe("complete"), {
    timeout: 90_000,
    interval: 500,
  });
  const stored: string[] = [];
  const path = `/v1/senders/${business.phoneNumberId}/messages`;
  for await (const message of listAll<DemoMessage>(partner, path)) stored.push(message.wamid);
  // The kill must have hit the middle of the work.
  expect(storedBefore).toBeLessThan(await storedPages());
  expect(new Set(stored).size).toBe(stored.length);
  expect(stored.toSorted()).toEqual([...simulator.historyWamids(business)].toSorted());
});

it("sends 300 queued messages once or calls them unknown after SIGKILL in the middle of the drain", async () => {
  const { partner, simulator } = stage;
  const business = await stage.importBusiness(300);
  const sends = await Promise.all(
    business.customers.map(async (customer) => {
      const answer = await partner.send(business.phoneNumberId, textTo(customer.phone), {
        prefer: "respond-async",
      });
      expect(answer.status).toBe(202);
      return answer.sendId ?? "";
    }),
  );
  await vi.waitFor(() => expect(simulator.ledger.sends.length).toBeGreaterThan(60), {
    timeout: 30_000,
    interval: 20,
  });
  await stage.serve.killGroup();
  expect(simulator.ledger.sends.length).toBeLessThan(300);
  await stage.startAgain();

  // Places whose carrier died are called unknown a minute after their time.
  const states = await vi.waitFor(
    async () => {
      const views = await Promise.all(sends.map((send) => stage.readSend(business, send)));
      expect(views.filter((view) => view === "queued" || view === "placed")).toEqual([]);
      return views;
    },
    { timeout: 100_000, interval: 1_000 },
  );
  const arrived = simulator.ledger.sends.map((send) => send.bizOpaqueCallbackData);
  expect(new Set(arrived).size).toBe(arrived.length); // none twice
  for (const [index, send] of sends.entries()) {
    const state = states[index];
    if (!arrived.includes(send)) expect(state).toBe("unknown"); // none lost unsaid
    else expect(["accepted", "unknown"]).toContain(state);
  }
  expect(states.filter((each) => each === "accepted").length).toBeGreaterThan(250);
});

it("keeps 10,000 queued sends through SIGKILL of the group, and sends none twice", async () => {
  const { partner, simulator } = stage;
  const business = await stage.importBusiness(1_000);
  const path = `/v1/senders/${business.phoneNumberId}`;
  const batches: string[] = [];
  for (let call = 0; call < 10; call++) {
    const messages = business.customers.map(({ phone }) => textTo(phone, `Part ${call}`));
    const answer = await partner.post<BatchAnswer>(`${path}/messages:batch`, { messages });
    expect(answer.data.filter(({ state }) => state === "queued")).toHaveLength(1_000);
    batches.push(answer.id);
  }
  await vi.waitFor(() => expect(simulator.ledger.sends.length).toBeGreaterThan(30), {
    timeout: 30_000,
    interval: 20,
  });
  await stage.serve.killGroup();
  const before = simulator.ledger.sends.length;
  await stage.startAgain();

  const readAll = () =>
    Promise.all(batches.map((id) => partner.get<BatchState>(`${path}/batches/${id}`)));
  const states = await readAll();
  expect(states.map(({ total }) => total)).toEqual(batches.map(() => 1_000));
  const inAll = (state: string) =>
    states.reduce((sum, { states: counts }) => sum + (counts[state] ?? 0), 0);
  expect(inAll("queued") + inAll("placed") + inAll("accepted") + inAll("unknown")).toBe(10_000);
  expect(inAll("queued")).toBeGreaterThan(9_000);
  // It goes on by itself.
  await vi.waitFor(() => expect(simulator.ledger.sends.length).toBeGreaterThan(before + 60), {
    timeout: 60_000,
    interval: 100,
  });
  for (const id of batches) await partner.delete(`${path}/batches/${id}`);
  for (const { states: counts } of await readAll()) expect(counts["queued"]).toBeUndefined();
  const arrived = simulator.ledger.sends.map((send) => send.bizOpaqueCallbackData);
  expect(new Set(arrived).size).toBe(arrived.length);
});

it("ends the runtime that a killed gateway left behind, and goes on with its state", async () => {
  const { partner } = stage;
  const business = await stage.importBusiness(1);
  await stage.serve.killNode();
  await stage.startAgain();
  const senders = await partner.get<{ data: { id: string }[] }>("/v1/senders");
  expect(senders.data.map((sender) => sender.id)).toEqual([business.phoneNumberId]);
});

it("refuses a state folder that a living gateway holds, and says whose it is", async () => {
  await expect(
    ServeProcess.start({
      state: stage.state,
      port: await freePort(),
      graphUrl: stage.simulator.url,
    }),
  ).rejects.toThrow(`in use by process ${stage.serve.pid}`);
});

it("ends where its port is taken, and says so", async () => {
  await expect(
    ServeProcess.start({
      state: join(stage.state, "another"),
      port: Number(new URL(stage.serve.url).port),
      graphUrl: stage.simulator.url,
    }),
  ).rejects.toThrow("Address already in use");
});

interface BatchAnswer {
  id: string;
  data: { state: string }[];
}

interface BatchState {
  total: number;
  states: Record<string, number>;
}
