import { z } from "zod";
import { deliverFacts } from "./accept-webhook.ts";
import type { RoutedFact } from "../meta/webhook-facts.ts";
import type { Services } from "../services.ts";

const overflowBody = z.object({
  receivedAt: z.number(),
  facts: z.array(z.custom<RoutedFact>((fact) => typeof fact === "object" && fact !== null)),
});

/**
 * Delivers facts that no object took at the door. The archive object is deleted only when all of
 * them were taken; one that is gone was delivered before.
 *
 * @throws when some are still not taken: the queue tries again
 */
export async function deliverOverflow(services: Services, key: string): Promise<void> {
  const object = await services.archive.get(key);
  if (object === null) return;
  const body = overflowBody.parse(await object.json());
  const undelivered = await deliverFacts(services, body.facts, body.receivedAt);
  if (undelivered.length > 0) throw new Error("Some facts were not taken yet.");
  await services.archive.delete(key);
}
