import { insertSession } from "../database/signup-sessions.ts";
import { newId } from "../lib/ids.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/** A link is for the days that an owner may take, not for ever. */
const SESSION_MS = 7 * 24 * 3_600_000;

/** Opens a signup session of a partner: the link its owner is sent. */
export async function openSignup(
  services: Services,
  input: Pick<SignupSession, "partner" | "externalId" | "returnUrl" | "locale" | "phoneNumber">,
): Promise<SignupSession> {
  const now = services.now();
  const session: SignupSession = {
    ...input,
    id: newId("signup"),
    state: "open",
    wabaId: null,
    phoneNumberId: null,
    token: null,
    candidates: null,
    account: null,
    error: null,
    onboardedAt: null,
    codeHash: null,
    codeAt: null,
    kind: "connect",
    trail: null,
    createdAt: now,
    expiresAt: now + SESSION_MS,
  };
  await insertSession(services.registry, session);
  return session;
}
