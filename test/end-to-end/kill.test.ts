import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { listAll, TandemClient } from "../../scripts/demo/tandem-client.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import { SECRETS, ServeProcess } from "./serve-process.ts";
import type { DemoMessage } from "../../scripts/demo/tandem-client.ts";
import type { Business, Simulator } from "../../simulator/simulator.ts";

let simulator: Simulator;
let state: string;
let port: number;
let serve: ServeProcess;

beforeEach(async () => {
  simulator = await startSimulator({ ...SECRETS, log: () => undefined });
  state = mkdtempSync(join(tmpdir(), "tandem-kill-"));
  port = await freePort();
  await start();
  simulator.setWebhookUrl(`${serve.url}/webhooks/meta`, { verifyToken: SECRETS.verifyToken });
});

afterEach(async () => {
  await serve.killGroup();
  await simulator.close();
  rmSync(state, { recursive: true, force: true });
});

it("ends an import complete, each message stored once, after SIGKILL of the group in its middle", async () => {
  const partner = await newPartner();
  const business = simulator.createBusiness({
    customers: 100,
    contacts: 50,
    history: { messages: 20_000, chunkMessages: 400, duplicateChunks: 0.1, reorder: true },
  });
  const { id } = await partner.post<{ id: string }>("/v1/signup-sessions", {});
  const { code } = simulator.issueCode(business);
  await partner.post(`/v1/signup-sessions/${id}/finish`, { code, waba_id: business.wabaId });
  await partner.post(`/v1/signup-sessions/${id}/confirm`, { timezone: "America/New_York" });

  await vi.waitFor(async () => expect(await storedPages(partner, business)).toBeGreaterThan(5), {
    timeout: 30_000,
    interval: 20,
  });
  const storedBefore = await storedPages(partner, business);
  await serve.killGroup();
  await start();

  await vi.waitFor(
    async () => {
      const sync = await readSync(partner, business);
      expect(sync.history.state).toBe("complete");
    },
    { timeout: 90_000, interval: 500 },
  );
  const stored: string[] = [];
  const path = `/v1/senders/${business.phoneNumberId}/messages`;
  for await (const message of listAll<DemoMessage>(partner, path)) stored.push(message.wamid);
  // The kill must have hit the middle of the work.
  expect(storedBefore).toBeLessThan(await storedPages(partner, business));
  expect(new Set(stored).size).toBe(stored.length);
  expect(stored.toSorted()).toEqual([...simulator.historyWamids(business)].toSorted());
});

it("sends 300 queued messages once or calls them unknown after SIGKILL in the middle of the drain", async () => {
  const partner = await newPartner();
  const business = simulator.createBusiness({ customers: 300 });
  await importNumber(partner, business);
  for (const customer of business.customers) {
    simulator.openWindow(business, { customer: customer.phone });
  }
  const sends = await Promise.all(
    business.customers.map(async (customer) => {
      const answer = await partner.send(
        business.phoneNumberId,
        {
          messaging_product: "whatsapp",
          to: `+${customer.phone}`,
          type: "text",
          text: { body: "Your order is ready." },
        },
        { prefer: "respond-async" },
      );
      expect(answer.status).toBe(202);
      return answer.sendId ?? "";
    }),
  );
  await vi.waitFor(() => expect(simulator.ledger.sends.length).toBeGreaterThan(60), {
    timeout: 30_000,
    interval: 20,
  });
  await serve.killGroup();
  expect(simulator.ledger.sends.length).toBeLessThan(300);
  await start();

  // Places whose carrier died are called unknown a minute after their time.
  const states = await vi.waitFor(
    async () => {
      const views = await Promise.all(sends.map((send) => readSend(partner, business, send)));
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

it("ends the runtime that a killed gateway left behind, and goes on with its state", async () => {
  const partner = await newPartner();
  const business = simulator.createBusiness({ customers: 1 });
  await importNumber(partner, business);
  await serve.killNode();
  await start();
  const senders = await partner.get<{ data: { id: string }[] }>("/v1/senders");
  expect(senders.data.map((sender) => sender.id)).toEqual([business.phoneNumberId]);
});

it("refuses a state folder that a living gateway holds, and says whose it is", async () => {
  await expect(
    ServeProcess.start({ state, port: await freePort(), graphUrl: simulator.url }),
  ).rejects.toThrow(`in use by process ${serve.pid}`);
});

async function start(): Promise<void> {
  serve = await ServeProcess.start({ state, port, graphUrl: simulator.url });
}

async function newPartner(): Promise<TandemClient> {
  const operator = new TandemClient(serve.url, SECRETS.operatorToken);
  const { id } = await operator.post<{ id: string }>("/v1/admin/partners", { name: "Kill test" });
  const { key } = await operator.post<{ key: string }>(`/v1/admin/partners/${id}/keys`, {});
  partnerId = id;
  return new TandemClient(serve.url, key);
}
let partnerId = "";

/** A number brought along: windows not seen are passed to Meta, which knows them open. */
async function importNumber(_partner: TandemClient, business: Business): Promise<void> {
  const operator = new TandemClient(serve.url, SECRETS.operatorToken);
  await operator.post("/v1/admin/senders", {
    partner_id: partnerId,
    phone_number_id: business.phoneNumberId,
    waba_id: business.wabaId,
    display_phone_number: `+${business.displayPhoneNumber}`,
    access_token: simulator.issueToken(business),
    timezone: "America/New_York",
  });
}

interface Sync {
  history: { state: string; phases: { pages_stored: number }[] };
}

function readSync(partner: TandemClient, business: Business): Promise<Sync> {
  return partner.get<Sync>(`/v1/senders/${business.phoneNumberId}/sync`);
}

async function storedPages(partner: TandemClient, business: Business): Promise<number> {
  const { history } = await readSync(partner, business);
  return history.phases.reduce((sum, phase) => sum + phase.pages_stored, 0);
}

async function readSend(partner: TandemClient, business: Business, send: string): Promise<string> {
  const path = `/v1/senders/${business.phoneNumberId}/sends/${send}`;
  return (await partner.get<{ state: string }>(path)).state;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
