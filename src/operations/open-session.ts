import { findSession } from "../database/signup-sessions.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/**
 * A session by its id alone: the link is the key, as the owner has no other. Expired ones too, so
 * that the page can say so.
 */
export async function findOpenSession(
  services: Services,
  id: string,
): Promise<SignupSession | null> {
  // Ids are ours: what does not look like one is not worth a query.
  return /^signup_[0-9a-z]{16}$/.test(id) ? await findSession(services.registry, id) : null;
}
