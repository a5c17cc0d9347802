import { forgetAllocation } from "../database/senders.ts";
import { isLostAccess } from "../meta/graph-client.ts";
import { log } from "../lib/log.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

/** `none`: there was no credit to take back. */
export type CreditOutcome = "none" | "revoked" | "failed";

/**
 * Takes back the credit line that was shared with a sender's account, if one was (protocol.md 1.7).
 * Repeatable: what Meta took is forgotten here, what failed is kept for the next try.
 */
export async function revokeCredit(services: Services, sender: Sender): Promise<CreditOutcome> {
  const { META_SYSTEM_TOKEN: token } = services.settings;
  if (sender.allocationConfigId === null) return "none";
  if (token === undefined) {
    log.warn("credit.not_revoked", { sender: sender.key, reason: "no_system_token" });
    return "failed";
  }
  const result = await services.graph.revokeCredit(token, sender.allocationConfigId);
  if (result.kind !== "ok" && !isLostAccess(result)) {
    const code = result.kind === "error" ? (result.code ?? result.status) : result.why;
    log.warn("credit.not_revoked", { sender: sender.key, code });
    return "failed";
  }
  await forgetAllocation(services.registry, sender.key);
  return "revoked";
}
