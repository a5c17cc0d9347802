import { saveAllocation } from "../database/allocations.ts";
import { findSender, saveSender } from "../database/senders.ts";
import { claimConfirmation, moveSession } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { errorKind, log, sessionMark } from "../lib/log.ts";
import { sessionBinding, tokenBinding } from "../lib/seal.ts";
import { configureNumber } from "./configure-number.ts";
import { findRoom } from "./find-room.ts";
import { isHeldElsewhere } from "./is-held-elsewhere.ts";
import { moveSignup, problem, refusal } from "./move-signup.ts";
import { listStopping, proveWebhooks } from "./prove-webhooks.ts";
import { requestSync, skipSync } from "./request-sync.ts";
import { settleTimezone } from "./settle-timezone.ts";
import { shareCredit } from "./share-credit.ts";
import type { Sender } from "../database/senders.ts";
import type { Candidate, SignupError, SignupSession } from "../database/signup-sessions.ts";
import type { SyncKind } from "../database/syncs.ts";
import type { Services } from "../services.ts";

/** After so long a confirmation that nobody ended is gone on with by the sweep. */
const CONFIRM_LOST_MS = 120_000;
/** A zone that the owner has to set at Meta is looked for so often. */
export const ZONE_LOOK_MS = 15 * 60_000;

export interface Confirmation {
  /** IANA */
  timezone: string;
  phoneNumberId?: string | undefined;
  /** Which of the two to ask for; what is not asked for is noted as that. */
  sync: Record<SyncKind, boolean>;
  /** The partner insists, though webhooks or credit line are not in order. */
  force?: boolean | undefined;
  /** Nobody confirmed and the 24 h are nearly over: a credit line can be mended later, the syncs cannot. */
  unattended?: boolean | undefined;
}

type Claimed = SignupSession & { wabaId: string; token: NonNullable<SignupSession["token"]> };

/**
 * Confirms the account: proves that webhooks will reach us, shares the credit line (Solution
 * Partners), sets the zone, registers the sender, configures its object (facts that came since the
 * subscription are taken in), then asks for contacts and history, each once, unless the signup does
 * without. Repeatable: what a lost try did is found and not done again.
 *
 * @throws AppError conflict when the session is not there yet, invalid_request when a number has
 *   to be picked, signup_failed with a `reason` when something has to be mended first
 */
export async function confirmSender(
  services: Services,
  session: SignupSession,
  input: Confirmation,
): Promise<Sender> {
  const number = pickNumber(session, input.phoneNumberId);
  const obstacle = await findObstacle(services, session, number.phoneNumberId);
  if (obstacle !== null) throw new AppError("conflict", obstacle.detail);
  const claimed = await claim(services, session, input, number.phoneNumberId);
  try {
    return await connect(services, claimed, input, number);
  } catch (err) {
    // Given back, so that whoever confirms next need not wait; where D1 fails, it is due by itself.
    const dueAt = services.now();
    await moveSession(services.registry, session.id, ["confirming"], { dueAt }).catch(
      (lost: unknown) =>
        log.warn("signup.not_resumed", {
          session: sessionMark(session.id),
          action: "confirming",
          error: errorKind(lost),
        }),
    );
    throw err;
  }
}

/** Why a number can no longer be connected by this session, however often it is confirmed. */
export async function findObstacle(
  services: Services,
  session: SignupSession,
  phoneNumberId: string,
): Promise<SignupError | null> {
  if (await isHeldElsewhere(services, session.partner, phoneNumberId)) {
    return problem(
      "confirm",
      "held_elsewhere",
      "This number is connected through another partner meanwhile.",
    );
  }
  const known = await findSender(services.registry, session.partner, phoneNumberId);
  return known !== null && known.generation > (session.onboardedAt ?? 0)
    ? problem("confirm", "too_late", "A later signup has connected this number.")
    : null;
}

