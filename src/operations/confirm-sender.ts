import { findSender, saveSender } from "../database/senders.ts";
import { moveSession } from "../database/signup-sessions.ts";
import { AppError } from "../errors.ts";
import { tokenBinding } from "../lib/seal.ts";
import { log } from "../lib/log.ts";
import { configureNumber } from "./configure-number.ts";
import { isHeldElsewhere } from "./is-held-elsewhere.ts";
import { requestSync, skipSync } from "./request-sync.ts";
import type { Sender } from "../database/senders.ts";
import type { SignupSession } from "../database/signup-sessions.ts";
import type { SyncKind } from "../database/syncs.ts";
import type { Services } from "../services.ts";

/**
 * Confirms the account: registers the sender, configures its object (facts that came since the
 * subscription are taken in), then asks for contacts and history, each once, unless the signup does without. Repeatable: what a
 * lost try did is found and not done again.
 *
 * @throws AppError conflict when the session is not there yet, invalid_request when a number has
 *   to be picked
 */
export async function confirmSender(
  services: Services,
  session: SignupSession,
  input: {
    timezone: string;
    phoneNumberId?: string | undefined;
    /** Which of the two to ask for; what is not asked for is noted as that. */
    sync: Record<SyncKind, boolean>;
  },
): Promise<Sender> {
  const number = pickNumber(session, input.phoneNumberId);
  if (await isHeldElsewhere(services, session.partner, number.phoneNumberId)) {
    throw new AppError("conflict", "This number is connected through another partner meanwhile.");
  }
  const known = await findSender(services.registry, session.partner, number.phoneNumberId);
  if (known !== null && known.generation > (session.onboardedAt ?? 0)) {
    throw new AppError("conflict", "A later signup has connected this number.");
  }
  const claimed = await moveSession(
    services.registry,
    session.id,
    ["awaiting_confirmation", "confirming"],
    { state: "confirming", phoneNumberId: number.phoneNumberId },
  );
  if (claimed === null || claimed.token === null || claimed.wabaId === null) {
    throw new AppError("conflict", `This session is ${session.state}; finish the signup first.`);
  }
  const token = await services.vault.open(claimed.token, `session|${session.id}`);
  const sender = await saveSender(
    services.registry,
    {
      partner: session.partner,
      phoneNumberId: number.phoneNumberId,
      wabaId: claimed.wabaId,
      displayPhoneNumber: number.displayPhoneNumber.replace(/\D/g, ""),
      verifiedName: number.verifiedName,
      timezone: input.timezone,
      generation: claimed.onboardedAt ?? services.now(),
      broughtBy: "signup",
    },
    services.now(),
  );
  const sealed = await services.vault.seal(
    token,
    tokenBinding(session.partner, sender.phoneNumberId),
  );
  await configureNumber(services, sender, sealed);
  for (const kind of ["contacts", "history"] as const) {
    if (input.sync[kind]) await requestSync(services, sender, token, kind);
    else await skipSync(services, sender, kind);
  }
  await moveSession(services.registry, session.id, ["confirming"], {
    state: "finished",
    token: null, // from here on the object's copy is the only one
  });
  log.info("signup.advanced", { session: session.id, action: "finished", sender: sender.key });
  return sender;
}

function pickNumber(session: SignupSession, wanted: string | undefined) {
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
