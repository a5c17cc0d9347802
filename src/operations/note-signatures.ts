import { tallyAlarm } from "./raise-alarm.ts";
import type { Services } from "../services.ts";

/** As Meta writes it (protocol.md 2.1): what comes without one is not Meta's, and no sign of a wrong secret. */
const SIGNATURE = /^sha256=[0-9a-f]{64}$/i;

/** Webhooks of this isolate whose signature held, since one did not. */
let accepted = 0;

/** A webhook's signature held. Costs nothing: it is only said beside refused ones. */
export function noteSignature(): void {
  accepted += 1;
}

/** A webhook's signature did not hold; many of them are an alarm. Never rejects. */
export async function noteRefusedSignature(services: Services, signature: string): Promise<void> {
  if (!SIGNATURE.test(signature)) return;
  const beside = accepted;
  accepted = 0;
  await tallyAlarm(services, "webhooks_refused", 1, beside);
}
