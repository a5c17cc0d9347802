import { claimResume, findSession } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { sessionBinding } from "../lib/seal.ts";
import { advanceSignup } from "./advance-signup.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/** However many tabs ask, Meta is asked no more often than this. */
const PAUSE_MS = 2_500;
const SWEEP_MS = 60_000;

/**
 * Goes on with a session that waits for Meta to list what was granted. A page may call it as often
 * as it likes.
 *
 * @returns the session where it stands now, also if somebody else is at it or it failed
 */
export async function resumeSignup(
  services: Services,
  session: SignupSession,
): Promise<SignupSession> {
  const now = services.now();
  const claimed = await claimResume(services.registry, session.id, {
    now,
    notSince: now - PAUSE_MS,
    dueAt: now + SWEEP_MS,
  });
  if (claimed === null || claimed.token === null) return reread(services, session);
  const token = await services.vault.open(claimed.token, sessionBinding(session.id));
  try {
    return await advanceSignup(services, claimed, token, 1);
  } catch (err) {
    // Refused or moved by another: the session itself says so.
    if (err instanceof AppError) return reread(services, session);
    throw err;
  }
}

async function reread(services: Services, session: SignupSession): Promise<SignupSession> {
  return (await findSession(services.registry, session.id)) ?? session;
}
