import { AppError } from "../../errors.ts";
import type { SignupSession, TrailEntry } from "../../database/signup-sessions.ts";
import type { Services } from "../../services.ts";

const TRIES = 20;
const WITHIN_MS = 60_000;
const BETWEEN_CODES_MS = 2_000;
const CONFIRMATIONS = 5;

/**
 * A link in wrong hands must not make us write without end: an owner does not do twenty things a
 * minute.
 *
 * @throws AppError too_many_requests
 */
export function refuseHaste(
  services: Pick<Services, "now">,
  session: Pick<SignupSession, "trail">,
): void {
  if (countLately(services, session, ({ kind }) => kind === "popup") >= TRIES) throw tooMany();
}

/**
 * Each confirmation asks Meta half a dozen things, and one that is refused may be tried again.
 *
 * @throws AppError too_many_requests
 */
export function refuseHastyConfirmation(
  services: Pick<Services, "now">,
  session: Pick<SignupSession, "trail">,
): void {
  const tries = countLately(services, session, ({ what }) => what === "confirming");
  if (tries >= CONFIRMATIONS) throw tooMany();
}

function countLately(
  services: Pick<Services, "now">,
  { trail }: Pick<SignupSession, "trail">,
  isMeant: (entry: TrailEntry) => boolean,
): number {
  const since = services.now() - WITHIN_MS;
  return (trail ?? []).filter((entry) => entry.at > since && isMeant(entry)).length;
}

/**
 * Nor make us ask Meta without end: nobody walks through Meta's window twice in two seconds.
 *
 * @throws AppError too_many_requests
 */
export function refuseHastyCode(
  services: Pick<Services, "now">,
  session: Pick<SignupSession, "trail" | "codeAt">,
): void {
  refuseHaste(services, session);
  if (services.now() - (session.codeAt ?? 0) < BETWEEN_CODES_MS) throw tooMany();
}

function tooMany(): AppError {
  return new AppError("too_many_requests", "Too many tries in a short time. Wait a minute.");
}
