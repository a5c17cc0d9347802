import { listDueSessions, moveSession } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { zonesOf } from "../lib/country-zones.ts";
import { errorKind, log, sessionMark } from "../lib/log.ts";
import { loadPhonePlans } from "../lib/phone-plans.ts";
import { zoneOfId } from "../meta/timezone-ids.ts";
import { DAY_MS } from "./advance-signup.ts";
import { leaveAccount } from "./cancel-signup.ts";
import { countryOf } from "./check-number.ts";
import { confirmSender, findObstacle, ZONE_LOOK_MS } from "./confirm-sender.ts";
import { failSignup, problem } from "./move-signup.ts";
import { openAccess } from "./open-access.ts";
import { recheckBlock } from "./recheck-blocks.ts";
import { resumeSignup } from "./resume-signup.ts";
import { settleTimezone } from "./settle-timezone.ts";
import { sweepEach } from "./sweep-each.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { Services } from "../services.ts";
import type { Swept } from "./sweep-each.ts";

/** Each asks D1 some 15 things, and Meta up to ten. */
const AT_ONCE = 10;
const AGAIN_MS = 10 * 60_000;
/** An owner who has not set a zone at Meta in a week is told by the block of the sends. */
const ZONE_WAIT_MS = 7 * DAY_MS;

/**
 * Goes on with signups that somebody has to go on with: what waits for Meta, what a dead Worker
 * left in an intent, syncs that nobody confirmed in time, zones that the owner has to set.
 *
 * @returns found: how many were due
 */
export async function sweepSignups(services: Services): Promise<Swept> {
  const due = await listDueSessions(services.registry, services.now(), AT_ONCE);
  if (due.length > 0) await loadPhonePlans(services);
  return sweepEach(
    services,
    due,
    (session) => goOn(services, session),
    async (session, err) => {
      log.warn("signup.not_resumed", {
        session: sessionMark(session.id),
        action: session.state,
        error: err instanceof AppError ? (err.reason ?? err.code) : errorKind(err),
      });
      // It stays due; later, so that it keeps no other waiting. (A confirmation gave itself back.)
      if (session.state !== "confirming") await dueLater(services, session, AGAIN_MS);
    },
  );
}

async function goOn(services: Services, session: SignupSession): Promise<void> {
  switch (session.state) {
    case "waiting":
      await resumeSignup(services, session);
      return;
    case "exchanging":
      await failSignup(
        services,
        session,
        ["exchanging"],
        problem(
          "exchange",
          "exchange_unknown",
          "The exchange of the code broke off, and a code works once. Open the signup again.",
        ),
      );
      return;
    case "awaiting_confirmation":
      await confirmUnattended(services, session);
      return;
    case "confirming":
      await goOnConfirming(services, session);
      return;
    case "finished":
      await lookForZone(services, session);
      return;
    case "open":
    case "failed":
    case "cancelled":
      await moveSession(services.registry, session.id, [session.state], { dueAt: null });
  }
}

/**
 * The syncs can be asked for within 24 h only; two hours before, it is done without a confirmation,
 * with what is known. The zone: the owner's at Meta, else the likeliest of the number's country.
 */
