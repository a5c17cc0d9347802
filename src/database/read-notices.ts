export interface StoredNotice {
  /** The id of the event that told it. */
  id: string;
  at: number;
  field: string;
  /** JSON, as partners were told it. */
  data: string;
}

/** Which notices are asked for; what is left out does not narrow. */
export interface NoticeFilter {
  /** Meta's webhook field. */
  field?: string | undefined;
  /** Id of the template that they are about. */
  template?: string | undefined;
}

/**
 * A sender's notices, the newest first. A filter that few pass makes D1 read on until the page is
 * full: they are few a week.
 */
export async function listNotices(
  database: D1Database,
  sender: number,
  page: { after: { at: number; id: string } | null; filter: NoticeFilter; limit: number },
): Promise<StoredNotice[]> {
  const { results } = await database
    .prepare(
      `SELECT id, at, field, data FROM notices
       WHERE sender = ?1 AND (at, id) < (?2, ?3) AND (?4 IS NULL OR field = ?4)
         AND (?5 IS NULL OR data->>'$.template.id' = ?5)
       ORDER BY at DESC, id DESC LIMIT ?6`,
    )
    .bind(
      sender,
      page.after?.at ?? Number.MAX_SAFE_INTEGER,
      page.after?.id ?? "",
      page.filter.field ?? null,
      page.filter.template ?? null,
      page.limit,
    )
    .all<StoredNotice>();
  return results;
}
