import { insertPartner } from "../database/partners.ts";
import { newId } from "../lib/ids.ts";
import { doNoted } from "./note-audit.ts";
import type { PartnerProfile } from "../database/partners.ts";
import type { Services } from "../services.ts";

/** Registers a partner: who may call the API and owns senders. In the audit. */
export async function createPartner(
  services: Services,
  input: Omit<PartnerProfile, "id">,
  operator: string,
): Promise<PartnerProfile> {
  const partner = { id: newId("partner"), ...input };
  const entry = { operator, action: "partner.create", partner: partner.id } as const;
  await doNoted(services, entry, () =>
    insertPartner(services.registry, { ...partner, createdAt: services.now() }),
  );
  return partner;
}
