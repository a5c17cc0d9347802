import { listVerifying } from "../database/senders.ts";
import { isLostAccess } from "../meta/graph-client.ts";
import { errorKind, log } from "../lib/log.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

const AT_ONCE = 20;
/** Without a clear answer for so long, a number is paused: its sends stay held. */
const INCONCLUSIVE_MS = 3_600_000;

/**
 * Reads the WABA, and then the number, of senders that Meta says were removed, or whose access a
 * send found lost: another partner of the same WABA may be meant (protocol.md 2.8). Only 100/33 is
 * a verdict of loss.
 */
export async function verifyConnections(services: Services): Promise<number> {
  const senders = await listVerifying(services.registry, AT_ONCE);
  for (const sender of senders) {
    try {
      await verify(services, sender);
    } catch (err) {
      log.warn("object.failed", { sender: sender.key, error: errorKind(err) });
    }
  }
  return senders.length;
}

async function verify(services: Services, sender: Sender): Promise<void> {
  const phone = services.phone(sender.phoneNumberId);
  const doubt = await phone.doubt();
  if (doubt === null) return;
  const { credentials, about } = doubt;
  const token = await services.vault.open(credentials.token, credentials.tokenBoundTo);
  const result = await services.graph.readWaba(token, sender.wabaId);
  if ("account" in result) {
    // The account is ours still; the number may have left it.
    const number = await services.graph.readHealth(token, sender.phoneNumberId);
    if ("failed" in number && isLostAccess(number.failed)) {
      await phone.moveTo("disconnected", "number_gone", "sender.disconnected", about);
    } else {
      await phone.moveTo("active", null, "sender.resumed", about);
    }
  } else if (isLostAccess(result.failed)) {
    await phone.moveTo("disconnected", sender.stateReason, "sender.disconnected", about);
  } else if (services.now() - sender.stateAt > INCONCLUSIVE_MS) {
    await phone.moveTo("paused", "unverified", "sender.paused", about);
  }
}
