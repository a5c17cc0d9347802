import { moveSession } from "../database/signup-sessions.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";

export interface SignupEvent {
  kind: "number" | "opened" | "blocked" | "cancelled" | "error" | "wrong_branch" | "finished";
  step?: string;
  code?: string;
  metaSession?: string;
  wabaId?: string;
  phoneNumber?: string;
}

/** Keeps what Meta's popup said in the session's trail. */
export async function noteSignupEvent(
  services: Services,
  session: SignupSession,
  event: SignupEvent,
): Promise<SignupSession> {
  const { phoneNumber, wabaId: _, ...entry } = event;
  const trail = [...(session.trail ?? []), { at: services.now(), ...entry }].slice(-50);
  const problem = { wrong_branch: "wrong_branch", cancelled: "cancelled", error: "meta_error" };
  const code = problem[event.kind as keyof typeof problem];
  const moved = await moveSession(services.registry, session.id, ["open", "failed"], {
    trail,
    ...(phoneNumber === undefined ? {} : { phoneNumber }),
    ...(code === undefined
      ? {}
      : { error: { step: event.step ?? "popup", code, detail: event.code ?? event.kind } }),
    ...(event.kind === "opened" ? { error: null } : {}),
  });
  return moved ?? session;
}
