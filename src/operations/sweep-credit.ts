import { listOwedCredit } from "../database/senders.ts";
import { errorKind, log } from "../lib/log.ts";
import { revokeCredit } from "./revoke-credit.ts";
import { sweepEach } from "./sweep-each.ts";
import type { Services } from "../services.ts";
import type { Swept } from "./sweep-each.ts";

const AT_ONCE = 10;

/** Takes back credit of accounts that are disconnected, where the first try failed. */
export async function sweepCredit(services: Services): Promise<Swept> {
  // Without it nothing can be done, every minute.
  if (services.settings.META_SYSTEM_TOKEN === undefined) return { found: 0, done: 0, left: 0 };
  const senders = await listOwedCredit(services.registry, AT_ONCE);
  return sweepEach(
    services,
    senders,
    (sender) => revokeCredit(services, sender),
    (sender, err) => log.warn("credit.not_revoked", { sender: sender.key, error: errorKind(err) }),
  );
}
