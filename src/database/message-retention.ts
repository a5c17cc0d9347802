/** So many customers are looked at in one query. */
const CUSTOMERS_AT_ONCE = 200;

/** Messages of a sender that are older than they are to be kept, by their customers. */
export interface OldMessages {
  wamids: string[];
  customers: string[];
  /** The last customer that was looked at; null where there are no more. */
  reached: string | null;
}

/**
 * Looks for old messages, customer by customer: along the index of conversations, so that what is
 * not old is not read.
 *
 * @param after the customer behind whom to begin
 * @param before epoch ms
 */
export async function listOldMessages(
  database: D1Database,
  sender: number,
  after: string,
  before: number,
  limit: number,
): Promise<OldMessages> {
  const visited = `WITH RECURSIVE visited(customer) AS (
      SELECT min(customer) FROM messages WHERE sender = ?1 AND customer > ?2
      UNION ALL
      SELECT (SELECT min(customer) FROM messages WHERE sender = ?1 AND customer > visited.customer)
        FROM visited WHERE visited.customer IS NOT NULL
      LIMIT ${CUSTOMERS_AT_ONCE})`;
  const [old, last] = await database.batch([
    // CROSS JOIN: from the customers to their messages.
    database
      .prepare(
        `${visited} SELECT m.wamid, m.customer FROM visited
         CROSS JOIN messages m INDEXED BY messages_conversation
           ON m.sender = ?1 AND m.customer = visited.customer AND m.at < ?3 LIMIT ?4`,
      )
      .bind(sender, after, before, limit),
    database
      .prepare(`${visited} SELECT max(customer) AS last, count(customer) AS count FROM visited`)
      .bind(sender, after),
  ]);
  const rows = (old?.results ?? []) as { wamid: string; customer: string }[];
  const [end] = (last?.results ?? []) as { last: string | null; count: number }[];
  return {
    wamids: rows.map(({ wamid }) => wamid),
    customers: [...new Set(rows.map(({ customer }) => customer))],
    reached: end === undefined || end.count < CUSTOMERS_AT_ONCE ? null : end.last,
  };
}

/** Conversations whose newest message is gone with the others. */
export async function deleteOldConversations(
  database: D1Database,
  sender: number,
  customers: readonly string[],
  before: number,
): Promise<void> {
  await database
    .prepare(
      `DELETE FROM conversations WHERE sender = ?1 AND last_at < ?3
         AND customer IN (SELECT value FROM json_each(?2) UNION SELECT k.customer
           FROM json_each(?2) j CROSS JOIN customer_keys k ON k.sender = ?1 AND k.alias = j.value)`,
    )
    .bind(sender, JSON.stringify(customers), before)
    .run();
}
