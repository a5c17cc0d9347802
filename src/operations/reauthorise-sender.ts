import { findHeldSender } from "../database/senders.ts";
import { AppError } from "../errors.ts";
import { tokenBinding } from "../lib/seal.ts";
import { configureNumber } from "./configure-number.ts";
import { failSignup, moveSignup, problem, refusal } from "./move-signup.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/**
 * Ends a re-authorisation: the sender's object gets the new token, and lifts a block of kind token.
 * Generation, windows and syncs stay as they are.
 *
 * @throws AppError signup_failed when the number was disconnected, or changed its account, meanwhile
 */
export async function reauthoriseSender(
  services: Services,
  session: SignupSession,
  token: string,
): Promise<SignupSession> {
  const { partner, phoneNumberId } = session;
  const sender = await findHeldSender(services.registry, partner, phoneNumberId ?? "");
  const phase = sender === null ? null : await services.phone(sender.phoneNumberId).phase();
  const isSame = sender?.wabaId === session.wabaId;
  if (sender === null || !isSame || phase === null || phase.phase === "disconnected") {
    const error = problem(
      "sender",
      "another_account",
      "This number was disconnected, or connected in another account, meanwhile: this token is of no use to it.",
    );
    await failSignup(services, session, ["waiting"], error);
    throw refusal(error);
  }
  const sealed = await services.vault.seal(token, tokenBinding(partner, sender.phoneNumberId));
  await configureNumber(services, sender, sealed);
  const moved = await moveSignup(services, session, ["waiting"], {
    state: "finished",
    error: null,
    token: null, // the object's copy is the only one
    dueAt: null,
  });
  if (moved === null) throw new AppError("conflict", "The session was changed meanwhile.");
  return moved;
}
