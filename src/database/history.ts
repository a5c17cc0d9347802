import { openSync, selectSync } from "./syncs.ts";
import type { StoredSync, SyncRow } from "./syncs.ts";

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
  pages: number;
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

/**
 * Notes a chunk, and that something came in. The same chunk again changes nothing, unless it is cut
 * into another number of pages by now: then it is stored from its first page on.
 *
 * @returns how many of its pages are stored
 */
export async function saveChunk(
  database: D1Database,
  sender: number,
  chunk: NewChunk,
  now: number,
): Promise<number> {
  const [seen] = await database.batch<{ stored: number }>([
    database
      .prepare(
        `INSERT INTO history_chunks (sender, chunk, generation, kind, phase, chunk_order, progress,
           messages, pages, pages_stored, at)
         VALUES (?1, ?2, ?3, ?10, ?4, ?5, ?6, ?7, ?8, 0, ?9)
         ON CONFLICT (sender, chunk) DO UPDATE SET pages = excluded.pages,
           pages_stored = iif(history_chunks.pages = excluded.pages, history_chunks.pages_stored, 0)
         RETURNING pages_stored AS stored`,
      )
      .bind(
        sender,
        chunk.chunk,
        chunk.generation,
        chunk.phase,
        chunk.chunkOrder,
        chunk.progress,
        chunk.messages,
        chunk.pages,
        now,
        chunk.kind,
      ),
    database
      .prepare(
        // A chunk that was seen before is no sign of life, of this generation or of an earlier one;
        // and media by themselves do not end the wait for the first chunk.
        `INSERT INTO syncs (sender, generation, kind, state, first_at, last_at)
         SELECT ?1, ?2, 'history', iif(?5 = 'chunk', 'importing', 'none'), ?3, ?3
         WHERE EXISTS (SELECT 1
           FROM history_chunks WHERE sender = ?1 AND chunk = ?4 AND generation = ?2 AND at = ?3)
         ON CONFLICT (sender, generation, kind) DO UPDATE SET
           state = iif(?5 = 'chunk' AND syncs.state NOT IN ('complete', 'incomplete'),
             'importing', syncs.state),
           first_at = coalesce(syncs.first_at, excluded.first_at), last_at = excluded.last_at`,
      )
      .bind(sender, chunk.generation, now, chunk.chunk, chunk.kind),
  ]);
  return seen?.results[0]?.stored ?? 0;
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

const LEDGER_COLUMNS = `chunk, kind, phase, chunk_order AS chunkOrder, progress, messages, pages,
  pages_stored AS pagesStored, at`;

/** Every chunk of a generation, in the order Meta numbers them. */
export async function readLedger(
  database: D1Database,
  sender: number,
  generation: number,
): Promise<LedgerChunk[]> {
  return (await selectLedger(database, sender, generation).all<LedgerChunk>()).results;
}

function selectLedger(
  database: D1Database,
  sender: number,
  generation: number,
): D1PreparedStatement {
  return database
    .prepare(
      `SELECT ${LEDGER_COLUMNS} FROM history_chunks
       WHERE sender = ?1 AND generation = ?2 ORDER BY phase, chunk_order`,
    )
    .bind(sender, generation);
}

/** The history sync of a generation and its ledger, as they stand at one moment. */
export async function readImport(
  database: D1Database,
  sender: number,
  generation: number,
): Promise<{ sync: SyncRow | null; ledger: LedgerChunk[] }> {
  const [syncs, ledger] = await database.batch([
    selectSync(database, sender, generation, "history"),
    selectLedger(database, sender, generation),
  ]);
  const sync = (syncs?.results[0] ?? null) as StoredSync | null;
  return { sync: openSync(sync), ledger: (ledger?.results ?? []) as LedgerChunk[] };
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
