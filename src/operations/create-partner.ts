import { insertPartner } from "../database/partners.ts";
import { newId } from "../lib/ids.ts";
import type { Services } from "../services.ts";

/** Registers a partner: who may call the API and owns senders. */
export async function createPartner(
  services: Services,
  input: { name: string; mediaRetentionDays: number | null },
): Promise<{ id: string }> {
  const partner = { id: newId("partner"), createdAt: services.now(), ...input };
  await insertPartner(services.registry, partner);
  return { id: partner.id };
}
