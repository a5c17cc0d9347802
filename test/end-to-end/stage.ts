import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TandemClient } from "../../scripts/demo/tandem-client.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import { findLeaks, noteContent } from "../support/known-content.ts";
import { noteAllOf } from "./note-simulator.ts";
import { SECRETS, ServeProcess } from "./serve-process.ts";
import type { Business, Simulator, SimulatorOptions } from "../../simulator/simulator.ts";
import type { ServeOptions } from "./serve-process.ts";

/** The simulator, a gateway as a process of its own, and one partner with a key. */
export class Stage {
  readonly simulator: Simulator;
  readonly state: string;
  serve: ServeProcess;
  readonly partner: TandemClient;
  /** The partner's key. */
  readonly key: string;
  readonly partnerId: string;
  readonly #port: number;
  readonly #serving: Pick<ServeOptions, "flags" | "script">;
  /** What processes that were killed had written. */
  readonly #logged: string[] = [];

  private constructor(parts: {
    simulator: Simulator;
    state: string;
    port: number;
    serving: Pick<ServeOptions, "flags" | "script">;
    serve: ServeProcess;
    partner: TandemClient;
    key: string;
    partnerId: string;
  }) {
    this.simulator = parts.simulator;
    this.state = parts.state;
    this.serve = parts.serve;
    this.partner = parts.partner;
    this.key = parts.key;
    this.#port = parts.port;
    this.#serving = parts.serving;
    this.partnerId = parts.partnerId;
  }

  /**
   * @param flags more of `npm run serve`, without their dashes
   * @param others another program than `npm run serve`; settings of the simulator
   */
  static async set(
    flags: Record<string, string> = {},
    others: { script?: string; simulator?: Partial<SimulatorOptions> } = {},
  ): Promise<Stage> {
    const simulator = await startSimulator({
      ...SECRETS,
      log: () => undefined,
      ...others.simulator,
    });
    noteAllOf(simulator);
    const state = mkdtempSync(join(tmpdir(), "tandem-end-to-end-"));
    const port = await freePort();
    const { script } = others;
    const serving = { flags, ...(script === undefined ? {} : { script }) };
    const serve = await ServeProcess.start({ state, port, graphUrl: simulator.url, ...serving });
    simulator.setWebhookUrl(`${serve.url}/webhooks/meta`, { verifyToken: SECRETS.verifyToken });
    const operator = new TandemClient(serve.url, SECRETS.operatorToken);
    const { id } = await operator.post<{ id: string }>("/v1/admin/partners", { name: "Stage" });
    const { key } = await operator.post<{ key: string }>(`/v1/admin/partners/${id}/keys`, {});
    const partner = new TandemClient(serve.url, key);
    for (const secret of [key, ...Object.values(SECRETS)]) noteContent("token", secret);
    return new Stage({ simulator, state, port, serving, serve, partner, key, partnerId: id });
  }

  /** A gateway once more, on the same state and port. */
  async startAgain(): Promise<void> {
    this.#logged.push(...this.serve.logged);
    this.serve = await ServeProcess.start(this.#again);
  }

  /** The same, killed so many ms after its start, ready or not. */
  killWhileStarting(afterMs: number): Promise<void> {
    return ServeProcess.killWhileStarting(this.#again, afterMs);
  }

  /**
   * Ends it all.
   *
   * @param keepState leaves the state folder for whoever wants to look into it
   * @throws Error naming lines of the gateway's log that hold what customers wrote, are called or
   *   somebody signs in with (invariant 9)
   */
  async strike({ keepState = false } = {}): Promise<void> {
    await this.serve.killGroup();
    await this.serve.closed();
    await this.simulator.close();
    if (!keepState) rmSync(this.state, { recursive: true, force: true });
    const leaks = findLeaks([...this.#logged, ...this.serve.logged]);
    if (leaks.length === 0) return;
    const named = leaks.slice(0, 20).map(({ kind, line }) => `  a ${kind}: ${line}`);
    throw new Error(`Invariant 9: the log holds content.\n${named.join("\n")}`);
  }

  get #again(): ServeOptions {
    const { state, simulator } = this;
    return { state, port: this.#port, graphUrl: simulator.url, ...this.#serving };
  }

  /** A shop whose number is brought along: windows not seen are passed to Meta, which has them open. */
  async importBusiness(customers: number): Promise<Business> {
    const business = this.simulator.createBusiness({ customers });
    const token = this.simulator.issueToken(business);
    await fetch(`${this.simulator.url}/v24.0/${business.wabaId}/subscribed_apps`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    const operator = new TandemClient(this.serve.url, SECRETS.operatorToken);
    await operator.post("/v1/admin/senders", {
      partner_id: this.partnerId,
      phone_number_id: business.phoneNumberId,
      waba_id: business.wabaId,
      display_phone_number: `+${business.displayPhoneNumber}`,
      access_token: token,
      timezone: "America/New_York",
    });
    for (const customer of business.customers) {
      this.simulator.openWindow(business, { customer: customer.phone });
    }
    return business;
  }

  /** A shop whose owner goes through the signup: contacts and history are asked for. */
  async signUp(business: Business): Promise<void> {
    const { partner, simulator } = this;
    const { id } = await partner.post<{ id: string }>("/v1/signup-sessions", {});
    const { code } = simulator.issueCode(business);
    await partner.post(`/v1/signup-sessions/${id}/finish`, { code, waba_id: business.wabaId });
    await partner.post(`/v1/signup-sessions/${id}/confirm`, { timezone: "America/New_York" });
  }

  /** How far the import of a shop's history is. */
  async readHistory(business: Business): Promise<HistorySync & { storedPages: number }> {
    const path = `/v1/senders/${business.phoneNumberId}/sync`;
    const { history } = await this.partner.get<{ history: HistorySync }>(path);
    const storedPages = history.phases.reduce((sum, phase) => sum + phase.pages_stored, 0);
    return { ...history, storedPages };
  }

  /** Where a send stands, by our id. */
  async readSend(business: Business, send: string): Promise<string> {
    const path = `/v1/senders/${business.phoneNumberId}/sends/${send}`;
    return (await this.partner.get<{ state: string }>(path)).state;
  }
}

export interface HistorySync {
  state: string;
  missing: unknown[];
  missing_pages: number;
  phases: { pages_stored: number }[];
}

/** A text to a customer, as a partner's SDK sends it. */
export function textTo(phone: string, body = "Your order is ready.") {
  return { messaging_product: "whatsapp", to: `+${phone}`, type: "text", text: { body } };
}

/**
 * A port that nobody listens on, below those that the system gives away by itself (Linux: from 32768
 * on): nobody who asks for any port can be given this one before it is bound.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => {
      server.close(resolve);
    });
    return port;
  }
}
