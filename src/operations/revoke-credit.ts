import { clearAllocation, findAllocationOf } from "../database/allocations.ts";
import { hasConnectedSibling } from "../database/senders.ts";
import { isLostAccess } from "../meta/graph-client.ts";
import { log } from "../lib/log.ts";
import type { Sender } from "../database/senders.ts";
import type { Services } from "../services.ts";

export type CreditRevocation =
  /** No line of ours was shared with its account. */
  | { outcome: "none" }
  | { outcome: "revoked" }
  /** Another connected number of the same account still lives on it. */
  | { outcome: "kept" }
  | { outcome: "failed"; code: number | null };

/**
 * Takes our credit line back from a sender's account (protocol.md 1.7), unless another connected
 * number of the account lives on it. Repeatable: what failed is tried anew at the next call.
 */
export async function revokeCredit(services: Services, sender: Sender): Promise<CreditRevocation> {
  const { registry, settings } = services;
  const allocation = await findAllocationOf(registry, sender.key);
  if (allocation === null) return { outcome: "none" };
  if (await hasConnectedSibling(registry, sender)) return { outcome: "kept" };
  if (settings.META_SYSTEM_TOKEN === undefined) return { outcome: "failed", code: null };
  const result = await services.graph.setup.revokeAllocation(
    settings.META_SYSTEM_TOKEN,
    allocation,
  );
  if (result.kind !== "ok" && !isLostAccess(result)) {
    const code = result.kind === "error" ? (result.code ?? result.status) : null;
    log.warn("credit.not_revoked", { sender: sender.key, code: code ?? "none" });
    return { outcome: "failed", code };
  }
  await clearAllocation(registry, sender.wabaId, allocation);
  log.info("credit.revoked", { sender: sender.key });
  return { outcome: "revoked" };
}