/** All that a confirmation does, by the one that holds it. */
async function connect(
  services: Services,
  claimed: Claimed,
  input: Confirmation,
  number: Candidate,
): Promise<Sender> {
  const known = await findSender(services.registry, claimed.partner, number.phoneNumberId);
  const token = await services.vault.open(claimed.token, sessionBinding(claimed.id));
  // A sender of this generation was past these: then only what followed is done.
  const isBegun = known !== null && known.generation === claimed.onboardedAt;
  if (!isBegun && input.force !== true) await requireWebhooks(services, claimed, token);
  const allocation = isBegun
    ? (claimed.credit?.allocationConfigId ?? null)
    : await fund(services, claimed, token, input);
  const hasZone = await settleTimezone(services, claimed, token, input.timezone);
  const sender = await saveSender(
    services.registry,
    {
      partner: claimed.partner,
      phoneNumberId: number.phoneNumberId,
      wabaId: claimed.wabaId,
      displayPhoneNumber: number.displayPhoneNumber.replace(/\D/g, ""),
      verifiedName: number.verifiedName,
      timezone: input.timezone,
      generation: claimed.onboardedAt ?? services.now(),
      broughtBy: "signup",
    },
    await findRoom(services),
    services.now(),
  );
  if (allocation !== null) await saveAllocation(services.registry, sender.key, allocation);
  const sealed = await services.vault.seal(
    token,
    tokenBinding(claimed.partner, sender.phoneNumberId),
  );
  await configureNumber(services, sender, sealed);
  for (const kind of ["contacts", "history"] as const) {
    if (input.sync[kind]) await requestSync(services, sender, token, kind);
    else await skipSync(services, sender, kind);
  }
  await moveSignup(services, claimed, ["confirming"], {
    state: "finished",
    token: null, // from here on the object's copy is the only one
    unattendedAt: null,
    dueAt: hasZone ? null : services.now() + ZONE_LOOK_MS,
  });
  return sender;
}

/** One confirmation at a time holds a session: the intent, with all that is needed to go on where this Worker may die. */
async function claim(
  services: Services,
  session: SignupSession,
  input: Confirmation,
  phoneNumberId: string,
): Promise<Claimed> {
  const changes = {
    phoneNumberId,
    timezone: input.timezone,
    sync: { ...input.sync, ...(input.force === true ? { force: true } : {}) },
    dueAt: services.now() + CONFIRM_LOST_MS,
    error: null,
  };
  const claimed =
    (await moveSignup(services, session, ["awaiting_confirmation"], {
      state: "confirming",
      ...changes,
    })) ?? (await claimConfirmation(services.registry, session.id, services.now(), changes));
  if (claimed === null || claimed.token === null || claimed.wabaId === null) {
    const isReady = ["awaiting_confirmation", "confirming"].includes(session.state);
    throw new AppError(
      "conflict",
      isReady
        ? "This signup is being confirmed, or was ended, at this moment: read it again."
        : `This session is ${session.state}; finish the signup first.`,
    );
  }
  return claimed as Claimed;
}

/** The one shot is not fired while we can see that its answers would go elsewhere. */
async function requireWebhooks(services: Services, session: Claimed, token: string): Promise<void> {
  const { wabaId, phoneNumberId } = session;
  const proof = await proveWebhooks(services, { token, wabaId, phoneNumberId });
  await moveSession(services.registry, session.id, ["confirming"], { proof });
  const missing = listStopping(proof);
  if (missing.length === 0) return;
  const detail = `Contacts and history can be asked for once, and would not reach us yet. ${missing.map((tick) => tick.detail).join(" ")}`;
  await sendBack(services, session, problem("webhooks", "webhooks_missing", detail));
}

/** @returns the allocation of our credit line, if there is one */
async function fund(
  services: Services,
  session: Claimed,
  token: string,
  input: Confirmation,
): Promise<string | null> {
  const shared = await shareCredit(services, session, token);
  switch (shared.kind) {
    case "attached":
      return shared.allocationConfigId;
    case "skipped":
      return null;
    case "problem":
      if (input.force === true || input.unattended === true) return null;
      return sendBack(services, session, shared.error);
  }
}

/** Back to the confirmation, with what has to be mended. */
async function sendBack(services: Services, session: Claimed, error: SignupError): Promise<never> {
  await moveSignup(services, session, ["confirming"], {
    state: "awaiting_confirmation",
    error,
    dueAt: session.unattendedAt,
  });
  throw refusal(error);
}

function pickNumber(session: SignupSession, wanted: string | undefined): Candidate {
  const candidates = session.candidates ?? [];
  const id = wanted ?? session.phoneNumberId ?? undefined;
  if (id === undefined && candidates.length > 1) {
    throw new AppError(
      "invalid_request",
      "The account has several numbers: name one of the candidates in phone_number_id.",
      { field: "phone_number_id" },
    );
  }
  const number = candidates.find((candidate) => candidate.phoneNumberId === id);
  if (number === undefined) {
    throw candidates.length === 0
      ? new AppError("conflict", `This session is ${session.state}; finish the signup first.`)
      : new AppError("invalid_request", "This number is not one of the candidates.", {
          field: "phone_number_id",
        });
  }
  return number;
}
