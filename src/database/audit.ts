/** What an operator did, or whose content they looked at. */
export interface AuditEntry {
  operator: string;
  /** `noun.verb`, as `sends.hold` or `content.read`. */
  action: string;
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
  /** The sender's number, digits. */
  number: string | null;
  partner: string | null;
  detail: string | null;
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

/**
 * The newest first. One sender's are picked from all: operators' deeds are few, and an index by
 * sender would be one more row of each.
 */
export async function listAudit(
  registry: D1Database,
  page: { after: { at: number; id: string } | null; limit: number; sender?: number },
): Promise<StoredAudit[]> {
  const { results } = await registry
    .prepare(
      `SELECT at, id, operator, action, sender, partner, detail,
         (SELECT display_phone_number FROM senders WHERE key = audit.sender) AS number
       FROM audit
       WHERE (at, id) < (?1, ?2) AND (?4 IS NULL OR sender = ?4)
       ORDER BY at DESC, id DESC LIMIT ?3`,
    )
    .bind(
      page.after?.at ?? Number.MAX_SAFE_INTEGER,
      page.after?.id ?? "",
      page.limit,
      page.sender ?? null,
    )
    .all<StoredAudit>();
  return results;
}
