export interface StoredContact {
  customer: string;
  phone: string | null;
  bsuid: string | null;
  fullName: string | null;
  firstName: string | null;
  username: string | null;
  removed: number;
  at: number;
}

/** How many contacts the address book has, as far as we know it. */
export async function countContacts(database: D1Database, sender: number): Promise<number> {
  const row = await database
    .prepare(`SELECT count(*) AS count FROM contacts WHERE sender = ?1 AND removed = 0`)
    .bind(sender)
    .first<{ count: number }>();
  return row?.count ?? 0;
}

/**
 * Contacts of the phone's address book, by key; removed ones are marked, not gone. The BSUID is the
 * one in force, where the customer has had another since the address book told theirs.
 */
export async function listContacts(
  database: D1Database,
  sender: number,
  after: string,
  limit: number,
): Promise<StoredContact[]> {
  const { results } = await database
    .prepare(
      `SELECT t.customer, t.phone, coalesce(c.bsuid, t.bsuid) AS bsuid, t.full_name AS fullName,
         t.first_name AS firstName, t.username, t.removed, t.at
       FROM contacts t LEFT JOIN customers c ON c.sender = t.sender AND c.customer = t.customer
       WHERE t.sender = ?1 AND t.customer > ?2 ORDER BY t.customer LIMIT ?3`,
    )
    .bind(sender, after, limit)
    .all<StoredContact>();
  return results;
}
