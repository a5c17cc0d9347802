import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { EventReader } from "../../scripts/demo/event-reader.ts";
import { Receiver } from "../../scripts/demo/receiver.ts";
import { createRandom } from "../../simulator/random.ts";
import { Stage } from "../end-to-end/stage.ts";
import { ShopDiary } from "./diary.ts";
import { Stalls } from "./stalls.ts";
import { FAULTS_DOOR } from "./worker/plan.ts";
import type { Random } from "../../simulator/random.ts";
import type { HistoryScenario } from "../../simulator/simulator.ts";
import type { FaultPlan, Hits, Statement } from "./worker/plan.ts";

/** An endpoint's five minutes in ten seconds; a day in 48 minutes. */
const TIME_SCALE = 30;
const READ_EVERY_MS = 300;
const FAULTS_TOKEN = "faults-token";

/**
 * A Meta, a gateway that can be killed and made to fail, a partner who reads by cursor and is told
 * by post, and what everybody did. It carries on over any number of kills and faults.
 */
export class FaultyWorld {
  readonly stage: Stage;
  readonly random: Random;
  readonly receiver: Receiver;
  /** Reads all the time, also while the gateway comes and goes. */
  readonly reader: EventReader;
  readonly shops: ShopDiary[] = [];
  kills = 0;
  /** Calls within the gateway that a plan made fail, or late. */
  disturbed = 0;
  /** The most that the gateway's clock was ever behind (ms). */
  clockBehindMs = 0;
  readonly stalls = new Stalls();
  readonly #reading: Promise<void>;
  #closed = false;

  private constructor(stage: Stage, receiver: Receiver, random: Random) {
    this.stage = stage;
    this.receiver = receiver;
    this.random = random;
    this.reader = new EventReader(stage.partner);
    this.#reading = this.#read();
    this.stalls.watch(async () => (await fetch(`${this.stage.serve.url}/health`)).text());
  }

  static async open(seed: number): Promise<FaultyWorld> {
    const stage = await Stage.set(
      { "faults-token": FAULTS_TOKEN, "time-scale": String(TIME_SCALE) },
      { script: fileURLToPath(new URL("serve.ts", import.meta.url)), simulator: { seed } },
    );
    const receiver = await Receiver.start();
    await receiver.connect(stage.partner);
    return new FaultyWorld(stage, receiver, createRandom(seed));
  }

  /** A shop that is there already: an operator brings its number along. */
  async bringShop(customers: number): Promise<ShopDiary> {
    const business = await this.stage.importBusiness(customers);
    return this.#add(new ShopDiary(business, { isSignedUp: false }));
  }

  /** A shop whose owner signs up now: its history begins to come. */
  async signUpShop(customers: number, history: HistoryScenario): Promise<ShopDiary> {
    const business = this.stage.simulator.createBusiness({ customers, contacts: 20, history });
    await this.stage.signUp(business);
    return this.#add(new ShopDiary(business, { isSignedUp: true }));
  }

  /** Another plan of faults in the gateway. @returns what was felt of the one before */
  async change(plan: FaultPlan): Promise<Hits> {
    this.clockBehindMs = Math.max(this.clockBehindMs, -(plan.clockMs ?? 0));
    const hits = (await this.#tell(FAULTS_DOOR, plan)) as Hits;
    for (const times of Object.values(hits)) this.disturbed += times;
    return hits;
  }

  async runSql(statement: Statement): Promise<void> {
    await this.#tell(`${FAULTS_DOOR}/sql`, statement);
  }

  /** SIGKILL of node and of the runtime, wherever they are. The gateway stays down. */
  async kill(): Promise<void> {
    await this.stage.serve.killGroup();
    this.kills += 1;
  }

  /** Starts it and kills it so many ms later, ready or not. */
  async killInStart(afterMs: number): Promise<void> {
    await this.stage.killWhileStarting(afterMs);
    this.kills += 1;
  }

  /** @param keepState for whoever wants to find out what went wrong */
  async close({ keepState = false } = {}): Promise<void> {
    this.#closed = true;
    this.stalls.close();
    await this.#reading;
    await this.receiver.stop();
    await this.stage.strike({ keepState });
  }

  #add(shop: ShopDiary): ShopDiary {
    this.shops.push(shop);
    return shop;
  }

  async #read(): Promise<void> {
    while (!this.#closed) {
      // While the gateway is down or its database fails there is nothing to read.
      await this.reader.read().catch(() => undefined);
      await sleep(READ_EVERY_MS);
    }
  }

  async #tell(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${this.stage.serve.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${FAULTS_TOKEN}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
