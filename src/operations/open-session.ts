import { findSessionById } from "../database/signup-sessions.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/** A session by its id alone: the link is the key. Expired ones too, so that the page can say so. */
export function findOpenSession(services: Services, id: string): Promise<SignupSession | null> {
  return findSessionById(services.registry, id);
}
