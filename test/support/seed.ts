import { env, exports } from "cloudflare:workers";
import * as z from "zod";
import { eventSchema } from "../../src/events/index.ts";
import { servicesOf } from "../../src/services.ts";
import { checkAnswer } from "./check-answer.ts";
import { noteBody, noteContent, noteJson } from "./known-content.ts";
import { webhook } from "./webhooks.ts";
import type { EventType } from "../../src/events/index.ts";

export const services = () => servicesOf(env);

/** A call to the Worker's own door. @throws Error where the answer is not what is documented */
export async function call(path: string, init?: RequestInit): Promise<Response> {
  const request = new Request(`https://gateway.test${path}`, init);
  noteCall(request, init?.body);
  const kept = typeof init?.body === "string" ? request.clone() : request;
  const response = await exports.default.fetch(request);
  await checkAnswer(kept, response);
  await noteAnswer(request, response);
  return response;
}

/** What a caller signs in with, and what it sends. */
function noteCall({ headers, url }: Request, body: unknown): void {
  const bearer = headers.get("authorization")?.replace(/^Bearer /, "");
  if (bearer !== undefined) noteContent("token", bearer);
  for (const cookie of headers.get("cookie")?.split("; ") ?? []) {
    noteContent("token", cookie.slice(cookie.indexOf("=") + 1));
  }
  if (typeof body === "string") noteJson(body);
  else if (body instanceof URLSearchParams) noteBody(Object.fromEntries(body));
  // A code of the owner's is good for a token; other codes are names of errors.
  const code = url.endsWith("/finish") && /"code":"([^"]+)"/.exec(String(body))?.[1];
  if (code) noteContent("token", code);
}

/** Keys and secrets are shown once, by the call that made them; a signup's id is its link. */
async function noteAnswer({ method }: Request, response: Response): Promise<void> {
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  if (["GET", "HEAD"].includes(method) || !isJson || !response.ok) return;
  const { key, secret, id } = await response.clone().json<Record<string, unknown>>();
  for (const shown of [key, secret]) if (typeof shown === "string") noteContent("token", shown);
  if (typeof id === "string" && id.startsWith("signup_")) noteContent("token", id);
}

export function asOperator(path: string, body?: unknown): Promise<Response> {
  return call(path, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: "Bearer test-operator-token", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** A partner with a key, and the calls it makes. */
export class Partner {
  readonly id: string;
  readonly key: string;

  constructor(id: string, key: string) {
    this.id = id;
    this.key = key;
  }

  get(path: string): Promise<Response> {
    return call(path, { headers: { authorization: `Bearer ${this.key}` } });
  }

  async read<T = Record<string, unknown>>(path: string): Promise<T> {
    const response = await this.get(path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json<T>();
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return call(path, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.key}`,
        "content-type": "application/json",
        ...headers,
      },
      body: JSON.stringify(body),
    });
  }

  /** A call with a body or without one. */
  call(method: string, path: string, body?: unknown): Promise<Response> {
    return call(path, {
      method,
      headers: { authorization: `Bearer ${this.key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Every event from the start, or of one sender; each is what its type's schema promises. */
  async events(sender?: string): Promise<TestEvent[]> {
    const all: TestEvent[] = [];
    let after = "";
    for (;;) {
      const page = await this.page(`limit=500&after=${after}${sender ? `&sender=${sender}` : ""}`);
      all.push(...page.data);
      if (!page.has_more) return all;
      after = page.next_cursor;
    }
  }

  /** One read of the events log. @param query its parameters */
  async page(query = ""): Promise<EventsPage> {
    const page = await this.read<EventsPage>(`/v1/events?${query}`);
    for (const event of page.data) expectAsPromised(event);
    return page;
  }
}

export interface EventsPage {
  data: TestEvent[];
  next_cursor: string;
  has_more: boolean;
}

const schemas = new Map<EventType, ReturnType<typeof eventSchema>>();

/** @throws Error naming the type and what of the event is not as docs/events.md has it */
function expectAsPromised(event: TestEvent): void {
  const type = event.type as EventType;
  const schema = schemas.get(type) ?? eventSchema(type);
  schemas.set(type, schema);
  const { error } = schema.safeParse(event);
  if (error !== undefined) throw new Error(`${type}: ${z.prettifyError(error)}`);
}

export interface TestEvent {
  id: string;
  type: string;
  sender_id: string;
  seq: number;
  at: string;
  data: Record<string, unknown>;
}

let partners = 0;

export async function seedPartner(): Promise<Partner> {
  partners += 1;
  const created = await asOperator("/v1/admin/partners", { name: `Partner ${partners}` });
  const { id } = await created.json<{ id: string }>();
  const keyed = await asOperator(`/v1/admin/partners/${id}/keys`, { name: "test" });
  const { id: keyId, key } = await keyed.json<{ id: string; key: string }>();
  await countAsUsed(keyId);
  return new Partner(id, key);
}

/**
 * The first use of a key is written behind the answer, which may be across the end of a test and of
 * its database.
 */
export async function countAsUsed(key: string): Promise<void> {
  await env.DB.prepare(`UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1`)
    .bind(key, Date.now())
    .run();
}

let numbers = 0;

/** A number of the tests: ids and digits of its own. */
export function newNumber() {
  numbers += 1;
  const phone = `1555010${String(numbers).padStart(4, "0")}`;
  noteContent("number", phone);
  return {
    id: `31000000000${String(numbers).padStart(4, "0")}`,
    wabaId: `21000000000${String(numbers).padStart(4, "0")}`,
    phone,
  };
}

export type TestNumber = ReturnType<typeof newNumber>;

/** A connected sender of a fresh partner, onboarded three days ago; its partner has been told. */
export async function seedSender(options: { partner?: Partner; onboardedAt?: number } = {}) {
  const partner = options.partner ?? (await seedPartner());
  const number = newNumber();
  await importNumber(partner, number, options.onboardedAt);
  await services().phone(number.id).flushed();
  return { partner, number };
}

export async function importNumber(
  partner: Partner,
  number: TestNumber,
  onboardedAt = Date.now() - 3 * 86_400_000,
  timezone = "Europe/Berlin",
): Promise<void> {
  const response = await asOperator("/v1/admin/senders", {
    partner_id: partner.id,
    phone_number_id: number.id,
    waba_id: number.wabaId,
    display_phone_number: `+${number.phone}`,
    access_token: `token-of-${number.id}`,
    timezone,
    onboarded_at: new Date(onboardedAt).toISOString(),
  });
  if (response.status !== 201) throw new Error(await response.text());
}

/** A sender whose windows are all known: a day after its import. */
export async function seedObservedSender() {
  const seeded = await seedSender();
  const { runInDurableObject } = await import("cloudflare:test");
  const stub = env.PHONE.getByName(seeded.number.id);
  await runInDurableObject(stub, (_object, state) => {
    state.storage.sql.exec(
      `UPDATE settings SET value = ? WHERE name = 'observedFrom'`,
      JSON.stringify(Date.now() - 2 * 86_400_000),
    );
  });
  await evict(seeded.number);
  return seeded;
}

export async function evict(number: TestNumber): Promise<void> {
  const { evictDurableObject } = await import("cloudflare:test");
  await evictDurableObject(env.PHONE.getByName(number.id));
}

/** Posts a webhook and waits until D1 has what it brought. */
export async function deliver(number: TestNumber, payload: unknown): Promise<void> {
  const response = await webhook(payload);
  if (response.status !== 200) throw new Error(`webhook: ${response.status}`);
  await services().phone(number.id).flushed();
}
