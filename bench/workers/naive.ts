import { DurableObject } from "cloudflare:workers";
import { normalizeWebhook, verifySignature } from "@kapso/whatsapp-cloud-api/server";
import { billBatch, billInvocation, billObject, currentBill } from "./bill.ts";

/*
 * A gateway with the same outcome (messages, conversations and statuses to read, the partner told,
 * sends paced) as it is mostly written: each webhook kept and put on a queue, its consumer writing
 * rows one by one into tables as an ORM makes them, a delivery and a queue message for each event.
 */

interface NaiveEnv {
  META_APP_SECRET: string;
  DB: D1Database;
  PACE: DurableObjectNamespace<Pace>;
  WORK: Queue<Work>;
}

type Work =
  | { kind: "webhook"; id: string }
  | { kind: "history"; number: string; message: PastMessage }
  | { kind: "send"; id: string; number: string; token: string; body: Record<string, unknown> }
  | { kind: "delivery"; id: string };

interface PastMessage {
  id: string;
  customer: string;
  timestamp: string;
  type: string;
}

interface Value {
  metadata: { phone_number_id: string };
  history?: { threads: { id: string; messages: Omit<PastMessage, "customer">[] }[] }[];
}

const TABLES = [
  "contacts (id TEXT PRIMARY KEY, number TEXT, phone TEXT, name TEXT, created_at INTEGER, updated_at INTEGER, UNIQUE (number, phone))",
  "conversations (id TEXT PRIMARY KEY, number TEXT, contact TEXT, last_at INTEGER, last_text TEXT, UNIQUE (number, contact))",
  "messages (id TEXT PRIMARY KEY, wamid TEXT UNIQUE, conversation TEXT, direction TEXT, type TEXT, body TEXT, status TEXT, at INTEGER)",
  "statuses (id TEXT PRIMARY KEY, wamid TEXT, status TEXT, at INTEGER)",
  "webhooks (id TEXT PRIMARY KEY, body TEXT, received_at INTEGER, processed_at INTEGER)",
  "events (id TEXT PRIMARY KEY, type TEXT, data TEXT, created_at INTEGER)",
  "deliveries (id TEXT PRIMARY KEY, event TEXT, state TEXT, attempts INTEGER, updated_at INTEGER)",
];
const INDEXES = [
  "conversations_recent ON conversations (number, last_at)",
  "messages_time ON messages (conversation, at)",
  "statuses_message ON statuses (wamid)",
  "events_time ON events (created_at)",
  "deliveries_state ON deliveries (state, updated_at)",
];

const PLACE_MS = 50;

/** Where Meta and the partner are; told by `/set-up`. */
let graphUrl = "";
let receiverUrl = "";

/** The pace of one number: asked for each send, remembered by a write. */
export class Pace extends DurableObject<NaiveEnv> {
  async next(): Promise<number> {
    const now = Date.now();
    const at = Math.max(now, (await this.ctx.storage.get<number>("next")) ?? 0);
    await this.ctx.storage.put("next", at + PLACE_MS);
    return at - now;
  }
}

billObject(Pace);

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/bill") return currentBill();
    billInvocation(env);
    if (pathname === "/set-up") {
      graphUrl = searchParams.get("graph") ?? "";
      receiverUrl = searchParams.get("receiver") ?? "";
      return setUp(env);
    }
    if (pathname === "/send") return takeSend(env, await request.json());
    return takeWebhook(env, request);
  },
  async queue(batch, env) {
    billInvocation(env);
    billBatch(batch);
    for (const { body } of batch.messages as readonly Message<Work>[]) {
      if (body.kind === "webhook") await readWebhook(env, body.id);
      else if (body.kind === "history") await keepPast(env, body.number, body.message);
      else if (body.kind === "send") await send(env, body);
      else await deliver(env, body.id);
    }
  },
} satisfies ExportedHandler<NaiveEnv>;

async function setUp(env: NaiveEnv): Promise<Response> {
  for (const table of TABLES) await run(env, `CREATE TABLE IF NOT EXISTS ${table}`);
  for (const index of INDEXES) await run(env, `CREATE INDEX IF NOT EXISTS ${index}`);
  return new Response(null, { status: 204 });
}

async function takeWebhook(env: NaiveEnv, request: Request): Promise<Response> {
  const rawBody = await request.text();
  const signatureHeader = request.headers.get("x-hub-signature-256") ?? "";
  if (!verifySignature({ appSecret: env.META_APP_SECRET, rawBody, signatureHeader })) {
    return new Response(null, { status: 401 });
  }
  const id = crypto.randomUUID();
  await run(env, "INSERT INTO webhooks VALUES (?, ?, ?, NULL)", id, rawBody, Date.now());
  await env.WORK.send({ kind: "webhook", id });
  return new Response(null, { status: 200 });
}

async function readWebhook(env: NaiveEnv, id: string): Promise<void> {
  const row = await env.DB.prepare("SELECT body FROM webhooks WHERE id = ?")
    .bind(id)
    .first<{ body: string }>();
  if (row === null) return;
  const payload = JSON.parse(row.body) as { entry: { changes: { value: Value }[] }[] };
  const value = payload.entry[0]?.changes[0]?.value;
  const number = value?.metadata.phone_number_id ?? "";
  for (const { threads } of value?.history ?? []) {
    const past = threads.flatMap(({ id: customer, messages }) =>
      messages.map((message) => ({ ...message, customer })),
    );
    for (let at = 0; at < past.length; at += 100) {
      const slice = past.slice(at, at + 100);
      await env.WORK.sendBatch(
        slice.map((message) => ({ body: { kind: "history", number, message } })),
      );
    }
  }
  if (value?.history === undefined) await readLive(env, number, payload);
  await run(env, "UPDATE webhooks SET processed_at = ? WHERE id = ?", Date.now(), id);
}

