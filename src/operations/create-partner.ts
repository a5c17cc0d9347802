import { insertPartner } from "../database/partners.ts";
import { newId } from "../lib/ids.ts";
import type { PartnerProfile } from "../database/partners.ts";
import type { Services } from "../services.ts";

/** Registers a partner: who may call the API and owns senders. */
export async function createPartner(
  services: Services,
  input: Omit<PartnerProfile, "id">,
): Promise<PartnerProfile> {
  const partner = { id: newId("partner"), ...input };
  await insertPartner(services.registry, { ...partner, createdAt: services.now() });
  return partner;
}
