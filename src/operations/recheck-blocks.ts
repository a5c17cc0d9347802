import { listBlocked } from "../database/senders.ts";
import { logSkipped, sweepInTurn } from "./sweep-each.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";
import type { Swept } from "./sweep-each.ts";

const AT_ONCE = 50;
const MARK = "sweep.blocks";

/**
 * Looks at the accounts of blocked numbers, each every 15 minutes: the object says when it is due.
 * Goes on where the last sweep ended, so that none waits behind fifty others.
 *
 * @returns found: those that were due
 */
export async function recheckBlocks(services: Services): Promise<Swept> {
  let looked = 0;
  const { left } = await sweepInTurn(
    services,
    MARK,
    listBlocked,
    AT_ONCE,
    async (sender) => {
      if (await recheckBlock(services, sender, false)) looked += 1;
    },
    (sender, err) => logSkipped("blocks", err, sender.key),
  );
  return { found: looked + left, done: looked, left };
}

/**
 * Reads a blocked number's health at Meta and lifts the block where Meta says that it may send.
 *
 * @param force also if it was looked at less than 15 minutes ago
 * @returns whether a look was taken
 */
export async function recheckBlock(
  services: Services,
  { partner, phoneNumberId }: Pick<Sender, "partner" | "phoneNumberId">,
  force: boolean,
): Promise<boolean> {
  const phone = services.phone(phoneNumberId);
  const check = await phone.takeBlockCheck(partner, force);
  if (check === null) return false;
  const { credentials, block } = check;
  const token = await services.vault.open(credentials.token, credentials.tokenBoundTo);
  const health = await services.graph.readHealth(token, phoneNumberId);
  if ("canSend" in health && health.canSend) {
    await phone.liftBlock(block.since);
    await phone.flushed(); // whoever asked reads the outcome from D1
  }
  return true;
}
