import { hasConnectedNumber } from "../database/senders.ts";
import { hasLiveSession } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { SecretUnopened, sessionBinding } from "../lib/seal.ts";
import { moveSignup, problem } from "./move-signup.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/**
 * Ends a session for good: no sync is asked for unattended, its token goes, and the account is no
 * longer subscribed unless a number of it is connected. Repeatable.
 *
 * @throws AppError conflict for a session that has connected its number, or is about to
 */
export async function cancelSignup(
  services: Services,
  session: SignupSession,
): Promise<SignupSession> {
  if (session.state === "cancelled") return session;
  const moved = await moveSignup(
    services,
    session,
    ["open", "failed", "exchanging", "waiting", "awaiting_confirmation"],
    {
      state: "cancelled",
      error: problem("session", "cancelled", "This signup was cancelled."),
      token: null,
      dueAt: null,
      unattendedAt: null,
    },
  );
  if (moved === null) {
    throw new AppError(
      "conflict",
      `This session is ${session.state}: its number is connected. Detach the sender instead.`,
    );
  }
  // As it was at the end: the account may have been found since this one was read.
  await leaveAccount(services, { ...moved, token: session.token ?? null });
  return moved;
}

/**
 * Ends the subscription of an account that a session may have subscribed, unless another number of
 * it is connected or another signup of it is under way: the subscription is the account's.
 */
export async function leaveAccount(services: Services, session: SignupSession): Promise<void> {
  const { registry } = services;
  const { id, token, wabaId } = session;
  if (session.kind !== "connect" || token === null || wabaId === null) return;
  if (await hasConnectedNumber(registry, wabaId)) return;
  if (await hasLiveSession(registry, wabaId, id, services.now())) return;
  // Nobody depends on the answer: an account that stays subscribed brings webhooks nobody claims.
  try {
    const opened = await services.vault.open(token, sessionBinding(id));
    await services.graph.unsubscribe(opened, wabaId);
  } catch (err) {
    if (!(err instanceof SecretUnopened)) throw err;
  }
}
