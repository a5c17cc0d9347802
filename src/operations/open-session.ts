import { findSession } from "../database/signup-sessions.ts";
import { peppersOf } from "../lib/secrets.ts";
import { readSessionPath } from "../lib/session-link.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/**
 * A session by its link, which is the key, as the owner has no other. Expired ones too, so that the
 * page can say so.
 *
 * @param part the last part of the link
 */
export async function findOpenSession(
  services: Services,
  part: string,
): Promise<SignupSession | null> {
  const id = readSessionPath(peppersOf(services.settings), part);
  return id === null ? null : await findSession(services.registry, id);
}
