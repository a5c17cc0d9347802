import { findHeldSender } from "../database/senders.ts";
import { insertSession } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { newId } from "../lib/ids.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/** A link is for the days that an owner may take, not for ever. */
const SESSION_MS = 7 * 24 * 3_600_000;

type Given = Pick<SignupSession, "partner" | "externalId" | "returnUrl" | "locale" | "phoneNumber">;

/** Opens a signup session of a partner: the link its owner is sent. */
export function openSignup(services: Services, input: Given): Promise<SignupSession> {
  return store(services, { ...input, kind: "connect", wabaId: null, phoneNumberId: null });
}

/**
 * Opens a session that ends by giving a connected sender a new token: same account, same number,
 * same generation, no syncs.
 *
 * @throws AppError not_found for a number that is not this partner's; conflict for one that is
 *   disconnected, which has to be connected anew
 */
export async function openReauthorisation(
  services: Services,
  input: Omit<Given, "phoneNumber"> & { phoneNumberId: string },
): Promise<SignupSession> {
  const sender = await findHeldSender(services.registry, input.partner, input.phoneNumberId);
  if (sender === null) {
    throw new AppError("not_found", "phone_number_id: you have no sender with this id.", {
      field: "phone_number_id",
    });
  }
  if (sender.state === "disconnected") {
    throw new AppError(
      "conflict",
      "This number is disconnected: a new token would not bring it back. Open a session of kind connect.",
    );
  }
  return store(services, {
    ...input,
    kind: "reauthorise",
    phoneNumber: `+${sender.displayPhoneNumber}`,
    wabaId: sender.wabaId,
  });
}

async function store(
  services: Services,
  input: Given & Pick<SignupSession, "kind" | "wabaId" | "phoneNumberId">,
): Promise<SignupSession> {
  const now = services.now();
  const session: SignupSession = {
    ...input,
    id: newId("signup"),
    state: "open",
    token: null,
    candidates: null,
    account: null,
    error: null,
    proof: null,
    credit: null,
    onboardedAt: null,
    codeHash: null,
    codeAt: null,
    trail: null,
    sync: null,
    timezone: null,
    unattendedAt: null,
    resumedAt: null,
    dueAt: null,
    createdAt: now,
    expiresAt: now + SESSION_MS,
  };
  if (!(await insertSession(services.registry, session))) {
    throw new AppError("conflict", "This partner was removed.");
  }
  return session;
}
