import { phoneVariants } from "../lib/phone-variants.ts";

/** A stored message as it is read. */
export interface StoredMessage {
  wamid: string;
  customer: string;
  phone: string | null;
  bsuid: string | null;
  at: number;
  type: string;
  direction: string;
  origin: string;
  historical: number;
  body: string | null;
  status: string | null;
  statusAt: number | null;
  errors: string | null;
  editedAt: number | null;
  revokedAt: number | null;
  send: string | null;
  callback: string | null;
}

/** A message with every status it was ever told to have, and its price. */
export interface MessageHistory extends StoredMessage {
  /** JSON: `{"sent": epoch ms, …}` */
  steps: string | null;
  /** JSON: Meta's pricing, `conversation` and `counted_on` (database/store-statuses.ts). */
  pricing: string | null;
}

const COLUMNS = `m.wamid, m.customer, c.phone, c.bsuid, m.at, m.type, m.direction, m.origin,
  m.historical, m.body, m.status, m.status_at AS statusAt, m.errors, m.edited_at AS editedAt,
  m.revoked_at AS revokedAt, m.send, m.callback`;
// A message keeps the key it was written with; who that is by now is in one row.
const FROM = `FROM messages m
  LEFT JOIN customer_keys k ON k.sender = m.sender AND k.alias = m.customer
  LEFT JOIN customers c ON c.sender = m.sender AND c.customer = coalesce(k.customer, m.customer)`;
const SELECT = `SELECT ${COLUMNS} ${FROM}`;

/** Where a page of a conversation ended. */
export interface ConversationCursor {
  at: number;
  wamid: string;
}

/** Messages of one customer under all of its keys, newest first. Stubs are hidden. */
export async function listConversation(
  database: D1Database,
  sender: number,
  customer: string,
  before: ConversationCursor | null,
  limit: number,
): Promise<StoredMessage[]> {
  const keys = JSON.stringify(await listKeys(database, sender, customer));
  const { results } = await database
    .prepare(
      `${SELECT}
       WHERE m.sender = ?1 AND m.customer IN (SELECT value FROM json_each(?2))
         AND m.type IS NOT NULL AND (m.at, m.wamid) < (?3, ?4)
       ORDER BY m.at DESC, m.wamid DESC LIMIT ?5`,
    )
    .bind(sender, keys, before?.at ?? Number.MAX_SAFE_INTEGER, before?.wamid ?? "", limit)
    .all<StoredMessage>();
  return results;
}

/**
 * All messages of a sender in the order of their wamids: no order in time, but a cursor that stays
 * right while messages are added, and no index to pay for.
 */
export async function listAllMessages(
  database: D1Database,
  sender: number,
  afterWamid: string,
  limit: number,
): Promise<StoredMessage[]> {
  const { results } = await database
    .prepare(
      `${SELECT} WHERE m.sender = ?1 AND m.wamid > ?2 AND m.type IS NOT NULL
       ORDER BY m.wamid LIMIT ?3`,
    )
    .bind(sender, afterWamid, limit)
    .all<StoredMessage>();
  return results;
}

/** One message by Meta's id, or by our id of its send. Stubs are hidden. @returns null if unknown */
export function findMessage(
  database: D1Database,
  sender: number,
  by: { wamid: string } | { send: string },
): Promise<MessageHistory | null> {
  // By way of the wamid: asked for all columns at once, SQLite passes the index of sends over and
  // walks through every message of the sender.
  const wamid =
    "wamid" in by ? "?2" : "(SELECT wamid FROM messages WHERE sender = ?1 AND send = ?2 LIMIT 1)";
  return database
    .prepare(
      `SELECT ${COLUMNS}, m.steps, m.pricing ${FROM}
       WHERE m.sender = ?1 AND m.wamid = ${wamid} AND m.type IS NOT NULL`,
    )
    .bind(sender, "wamid" in by ? by.wamid : by.send)
    .first<MessageHistory>();
}

/**
 * Every key a customer's rows may carry: messages keep the one they were written with. A number that
 * went to another person (lib/customer-key.ts) is the last one's who was seen with it.
 */
export async function listKeys(
  database: D1Database,
  sender: number,
  customer: string,
): Promise<string[]> {
  const asked = [customer, ...phoneVariants(customer)];
  const { results } = await database
    .prepare(
      `WITH asked AS (
         SELECT coalesce((SELECT max(alias) FROM customer_keys WHERE sender = ?1
           AND alias > value || '~' AND alias < value || '~~'), value) AS key
         FROM json_each(?2)),
       canonical AS (
         SELECT key FROM asked
           WHERE NOT EXISTS (SELECT 1 FROM customer_keys WHERE sender = ?1 AND alias = key)
         UNION SELECT customer FROM customer_keys
           WHERE sender = ?1 AND alias IN (SELECT key FROM asked))
       SELECT key FROM canonical
       UNION SELECT alias FROM customer_keys
         WHERE sender = ?1 AND customer IN (SELECT key FROM canonical)`,
    )
    .bind(sender, JSON.stringify(asked))
    .all<{ key: string }>();
  return results.map((row) => row.key);
}
