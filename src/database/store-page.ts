import { sha256Hex } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import { keepReferral } from "./ad-click.ts";
import { canonicalKey, storeChanges, takeLooseChanges } from "./link-changes.ts";
import { listWanted, wantMedia } from "./media.ts";
import { isPermanentError } from "./permanent-error.ts";
import { FILLS_PLACEHOLDER } from "./placeholders.ts";
import type { HistoryItems, HistoryMessage } from "../meta/history-split.ts";

/** A status moves forward only, and a failure undoes no delivery (invariant 7). */
const MOVES = `(excluded.status_rank > coalesce(messages.status_rank, 0)
  AND NOT (excluded.status_rank = 9 AND coalesce(messages.status_rank, 0) BETWEEN 2 AND 8))`;
/** Live echoes can lack what they quote (protocol.md 6, row 16). */
const LACKS_CONTEXT = `(messages.body->'context' IS NULL AND excluded.body->'context' IS NOT NULL
  AND messages.edited_at IS NULL)`;

// A live row wins; history fills what it lacks: a stub's message, a placeholder's media, a status,
// what it quotes. Content that only history brought is history's: live, it would still be news.
const STORE_MESSAGES = `
  INSERT INTO messages (sender, wamid, customer, at, type, direction, origin, historical, body,
    status, status_rank)
  SELECT ?1, value->>'wamid', value->>'customer', value->>'at', value->>'type',
    value->>'direction', iif(value->>'direction' = 'inbound', 'customer', 'app'), 1,
    CASE WHEN value->>'body' IS NULL THEN NULL ELSE value->'body' END,
    value->>'status', value->>'rank'
  FROM json_each(?2) WHERE true
  ON CONFLICT (sender, wamid) DO UPDATE SET
    customer = iif(messages.type IS NULL, excluded.customer, messages.customer),
    at = iif(messages.type IS NULL, excluded.at, messages.at),
    direction = coalesce(messages.direction, excluded.direction),
    origin = coalesce(messages.origin, excluded.origin),
    historical = iif(${FILLS_PLACEHOLDER}, 1, coalesce(messages.historical, 1)),
    type = iif(messages.type IS NULL OR ${FILLS_PLACEHOLDER}, excluded.type, messages.type),
    body = CASE WHEN messages.type = 'unsupported' AND ${FILLS_PLACEHOLDER}
        THEN ${keepReferral("excluded.body", "excluded.body", "messages.body")}
      WHEN messages.body IS NULL THEN excluded.body
      WHEN ${LACKS_CONTEXT} THEN json_set(messages.body, '$.context', excluded.body->'context')
      ELSE messages.body END,
    status = iif(${MOVES}, excluded.status, messages.status),
    status_at = iif(${MOVES}, NULL, messages.status_at),
    status_rank = iif(${MOVES}, excluded.status_rank, messages.status_rank)
  WHERE messages.type IS NULL OR ${FILLS_PLACEHOLDER} OR ${MOVES}
    OR (${LACKS_CONTEXT} AND messages.body IS NOT NULL)`;

const STORE_CHANGES = storeChanges(`json_each(?2) WHERE true`);
const TAKE_LOOSE_CHANGES = takeLooseChanges(`json_each(?2)`);
const STORE_MEDIA = wantMedia("?2", "?3", "true");

// What is stored once per customer goes under the key that is the customer's by now.
const STORE_CUSTOMERS = `
  INSERT INTO customers (sender, customer, phone, bsuid, name, username)
  SELECT ?1, ${canonicalKey("value->>'customer'")}, value->>'phone', value->>'bsuid',
    value->>'name', value->>'username'
  FROM json_each(?2) WHERE true
  ON CONFLICT (sender, customer) DO UPDATE SET bsuid = coalesce(customers.bsuid, excluded.bsuid),
    name = coalesce(customers.name, excluded.name),
    username = coalesce(customers.username, excluded.username)
  WHERE (customers.bsuid IS NULL AND excluded.bsuid IS NOT NULL)
    OR (customers.name IS NULL AND excluded.name IS NOT NULL)
    OR (customers.username IS NULL AND excluded.username IS NOT NULL)`;

// History never moves a conversation that has live messages.
const STORE_CONVERSATIONS = `
  INSERT INTO conversations (sender, customer, last_at, last_wamid)
  SELECT ?1, ${canonicalKey("value->>'customer'")}, value->>'at', value->>'wamid'
  FROM json_each(?2) WHERE true
  ON CONFLICT (sender, customer) DO UPDATE SET last_at = excluded.last_at,
    last_wamid = excluded.last_wamid
  WHERE conversations.live_at IS NULL AND (excluded.last_at, excluded.last_wamid)
    > (conversations.last_at, conversations.last_wamid)`;

const STORE_UNUSABLE = `
  INSERT INTO unrouted (id, sender, field, reason, raw, at)
  SELECT ?1 || ':' || (value->>'id'), ?1, 'history', value->>'reason', value->>'raw', ?3
  FROM json_each(?2) WHERE true ON CONFLICT DO NOTHING`;