async function readLive(env: NaiveEnv, number: string, payload: object): Promise<void> {
  const { messages, statuses } = normalizeWebhook(payload);
  for (const message of messages) {
    const at = Number(message.timestamp) * 1_000;
    const conversation = await keepThread(env, number, message.from ?? "", at);
    const body = JSON.stringify(message);
    await run(
      env,
      "INSERT INTO messages VALUES (?, ?, ?, 'inbound', ?, ?, 'received', ?) ON CONFLICT DO NOTHING",
      crypto.randomUUID(),
      message.id,
      conversation,
      message.type,
      body,
      at,
    );
    await tell(env, "message.received", body);
  }
  for (const status of statuses) {
    const at = Number(status.timestamp) * 1_000;
    await run(
      env,
      "INSERT INTO statuses VALUES (?, ?, ?, ?)",
      crypto.randomUUID(),
      status.id,
      status.status,
      at,
    );
    await run(env, "UPDATE messages SET status = ? WHERE wamid = ?", status.status, status.id);
    await tell(env, "message.status", JSON.stringify(status));
  }
}

async function keepPast(env: NaiveEnv, number: string, message: PastMessage): Promise<void> {
  const at = Number(message.timestamp) * 1_000;
  const conversation = await keepThread(env, number, message.customer, at);
  await run(
    env,
    "INSERT INTO messages VALUES (?, ?, ?, 'history', ?, ?, 'read', ?) ON CONFLICT DO NOTHING",
    crypto.randomUUID(),
    message.id,
    conversation,
    message.type,
    JSON.stringify(message),
    at,
  );
}

/** A contact and its conversation, as an upsert each. @returns the conversation's id */
async function keepThread(
  env: NaiveEnv,
  number: string,
  phone: string,
  at: number,
): Promise<string> {
  const now = Date.now();
  const contact = await env.DB.prepare(
    `INSERT INTO contacts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (number, phone)
     DO UPDATE SET updated_at = excluded.updated_at RETURNING id`,
  )
    .bind(crypto.randomUUID(), number, phone, phone, now, now)
    .first<{ id: string }>();
  const conversation = await env.DB.prepare(
    `INSERT INTO conversations VALUES (?, ?, ?, ?, '') ON CONFLICT (number, contact)
     DO UPDATE SET last_at = max(last_at, excluded.last_at) RETURNING id`,
  )
    .bind(crypto.randomUUID(), number, contact?.id ?? "", at)
    .first<{ id: string }>();
  return conversation?.id ?? "";
}

async function tell(env: NaiveEnv, type: string, data: string): Promise<void> {
  const [event, id, now] = [crypto.randomUUID(), crypto.randomUUID(), Date.now()];
  await run(env, "INSERT INTO events VALUES (?, ?, ?, ?)", event, type, data, now);
  await run(env, "INSERT INTO deliveries VALUES (?, ?, 'pending', 0, ?)", id, event, now);
  await env.WORK.send({ kind: "delivery", id });
}

async function deliver(env: NaiveEnv, id: string): Promise<void> {
  const row = await env.DB.prepare(
    `SELECT events.data FROM deliveries JOIN events ON events.id = deliveries.event
     WHERE deliveries.id = ?`,
  )
    .bind(id)
    .first<{ data: string }>();
  if (row === null) return;
  const headers = { "webhook-id": id, "content-type": "application/json" };
  await fetch(receiverUrl, { method: "POST", headers, body: row.data });
  await run(
    env,
    "UPDATE deliveries SET state = 'done', attempts = attempts + 1, updated_at = ? WHERE id = ?",
    Date.now(),
    id,
  );
}

interface SendRequest {
  number: string;
  token: string;
  body: Record<string, unknown>;
}

async function takeSend(env: NaiveEnv, request: SendRequest): Promise<Response> {
  const id = crypto.randomUUID();
  const conversation = await keepThread(env, request.number, String(request.body["to"]), 0);
  await run(
    env,
    "INSERT INTO messages VALUES (?, NULL, ?, 'outbound', 'template', ?, 'queued', ?)",
    id,
    conversation,
    JSON.stringify(request.body),
    Date.now(),
  );
  await env.WORK.send({ kind: "send", id, ...request });
  return Response.json({ id }, { status: 202 });
}

async function send(env: NaiveEnv, work: Extract<Work, { kind: "send" }>): Promise<void> {
  await scheduler.wait(await env.PACE.getByName(work.number).next());
  const response = await fetch(`${graphUrl}/v24.0/${work.number}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${work.token}`, "content-type": "application/json" },
    body: JSON.stringify(work.body),
  });
  const answer = await response.json<{ messages?: [{ id: string }] }>();
  const wamid = answer.messages?.[0].id ?? null;
  const state = wamid === null ? "failed" : "accepted";
  await run(env, "UPDATE messages SET wamid = ?, status = ? WHERE id = ?", wamid, state, work.id);
}

async function run(env: NaiveEnv, sql: string, ...values: unknown[]): Promise<void> {
  await env.DB.prepare(sql)
    .bind(...values)
    .run();
}
