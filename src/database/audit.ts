import type { AuditAction } from "../lib/audit-actions.ts";

export type { AuditAction } from "../lib/audit-actions.ts";

/** What an operator did, or whose content they looked at. */
export interface AuditEntry {
  operator: string;
  action: AuditAction;
  /** The sender's key. */
  sender?: number | undefined;
  partner?: string | undefined;
  /** Ids, counts and the operator's own reason; never content or a phone number. */
  detail?: string | undefined;
}

export interface StoredAudit {
  at: number;
  id: string;
  operator: string;
  action: string;
  sender: number | null;
  /** Meta's phone_number_id of the sender, and its number as people read it. */
  senderId: string | null;
  number: string | null;
  partner: string | null;
  detail: string | null;
}

/** An entry's key. */
export interface NotedAudit {
  at: number;
  id: string;
}

/** Which entries are asked for; what is left out takes all. */
export interface AuditFilter {
  operator?: string | undefined;
  /** With those of it that failed. */
  action?: string | undefined;
  /** A sender's key. */
  sender?: number | undefined;
  /** A phone_number_id, of whichever partner. */
  senderId?: string | undefined;
  partner?: string | undefined;
  /** Epoch ms, from (in) to (out). */
  since?: number | undefined;
  until?: number | undefined;
}

export async function insertAudit(
  registry: D1Database,
  entry: AuditEntry & { at: number; id: string },
): Promise<void> {
  await registry
    .prepare(
      `INSERT INTO audit (at, id, operator, action, sender, partner, detail)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
    )
    .bind(
      entry.at,
      entry.id,
      entry.operator,
      entry.action,
      entry.sender ?? null,
      entry.partner ?? null,
      entry.detail ?? null,
    )
    .run();
}

/** Whom an entry is about, where that was not known before; its detail is gone. */
export async function nameAuditSender(
  registry: D1Database,
  { at, id }: NotedAudit,
  sender: number,
): Promise<void> {
  await registry
    .prepare(`UPDATE audit SET sender = ?, detail = NULL WHERE at = ? AND id = ?`)
    .bind(sender, at, id)
    .run();
}

/**
 * The newest first. What is asked for is picked from all of the time: operators' deeds are few, and
 * an index by sender would be one more row of each.
 */
export async function listAudit(
  registry: D1Database,
  page: { after: { at: number; id: string } | null; limit: number } & AuditFilter,
): Promise<StoredAudit[]> {
  const { results } = await registry
    .prepare(
      `SELECT audit.at, audit.id, audit.operator, audit.action, audit.sender, audit.partner,
         audit.detail, senders.phone_number_id AS senderId, senders.display_phone_number AS number
       FROM audit LEFT JOIN senders ON senders.key = audit.sender
       WHERE (audit.at, audit.id) < (?1, ?2) AND audit.at >= ?4
         AND (?5 IS NULL OR audit.operator = ?5)
         AND (?6 IS NULL OR audit.action IN (?6, ?6 || '.failed'))
         AND (?7 IS NULL OR audit.sender = ?7)
         AND (?8 IS NULL OR senders.phone_number_id = ?8)
         AND (?9 IS NULL OR audit.partner = ?9)
       ORDER BY audit.at DESC, audit.id DESC LIMIT ?3`,
    )
    .bind(
      Math.min(page.after?.at ?? Number.MAX_SAFE_INTEGER, page.until ?? Number.MAX_SAFE_INTEGER),
      page.after !== null && page.after.at < (page.until ?? Number.MAX_SAFE_INTEGER)
        ? page.after.id
        : "",
      page.limit,
      page.since ?? 0,
      page.operator ?? null,
      page.action ?? null,
      page.sender ?? null,
      page.senderId ?? null,
      page.partner ?? null,
    )
    .all<StoredAudit>();
  return results;
}
