import type { QueueName } from "../queues/bodies.ts";

/** Where dead letters come from: a queue, or a flush that met a fact which D1 refuses. */
export type LetterSource = QueueName | "flush";

export const LETTER_SOURCES = [
  "history",
  "sends",
  "media",
  "overflow",
  "flush",
] as const satisfies readonly LetterSource[];

/** What was done over and not heard of for so long is open again: its message was lost. */
export const REDRIVEN_MS = 3_600_000;

/** Something that failed for good; without its content. */
export interface DeadLetter {
  id: string;
  source: LetterSource;
  sender: number | null;
  reason: string;
  /** Tries in all, and how often they came to an end. */
  attempts: number;
  times: number;
  firstAt: number;
  at: number;
  /** Done over since then, and not come back (epoch ms). */
  redrivenAt: number | null;
}

export interface NewDeadLetter {
  /** Of the work: the same that fails again counts up. */
  id: string;
  source: LetterSource;
  sender: number | null;
  /** Whose it is, where only the number is known. */
  phoneNumberId: string | null;
  reason: string;
  /** JSON. */
  body: string;
  attempts: number;
  at: number;
  /** Of this failure: the same told twice counts once. */
  message: string;
}

const COLUMNS = `id, source, sender, reason, attempts, times, coalesce(first_at, at) AS firstAt, at,
  redriven_at AS redrivenAt`;

/** Writes a failure down. */
export async function saveDeadLetter(registry: D1Database, letter: NewDeadLetter): Promise<void> {
  await registry
    .prepare(
      `INSERT INTO dead_letters (id, source, sender, reason, body, attempts, at, message)
       VALUES (?1, ?2, coalesce(?3, (SELECT key FROM senders
           WHERE phone_number_id = ?4 AND superseded_at IS NULL)), ?5, ?6, ?7, ?8, ?9)
       ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, body = excluded.body,
         attempts = dead_letters.attempts + excluded.attempts, times = dead_letters.times + 1,
         first_at = min(coalesce(dead_letters.first_at, dead_letters.at), excluded.at),
         at = max(dead_letters.at, excluded.at), message = excluded.message, redriven_at = NULL
       WHERE dead_letters.message IS NOT excluded.message`,
    )
    .bind(
      letter.id,
      letter.source,
      letter.sender,
      letter.phoneNumberId,
      letter.reason,
      letter.body,
      letter.attempts,
      letter.at,
      letter.message,
    )
    .run();
}

export interface LettersQuery {
  source: LetterSource | null;
  /** Keys of senders; null: all. */
  senders: readonly number[] | null;
  /** Only those that nobody has had done over in the last hour; `now` in epoch ms. */
  openAt: number | null;
  /** The last of the page before. */
  after: { at: number; id: string } | null;
  limit: number;
}

/** The newest first. There are few: no index of theirs is worth a row at each. */
export async function listDeadLetters(
  registry: D1Database,
  { source, senders, openAt, after, limit }: LettersQuery,
): Promise<DeadLetter[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${COLUMNS} FROM dead_letters
       WHERE (at, id) < (?1, ?2) AND (?3 IS NULL OR source = ?3)
         AND (?4 IS NULL OR sender IN (SELECT value FROM json_each(?4)))
         AND (?5 IS NULL OR redriven_at IS NULL OR redriven_at <= ?5)
       ORDER BY at DESC, id DESC LIMIT ?6`,
    )
    .bind(
      after?.at ?? Number.MAX_SAFE_INTEGER,
      after?.id ?? "",
      source,
      senders === null ? null : JSON.stringify(senders),
      openAt === null ? null : openAt - REDRIVEN_MS,
      limit,
    )
    .all<DeadLetter>();
  return results;
}

/** How many there are of each source. */
export async function countLettersBySource(
  registry: D1Database,
): Promise<Map<LetterSource, number>> {
  const { results } = await registry
    .prepare(`SELECT source, count(*) AS count FROM dead_letters GROUP BY source`)
    .all<{ source: LetterSource; count: number }>();
  return new Map(results.map(({ source, count }) => [source, count]));
}

/** With what it is about, for whoever does it over. @returns null where it is gone */
export function findDeadLetter(
  registry: D1Database,
  id: string,
): Promise<(DeadLetter & { body: string }) | null> {
  return registry
    .prepare(`SELECT ${COLUMNS}, body FROM dead_letters WHERE id = ?1`)
    .bind(id)
    .first();
}

/** The letters of some queues that came before a moment, the longest there first, with their pointers. */
export async function listLetterPointers(
  registry: D1Database,
  sources: readonly QueueName[],
  after: string,
  limit: number,
): Promise<{ id: string; source: QueueName; body: string }[]> {
  const { results } = await registry
    .prepare(
      `SELECT id, source, body FROM dead_letters
       WHERE id > ?1 AND source IN (SELECT value FROM json_each(?2)) ORDER BY id LIMIT ?3`,
    )
    .bind(after, JSON.stringify(sources), limit)
    .all<{ id: string; source: QueueName; body: string }>();
  return results;
}

/** Which of these there are. */
export async function listLettersAmong(
  registry: D1Database,
  ids: readonly string[],
): Promise<Set<string>> {
  const { results } = await registry
    .prepare(`SELECT id FROM dead_letters WHERE id IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(ids))
    .all<{ id: string }>();
  return new Set(results.map(({ id }) => id));
}

/** It is being done over. @param at epoch ms; null: it is not, after all */
export async function markRedriven(
  registry: D1Database,
  id: string,
  at: number | null,
): Promise<void> {
  await registry
    .prepare(`UPDATE dead_letters SET redriven_at = ?2 WHERE id = ?1`)
    .bind(id, at)
    .run();
}

/** @param redrivenAt only if it has not come back since it was done over then @returns whether it went */
export async function deleteDeadLetter(
  registry: D1Database,
  id: string,
  redrivenAt?: number,
): Promise<boolean> {
  const { meta } = await registry
    .prepare(`DELETE FROM dead_letters WHERE id = ?1 AND (?2 IS NULL OR redriven_at = ?2)`)
    .bind(id, redrivenAt ?? null)
    .run();
  return meta.changes > 0;
}

export async function deleteDeadLetters(registry: D1Database, ids: string[]): Promise<void> {
  await registry
    .prepare(`DELETE FROM dead_letters WHERE id IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(ids))
    .run();
}

export async function countDeadLetters(registry: D1Database): Promise<number> {
  const row = await registry
    .prepare(`SELECT count(*) AS count FROM dead_letters`)
    .first<{ count: number }>();
  return row?.count ?? 0;
}
