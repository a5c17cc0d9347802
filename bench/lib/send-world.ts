import { TandemClient } from "../../scripts/demo/tandem-client.ts";
import { createPartner, importNumber } from "../../scripts/demo/world.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import { SECRETS, ServeProcess } from "../../test/end-to-end/serve-process.ts";
import type { World } from "../../scripts/demo/world.ts";
import type { Business, Simulator } from "../../simulator/simulator.ts";
import type { Cleanup } from "./cleanup.ts";

const GRAPH_VERSION = "v24.0";

/** A simulator here, and Tandem as a process group of its own that can be killed and started again. */
export class SendWorld {
  readonly simulator: Simulator;
  readonly #folder: string;
  #serve: ServeProcess;
  #made: Pick<World, "partnerId" | "partner" | "partnerKey"> | undefined;

  private constructor(simulator: Simulator, folder: string, serve: ServeProcess) {
    this.simulator = simulator;
    this.#folder = folder;
    this.#serve = serve;
  }

  static async open(cleanup: Cleanup): Promise<SendWorld> {
    const folder = cleanup.folder();
    // Silent: what it would say is that nobody takes its webhooks while the gateway is down.
    const simulator = await startSimulator({ ...SECRETS, log: () => undefined });
    cleanup.add(() => simulator.close());
    const serve = await ServeProcess.start({ state: folder, port: 0, graphUrl: simulator.url });
    const world = new SendWorld(simulator, folder, serve);
    cleanup.add(() => world.#serve.killGroup());
    simulator.setWebhookUrl(`${serve.url}/webhooks/meta`, { verifyToken: SECRETS.verifyToken });
    world.#made = await createPartner(world.#operator);
    return world;
  }

  get partner(): TandemClient {
    return this.#account.partner;
  }

  get partnerKey(): string {
    return this.#account.partnerKey;
  }

  /** Where messages of this number go through Tandem. */
  messagesUrl(business: Business): URL {
    return new URL(`${this.#serve.url}/${GRAPH_VERSION}/${business.phoneNumberId}/messages`);
  }

  /** Where messages of this number go at Meta. */
  graphMessagesUrl(business: Business): URL {
    return new URL(`${this.simulator.url}/${GRAPH_VERSION}/${business.phoneNumberId}/messages`);
  }

  /** A number that Tandem holds and whose statuses Meta sends it, as in life. */
  async addNumber(customers: number): Promise<Business> {
    const business = this.simulator.createBusiness({ customers });
    await importNumber(this.#operator, this.simulator, this.#account.partnerId, business);
    const response = await fetch(
      `${this.simulator.url}/${GRAPH_VERSION}/${business.wabaId}/subscribed_apps`,
      {
        method: "POST",
        headers: { authorization: `Bearer ${this.simulator.issueToken(business)}` },
      },
    );
    if (!response.ok) throw new Error(`The subscription was refused: ${response.status}`);
    return business;
  }

  /**
   * SIGKILL to node, workerd and all, then a start on the same state and port.
   *
   * @returns how long nobody was there, ms
   */
  async killAndRestart(): Promise<number> {
    const diedAt = performance.now();
    const port = Number(new URL(this.#serve.url).port);
    await this.#serve.killGroup();
    const state = this.#folder;
    this.#serve = await ServeProcess.start({ state, port, graphUrl: this.simulator.url });
    return performance.now() - diedAt;
  }

  get #operator(): TandemClient {
    return new TandemClient(this.#serve.url, SECRETS.operatorToken);
  }

  get #account() {
    if (this.#made === undefined) throw new Error("There is no partner yet.");
    return this.#made;
  }
}

/** A template that every simulated business has, as a partner or an SDK addresses it. */
export function templateTo(phone: string) {
  return {
    messaging_product: "whatsapp",
    to: phone,
    type: "template",
    template: { name: "order_update", language: { code: "en_US" } },
  };
}

export interface SendView {
  id: string;
  state: string;
  admitted_at: string;
  place_at: string | null;
  settled_at: string | null;
}

export function readSend(
  partner: TandemClient,
  business: Business,
  send: string,
): Promise<SendView> {
  return partner.get<SendView>(`/v1/senders/${business.phoneNumberId}/sends/${send}`);
}
