import { sha256Hex } from "../lib/ids.ts";
import { canonicalKey, storeChanges, takeLooseChanges } from "./link-changes.ts";
import { listWanted, wantMedia } from "./media.ts";
import { isPermanentError } from "./permanent-error.ts";

/** A slice of a chunk: where it lies in the chunk's pages object. */
export interface PageRange {
  page: number;
  offset: number;
  length: number;
}

/** What came: a chunk, media of the last days by themselves, or an error instead of history. */
export type ChunkKind = "chunk" | "follow_up" | "error";

export interface NewChunk {
  chunk: string;
  generation: number;
  kind: ChunkKind;
  phase: number | null;
  chunkOrder: number | null;
  progress: number | null;
  messages: number;
  pages: PageRange[];
}

/** The generation that saw a chunk first, or null for a new one. */
export async function findChunkGeneration(
  database: D1Database,
  sender: number,
  chunk: string,
): Promise<number | null> {
  const row = await database
    .prepare(`SELECT generation FROM history_chunks WHERE sender = ?1 AND chunk = ?2`)
    .bind(sender, chunk)
    .first<{ generation: number }>();
  return row?.generation ?? null;
}

/** Notes a chunk, its pages, and that something came in; the same chunk again changes nothing. */
export async function saveChunk(
  database: D1Database,
  sender: number,
  chunk: NewChunk,
  now: number,
): Promise<void> {
  await database.batch([
    database
      .prepare(
        `INSERT INTO history_chunks (sender, chunk, generation, kind, phase, chunk_order, progress,
           messages, pages, pages_stored, at)
         VALUES (?1, ?2, ?3, ?10, ?4, ?5, ?6, ?7, ?8, 0, ?9) ON CONFLICT DO NOTHING`,
      )
      .bind(
        sender,
        chunk.chunk,
        chunk.generation,
        chunk.phase,
        chunk.chunkOrder,
        chunk.progress,
        chunk.messages,
        chunk.pages.length,
        now,
        chunk.kind,
      ),
    database
      .prepare(
        `INSERT INTO history_pages (sender, chunk, page, offset, length, at)
         SELECT ?1, ?2, value->>'page', value->>'offset', value->>'length', ?4
         FROM json_each(?3) WHERE true ON CONFLICT DO NOTHING`,
      )
      .bind(sender, chunk.chunk, JSON.stringify(chunk.pages), now),
    database
      .prepare(
        // A chunk that an earlier generation saw first is no sign of life of this one; and media
        // by themselves do not end the wait for the first chunk.
        `INSERT INTO syncs (sender, generation, kind, state, first_at, last_at)
         SELECT ?1, ?2, 'history', iif(?5 = 'chunk', 'importing', 'none'), ?3, ?3
         WHERE EXISTS (SELECT 1
           FROM history_chunks WHERE sender = ?1 AND chunk = ?4 AND generation = ?2)
         ON CONFLICT (sender, generation, kind) DO UPDATE SET
           state = iif(?5 = 'chunk' AND syncs.state NOT IN ('complete', 'incomplete'),
             'importing', syncs.state),
           first_at = coalesce(syncs.first_at, excluded.first_at), last_at = excluded.last_at`,
      )
      .bind(sender, chunk.generation, now, chunk.chunk, chunk.kind),
  ]);
}

/** Pages of a chunk that are not stored yet. */
export async function listMissingPages(
  database: D1Database,
  sender: number,
  chunk: string,
): Promise<number[]> {
  const { results } = await database
    .prepare(
      `SELECT page FROM history_pages WHERE sender = ?1 AND chunk = ?2 AND stored_at IS NULL`,
    )
    .bind(sender, chunk)
    .all<{ page: number }>();
  return results.map((row) => row.page);
}

export async function findPage(
  database: D1Database,
  sender: number,
  chunk: string,
  page: number,
): Promise<(PageRange & { storedAt: number | null }) | null> {
  return database
    .prepare(
      `SELECT page, offset, length, stored_at AS storedAt FROM history_pages
       WHERE sender = ?1 AND chunk = ?2 AND page = ?3`,
    )
    .bind(sender, chunk, page)
    .first();
}

/** A status moves forward only, and a failure undoes no delivery (invariant 7). */
const MOVES = `(excluded.status_rank > coalesce(messages.status_rank, 0)
  AND NOT (excluded.status_rank = 9 AND coalesce(messages.status_rank, 0) BETWEEN 2 AND 8))`;
