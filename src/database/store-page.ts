import { sha256Hex } from "../lib/ids.ts";
import { canonicalKey, storeChanges, takeLooseChanges } from "./link-changes.ts";
import { listWanted, wantMedia } from "./media.ts";
import { isPermanentError } from "./permanent-error.ts";
import { FILLS_PLACEHOLDER } from "./placeholders.ts";

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
  FROM json_each(?2, '$.messages') WHERE true
  ON CONFLICT (sender, wamid) DO UPDATE SET
    customer = iif(messages.type IS NULL, excluded.customer, messages.customer),
    at = iif(messages.type IS NULL, excluded.at, messages.at),
    direction = coalesce(messages.direction, excluded.direction),
    origin = coalesce(messages.origin, excluded.origin),
    historical = iif(${FILLS_PLACEHOLDER}, 1, coalesce(messages.historical, 1)),
    type = iif(messages.type IS NULL OR ${FILLS_PLACEHOLDER}, excluded.type, messages.type),
    body = CASE WHEN messages.type = 'unsupported' AND ${FILLS_PLACEHOLDER} THEN excluded.body
      WHEN messages.body IS NULL THEN excluded.body
      WHEN ${LACKS_CONTEXT} THEN json_set(messages.body, '$.context', excluded.body->'context')
      ELSE messages.body END,
    status = iif(${MOVES}, excluded.status, messages.status),
    status_at = iif(${MOVES}, NULL, messages.status_at),
    status_rank = iif(${MOVES}, excluded.status_rank, messages.status_rank)
  WHERE messages.type IS NULL OR ${FILLS_PLACEHOLDER} OR ${MOVES}
    OR (${LACKS_CONTEXT} AND messages.body IS NOT NULL)`;

const STORE_CHANGES = storeChanges(`json_each(?2, '$.changes') WHERE true`);
const TAKE_LOOSE_CHANGES = takeLooseChanges(`json_each(?2)`);
const STORE_MEDIA = wantMedia("?2, '$.media'", "?3", "true");

// What is stored once per customer goes under the key that is the customer's by now.
const STORE_CUSTOMERS = `
  INSERT INTO customers (sender, customer, phone, bsuid, name, username)
  SELECT ?1, ${canonicalKey("value->>'customer'")}, value->>'phone', value->>'bsuid',
    value->>'name', value->>'username'
  FROM json_each(?2, '$.customers') WHERE true
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
  FROM json_each(?2, '$.messages') WHERE true
  ON CONFLICT (sender, customer) DO UPDATE SET last_at = excluded.last_at,
    last_wamid = excluded.last_wamid
  WHERE conversations.live_at IS NULL AND (excluded.last_at, excluded.last_wamid)
    > (conversations.last_at, conversations.last_wamid)`;

const STORE_UNUSABLE = `
  INSERT INTO unrouted (id, sender, field, reason, raw, at)
  SELECT ?1 || ':' || (value->>'id'), ?1, 'history', value->>'reason', value->>'raw', ?3
  FROM json_each(?2, '$.unusable') WHERE true ON CONFLICT DO NOTHING`;

export interface PageStored {
  whole: boolean;
  wanted: string[];
}

/**
 * Stores a page and counts it, once, in one batch. Where SQLite refuses it for good, item by item:
 * the bad one is kept raw, its neighbours are stored (invariant 3).
 *
 * @param text the page as cut (JSON lists)
 * @returns whether every page of its chunk is stored now, and whose files are wanted (wamids)
 */
export async function storePage(
  database: D1Database,
  sender: number,
  at: { chunk: string; page: number },
  text: string,
  now: number,
): Promise<PageStored> {
  const count = countPage(database, sender, at, now);
  try {
    const results = await database.batch([...storeItems(database, sender, text, now), ...count]);
    return { whole: isWhole(results), wanted: listWanted(results) };
  } catch (err) {
    if (!isPermanentError(err)) throw err;
    const wanted = await storeApart(database, sender, text, now);
    return { whole: isWhole(await database.batch(count)), wanted };
  }
}

/** What the last statement of `countPage` tells. */
function isWhole(results: D1Result[]): boolean {
  return (results.at(-1)?.results as { whole: number }[] | undefined)?.[0]?.whole === 1;
}

interface Head {
  customer: string;
  at: number;
  wamid: string;
}

/** Runs where there are items, on what of the page it needs. */
type Statement = [sql: string, items: unknown[], parameter: () => string];

interface Lists {
  messages?: Head[];
  media?: unknown[];
  changes?: unknown[];
  customers?: unknown[];
  unusable?: unknown[];
}

/**
 * A page's statements. Only the messages' own is bound to the whole page: a value travels to D1
 * escaped, once a statement, and five times the page cost more than storing it.
 */
function storeItems(
  database: D1Database,
  sender: number,
  text: string,
  now: number,
): D1PreparedStatement[] {
  const {
    messages = [],
    media = [],
    changes = [],
    customers = [],
    unusable = [],
  } = JSON.parse(text) as Lists;
  const of = (list: string, items: unknown[]) => JSON.stringify({ [list]: items });
  const heads = newestByCustomer(messages);
  const names = () => JSON.stringify(heads.map(({ customer }) => customer));
  const own = () => of("changes", changes);
  const statements: Statement[] = [
    [STORE_MESSAGES, messages, () => text],
    ...TAKE_LOOSE_CHANGES.map((sql): Statement => [sql, messages, names]),
    ...STORE_CHANGES.map((sql): Statement => [sql, changes, own]),
    [STORE_CUSTOMERS, customers, () => of("customers", customers)],
    [STORE_CONVERSATIONS, messages, () => of("messages", heads)],
  ];
  return [
    ...statements
      .filter(([, items]) => items.length > 0)
      .map(([sql, , parameter]) => database.prepare(sql).bind(sender, parameter())),
    ...(media.length === 0
      ? []
      : [database.prepare(STORE_MEDIA).bind(sender, of("media", media), now)]),
    ...(unusable.length === 0
      ? []
      : [database.prepare(STORE_UNUSABLE).bind(sender, of("unusable", unusable), now)]),
  ];
}

/** The newest message of each customer; of one instant, the last by wamid. */
function newestByCustomer(messages: Head[]): Head[] {
  const newest = new Map<string, Head>();
  for (const { customer, at, wamid } of messages) {
    const known = newest.get(customer);
    const later = known === undefined || at > known.at || (at === known.at && wamid > known.wamid);
    if (later) newest.set(customer, { customer, at, wamid });
  }
  return [...newest.values()];
}

function countPage(
  database: D1Database,
  sender: number,
  at: { chunk: string; page: number },
  now: number,
): D1PreparedStatement[] {
  return [
    database
      .prepare(
        `UPDATE history_pages SET stored_at = ?4
         WHERE sender = ?1 AND chunk = ?2 AND page = ?3 AND stored_at IS NULL`,
      )
      .bind(sender, at.chunk, at.page, now),
    database
      .prepare(
        `UPDATE history_chunks SET pages_stored = (SELECT count(*) FROM history_pages
           WHERE sender = ?1 AND chunk = ?2 AND stored_at IS NOT NULL)
         WHERE sender = ?1 AND chunk = ?2 RETURNING pages_stored = pages AS whole`,
      )
      .bind(sender, at.chunk),
  ];
}

async function storeApart(
  database: D1Database,
  sender: number,
  text: string,
  now: number,
): Promise<string[]> {
  const wanted: string[] = [];
  const lists = JSON.parse(text) as Record<string, unknown[]>;
  for (const [list, items] of Object.entries(lists)) {
    for (const item of items) {
      try {
        const page = JSON.stringify({ [list]: [item] });
        wanted.push(...listWanted(await database.batch(storeItems(database, sender, page, now))));
      } catch (err) {
        if (!isPermanentError(err)) throw err;
        const raw = JSON.stringify(item);
        const unusable = [{ id: `h:${sha256Hex(raw).slice(0, 32)}`, reason: "refused", raw }];
        const page = JSON.stringify({ unusable });
        await database.prepare(STORE_UNUSABLE).bind(sender, page, now).run();
      }
    }
  }
  return wanted;
}
