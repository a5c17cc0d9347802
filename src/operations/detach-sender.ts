import { hasConnectedSibling } from "../database/senders.ts";
import { isLostAccess } from "../meta/graph-client.ts";
import { judgeSendError } from "../meta/graph-errors.ts";
import { log } from "../lib/log.ts";
import { disconnectSender } from "./disconnect-sender.ts";
import { revokeCredit } from "./revoke-credit.ts";
import type { CreditRevocation } from "./revoke-credit.ts";
import type { Sender } from "../database/senders.ts";
import type { GraphResult } from "../meta/graph-client.ts";
import type { Services } from "../services.ts";

/**
 * `kept`: another connected number of the account needs it. `not_needed`: there is nothing of ours
 * to end. `failed`: nothing after it was done; detach again.
 */
export type UnsubscribeOutcome = "done" | "done_before" | "kept" | "not_needed" | "failed";

export interface Detachment {
  unsubscribe: UnsubscribeOutcome;
  /** Null where it was not come to. */
  credit: CreditRevocation["outcome"] | null;
  token: "erased" | "erased_before" | "kept";
}

/**
 * Gives a number up on the partner's word: webhooks ended, credit taken back, token erased, state
 * `disconnected` (`detached`). At Meta it stays connected until its owner unlinks it in the app: no
 * API can do that (protocol.md 4.1). Repeatable; where Meta gives no clear answer the token is kept,
 * since nothing could end the webhooks without it.
 */
export async function detachSender(services: Services, sender: Sender): Promise<Detachment> {
  const phone = services.phone(sender.phoneNumberId);
  const inspection = await phone.inspect();
  // Disconnected before; or the number is another partner's by now, and none of our business.
  if (inspection === null || inspection.about.senderKey !== sender.key) {
    return {
      unsubscribe: sender.stateReason === "detached" ? "done_before" : "not_needed",
      credit: (await revokeCredit(services, sender)).outcome,
      token: "erased_before",
    };
  }
  const { credentials, about } = inspection;
  const token = await services.vault.open(credentials.token, credentials.tokenBoundTo);
  const unsubscribe = await endWebhooks(services, sender, token);
  log.info("sender.detached", { sender: sender.key, outcome: unsubscribe });
  if (unsubscribe === "failed") return { unsubscribe, credit: null, token: "kept" };
  const credit = await disconnectSender(services, sender, "detached", about);
  if (credit === null) return { unsubscribe, credit, token: "kept" }; // it was connected anew meanwhile
  return { unsubscribe, credit: credit.outcome, token: "erased" };
}

async function endWebhooks(
  services: Services,
  sender: Sender,
  token: string,
): Promise<UnsubscribeOutcome> {
  // The subscription is the account's: its other numbers would fall silent.
  if (await hasConnectedSibling(services.registry, sender)) return "kept";
  const result = await services.graph.unsubscribe(token, sender.wabaId);
  if (result.kind === "ok") return "done";
  return isWithoutAccess(result) ? "not_needed" : "failed";
}

/** The account is lost to us, or the token is void: no webhook of it is ours to end. */
function isWithoutAccess(result: GraphResult): boolean {
  if (isLostAccess(result)) return true;
  return (
    result.kind === "error" && judgeSendError(result.status, result.error).effect === "block_token"
  );
}
