import { EventReader } from "../demo/event-reader.ts";
import { listAll, TandemClient } from "../demo/tandem-client.ts";
import { countSmoke } from "./count.ts";
import type { DemoMessage } from "../demo/tandem-client.ts";
import type { SmokeReport } from "./count.ts";
import type { SimulatorControl, SmokeBusiness } from "./simulator-control.ts";

export interface SmokeOptions {
  url: string;
  operatorToken: string;
  simulator: SimulatorControl;
  /** Of the simulator's webhook, where it was not started with one. */
  verifyToken: string | undefined;
  sends: number;
  messages: number;
  /** Brings up the gateway anew, in the middle of it all. */
  redeploy: (() => Promise<void>) | null;
  say: (line: string) => void;
}

const LOOK_EVERY_MS = 500;
/** An outcome that nobody can know is called unknown 60 s after its place. */
const SETTLED_WITHIN_MS = 5 * 60_000;
const BATCH_MAX = 1_000;

/**
 * Two numbers of a simulated Meta: one imports a history, the other sends what is queued, both while
 * the gateway is brought up anew. @returns what became of it all
 */
export async function playSmoke(options: SmokeOptions): Promise<SmokeReport> {
  const { url, simulator, say } = options;
  const operator = new TandemClient(url, options.operatorToken);
  await simulator.setWebhook(`${url}/webhooks/meta`, options.verifyToken);
  const { id: partnerId } = await operator.post<{ id: string }>("/v1/admin/partners", {
    name: `Smoke test ${new Date().toISOString()}`,
  });
  const { key } = await operator.post<{ key: string }>(`/v1/admin/partners/${partnerId}/keys`, {});
  const partner = new TandemClient(url, key);

  const shop = await simulator.createBusiness({
    verifiedName: "Smoke test, history",
    customers: 20,
    contacts: 20,
    history: { messages: options.messages, threads: 20, chunkMessages: 200 },
  });
  await onboard(partner, simulator, shop);
  say(`One number imports ${options.messages} messages.`);
  const sender = await simulator.createBusiness({
    verifiedName: "Smoke test, sends",
    customers: options.sends,
  });
  await bringAlong(operator, simulator, partnerId, sender);
  const queued = await queueSends(partner, sender);
  say(`The other has ${queued.length} sends in its queue.`);

  if (options.redeploy !== null) {
    const third = Math.floor(queued.length / 3);
    await until(`${third} sends at Meta`, 120_000, async () => {
      const { detail } = await simulator.ledger();
      return detail.sends.length >= third;
    });
    say("A third of them is at Meta: the gateway is brought up anew.");
    await options.redeploy();
  }

  const read = () => readStates(partner, sender, queued);
  await until("every send to be settled", SETTLED_WITHIN_MS, async () => {
    const states = [...(await read()).values()];
    return states.every((state) => state !== "queued" && state !== "placed");
  });
  await until("the import to be complete", SETTLED_WITHIN_MS, async () => {
    const path = `/v1/senders/${shop.phoneNumberId}/sync`;
    const { history } = await partner.get<{ history: { state: string } }>(path);
    return history.state === "complete";
  });
  const sends = await read();
  const reader = new EventReader(partner);
  const settledIds = () =>
    reader.seen
      .filter(({ type }) => type === "send.settled")
      .map(({ data }) => (data as { id: string }).id);
  const owed = [...sends].filter(([, state]) => state !== "unknown").length;
  await until("every outcome to be told", 60_000, async () => {
    await reader.read();
    return settledIds().length >= owed;
  }).catch((err: unknown) => say(String(err))); // the report counts what is missing
  const { detail, sends: figures } = await simulator.ledger();
  const report = countSmoke({
    sends,
    arrived: detail.sends.flatMap(({ phoneNumberId, bizOpaqueCallbackData: id }) =>
      phoneNumberId === sender.phoneNumberId && id !== undefined ? [id] : [],
    ),
    settled: settledIds(),
    history: {
      sent: await simulator.historyWamids(shop),
      stored: await listStored(partner, shop),
    },
    seqs: seqsBySender(reader),
    maxIn1s: figures.maxArrivalsIn1s,
  });
  for (const { phoneNumberId } of [shop, sender]) {
    await partner.post(`/v1/senders/${phoneNumberId}/detach`, {});
  }
  return report;
}

