import { randomBytes } from "node:crypto";
import { listAll } from "../../scripts/demo/tandem-client.ts";
import { importNumber, startWorld } from "../../scripts/demo/world.ts";
import { besideWorker } from "./beside.ts";
import { runtimeCpuMs } from "./runtime-cpu.ts";
import type { DemoMessage } from "../../scripts/demo/tandem-client.ts";
import type { World } from "../../scripts/demo/world.ts";
import type { Business } from "../../simulator/simulator.ts";
import type { Cleanup } from "./cleanup.ts";
import type { TextWebhook } from "./text-webhooks.ts";

/** People who write to each number. */
const CUSTOMERS = 40;
const SETTLE_TIMEOUT_MS = 60_000;
/** Each look is a request of its own: rarely, or it would be in the figures. */
const LOOK_EVERY_MS = 100;

export const DOORS = ["floor", "tandem", "plain"] as const;
export type Door = (typeof DOORS)[number];

/** Tandem, the floor Worker and the plain Worker in one runtime, with numbers brought along. */
export class WebhookDoors {
  readonly numbers: Business[] = [];
  readonly appSecret: string;
  readonly urls: Record<Door, URL>;
  readonly #world: World;
  readonly #folder: string;
  readonly #acked: Record<Door, TextWebhook[]> = { floor: [], tandem: [], plain: [] };

  private constructor(world: World, folder: string, urls: Record<Door, URL>) {
    this.#world = world;
    this.#folder = folder;
    this.appSecret = world.appSecret;
    this.urls = urls;
  }

  static async open(cleanup: Cleanup, numbers: number): Promise<WebhookDoors> {
    const folder = cleanup.folder();
    const appSecret = randomBytes(16).toString("hex");
    const bindings = { META_APP_SECRET: appSecret };
    const world = await startWorld({
      port: 0,
      stateFolder: folder,
      appSecret,
      log: (line) => {
        if (!line.includes('"level":"info"')) console.error(line);
      },
      beside: [
        await besideWorker("floor", "floor.ts", {
          bindings,
          durableObjects: { FLOOR: { className: "FloorNumber", useSQLite: true } },
        }),
        await besideWorker("plain", "plain.ts", {
          bindings,
          d1Databases: { DB: "bench-plain" },
          queueProducers: { MESSAGES: "bench-plain" },
          queueConsumers: { "bench-plain": { maxBatchSize: 100, maxBatchTimeout: 1 } },
        }),
      ],
    });
    cleanup.add(() => world.stop());
    const doors = new WebhookDoors(world, folder, {
      floor: await world.gateway.besideUrl("floor"),
      tandem: new URL(`${world.gatewayUrl}/webhooks/meta`),
      plain: await world.gateway.besideUrl("plain"),
    });
    await fetch(new URL("/set-up", doors.urls.plain));
    for (let made = 0; made < numbers; made++) {
      const business = world.simulator.createBusiness({ customers: CUSTOMERS });
      await importNumber(world.operator, world.simulator, world.partnerId, business);
      doors.numbers.push(business);
    }
    return doors;
  }

  /** Processor time of the runtime so far, ms; NaN where nobody counts it. */
  cpuMs(): number {
    return runtimeCpuMs(this.#folder) ?? Number.NaN;
  }

  /** Remembers what a door said 200 to, for the proof at the end. */
  noteAcked(door: Door, webhooks: readonly TextWebhook[]): void {
    this.#acked[door].push(...webhooks);
  }

  /**
   * Waits until the last message to each number can be read as a partner reads it.
   *
   * @throws Error when that does not come to pass in a minute
   */
  async settle(webhooks: readonly TextWebhook[]): Promise<void> {
    const last = new Map(webhooks.map((webhook) => [webhook.phoneNumberId, webhook]));
    const deadline = performance.now() + SETTLE_TIMEOUT_MS;
    for (const { phoneNumberId, from, wamid } of last.values()) {
      const path = `/v1/senders/${phoneNumberId}/messages?customer=${from}&limit=200`;
      for (;;) {
        const page = await this.#world.partner.get<{ data: DemoMessage[] }>(path);
        if (page.data.some((message) => message.wamid === wamid)) break;
        if (performance.now() > deadline) throw new Error(`${phoneNumberId}: messages do not come`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    }
  }

  /** @throws Error when a door said 200 to messages that it does not have */
  async proveStored(): Promise<void> {
    const missing: Record<Door, number> = { floor: 0, tandem: 0, plain: 0 };
    const byNumber = Map.groupBy(this.#acked.tandem, (webhook) => webhook.phoneNumberId);
    for (const [number, webhooks] of byNumber) {
      const stored = new Set<string>();
      const path = `/v1/senders/${number}/messages`;
      for await (const message of listAll<DemoMessage>(this.#world.partner, path)) {
        stored.add(message.wamid);
      }
      missing.tandem += webhooks.filter(({ wamid }) => !stored.has(wamid)).length;
    }
    const ofFloor = Map.groupBy(this.#acked.floor, (webhook) => webhook.phoneNumberId);
    for (const [number, webhooks] of ofFloor) {
      missing.floor += webhooks.length - (await count(this.urls.floor, `/?number=${number}`));
    }
    missing.plain = this.#acked.plain.length - (await count(this.urls.plain, "/count"));
    for (const door of DOORS) {
      if (missing[door] === 0) continue;
      throw new Error(`${door} acked ${missing[door]} messages that it does not have.`);
    }
  }
}

async function count(base: URL, path: string): Promise<number> {
  const response = await fetch(new URL(path, base));
  return ((await response.json()) as { count: number }).count;
}
