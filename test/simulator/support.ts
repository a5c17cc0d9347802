import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type {
  Business,
  NewBusiness,
  Simulator,
  SimulatorOptions,
} from "../../simulator/simulator.ts";
import { startSimulator } from "../../simulator/simulator.ts";

export const APP_SECRET = "a-secret-of-these-tests";
export const VERIFY_TOKEN = "a-verify-token";

export type Change = { field: string; value: Record<string, unknown> };
export type Received = {
  raw: Buffer;
  isSigned: boolean;
  entry: { id: string; time?: number };
  change: Change;
};

/** A gateway's webhook door that checks signatures and keeps what it took. */
export type Door = {
  url: string;
  /** Webhooks answered with 200. */
  taken: Received[];
  /** Every POST, taken or not. */
  attempts: number;
  /** Decides the status of the next POST; default 200. */
  answer: () => number;
};

export async function openDoor(): Promise<Door> {
  const door: Door = { url: "", taken: [], attempts: 0, answer: () => 200 };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://door");
    if (request.method === "GET") {
      const isOurs = url.searchParams.get("hub.verify_token") === VERIFY_TOKEN;
      response.writeHead(isOurs ? 200 : 403).end(url.searchParams.get("hub.challenge"));
      return;
    }
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      door.attempts++;
      const status = door.answer();
      if (status === 200)
        door.taken.push(read(Buffer.concat(parts), request.headers["x-hub-signature-256"]));
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  door.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return door;
}

function read(raw: Buffer, signature: string | string[] | undefined): Received {
  const expected = `sha256=${createHmac("sha256", APP_SECRET).update(raw).digest("hex")}`;
  const body = JSON.parse(raw.toString()) as {
    entry?: { id: string; time?: number; changes: Change[] }[];
  };
  const entry = body.entry?.[0];
  const change = entry?.changes[0] ?? { field: "none", value: {} };
  return { raw, isSigned: signature === expected, entry: entry ?? { id: "" }, change };
}

export async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({
    appSecret: APP_SECRET,
    verifyToken: VERIFY_TOKEN,
    statusDelays: { sentMs: 1, deliveredMs: 2, readMs: 3 },
    log: () => {},
    ...options,
  });
  onTestFinished(() => simulator.close());
  return simulator;
}

export type Answer = { status: number; body: Record<string, unknown>; code: number | undefined };

/** Calls Graph; `code` is Meta's error code, if any. */
export async function call(
  simulator: Simulator,
  method: string,
  path: string,
  { token, json }: { token?: string; json?: unknown } = {},
): Promise<Answer> {
  const response = await fetch(`${simulator.url}/v24.0${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(json === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const body = (await response.json()) as Record<string, unknown>;
  const error = body.error as { code: number } | undefined;
  return { status: response.status, body, code: error?.code };
}

export function exchange(simulator: Simulator, code: string): Promise<Answer> {
  const query = new URLSearchParams({
    client_id: "510000000000001",
    client_secret: APP_SECRET,
    code,
  });
  return call(simulator, "GET", `/oauth/access_token?${query}`);
}

export type Connected = { simulator: Simulator; door: Door; business: Business; token: string };

/** A simulator with one business that has signed up and is subscribed, and a door that takes its webhooks. */
export async function connect(
  business: NewBusiness = {},
  options: Partial<SimulatorOptions> = {},
): Promise<Connected> {
  const door = await openDoor();
  const simulator = await start({ webhookUrl: door.url, ...options });
  const shop = simulator.createBusiness(business);
  const token = simulator.issueToken(shop);
  await call(simulator, "POST", `/${shop.wabaId}/subscribed_apps`, { token });
  return { simulator, door, business: shop, token };
}

/** Sends a text to the business's first customer, or what `body` says. */
export function send(
  { simulator, business, token }: Connected,
  body: Record<string, unknown> = {},
): Promise<Answer> {
  const text = { messaging_product: "whatsapp", type: "text", text: { body: "hello" } };
  const json = { ...text, to: business.customers[0]?.phone, ...body };
  return call(simulator, "POST", `/${business.phoneNumberId}/messages`, { token, json });
}

/** The items of one list under `value`, over all webhooks that were taken. */
export function itemsOf(door: Door, field: string, list: string): Record<string, unknown>[] {
  return door.taken
    .filter(({ change }) => change.field === field)
    .flatMap(({ change }) => (change.value[list] ?? []) as Record<string, unknown>[]);
}