/** A part of a chunk that is stored in one go. */
export interface Page {
  items: HistoryItems;
  /** Its messages as the JSON list that their statement takes. */
  messagesJson: string;
}

/** The order to store in: files behind the messages they belong to. */
export const PAGE_LISTS = ["customers", "messages", "media", "changes", "unusable"] as const;

export function emptyItems(): HistoryItems {
  return { customers: [], messages: [], media: [], changes: [], unusable: [] };
}

/**
 * Stores a page and counts it, once, in one batch. Where SQLite refuses it for good, half by half
 * down to the bad one, which is kept raw: its neighbours are stored (invariant 3).
 *
 * @param at the chunk, and which of its pages this is
 * @returns whose files are wanted (wamids)
 */
export async function storePage(
  database: D1Database,
  sender: number,
  at: { chunk: string; page: number; pages: number },
  page: Page,
  now: number,
): Promise<string[]> {
  const count = countPage(database, sender, at);
  try {
    return listWanted(await database.batch([...storeItems(database, sender, page, now), count]));
  } catch (err) {
    if (!isPermanentError(err)) throw err;
    const wanted = await storeApart(database, sender, listEntries(page.items), now);
    await count.run();
    return wanted;
  }
}

/** Pages are stored in their order. A chunk that was cut anew meanwhile is counted by its new pages. */
function countPage(
  database: D1Database,
  sender: number,
  { chunk, page, pages }: { chunk: string; page: number; pages: number },
): D1PreparedStatement {
  return database
    .prepare(
      `UPDATE history_chunks SET pages_stored = ?4
       WHERE sender = ?1 AND chunk = ?2 AND pages = ?3 AND pages_stored < ?4`,
    )
    .bind(sender, chunk, pages, page + 1);
}

/** The statements for what a page holds. A value travels to D1 escaped, once a statement: each gets only its own. */
function storeItems(
  database: D1Database,
  sender: number,
  { items, messagesJson }: Page,
  now: number,
): D1PreparedStatement[] {
  const statements: D1PreparedStatement[] = [];
  const add = (sql: string, list: string, ...more: number[]) =>
    statements.push(database.prepare(sql).bind(sender, list, ...more));
  const { messages, media, changes, customers, unusable } = items;
  const heads = newestByCustomer(messages);
  if (messages.length > 0) {
    add(STORE_MESSAGES, messagesJson);
    const names = JSON.stringify(heads.map(({ customer }) => customer));
    for (const sql of TAKE_LOOSE_CHANGES) add(sql, names);
  }
  if (changes.length > 0) for (const sql of STORE_CHANGES) add(sql, JSON.stringify(changes));
  if (customers.length > 0) add(STORE_CUSTOMERS, JSON.stringify(customers));
  if (heads.length > 0) add(STORE_CONVERSATIONS, JSON.stringify(heads));
  if (media.length > 0) add(STORE_MEDIA, JSON.stringify(media), now);
  if (unusable.length > 0) add(STORE_UNUSABLE, JSON.stringify(unusable), now);
  return statements;
}

type Head = Pick<HistoryMessage, "customer" | "at" | "wamid">;

/** The newest message of each customer; of one instant, the last by wamid. */
function newestByCustomer(messages: readonly Head[]): Head[] {
  const newest = new Map<string, Head>();
  for (const { customer, at, wamid } of messages) {
    const known = newest.get(customer);
    const later = known === undefined || at > known.at || (at === known.at && wamid > known.wamid);
    if (later) newest.set(customer, { customer, at, wamid });
  }
  return [...newest.values()];
}

interface Entry {
  list: keyof HistoryItems;
  item: unknown;
}

function listEntries(items: HistoryItems): Entry[] {
  return PAGE_LISTS.flatMap((list) => items[list].map((item) => ({ list, item })));
}

async function storeApart(
  database: D1Database,
  sender: number,
  entries: readonly Entry[],
  now: number,
): Promise<string[]> {
  if (entries.length === 0) return [];
  const items = emptyItems();
  for (const { list, item } of entries) (items[list] as unknown[]).push(item);
  const page = { items, messagesJson: JSON.stringify(items.messages) };
  try {
    return listWanted(await database.batch(storeItems(database, sender, page, now)));
  } catch (err) {
    if (!isPermanentError(err)) throw err;
  }
  if (entries.length > 1) {
    const middle = entries.length >> 1;
    const first = await storeApart(database, sender, entries.slice(0, middle), now);
    return [...first, ...(await storeApart(database, sender, entries.slice(middle), now))];
  }
  const raw = JSON.stringify(entries[0]?.item);
  const unusable = [{ id: `h:${sha256Hex(raw).slice(0, 32)}`, reason: "refused", raw }];
  await database.prepare(STORE_UNUSABLE).bind(sender, JSON.stringify(unusable), now).run();
  log.error("history.dead_item", { sender });
  return [];
}
