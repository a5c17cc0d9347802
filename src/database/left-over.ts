import { shardDatabase, shardNames } from "./shards.ts";

const NEWEST = 100;

export interface LeftOver {
  id: string;
  sender: number | null;
  reason: string;
  at: number;
}

/** The newest items of webhooks that nobody could use yet, from every shard; without their content. */
export async function listUnrouted(
  env: Env,
): Promise<(LeftOver & { field: string; shard: string })[]> {
  const lists = await Promise.all(
    shardNames(env).map(async (shard) => {
      const { results } = await shardDatabase(env, shard)
        .prepare(`SELECT id, sender, field, reason, at FROM unrouted ORDER BY at DESC LIMIT ?1`)
        .bind(NEWEST)
        .all<LeftOver & { field: string }>();
      return results.map((row) => ({ ...row, shard }));
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

/** A dead letter with its content, for whoever does it over. */
export function findDeadLetter(
  registry: D1Database,
  id: string,
): Promise<{ source: string; sender: number | null; body: string } | null> {
  return registry
    .prepare(`SELECT source, sender, body FROM dead_letters WHERE id = ?1`)
    .bind(id)
    .first();
}

export async function deleteDeadLetter(registry: D1Database, id: string): Promise<void> {
  await registry.prepare(`DELETE FROM dead_letters WHERE id = ?1`).bind(id).run();
}

/** An item that nobody could use, with its content. */
export function findUnrouted(
  database: D1Database,
  id: string,
): Promise<{ sender: number | null; route: string | null; raw: string; at: number } | null> {
  return database
    .prepare(`SELECT sender, route, raw, at FROM unrouted WHERE id = ?1`)
    .bind(id)
    .first();
}

export async function deleteUnrouted(database: D1Database, id: string): Promise<void> {
  await database.prepare(`DELETE FROM unrouted WHERE id = ?1`).bind(id).run();
}
