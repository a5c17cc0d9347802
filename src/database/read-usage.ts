/** How many delivered messages of one price a day had. */
export interface UsageRow {
  /** YYYY-MM-DD on the sender's calendar. */
  day: string;
  category: string;
  type: string;
  delivered: number;
}

/** A span of days, both ends in it. `YYYY-MM-DD` orders as text. */
export interface Span {
  from: string;
  to: string;
}

/** Delivered messages of a span by day and price; days without any are left out. */
export async function listUsage(
  database: D1Database,
  sender: number,
  span: Span,
): Promise<UsageRow[]> {
  const { results } = await database
    .prepare(
      `SELECT day, category, type, delivered FROM usage
       WHERE sender = ?1 AND day BETWEEN ?2 AND ?3 AND delivered > 0
       ORDER BY day, category, type`,
    )
    .bind(sender, span.from, span.to)
    .all<UsageRow>();
  return results;
}

/** Delivered messages of one price over a span. */
export async function sumUsage(
  database: D1Database,
  sender: number,
  span: Span,
  price: { category: string; type: string },
): Promise<number> {
  const row = await database
    .prepare(
      `SELECT coalesce(sum(delivered), 0) AS delivered FROM usage
       WHERE sender = ?1 AND day BETWEEN ?2 AND ?3 AND category = ?4 AND type = ?5`,
    )
    .bind(sender, span.from, span.to, price.category, price.type)
    .first<{ delivered: number }>();
  return row?.delivered ?? 0;
}
