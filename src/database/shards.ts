/** The D1 bindings that hold messages and events. A new shard: a binding in wrangler.toml and here. */
export const SHARDS = ["DB", "DB_1"] as const satisfies readonly (keyof Env)[];

export type ShardName = (typeof SHARDS)[number];

/** The one place that knows which D1 a name in `senders.shard` means. @throws Error if unknown */
export function shardDatabase(env: Env, shard: string): D1Database {
  if (!(SHARDS as readonly string[]).includes(shard)) {
    throw new Error(`There is no shard named ${shard}; is its binding missing in wrangler.toml?`);
  }
  return env[shard as ShardName];
}
