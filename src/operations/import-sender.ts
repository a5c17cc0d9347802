import { findSender, savePace, saveSender } from "../database/senders.ts";
import { tokenBinding } from "../lib/seal.ts";
import { configureNumber } from "./configure-number.ts";
import { findRoom } from "./find-room.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

export interface ImportedSender {
  partner: string;
  phoneNumberId: string;
  wabaId: string;
  displayPhoneNumber: string;
  accessToken: string;
  timezone: string;
  /** Epoch ms; now where the operator does not know. */
  onboardedAt?: number | undefined;
  /** Places a second; as before, or 20. */
  mps?: number | undefined;
}

/**
 * Brings along a number that is connected already. Its facts that came before are taken in. Since
 * it was in use before us, windows we have not seen are not known to be closed for a day.
 */
export async function importSender(services: Services, input: ImportedSender): Promise<Sender> {
  const now = services.now();
  // The same import again is no new onboarding, unless the operator says when that was.
  const known = await findSender(services.registry, input.partner, input.phoneNumberId);
  const generation = input.onboardedAt ?? known?.generation ?? now;
  const saved = await saveSender(
    services.registry,
    {
      partner: input.partner,
      phoneNumberId: input.phoneNumberId,
      wabaId: input.wabaId,
      displayPhoneNumber: input.displayPhoneNumber.replace(/\D/g, ""),
      verifiedName: null,
      timezone: input.timezone,
      generation,
      broughtBy: "import",
    },
    await findRoom(services),
    now,
  );
  const sender = { ...saved, mps: input.mps ?? saved.mps };
  if (sender.mps !== saved.mps) await savePace(services.registry, sender.key, sender.mps);
  const token = await services.vault.seal(
    input.accessToken,
    tokenBinding(input.partner, input.phoneNumberId),
  );
  await configureNumber(services, sender, token);
  // The object's word: its row in the registry follows with the next flush.
  const phase = await services.phone(input.phoneNumberId).phase();
  return phase === null
    ? sender
    : { ...sender, state: phase.phase, stateReason: phase.reason, stateAt: phase.at };
}
