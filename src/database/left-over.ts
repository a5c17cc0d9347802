import { SHARDS, shardDatabase } from "./shards.ts";

const NEWEST = 100;

export interface LeftOver {
  id: string;
  sender: number | null;
  reason: string;
  at: number;
}

/** The newest items of webhooks that nobody could use yet, from every shard; without their content. */
export async function listUnrouted(env: Env): Promise<(LeftOver & { field: string })[]> {
  const lists = await Promise.all(
    SHARDS.map(async (shard) => {
      const { results } = await shardDatabase(env, shard)
        .prepare(`SELECT id, sender, field, reason, at FROM unrouted ORDER BY at DESC LIMIT ?1`)
        .bind(NEWEST)
        .all<LeftOver & { field: string }>();
      return results;
    }),
  );
  return lists
    .flat()
    .sort((left, right) => right.at - left.at)
    .slice(0, NEWEST);
}

/** The newest things that failed for good; without their content. */
export async function listDeadLetters(
  registry: D1Database,
): Promise<(LeftOver & { source: string })[]> {
  const { results } = await registry
    .prepare(`SELECT id, source, sender, reason, at FROM dead_letters ORDER BY at DESC LIMIT ?1`)
    .bind(NEWEST)
    .all<LeftOver & { source: string }>();
  return results;
}
