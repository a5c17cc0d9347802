import { setTimeout as sleep } from "node:timers/promises";
import { realNow } from "../../simulator/clock.ts";

/** Shorter ones are how any machine is. */
const NOTED_MS = 25;
const EVERY_MS = 20;

/**
 * When the machine stood still, for this process or for the gateway: other programs run on it too.
 * What left in time arrives in a bunch then, for which no pacer can be blamed.
 */
export class Stalls {
  readonly #seen: { fromMs: number; toMs: number }[] = [];
  #closed = false;

  /** @param ask something that the gateway answers at once, when it runs */
  watch(ask: () => Promise<unknown>): void {
    void this.#look(() => sleep(EVERY_MS), EVERY_MS);
    void this.#look(async () => {
      await ask();
      await sleep(EVERY_MS);
    }, EVERY_MS);
  }

  close(): void {
    this.#closed = true;
  }

  /** The longest that something stood still in a second, or just before it (ms). */
  longestAround(secondAtMs: number): number {
    const near = this.#seen.filter(
      ({ fromMs, toMs }) => toMs > secondAtMs - 1_000 && fromMs < secondAtMs + 1_000,
    );
    return Math.max(0, ...near.map(({ fromMs, toMs }) => toMs - fromMs));
  }

  get longestMs(): number {
    return this.#seen.reduce((most, { fromMs, toMs }) => Math.max(most, toMs - fromMs), 0);
  }

  async #look(step: () => Promise<unknown>, usualMs: number): Promise<void> {
    while (!this.#closed) {
      const fromMs = realNow();
      // A gateway that was killed stands still in another way, and sends nothing meanwhile.
      const isUp = await step().then(
        () => true,
        () => false,
      );
      const toMs = realNow() - usualMs;
      if (isUp && toMs - fromMs > NOTED_MS) this.#seen.push({ fromMs, toMs });
      if (!isUp) await sleep(EVERY_MS);
    }
  }
}