const IS_PLACEHOLDER = `(messages.type IN ('media_placeholder', 'unsupported')
  AND excluded.type NOT IN ('media_placeholder', 'unsupported'))`;
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
    historical = iif(${IS_PLACEHOLDER}, 1, coalesce(messages.historical, 1)),
    type = iif(messages.type IS NULL OR ${IS_PLACEHOLDER}, excluded.type, messages.type),
    body = CASE WHEN messages.type = 'unsupported' AND ${IS_PLACEHOLDER} THEN excluded.body
      WHEN messages.body IS NULL THEN excluded.body
      WHEN ${LACKS_CONTEXT} THEN json_set(messages.body, '$.context', excluded.body->'context')
      ELSE messages.body END,
    status = iif(${MOVES}, excluded.status, messages.status),
    status_at = iif(${MOVES}, NULL, messages.status_at),
    status_rank = iif(${MOVES}, excluded.status_rank, messages.status_rank)
  WHERE messages.type IS NULL OR ${IS_PLACEHOLDER} OR ${MOVES}
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
  const statements: [sql: string, items: unknown[], page: () => string][] = [
    [STORE_MESSAGES, messages, () => text],
    ...TAKE_LOOSE_CHANGES.map((sql): [string, unknown[], () => string] => [sql, messages, names]),
    ...STORE_CHANGES.map((sql): [string, unknown[], () => string] => [sql, changes, own]),
    [STORE_CUSTOMERS, customers, () => of("customers", customers)],
    [STORE_CONVERSATIONS, messages, () => of("messages", heads)],
  ];
  return [
    ...statements
      .filter(([, items]) => items.length > 0)
      .map(([statement, , page]) => database.prepare(statement).bind(sender, page())),
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

export interface LedgerChunk {
  chunk: string;
  kind: ChunkKind;
  phase: number | null;
  chunkOrder: number | null;
  progress: number | null;
  messages: number;
  pages: number;
  pagesStored: number;
  at: number;
}

/** Whether every page of a chunk is stored. */
export async function isChunkStored(
  database: D1Database,
  sender: number,
  chunk: string,
): Promise<boolean> {
  const row = await database
    .prepare(
      `SELECT 1 AS found FROM history_chunks
       WHERE sender = ?1 AND chunk = ?2 AND pages_stored = pages`,
    )
    .bind(sender, chunk)
    .first();
  return row !== null;
}

const LEDGER_COLUMNS = `chunk, kind, phase, chunk_order AS chunkOrder, progress, messages, pages,
  pages_stored AS pagesStored, at`;

/** Every chunk of a generation, in the order Meta numbers them. */
export async function readLedger(
  database: D1Database,
  sender: number,
  generation: number,
): Promise<LedgerChunk[]> {
  const { results } = await database
    .prepare(
      `SELECT ${LEDGER_COLUMNS} FROM history_chunks
       WHERE sender = ?1 AND generation = ?2 ORDER BY phase, chunk_order`,
    )
    .bind(sender, generation)
    .all<LedgerChunk>();
  return results;
}

/** Chunks of a generation in the order they came, so that new ones are always behind. */
export async function listChunks(
  database: D1Database,
  sender: number,
  generation: number,
  page: { after: { at: number; chunk: string } | null; limit: number },
): Promise<LedgerChunk[]> {
  const { results } = await database
    .prepare(
      `SELECT ${LEDGER_COLUMNS} FROM history_chunks
       WHERE sender = ?1 AND generation = ?2 AND (?4 IS NULL OR (at, chunk) > (?4, ?5))
       ORDER BY at, chunk LIMIT ?3`,
    )
    .bind(sender, generation, page.limit, page.after?.at ?? null, page.after?.chunk ?? null)
    .all<LedgerChunk>();
  return results;
}

/**
 * Pages of one sender that should have been stored by `before` (epoch ms) and are not, of whatever
 * generation; also such as no chunk row counts.
 */
export async function listStrandedPagesOf(
  database: D1Database,
  sender: number,
  before: number,
  limit: number,
): Promise<PageKey[]> {
  const { results } = await database
    .prepare(
      `SELECT sender, chunk, page FROM history_pages
       WHERE sender = ?1 AND stored_at IS NULL AND at < ?2 ORDER BY at, chunk, page LIMIT ?3`,
    )
    .bind(sender, before, limit)
    .all<PageKey>();
  return results;
}

/** A page by its key. */
export interface PageKey {
  sender: number;
  chunk: string;
  page: number;
}

/**
 * Pages that should have been stored by `before` (epoch ms) and are not, by key, so that some that
 * cannot be stored never stand before the others. @param after the last one of the look before
 */
export async function listStrandedPages(
  database: D1Database,
  before: number,
  after: PageKey | null,
  limit: number,
): Promise<PageKey[]> {
  const { results } = await database
    .prepare(
      `SELECT p.sender, p.chunk, p.page
       FROM history_chunks c JOIN history_pages p USING (sender, chunk)
       WHERE c.pages_stored < c.pages AND p.stored_at IS NULL AND p.at < ?1
         AND (?3 IS NULL OR (p.sender, p.chunk, p.page) > (?3, ?4, ?5))
       ORDER BY p.sender, p.chunk, p.page LIMIT ?2`,
    )
    .bind(before, limit, after?.sender ?? null, after?.chunk ?? null, after?.page ?? null)
    .all<PageKey>();
  return results;
}

/** Which of these chunks have pages that are not stored. */
export async function listUnstoredChunks(
  database: D1Database,
  sender: number,
  chunks: readonly string[],
): Promise<string[]> {
  const { results } = await database
    .prepare(
      `SELECT chunk FROM history_chunks WHERE sender = ?1 AND pages_stored < pages
         AND chunk IN (SELECT value FROM json_each(?2))`,
    )
    .bind(sender, JSON.stringify(chunks))
    .all<{ chunk: string }>();
  return results.map(({ chunk }) => chunk);
}
