/** An item that nobody could use and that is too old. */
export interface OldItem {
  id: string;
  /** Where the archive has it whole, if it fitted no row. */
  archiveKey: string | null;
}

/** Items that nobody could use from before `before` (epoch ms), in a shard or the registry. */
export function listOldUnrouted(
  database: D1Database,
  before: number,
  limit: number,
): Promise<OldItem[]> {
  return listItems(database, `at < ?2`, [limit, before]);
}

/** One item that nobody could use; none where it is gone. */
export function listUnroutedItem(database: D1Database, id: string): Promise<OldItem[]> {
  return listItems(database, `id = ?2`, [1, id]);
}

/** Whose items that nobody could use are to go, wherever they lie. */
export interface ItemsOwner {
  key: number;
  /** The phone_number_id: what came while nobody held the number goes by it. */
  senderId: string;
  /** Keys of those who held the number beside it: theirs keep raw what is of its time. */
  others: readonly number[];
  /** Up to when it held the number (epoch ms). */
  before: number;
}

/** SQL: an item that a later holder of the number keeps raw, since it is of a former one's time. */
const OF_FORMER = `reason = 'former_partner' AND sender IN (SELECT value FROM json_each(?4))
  AND json_valid(raw) AND (raw->>'at' < ?5 OR raw->>'kind' = 'status')`;

/** Items of a sender that is erased, in a shard or the registry. */
export function listUnroutedOf(
  database: D1Database,
  { key, senderId, others, before }: ItemsOwner,
  limit: number,
): Promise<OldItem[]> {
  return listItems(database, `sender = ?2 OR (sender IS NULL AND id GLOB ?3) OR (${OF_FORMER})`, [
    limit,
    key,
    `${senderId}:*`,
    JSON.stringify(others),
    before,
  ]);
}

async function listItems(
  database: D1Database,
  which: string,
  values: readonly (number | string)[],
): Promise<OldItem[]> {
  const { results } = await database
    .prepare(
      `SELECT id, CASE WHEN json_valid(raw)
           THEN coalesce(raw->>'archive_key', raw->>'$.raw.archive_key') END AS archiveKey
       FROM unrouted WHERE ${which} LIMIT ?1`,
    )
    .bind(...values)
    .all<OldItem>();
  return results;
}

export async function deleteUnroutedItems(
  database: D1Database,
  ids: readonly string[],
): Promise<void> {
  await database
    .prepare(`DELETE FROM unrouted WHERE id IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(ids))
    .run();
}

/** Forgets things that failed for good before `before` (epoch ms). @returns how many */
export async function pruneDeadLetters(
  registry: D1Database,
  before: number,
  limit: number,
): Promise<number> {
  const { meta } = await registry
    .prepare(
      `DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE at < ?1 LIMIT ?2)`,
    )
    .bind(before, limit)
    .run();
  return meta.changes;
}

/** Forgets signups whose link ended before `before` (epoch ms) and of which nothing is to be done. */
export async function pruneSignups(
  registry: D1Database,
  before: number,
  limit: number,
): Promise<number> {
  const { meta } = await registry
    .prepare(
      `DELETE FROM signup_sessions WHERE id IN (SELECT id FROM signup_sessions
         WHERE expires_at < ?1 AND due_at IS NULL AND token IS NULL LIMIT ?2)`,
    )
    .bind(before, limit)
    .run();
  return meta.changes;
}

/** Forgets what operators did before `before` (epoch ms). */
export async function pruneAudit(
  registry: D1Database,
  before: number,
  limit: number,
): Promise<number> {
  const { meta } = await registry
    .prepare(
      `DELETE FROM audit WHERE (at, id) IN (SELECT at, id FROM audit WHERE at < ?1
         ORDER BY at LIMIT ?2)`,
    )
    .bind(before, limit)
    .run();
  return meta.changes;
}
