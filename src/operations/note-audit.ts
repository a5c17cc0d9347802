import { insertAudit, nameAuditSender } from "../database/audit.ts";
import { randomText } from "../lib/ids.ts";
import { errorKind, log } from "../lib/log.ts";
import type { AuditEntry, NotedAudit } from "../database/audit.ts";
import type { Deed } from "../lib/audit-actions.ts";
import type { Services } from "../services.ts";

/** Of one instant, the order in which this isolate noted them. */
let count = 0;

/**
 * Writes down what an operator is about to do, or did: returning means that it is kept. What must
 * not happen unseen (a look at content, a change) is noted before it happens.
 */
export async function noteAudit(services: Services, entry: AuditEntry): Promise<NotedAudit> {
  const { operator, action, sender, partner } = entry;
  count += 1;
  const id = `${count.toString(36).padStart(8, "0")}${randomText(50)}`;
  const at = services.now();
  await insertAudit(services.registry, { ...entry, at, id });
  // Beside each line Cloudflare keeps the request's address, and this one's names the customer: the
  // erasure's own lines come from a call without one.
  if (action === "customer.erase" || action === "customer.erase.failed") return { at, id };
  log.info("admin.changed", {
    operator,
    action,
    ...(sender === undefined ? {} : { sender }),
    ...(partner === undefined ? {} : { partner }),
  });
  return { at, id };
}

/**
 * A deed that made a sender was noted before that had a key: from now on it is noted of it, and its
 * detail is gone. Never rejects: the deed is done.
 */
export async function nameSender(
  { registry }: Services,
  noted: NotedAudit,
  sender: number,
): Promise<void> {
  try {
    await nameAuditSender(registry, noted, sender);
  } catch (err) {
    log.error("request.failed", { reason: "audit", error: errorKind(err) });
  }
}

/**
 * Does what an operator asked for. It is written down before, so that nothing is done unseen; what
 * was refused or fails is written down once more, as failed.
 *
 * @returns what the deed returns
 * @throws what the deed throws; nothing is done where it cannot be written down
 */
export async function doNoted<T>(
  services: Services,
  entry: AuditEntry & { action: Deed },
  deed: (noted: NotedAudit) => Promise<T>,
): Promise<T> {
  const noted = await noteAudit(services, entry);
  try {
    return await deed(noted);
  } catch (err) {
    await noteAudit(services, { ...entry, action: `${entry.action}.failed` }).catch(
      (cause: unknown) => log.error("request.failed", { reason: "audit", error: errorKind(cause) }),
    );
    throw err;
  }
}
