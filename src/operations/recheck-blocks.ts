import { listBlocked } from "../database/senders.ts";
import { errorKind, log } from "../lib/log.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 50;

/**
 * Looks at the accounts of blocked numbers, each every 15 minutes: the object says when it is due.
 *
 * @returns how many were looked at
 */
export async function recheckBlocks(services: Services): Promise<number> {
  const senders = await listBlocked(services.registry, AT_ONCE);
  let looked = 0;
  for (const { key, phoneNumberId } of senders) {
    try {
      if (await recheckBlock(services, phoneNumberId, false)) looked += 1;
    } catch (err) {
      log.warn("object.failed", { sender: key, reason: "recheck", error: errorKind(err) });
    }
  }
  return looked;
}

/**
 * Reads a blocked number's health at Meta and lifts the block where Meta says that it may send.
 *
 * @param force also if it was looked at less than 15 minutes ago
 * @returns whether a look was taken
 */
export async function recheckBlock(
  services: Services,
  phoneNumberId: string,
  force: boolean,
): Promise<boolean> {
  const phone = services.phone(phoneNumberId);
  const check = await phone.takeBlockCheck(force);
  if (check === null) return false;
  const { credentials, block } = check;
  const token = await services.vault.open(credentials.token, credentials.tokenBoundTo);
  const health = await services.graph.readHealth(token, phoneNumberId);
  if ("canSend" in health && health.canSend) await phone.liftBlock(block.since);
  return true;
}
