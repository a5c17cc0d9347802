import { listOwedCredit } from "../database/senders.ts";
import { errorKind, log } from "../lib/log.ts";
import { revokeCredit } from "./revoke-credit.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 10;

/** Takes back credit of accounts that are disconnected, where the first try failed. */
export async function sweepCredit(services: Services): Promise<number> {
  // Without it nothing can be done, every minute.
  if (services.settings.META_SYSTEM_TOKEN === undefined) return 0;
  const senders = await listOwedCredit(services.registry, AT_ONCE);
  for (const sender of senders) {
    try {
      await revokeCredit(services, sender);
    } catch (err) {
      log.warn("credit.not_revoked", { sender: sender.key, error: errorKind(err) });
    }
  }
  return senders.length;
}
