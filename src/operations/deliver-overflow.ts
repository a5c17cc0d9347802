import * as z from "zod";
import { underRequestId } from "../lib/request-id.ts";
import { deliverFacts } from "./accept-webhook.ts";
import type { OverflowBody } from "./accept-webhook.ts";
import type { RoutedFact } from "../meta/webhook-facts.ts";
import type { Services } from "../services.ts";

const overflowBody = z.object({
  receivedAt: z.number(),
  requestId: z.string().optional(),
  facts: z.array(z.custom<RoutedFact>((fact) => typeof fact === "object" && fact !== null)),
});

/**
 * Delivers facts that no object took at the door, each by itself where together they failed. The
 * archive object goes when all of them were taken; until then it holds what is left.
 *
 * @throws when some are still not taken: the queue, and later the sweep, try again
 */
export async function deliverOverflow(services: Services, key: string): Promise<void> {
  const object = await services.archive.get(key);
  if (object === null) return;
  const { receivedAt, requestId, facts } = overflowBody.parse(await object.json());
  const left = await underRequestId(requestId, () => deliverEach(services, facts, receivedAt));
  if (left.length === 0) {
    await services.archive.delete(key);
    return;
  }
  if (left.length < facts.length) {
    const from = requestId === undefined ? {} : { requestId };
    const rest = { receivedAt, ...from, facts: left } satisfies OverflowBody;
    await services.archive.put(key, JSON.stringify(rest));
  }
  throw new Error("Some facts were not taken yet.");
}

async function deliverEach(
  services: Services,
  facts: RoutedFact[],
  receivedAt: number,
): Promise<RoutedFact[]> {
  const left = await deliverFacts(services, facts, receivedAt);
  if (left.length <= 1) return left;
  const apart = left.map((fact) => deliverFacts(services, [fact], receivedAt));
  return (await Promise.all(apart)).flat();
}