async function onboard(
  partner: TandemClient,
  simulator: SimulatorControl,
  business: SmokeBusiness,
): Promise<void> {
  const { id } = await partner.post<{ id: string }>("/v1/signup-sessions", {});
  const path = `/v1/signup-sessions/${id}`;
  const code = await simulator.issueCode(business);
  await partner.post(`${path}/finish`, { code, waba_id: business.wabaId });
  await partner.post(`${path}/confirm`, { timezone: "America/New_York" });
}

async function bringAlong(
  operator: TandemClient,
  simulator: SimulatorControl,
  partnerId: string,
  business: SmokeBusiness,
): Promise<void> {
  const token = await simulator.issueToken(business);
  await simulator.subscribe(business, token);
  await operator.post("/v1/admin/senders", {
    partner_id: partnerId,
    phone_number_id: business.phoneNumberId,
    waba_id: business.wabaId,
    display_phone_number: `+${business.displayPhoneNumber}`,
    access_token: token,
    timezone: "America/New_York",
  });
  for (const { phone } of business.customers) await simulator.openWindow(business, phone);
}

/** @returns our ids, in order */
async function queueSends(partner: TandemClient, business: SmokeBusiness): Promise<string[]> {
  const ids: string[] = [];
  // Those that wait must outlive the redeploy, which can take a minute.
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  for (let first = 0; first < business.customers.length; first += BATCH_MAX) {
    const messages = business.customers.slice(first, first + BATCH_MAX).map(({ phone }, index) => ({
      messaging_product: "whatsapp",
      to: `+${phone}`,
      type: "text",
      text: { body: `Smoke test, message ${first + index + 1}.` },
    }));
    const path = `/v1/senders/${business.phoneNumberId}/messages:batch`;
    const { data } = await partner.post<{ data: { id: string | null; state: string }[] }>(path, {
      messages,
      expires_at: expires,
    });
    for (const { id, state } of data) {
      if (id === null || state !== "queued") throw new Error(`A send was not queued but ${state}.`);
      ids.push(id);
    }
  }
  return ids;
}

async function readStates(
  partner: TandemClient,
  { phoneNumberId }: SmokeBusiness,
  ids: string[],
): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for (let first = 0; first < ids.length; first += 20) {
    const some = ids.slice(first, first + 20);
    const views = await Promise.all(
      some.map((id) => partner.get<{ state: string }>(`/v1/senders/${phoneNumberId}/sends/${id}`)),
    );
    for (const [index, id] of some.entries()) states.set(id, views[index]?.state ?? "gone");
  }
  return states;
}

async function listStored(partner: TandemClient, business: SmokeBusiness): Promise<string[]> {
  const stored: string[] = [];
  const path = `/v1/senders/${business.phoneNumberId}/messages`;
  for await (const { wamid } of listAll<DemoMessage>(partner, path)) stored.push(wamid);
  return stored;
}

function seqsBySender(reader: EventReader): Map<string, number[]> {
  const seqs = new Map<string, number[]>();
  for (const event of reader.seen as { sender_id?: string; seq: number }[]) {
    const sender = event.sender_id ?? "";
    seqs.set(sender, [...(seqs.get(sender) ?? []), event.seq]);
  }
  return seqs;
}

/** A gateway that is being brought up anew answers nothing or errors for a while. */
async function until(
  what: string,
  timeoutMs: number,
  isDone: () => Promise<boolean>,
): Promise<void> {
  let last: unknown;
  for (const end = Date.now() + timeoutMs; Date.now() < end;) {
    try {
      if (await isDone()) return;
      last = undefined;
    } catch (err) {
      last = err;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`Waited ${timeoutMs / 1_000} s for ${what}.`, { cause: last });
}
