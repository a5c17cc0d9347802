import { readSize } from "../database/read-size.ts";
import { errorKind, log } from "../lib/log.ts";
import type { ShardName } from "../database/shards.ts";
import type { Services } from "../services.ts";

/** Shards that differ by less are alike: an import that is on its way is not in the size yet. */
const STEP_BYTES = 1_000_000_000;

/**
 * The shards with the most room, where a new number may go: D1 holds 10 GB and never more
 * (platform.md 1.2), and a number stays where it was put until an operator moves it. One that does
 * not answer takes none; where none answers, any will do, since a signup must not fail by it.
 */
export async function findRoom(services: Services): Promise<readonly ShardName[]> {
  const sizes = await Promise.all(services.shards.map((shard) => measure(services, shard)));
  const steps = sizes.map((bytes) => (bytes === null ? Infinity : Math.floor(bytes / STEP_BYTES)));
  const least = Math.min(...steps);
  return services.shards.filter((_, index) => steps[index] === least);
}

async function measure(services: Services, shard: ShardName): Promise<number | null> {
  try {
    return await readSize(services.shard(shard));
  } catch (err) {
    log.warn("shard.unmeasured", { shard, error: errorKind(err) });
    return null;
  }
}
