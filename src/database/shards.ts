/** A D1 binding that holds messages and events: `DB` is the registry and the first shard. */
export type ShardName = "DB" | `DB_${number}`;

const NAME = /^DB(_[1-9]\d*)?$/;
const known = new WeakMap<Env, readonly ShardName[]>();

/**
 * The shards that this Worker is bound to, in their order: `DB`, `DB_1`, `DB_2` … A new one is a
 * binding, not code; they are read once an isolate.
 *
 * @throws Error where one is missing between the others, or bound to something that is no D1: a
 *   gateway that half knows its shards would take a log with a hole in it for the whole
 */
export function shardNames(env: Env): readonly ShardName[] {
  const before = known.get(env);
  if (before !== undefined) return before;
  const numbers = Object.keys(env)
    .filter((name) => NAME.test(name))
    .map((name) => Number(name.slice("DB_".length)))
    .sort((left, right) => left - right);
  const names = numbers.map((_, index): ShardName => (index === 0 ? "DB" : `DB_${index}`));
  for (const [index, name] of (names.length === 0 ? (["DB"] as const) : names).entries()) {
    if (numbers[index] === index && isDatabase(bound(env, name))) continue;
    throw new Error(
      `The shard ${name} is not bound to a D1 database. Check d1_databases in the Worker's ` +
        "configuration: DB, DB_1, DB_2 and so on, without a gap.",
    );
  }
  known.set(env, names);
  return names;
}

/** The one place that knows which D1 a name in `senders.shard` means. @throws Error if unknown */
export function shardDatabase(env: Env, shard: string): D1Database {
  const database = shardNames(env).includes(shard as ShardName) ? bound(env, shard) : undefined;
  if (!isDatabase(database)) {
    throw new Error(`There is no shard named ${shard}: is its binding missing? A deploy makes it.`);
  }
  return database;
}

/** Bindings beyond those of wrangler.toml are unknown to the generated type. */
function bound(env: Env, name: string): unknown {
  return (env as unknown as Record<string, unknown>)[name];
}

function isDatabase(value: unknown): value is D1Database {
  return typeof value === "object" && value !== null && "prepare" in value && "batch" in value;
}
