import { setTimeout as wait } from "node:timers/promises";
import { importNumber } from "../../scripts/demo/world.ts";
import { postClosedLoop } from "./closed-loop.ts";
import type { World } from "../../scripts/demo/world.ts";
import type { Business } from "../../simulator/simulator.ts";
import type { HistoryWebhook } from "./history-webhooks.ts";

const LOOK_EVERY_MS = 50;
/** After so long without any change an import does not come to its end. */
const STUCK_MS = 60_000;
/** Webhooks of one number that Meta has on their way at once. */
const CONNECTIONS = 4;

interface Sync {
  history: {
    state: string;
    phases: { pages: number; pages_stored: number; messages: number }[];
  };
}

/** A number whose history Meta uploads, and what of it Tandem says it has. */
export class HistoryImport {
  readonly business: Business;
  readonly #world: World;
  #posted = 0;

  private constructor(world: World, business: Business) {
    this.#world = world;
    this.business = business;
  }

  static async open(world: World, customers: number): Promise<HistoryImport> {
    const business = world.simulator.createBusiness({ customers });
    await importNumber(world.operator, world.simulator, world.partnerId, business);
    return new HistoryImport(world, business);
  }

  /**
   * Posts chunks and waits until every page of all that was posted so far is in the database.
   *
   * @returns how long that took, ms
   * @throws Error when nothing moves any more
   */
  async store(webhooks: readonly HistoryWebhook[]): Promise<number> {
    const startedAt = performance.now();
    await this.again(webhooks);
    this.#posted += webhooks.reduce((sum, { rows }) => sum + rows.length, 0);
    let last = "";
    let movedAt = performance.now();
    for (;;) {
      const sync = await this.#sync();
      if (this.#isStored(sync)) return performance.now() - startedAt;
      const now = JSON.stringify(sync);
      if (now !== last) movedAt = performance.now();
      last = now;
      if (performance.now() - movedAt > STUCK_MS) throw new Error(`The import is stuck: ${now}`);
      await wait(LOOK_EVERY_MS);
    }
  }

  /** Posts chunks; those that were stored before bring nothing new, so nothing is waited for. */
  async again(webhooks: readonly HistoryWebhook[]): Promise<void> {
    const door = new URL(`${this.#world.gatewayUrl}/webhooks/meta`);
    await postClosedLoop(door, webhooks, CONNECTIONS);
  }

  async state(): Promise<string> {
    return (await this.#sync()).history.state;
  }

  #isStored({ history }: Sync): boolean {
    const messages = history.phases.reduce((sum, phase) => sum + phase.messages, 0);
    return (
      messages === this.#posted &&
      history.phases.every((phase) => phase.pages === phase.pages_stored)
    );
  }

  #sync(): Promise<Sync> {
    return this.#world.partner.get<Sync>(`/v1/senders/${this.business.phoneNumberId}/sync`);
  }
}
