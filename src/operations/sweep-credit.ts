import { listOwedCredit } from "../database/senders.ts";
import { errorKind, log } from "../lib/log.ts";
import { revokeCredit } from "./revoke-credit.ts";
import { sweepInTurn } from "./sweep-each.ts";
import type { Services } from "../services.ts";
import type { Swept } from "./sweep-each.ts";

const AT_ONCE = 10;
const MARK = "sweep.credit";

/** Takes back credit of accounts that are disconnected, where the first try failed. */
export async function sweepCredit(services: Services): Promise<Swept> {
  // Without it nothing can be done, every minute.
  if (services.settings.META_SYSTEM_TOKEN === undefined) return { found: 0, done: 0, left: 0 };
  return sweepInTurn(
    services,
    MARK,
    listOwedCredit,
    AT_ONCE,
    (sender) => revokeCredit(services, sender),
    (sender, err) => log.warn("credit.not_revoked", { sender: sender.key, error: errorKind(err) }),
  );
}
