import { WhatsAppClient } from "@kapso/whatsapp-cloud-api";
import Bottleneck from "bottleneck";
import PQueue from "p-queue";
import { realNow } from "../../simulator/clock.ts";
import type { Business, Simulator } from "../../simulator/simulator.ts";

/** Runs a task when its time has come. */
export type Limiter = (task: () => Promise<void>) => Promise<unknown>;

/** Twenty a second as people get it from npm. A fresh one each time: no round owes the next one. */
export const LIMITERS: Record<string, () => Limiter> = {
  bottleneck: () => {
    const limiter = new Bottleneck({ minTime: 50 });
    return (task) => limiter.schedule(task);
  },
  "p-queue strict": () => {
    const queue = new PQueue({ interval: 1_000, intervalCap: 20, strict: true });
    return (task) => queue.add(task);
  },
};

/**
 * Sends one template to each customer straight to Meta with the SDK, paced by a limiter.
 *
 * @returns when each send started, epoch ms, sorted; what Meta refuses is in the ledger
 */
export async function sendLimited(
  limiter: Limiter,
  simulator: Simulator,
  business: Business,
): Promise<number[]> {
  const client = new WhatsAppClient({
    accessToken: simulator.issueToken(business),
    baseUrl: simulator.url,
    graphVersion: "v24.0",
  });
  const startedAt: number[] = [];
  await Promise.all(
    business.customers.map(({ phone }) =>
      limiter(async () => {
        startedAt.push(realNow());
        try {
          await client.messages.sendTemplate({
            phoneNumberId: business.phoneNumberId,
            to: phone,
            template: { name: "order_update", language: { code: "en_US" } },
          });
        } catch (err) {
          if (!(err instanceof Error) || err.name !== "GraphApiError") throw err;
        }
      }),
    ),
  );
  return startedAt.sort((left, right) => left - right);
}
