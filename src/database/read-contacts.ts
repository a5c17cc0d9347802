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

/** Contacts of the phone's address book, by key; removed ones are marked, not gone. */
export async function listContacts(
  database: D1Database,
  sender: number,
  after: string,
  limit: number,
): Promise<StoredContact[]> {
  const { results } = await database
    .prepare(
      `SELECT customer, phone, bsuid, full_name AS fullName, first_name AS firstName, username,
         removed, at
       FROM contacts WHERE sender = ?1 AND customer > ?2 ORDER BY customer LIMIT ?3`,
    )
    .bind(sender, after, limit)
    .all<StoredContact>();
  return results;
}
