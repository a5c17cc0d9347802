import { moveSession } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { log, sessionMark } from "../lib/log.ts";
import { tellSignup } from "./tell-signup.ts";
import type {
  SignupError,
  SignupProblemCode,
  SignupSession,
  SignupState,
} from "../database/signup-sessions.ts";
import type { GraphResult } from "../meta/graph-client.ts";
import type { Services } from "../services.ts";

type Move = Parameters<typeof moveSession>[3] & { state: SignupState };

/**
 * Moves a session to a state, keeps that in its trail, and tells the partner once there is a sender
 * to tell it of.
 *
 * @returns null when it is in none of the states it may come from: somebody else moved it
 */
export async function moveSignup(
  services: Services,
  session: SignupSession,
  from: readonly SignupState[],
  move: Move,
  /** Which code is tried with it. */
  tried?: string,
): Promise<SignupSession | null> {
  const { error } = move;
  const why = error === null || error === undefined ? {} : { step: error.step, code: error.code };
  const at = services.now();
  const moved = await moveSession(services.registry, session.id, from, move, {
    at,
    kind: "state",
    what: move.state,
    ...(tried === undefined ? {} : { tried }),
    ...why,
  });
  if (moved === null) return null;
  const line = {
    session: sessionMark(session.id),
    action: move.state,
    ...(error && { reason: error.code }),
  };
  if (move.state === "failed") log.warn("signup.failed", line);
  else log.info("signup.advanced", line);
  await tellSignup(services, moved);
  return moved;
}

/** Ends a try for good: nothing of it stays connected, and its token goes. */
export async function failSignup(
  services: Services,
  session: SignupSession,
  from: readonly SignupState[],
  error: SignupError,
): Promise<SignupSession | null> {
  const isNew = session.kind === "connect";
  return moveSignup(services, session, from, {
    state: "failed",
    error,
    token: null,
    candidates: null,
    dueAt: null,
    unattendedAt: null,
    // The next popup may be about another account.
    ...(isNew ? { wabaId: null, phoneNumberId: null } : {}),
  });
}

/** A problem of a session as the doors answer it. */
export function refusal(error: SignupError): AppError {
  return new AppError("signup_failed", error.detail, { reason: error.code });
}

export function problem(step: string, code: SignupProblemCode, detail: string): SignupError {
  return { step, code, detail };
}

/** What Graph said, without its words: they may quote what is not for everybody. */
export function tell(result: GraphResult): string {
  if (result.kind === "error") return `code ${result.code ?? result.status}`;
  return result.kind === "unknown" ? "no clear answer" : "an answer without the expected field";
}

/** Whether trying again may help: no answer, or a fault of Meta's own (protocol.md 3.6). */
export function isPassing(result: GraphResult): boolean {
  if (result.kind !== "error") return true;
  return result.status >= 500 || [1, 2, 4, 80007, 131016].includes(result.code ?? 0);
}
