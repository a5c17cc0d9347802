import { clearAllocation, countFunded, findAllocationOf } from "../database/allocations.ts";
import { isLostAccess } from "../meta/graph-client.ts";
import { log } from "../lib/log.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

export type CreditRevocation =
  /** `none`: no line was shared; `kept`: another connected number of the account lives on it. */
  { outcome: "none" | "revoked" | "kept" } | { outcome: "failed"; code: number | null };

/**
 * Takes back the credit line that was shared with a sender's account, if one was (protocol.md 1.7).
 * Repeatable: what Meta took is forgotten here, what failed is kept for the next try.
 */
export async function revokeCredit(
  services: Services,
  sender: Pick<Sender, "key" | "wabaId">,
): Promise<CreditRevocation> {
  const { registry, settings } = services;
  const allocation = await findAllocationOf(registry, sender.key);
  if (allocation === null) return { outcome: "none" };
  if ((await countFunded(registry, allocation, sender)) > 0) {
    await clearAllocation(registry, sender.key); // the other number's row has it
    return { outcome: "kept" };
  }
  const { META_SYSTEM_TOKEN: token } = settings;
  if (token === undefined) return { outcome: "failed", code: null };
  const result = await services.graph.revokeCredit(token, allocation);
  if (result.kind !== "ok" && !isLostAccess(result)) {
    const code = result.kind === "error" ? (result.code ?? result.status) : null;
    log.warn("credit.not_revoked", { sender: sender.key, code: code ?? "none" });
    return { outcome: "failed", code };
  }
  await clearAllocation(registry, sender.key);
  return { outcome: "revoked" };
}
