import { updatePartner } from "../database/partners.ts";
import type { PartnerProfile } from "../database/partners.ts";
import type { Services } from "../services.ts";

/**
 * Changes what is given of a partner: name and logo are what owners see on the signup page; files
 * are kept so many days from now on (null: until they are deleted), and what is older goes with the
 * next sweeps.
 *
 * @returns the partner as it is now, or null where there is none
 */
export function changePartner(
  services: Services,
  id: string,
  changes: Partial<Omit<PartnerProfile, "id">>,
): Promise<PartnerProfile | null> {
  return updatePartner(services.registry, id, changes);
}
