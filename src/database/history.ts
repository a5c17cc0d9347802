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
