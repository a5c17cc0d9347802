import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { appendEvents } from "../../src/database/append-events.ts";
import { EXAMPLES } from "../../src/events/examples.ts";
import { endpointBinding } from "../../src/durable/endpoint-types.ts";
import { services } from "./seed.ts";
import type { Endpoint } from "../../src/durable/endpoint.ts";
import type { EndpointConfig } from "../../src/durable/endpoint-types.ts";
import type { NewEvent } from "../../src/database/append-events.ts";
import type { EventType } from "../../src/events/type-names.ts";
import type { Row } from "./storage.ts";

export const SECRET = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;

/** The object's methods as its callers see them. */
type Calls = {
  [
    Method in
      | "configure"
      | "remove"
      | "ring"
      | "figures"
      | "tryOut"
      | "deliveries"
      | "delivery"
      | "retry"
      | "replay"
      | "replays"
      | "cancelReplay"
  ]: (...args: Parameters<Endpoint[Method]>) => Promise<Awaited<ReturnType<Endpoint[Method]>>>;
};

interface AppendOptions {
  type?: EventType;
  shard?: "DB" | "DB_1";
  /** Epoch ms. */
  at?: number;
  text?: string;
  senderId?: string;
}

let made = 0;

/** An endpoint of a partner whose log is written by hand. */
export class TestEndpoint {
  readonly id: string;
  readonly partner: string;
  config: EndpointConfig | undefined;
  readonly #senders: number;
  #events = 0;

  /** @param partner a fresh one, unless it is told */
  constructor(partner?: string) {
    made += 1;
    this.id = `endpoint_${made}`;
    this.partner = partner ?? `partner_of_endpoint_${made}`;
    this.#senders = made * 1_000;
  }

  get stub() {
    return env.ENDPOINT.getByName(this.id);
  }

  get calls(): Calls {
    return this.stub;
  }

  /** Registers it, and configures its object. */
  async open(changes: Partial<EndpointConfig> = {}): Promise<void> {
    const vault = services().vault;
    this.config = {
      id: this.id,
      version: 1,
      partner: this.partner,
      url: `https://partner.test/${this.id}`,
      format: "native",
      types: null,
      senders: null,
      ordered: true,
      maxPerSecond: null,
      state: "enabled",
      secret: await vault.seal(SECRET, endpointBinding(this.partner, this.id)),
      previousSecret: null,
      from: {},
      ...changes,
    };
    await env.DB.prepare(
      `INSERT INTO endpoints (id, partner, url, format, begins, ordered, secret, state, state_at,
         created_at)
       VALUES (?, ?, ?, ?, '{}', 1, ?, 'enabled', 0, 0)`,
    )
      .bind(this.id, this.partner, this.config.url, "native", JSON.stringify(this.config.secret))
      .run();
    await this.calls.configure(this.config);
  }

  async change(changes: Partial<EndpointConfig>): Promise<void> {
    if (this.config === undefined) throw new Error("It is not open.");
    this.config = { ...this.config, version: this.config.version + 1, ...changes };
    await this.calls.configure(this.config);
  }

  /** Appends events of a sender. @returns their ids, in order */
  async append(sender: number, count = 1, options: AppendOptions = {}): Promise<string[]> {
    const { type = "message.received", shard = "DB", at = Date.now(), text = "hi" } = options;
    const { senderId = `s${sender}` } = options;
    const events = Array.from({ length: count }, () => {
      this.#events += 1;
      const id = `evt_${this.id}_${String(this.#events).padStart(5, "0")}`;
      // Whatever the type: what is told is not what is tested here.
      return { id, type, at, data: { ...EXAMPLES[type], text: { body: text } } } as NewEvent;
    });
    const owner = { partner: this.partner, sender: this.#senders + sender, senderId };
    await env[shard].batch(appendEvents(env[shard], owner, events));
    return events.map(({ id }) => id);
  }

  async ring(shard = "DB"): Promise<void> {
    await this.calls.ring(shard);
  }

  /** Lets the object work until nothing is due. */
  async work(): Promise<void> {
    await this.wakeSoon();
    await runDurableObjectAlarm(this.stub);
  }

  /** Makes sure that there is an alarm to fire. */
  async wakeSoon(): Promise<void> {
    await runInDurableObject(this.stub, (_object, state) =>
      state.storage.setAlarm(Date.now() + 3_600_000),
    );
  }

  /** The clock says so much more, and the object looks at it. */
  async pass(ms: number): Promise<void> {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
    await this.work();
  }

  async evict(): Promise<void> {
    await this.calls.figures(); // one that is not in memory cannot be evicted
    await evictDurableObject(this.stub);
  }

  rows(sql: string): Promise<Row[]> {
    return runInDurableObject(this.stub, (_object, state) => state.storage.sql.exec(sql).toArray());
  }

  registered(): Promise<Row | null> {
    return env.DB.prepare(`SELECT * FROM endpoints WHERE id = ?`).bind(this.id).first<Row>();
  }
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
