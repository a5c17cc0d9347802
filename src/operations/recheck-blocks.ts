import { readMark, writeMark } from "../database/marks.ts";
import { listBlocked } from "../database/senders.ts";
import { logSkipped, SIDE_BY_SIDE, sweepEach } from "./sweep-each.ts";
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
  const after = Number((await readMark(services.registry, MARK)) ?? 0);
  const senders = await listBlocked(services.registry, after, AT_ONCE);
  let looked = 0;
  const { visited, done } = await sweepEach(
    services,
    senders,
    async (sender) => {
      if (await recheckBlock(services, sender, false)) looked += 1;
    },
    (sender, err) => logSkipped("blocks", err, sender.key),
    SIDE_BY_SIDE,
  );
  const isOver = visited === senders.length && senders.length < AT_ONCE;
  const last = isOver ? 0 : (senders[visited - 1]?.key ?? after);
  if (last !== after) await writeMark(services.registry, MARK, String(last));
  const left = senders.length - done;
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
