import { saveMediaRetention } from "../database/partners.ts";
import type { Services } from "../services.ts";

/**
 * How many days a partner's files are kept from now on; null: until they are deleted. What is older
 * goes with the next sweeps.
 *
 * @returns false where there is no such partner
 */
export function changeRetention(
  services: Services,
  partner: string,
  days: number | null,
): Promise<boolean> {
  return saveMediaRetention(services.registry, partner, days);
}
