/** The D1 of a shard, as services have it. */
/** All shards by their names. */
interface Shards {
  shards: readonly string[];
  shard: (name: string) => D1Database;
}

/** An item of a webhook that nobody could use yet; without its content. */
export interface Unrouted {
  id: string;
  shard: string;
  sender: number | null;
  field: string;
  reason: string;
  at: number;
}

export interface UnroutedQuery {
  reason: string | null;
  /** Keys of senders; null: all. */
  senders: readonly number[] | null;
  /** The last of the page before. */
  after: { at: number; id: string } | null;
  limit: number;
}

/** From every shard, the newest first. There are few: no index is worth a row at each. */
export async function listUnrouted(
  { shards, shard: shardOf }: Shards,
  { reason, senders, after, limit }: UnroutedQuery,
): Promise<Unrouted[]> {
  const lists = await Promise.all(
    shards.map(async (shard) => {
      const { results } = await shardOf(shard)
        .prepare(
          `SELECT id, sender, field, reason, at FROM unrouted
           WHERE (at, id) < (?1, ?2) AND (?3 IS NULL OR reason = ?3)
             AND (?4 IS NULL OR sender IN (SELECT value FROM json_each(?4)))
           ORDER BY at DESC, id DESC LIMIT ?5`,
        )
        .bind(
          after?.at ?? Number.MAX_SAFE_INTEGER,
          after?.id ?? "",
          reason,
          senders === null ? null : JSON.stringify(senders),
          limit,
        )
        .all<Omit<Unrouted, "shard">>();
      return results.map((row) => ({ ...row, shard }));
    }),
  );
  return lists
    .flat()
    .sort((left, right) => right.at - left.at || (left.id < right.id ? 1 : -1))
    .slice(0, limit);
}

/** How many there are for each reason, in all shards. */
export async function countUnroutedByReason({
  shards,
  shard: shardOf,
}: Shards): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const shard of shards) {
    const { results } = await shardOf(shard)
      .prepare(`SELECT reason, count(*) AS count FROM unrouted GROUP BY reason`)
      .all<{ reason: string; count: number }>();
    for (const row of results) counts.set(row.reason, (counts.get(row.reason) ?? 0) + row.count);
  }
  return counts;
}

/** An item that nobody could use, with its content. */
export function findUnrouted(
  database: D1Database,
  id: string,
): Promise<(Omit<Unrouted, "shard"> & { route: string | null; raw: string }) | null> {
  return database
    .prepare(`SELECT id, sender, field, reason, route, raw, at FROM unrouted WHERE id = ?1`)
    .bind(id)
    .first();
}

export async function deleteUnrouted(database: D1Database, id: string): Promise<boolean> {
  const { meta } = await database.prepare(`DELETE FROM unrouted WHERE id = ?1`).bind(id).run();
  return meta.changes > 0;
}
