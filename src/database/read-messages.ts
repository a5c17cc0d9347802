import { listKeys } from "./customer-names.ts";
import type { MediaState } from "./media.ts";

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
  /** Of its file; all null where it came with none. */
  mediaState: MediaState | null;
  mediaType: string | null;
  mediaBytes: number | null;
  mediaSha256: string | null;
  mediaFilename: string | null;
  mediaReason: string | null;
  mediaStoredAt: number | null;
}

/** A message with every status it was ever told to have, and its price. */
export interface MessageHistory extends StoredMessage {
  /** JSON: `{"sent": epoch ms, …}` */
  steps: string | null;
  /** JSON: Meta's pricing, `conversation` and `counted_on` (database/store-statuses.ts). */
  pricing: string | null;
}

/** What a `StoredMessage` is read from: messages as m, customers as c. */
export const MESSAGE_COLUMNS = `m.wamid, m.customer, c.phone, c.bsuid, m.at, m.type, m.direction, m.origin,
  m.historical, m.body, m.status, m.status_at AS statusAt, m.errors, m.edited_at AS editedAt,
  m.revoked_at AS revokedAt, m.send, m.callback, f.state AS mediaState,
  coalesce(f.mime_type, f.declared_type) AS mediaType, f.bytes AS mediaBytes,
  f.sha256 AS mediaSha256, f.filename AS mediaFilename, f.reason AS mediaReason,
  f.stored_at AS mediaStoredAt`;
/**
 * What goes with a message: who its customer is by now (it keeps the key it was written with), and
 * its file.
 */
export const MESSAGE_JOINS = `
  LEFT JOIN customer_keys k ON k.sender = m.sender AND k.alias = m.customer
  LEFT JOIN customers c ON c.sender = m.sender AND c.customer = coalesce(k.customer, m.customer)
  LEFT JOIN media f ON f.sender = m.sender AND f.wamid = m.wamid`;
const SELECT_HISTORY = `SELECT ${MESSAGE_COLUMNS}, m.steps, m.pricing
  FROM messages m ${MESSAGE_JOINS}`;

/** Which messages are asked for; what is left out does not narrow. */
export interface MessageFilter {
  /** Epoch ms, inclusive. */
  since?: number | undefined;
  /** Epoch ms, exclusive. */
  until?: number | undefined;
  direction?: "inbound" | "outbound" | undefined;
  /** Meta's type of the message. */
  type?: string | undefined;
}

/** Where a page of a conversation ended. */
export interface ConversationCursor {
  at: number;
  wamid: string;
}

/**
 * Messages of one customer under all of its keys, by time; of one instant by wamid. Stubs are
 * hidden. The cursor is a place in that order, so messages that arrive meanwhile move nothing.
 */
export async function listConversation(
  database: D1Database,
  sender: number,
  customer: string,
  page: {
    order: "asc" | "desc";
    after: ConversationCursor | null;
    filter: MessageFilter;
    limit: number;
  },
): Promise<StoredMessage[]> {
  const keys = JSON.stringify(await listKeys(database, sender, customer));
  const [direction, beyond, start] =
    page.order === "asc" ? ["ASC", ">", -1] : ["DESC", "<", Number.MAX_SAFE_INTEGER];
  const narrowed = narrow("p", page.filter, 6);
  const order = (table: string) => `${table}.at ${direction}, ${table}.wamid ${direction}`;
  // Each key's page by itself, along the index: asked for all keys at once, SQLite reads and sorts
  // whatever the sender has.
  const { results } = await database
    .prepare(
      `SELECT ${MESSAGE_COLUMNS} FROM json_each(?2) j
       CROSS JOIN messages m ON m.sender = ?1 AND m.wamid IN (
         SELECT p.wamid FROM messages p INDEXED BY messages_conversation
         WHERE p.sender = ?1 AND p.customer = j.value AND (p.at, p.wamid) ${beyond} (?4, ?5)
           AND p.type IS NOT NULL ${narrowed.where}
         ORDER BY ${order("p")} LIMIT ?3)
       ${MESSAGE_JOINS}
       ORDER BY ${order("m")} LIMIT ?3`,
    )
    .bind(
      sender,
      keys,
      page.limit,
      page.after?.at ?? start,
      page.after?.wamid ?? "",
      ...narrowed.values,
    )
    .all<StoredMessage>();
  return results;
}

/**
 * All messages of a sender in the order of their wamids: no order in time, but a cursor that stays
 * right while messages are added, and no index to pay for. A filter that few messages pass makes
 * D1 read on until the page is full.
 */
export async function listAllMessages(
  database: D1Database,
  sender: number,
  page: { after: string; filter: MessageFilter; limit: number },
): Promise<MessageHistory[]> {
  const narrowed = narrow("m", page.filter, 4);
  const { results } = await database
    .prepare(
      `${SELECT_HISTORY} WHERE m.sender = ?1 AND m.wamid > ?2 AND m.type IS NOT NULL
         ${narrowed.where}
       ORDER BY m.wamid LIMIT ?3`,
    )
    .bind(sender, page.after, page.limit, ...narrowed.values)
    .all<MessageHistory>();
  return results;
}

/** A filter as conditions on a table. @param first number of the first parameter that is free */
function narrow(
  table: string,
  { since, until, direction, type }: MessageFilter,
  first: number,
): { where: string; values: (string | number)[] } {
  const conditions = [
    ["at >=", since],
    ["at <", until],
    ["direction =", direction],
    ["type =", type],
  ] as const;
  const asked = conditions.flatMap(([test, value]) =>
    value === undefined ? [] : [{ test, value }],
  );
  return {
    where: asked.map(({ test }, index) => `AND ${table}.${test} ?${first + index}`).join(" "),
    values: asked.map(({ value }) => value),
  };
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
      `${SELECT_HISTORY}
       WHERE m.sender = ?1 AND m.wamid = ${wamid} AND m.type IS NOT NULL`,
    )
    .bind(sender, "wamid" in by ? by.wamid : by.send)
    .first<MessageHistory>();
}