async function confirmUnattended(services: Services, session: SignupSession): Promise<void> {
  const now = services.now();
  const endAt = (session.onboardedAt ?? 0) + DAY_MS;
  if (now >= session.expiresAt) {
    return endLate(services, session, "Nobody confirmed this signup while its link was good.");
  }
  if (now >= endAt) {
    const error = problem(
      "sync",
      "too_late",
      "The 24 hours in which contacts and history can be asked for are over. The number can still be connected without them.",
    );
    await moveSession(services.registry, session.id, ["awaiting_confirmation"], {
      error,
      unattendedAt: null,
      dueAt: session.expiresAt,
    });
    return;
  }
  const timezone = likelyZone(session);
  const isPicked = session.phoneNumberId !== null;
  if (timezone === null || !isPicked) {
    const error = isPicked
      ? problem(
          "confirm",
          "pick_zone",
          "The account's time zone is not known: confirm the signup and name it.",
        )
      : problem(
          "confirm",
          "pick_number",
          "The account has several numbers: confirm the signup and name one.",
        );
    log.error("signup.needs_help", {
      session: sessionMark(session.id),
      action: "unattended",
      reason: error.code,
    });
    await moveSession(services.registry, session.id, ["awaiting_confirmation"], {
      error,
      dueAt: endAt,
    });
    return;
  }
  const sync = session.sync ?? { contacts: true, history: true };
  try {
    const { contacts, history, force } = sync;
    await confirmSender(services, session, {
      timezone,
      sync: { contacts, history },
      force,
      unattended: session.unattendedAt !== null && services.now() >= session.unattendedAt,
    });
  } catch (err) {
    // Something has to be mended first: there are two hours for it.
    if (!(err instanceof AppError)) throw err;
    log.error("signup.needs_help", {
      session: sessionMark(session.id),
      action: "unattended",
      reason: err.reason ?? err.code,
    });
    await dueLater(services, session, Math.min(AGAIN_MS, Math.max(endAt - now, 1)));
  }
}

/** @returns an IANA zone: what was chosen, what Meta has, the likeliest of the country; or null */
function likelyZone(session: SignupSession): string | null {
  const number = session.candidates?.find(
    ({ phoneNumberId }) => phoneNumberId === session.phoneNumberId,
  );
  const country =
    session.account?.country ?? countryOf(number?.displayPhoneNumber ?? session.phoneNumber ?? "");
  return (
    session.timezone ?? zoneOfId(session.account?.timezoneId ?? null) ?? zonesOf(country)[0] ?? null
  );
}

/** A Worker died in a confirmation: what it did is found, the rest is done. */
async function goOnConfirming(services: Services, session: SignupSession): Promise<void> {
  if (services.now() >= session.expiresAt) {
    return endLate(services, session, "The confirmation did not come to an end in days.");
  }
  const { timezone, sync } = session;
  if (timezone === null || sync === null) return dueLater(services, session, AGAIN_MS);
  const obstacle = await findObstacle(services, session, session.phoneNumberId ?? "");
  if (obstacle !== null) {
    const failed = await failSignup(services, session, ["confirming"], obstacle);
    if (failed !== null) await leaveAccount(services, session);
    return;
  }
  const { contacts, history, force } = sync;
  await confirmSender(services, session, {
    timezone,
    sync: { contacts, history },
    force,
    unattended: session.unattendedAt !== null && services.now() >= session.unattendedAt,
  });
}

/** With the link's time the session's token goes, too, and the account, unless it is connected. */
async function endLate(services: Services, session: SignupSession, why: string): Promise<void> {
  await leaveAccount(services, session);
  const error = problem("session", "too_late", `${why} Create a new one.`);
  await failSignup(services, session, [session.state], error);
}

/** Reads again whether the account has a zone by now, and lifts what its lack blocked. */
async function lookForZone(services: Services, session: SignupSession): Promise<void> {
  const { partner, phoneNumberId, timezone } = session;
  const access = await openAccess(services, partner, phoneNumberId ?? "", "read");
  const isOld = services.now() - (session.onboardedAt ?? 0) > ZONE_WAIT_MS;
  if (access.kind === "refused" || isOld || phoneNumberId === null || timezone === null) {
    await moveSession(services.registry, session.id, ["finished"], { dueAt: null });
    return;
  }
  const isSet = await settleTimezone(services, session, access.token, timezone);
  if (!isSet) return dueLater(services, session, ZONE_LOOK_MS);
  await moveSession(services.registry, session.id, ["finished"], { dueAt: null });
  await recheckBlock(services, { partner, phoneNumberId }, true);
}

async function dueLater(services: Services, session: SignupSession, ms: number): Promise<void> {
  await moveSession(services.registry, session.id, [session.state], {
    dueAt: services.now() + ms,
  });
}
