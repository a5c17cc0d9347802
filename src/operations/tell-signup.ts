import { findHeldSender } from "../database/senders.ts";
import { eventId } from "../lib/ids.ts";
import { errorKind, log, sessionMark } from "../lib/log.ts";
import { tell } from "./tell.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

/**
 * Tells `signup.updated` for everything in a session's trail that was not told yet. The log belongs
 * to a sender, so the way to the first confirmation is told, with its own times, once there is one;
 * until then `GET /v1/signup-sessions/{id}` shows it.
 */
export async function tellSignup(services: Services, session: SignupSession): Promise<void> {
  const number = session.phoneNumberId;
  const isProven =
    session.kind === "reauthorise" ||
    session.candidates?.some(({ phoneNumberId }) => phoneNumberId === number) === true;
  if (number === null || !isProven) return;
  try {
    const sender = await findHeldSender(services.registry, session.partner, number);
    if (sender === null) return;
    const events = (session.trail ?? []).map(({ n, at, kind, what, step, code }) => ({
      id: eventId(sender.key, `signup:${session.id}:${n}`),
      type: "signup.updated" as const,
      at,
      data: {
        session_id: session.id,
        kind: session.kind,
        external_id: session.externalId,
        ...(kind === "state" ? { state: what } : { popup: what }),
        ...(step === undefined ? {} : { step }),
        ...(code === undefined ? {} : { code }),
      },
    }));
    if (events.length === 0) return;
    await tell(services, sender, events);
  } catch (err) {
    // What is not told now is told with the next word: the trail keeps it.
    log.warn("signup.not_told", { session: sessionMark(session.id), error: errorKind(err) });
  }
}
