import { partnerExists, updatePartner } from "../database/partners.ts";
import { AppError } from "../errors.ts";
import { doNoted } from "./note-audit.ts";
import type { PartnerProfile } from "../database/partners.ts";
import type { Services } from "../services.ts";

/**
 * Changes what is given of a partner: name and logo are what owners see on the signup page; files
 * are kept so many days from now on (null: until they are deleted), and what is older goes with the
 * next sweeps. In the audit.
 *
 * @returns the partner as it is now
 * @throws AppError not_found
 */
export async function changePartner(
  services: Services,
  partner: string,
  changes: Partial<Omit<PartnerProfile, "id">>,
  operator: string,
): Promise<PartnerProfile> {
  if (!(await partnerExists(services.registry, partner))) throw noPartner();
  return doNoted(services, { operator, action: "partner.change", partner }, async () => {
    const changed = await updatePartner(services.registry, partner, changes);
    if (changed === null) throw noPartner();
    return changed;
  });
}

export function noPartner(): AppError {
  return new AppError("not_found", "There is no partner with this id.");
}
